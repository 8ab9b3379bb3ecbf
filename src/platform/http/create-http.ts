import cookie from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { problem } from '../problem.ts';
import { mayChangeState } from './origin.ts';
import { renderError } from './problem-response.ts';
import { waitForRequests } from './under-way.ts';

export interface HttpOptions {
  readonly log: Log;
  /** Origins besides our own host that may send state-changing requests with a cookie: `https://portal.clinic.example`. */
  readonly allowedOrigins?: readonly string[];
  /** Largest request body; 1 MiB unless told. A route that takes files sets its own `bodyLimit`. */
  readonly bodyLimitBytes?: number;
  /** Of reverse proxies, as addresses or address/bits: by what these forward cookies are Secure, and a sender's address is counted. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** What a page of ours may load: its own bundle. Mantine sets inline styles at run time, hence the one exception. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers a GET that no route answers: serveWeb puts the page of the client-side routes here. */
    pageForUnknownPath: ((request: FastifyRequest, reply: FastifyReply) => unknown) | null;
    /** `GET /api/me` of every route that there is; a HEAD is its GET's. */
    servedRoutes: Set<string>;
  }
}

const isForPrograms = (path: string): boolean => /^\/(api|fhir|oauth|\.well-known)(\/|$)/.test(path);

/**
 * A Fastify app with what every app of ours has: request ids, security headers, the Origin check, problem+json in the
 * reader's language, `/healthz`, no-store under /api. A plugin with its own renderer (FHIR: OperationOutcome) sets its
 * own error handler and not-found handler in its own scope.
 */
export function createHttp(options: HttpOptions): FastifyInstance {
  const bodyLimit = options.bodyLimitBytes ?? 2 ** 20;
  const app: FastifyInstance = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    // Fastify's own lines carry the URL, and a URL carries names (`?name=`) and tokens of links; ours carries the route.
    logController: new LogController({ disableRequestLogging: true }),
    // Ids of our own only: a header from outside would let anybody write into the log.
    requestIdHeader: false,
    genReqId: () => newId(),
    bodyLimit,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    routerOptions: { ignoreTrailingSlash: true },
    // A server that stops must not wait for browsers' idle connections.
    forceCloseConnections: 'idle',
  });
  app.decorate('pageForUnknownPath', null);
  app.decorate('servedRoutes', new Set<string>());
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat().filter((name) => name !== 'HEAD')) app.servedRoutes.add(`${one} ${url}`);
  });
  waitForRequests(app);
  app.register(cookie);

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api')) reply.header('cache-control', 'no-store');
    if (!mayChangeState(request.method, request.headers, options.allowedOrigins ?? [])) {
      throw problem('forbidden', 'problem.origin');
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });

  app.setErrorHandler((error, request, reply) => {
    const { response, log } = renderError(error, languageOf(request.headers['accept-language']), bodyLimit);
    if (log) request.log[log.level]({ err: error, errorId: log.errorId, route: request.routeOptions.url }, 'failed');
    return reply
      .code(response.status)
      .headers(response.headers)
      .header('cache-control', 'no-store')
      .header('vary', 'accept-language')
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(response.body));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const asksForPage = (request.method === 'GET' || request.method === 'HEAD') && !isForPrograms(path);
    if (asksForPage && app.pageForUnknownPath) return app.pageForUnknownPath(request, reply);
    throw problem('not-found', 'problem.not-found');
  });

  app.get('/healthz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok' };
  });
  return app;
}
