import type { FastifyInstance, FastifyRequest } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal } from '../principal.ts';
import { answerBatch, answerTransaction } from './bundle.ts';
import { type BundleEntry, readBundle } from './bundle-body.ts';
import { sendAnswer } from './fhir-answer.ts';
import { headerOf, isLenient, principalOf, queryText } from './fhir-request.ts';
import { answerWrite, preferenceOf } from './write-answer.ts';
import { type WriteRequest, writeResource } from './write-interactions.ts';
import { writeOnce } from './write-once.ts';

const bundleLimitBytes = 8 * 2 ** 20;

/** Create, update, patch and delete under `[base]/[type]`, and Bundles of them at `[base]`. */
export function registerWrites(app: FastifyInstance, context: EmrContext, baseUrl: string): void {
  const { publicUrl, sealingKey, announceTo, clock, pool } = context;
  app.addContentTypeParser(
    'application/json-patch+json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => {
      try {
        return JSON.parse(body) as unknown;
      } catch {
        throw problem('invalid', 'problem.invalid-json');
      }
    },
  );
  const writingOf = (request: FastifyRequest) => ({
    publicUrl,
    sealingKey,
    announceTo,
    baseUrl,
    lenient: isLenient(request),
    requestId: request.id,
  });
  const keyedBy = (request: FastifyRequest) => ({
    key: headerOf(request, 'idempotency-key'),
    request: contentOf(request),
    clock,
  });

  // One transaction: the write, its audit and its key.
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/*',
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const asked: WriteRequest = {
        method: request.method as WriteRequest['method'],
        path: (request.params as { readonly '*': string })['*'],
        query: queryText(request),
        body: request.body,
        ifMatch: headerOf(request, 'if-match'),
        ifNoneExist: headerOf(request, 'if-none-exist'),
      };
      const answer = await asPrincipal(pool, caller, async (tx) => {
        const work = async () => [await writeResource(tx, caller, asked, writingOf(request))];
        const [written] = await writeOnce(tx, caller, keyedBy(request), work);
        return answerWrite(tx, caller, written!, {
          prefer: preferenceOf(headerOf(request, 'prefer')),
          baseUrl,
          language: languageOf(request.headers['accept-language']),
        });
      });
      return sendAnswer(reply, answer);
    },
  });

  app.post('/', { bodyLimit: bundleLimitBytes }, async (request, reply) => {
    const caller = principalOf(request);
    const { type, entries }: { type: string; entries: readonly BundleEntry[] } = readBundle(request.body, baseUrl);
    const options = {
      ...writingOf(request),
      pool,
      clock,
      log: request.log,
      language: languageOf(request.headers['accept-language']),
      // Whoever sends many asks for them when he wants them back.
      prefer: preferenceOf(headerOf(request, 'prefer') ?? 'return=minimal'),
    };
    const keyed = keyedBy(request);
    if (type === 'transaction') return sendAnswer(reply, await answerTransaction(caller, entries, keyed, options));
    if (keyed.key !== undefined) throw problem('invalid', 'fhir.key-in-batch');
    return sendAnswer(reply, await answerBatch(caller, entries, options));
  });
}

/** What makes two requests the same one. */
const contentOf = (request: FastifyRequest): string =>
  JSON.stringify([
    request.method,
    request.url,
    ...['if-match', 'if-none-exist', 'content-type'].map((name) => headerOf(request, name) ?? null),
    request.body ?? null,
  ]);
