import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLanguage, type Language, languageOf } from '../../language/messages.ts';
import { renderError } from '../../platform/http/problem-response.ts';
import { problem } from '../../platform/problem.ts';
import { pagePolicy } from './page-style.ts';
import { troublePage } from './whole-page.ts';

export type PublicRequest = FastifyRequest<{ Params: { '*'?: string }; Querystring: { lang?: unknown } }>;

/** A form of ours without files has a few short fields. */
const bodyLimit = 4096;

/**
 * A part of the portal for whoever has a token: nothing is kept by a cache or found by a search engine, errors are pages, and one address may ask
 * `requestsPerMinute` times, counted in this process (0: any number). `routes` may let in more kinds of body.
 */
export function registerPublicScope(
  app: FastifyInstance,
  { requestsPerMinute }: { readonly requestsPerMinute: number },
  routes: (scope: FastifyInstance) => void | Promise<void>,
): void {
  app.register(async (scope) => {
    // Whatever a scanner sends is no form, and not an error either.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': pagePolicy,
        'cache-control': 'no-store',
        'x-robots-tag': 'noindex, nofollow',
        vary: 'accept-language',
      });
    });
    scope.setErrorHandler((error, request, reply) => {
      const language = chosenLanguage(request as PublicRequest) ?? languageOf(request.headers['accept-language']);
      const { response, log } = renderError(error, language, bodyLimit);
      if (log) request.log[log.level]({ err: error, errorId: log.errorId, route: request.routeOptions.url }, 'failed');
      return reply
        .code(response.status)
        .headers(response.headers)
        .type('text/html; charset=utf-8')
        .send(troublePage(language, response.body.title));
    });
    if (requestsPerMinute > 0) {
      await scope.register(rateLimit, {
        max: requestsPerMinute,
        timeWindow: 60_000,
        errorResponseBuilder: (_request, { ttl }) =>
          problem('too-many', 'link.too-many', { seconds: Math.max(1, Math.ceil(ttl / 1000)) }),
      });
    }
    await routes(scope);
  });
}

/** The path is a wildcard, so that a token of any length is answered by the same page. */
export const tokenOf = ({ params }: PublicRequest): string => params['*'] ?? '';

const chosenLanguage = ({ query }: PublicRequest): Language | undefined =>
  isLanguage(query.lang) ? query.lang : undefined;

/** The one that was chosen, else that of whoever is written to, else the browser's: a page that leads nowhere knows of nobody. */
export const languageFor = (request: PublicRequest, ofLink: string | null | undefined): Language =>
  chosenLanguage(request) ??
  languageOf(ofLink === undefined ? request.headers['accept-language'] : (ofLink ?? undefined));
