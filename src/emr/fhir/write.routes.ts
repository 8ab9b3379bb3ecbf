import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isFhirId } from '../../fhir/search-query.ts';
import { languageOf } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import type { Caller } from '../oauth/caller.ts';
import { type Interaction, requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { isLenient, principalOf, queryText, typeOf } from './fhir-request.ts';
import { fhirJson } from './outcome-response.ts';
import { answerWrite, type FhirAnswer, preferenceOf } from './write-answer.ts';
import { writeOnce } from './write-once.ts';
import * as write from './write-resource.ts';

/** Create, update, patch and delete under `[base]/[type]`, one transaction each: the write, its audit and its key. */
export function registerWrites(app: FastifyInstance, context: EmrContext, baseUrl: string): void {
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

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    interaction: Interaction,
    work: (tx: Db, caller: Caller, type: write.WritableType, writing: write.Writing) => Promise<write.Written>,
  ): Promise<FastifyReply> => {
    const caller = principalOf(request);
    const type = typeOf(request);
    requireScope(caller, type, interaction);
    if (!write.isWritable(type)) throw problem('invalid', 'fhir.write-not-supported', { type });
    const { publicUrl, clock, pool } = context;
    const writing = { publicUrl, baseUrl, lenient: isLenient(request), requestId: request.id };
    const keyed = { key: headerOf(request, 'idempotency-key'), request: contentOf(request), clock };
    const made = await asPrincipal(pool, caller, async (tx) => {
      const [written] = await writeOnce(tx, caller, keyed, async () => [await work(tx, caller, type, writing)]);
      return answerWrite(tx, caller, written!, {
        prefer: preferenceOf(headerOf(request, 'prefer')),
        baseUrl,
        language: languageOf(request.headers['accept-language']),
      });
    });
    return sendAnswer(reply, made);
  };

  app.post('/:type', (request, reply) =>
    answer(request, reply, 'c', (tx, caller, type, writing) => {
      const condition = headerOf(request, 'if-none-exist');
      return condition === undefined
        ? write.createResource(tx, caller, type, request.body, writing)
        : write.createUnlessExists(tx, caller, type, request.body, condition, writing);
    }),
  );
  app.put('/:type', (request, reply) =>
    answer(request, reply, 'u', (tx, caller, type, writing) =>
      write.updateMatching(tx, caller, type, request.body, queryText(request), versionsOf(request), writing),
    ),
  );
  app.put('/:type/:id', (request, reply) =>
    answer(request, reply, 'u', (tx, caller, type, writing) =>
      write.updateResource(tx, caller, type, idOf(request), request.body, versionsOf(request), writing),
    ),
  );
  app.patch('/:type/:id', (request, reply) =>
    answer(request, reply, 'u', (tx, caller, type, writing) =>
      write.patchResource(tx, caller, type, idOf(request), request.body, versionsOf(request), writing),
    ),
  );
  app.delete('/:type/:id', (request, reply) =>
    answer(request, reply, 'd', (tx, caller, type, writing) =>
      write.deleteResource(tx, caller, type, idOf(request), versionsOf(request), writing),
    ),
  );
}

export function sendAnswer(reply: FastifyReply, { status, headers, body }: FhirAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return body === null ? reply.send() : reply.type(fhirJson).send(body);
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** What makes two requests the same one. */
const contentOf = (request: FastifyRequest): string =>
  JSON.stringify([
    request.method,
    request.url,
    ...['if-match', 'if-none-exist', 'content-type'].map((name) => headerOf(request, name) ?? null),
    request.body ?? null,
  ]);

const versionsOf = (request: FastifyRequest): write.Versions => versionsIn(headerOf(request, 'if-match'));

/** The versions in an If-Match: `W/"3"`, several, or `*`. What is no version of ours matches nothing. */
export function versionsIn(header: string | undefined): write.Versions {
  if (header === undefined || header.trim() === '*') return null;
  return [...header.matchAll(/(?:W\/)?"(\d{1,9})"/g)].map(([, version]) => Number(version));
}

function idOf(request: FastifyRequest): string {
  const { id = '' } = request.params as { readonly id?: string };
  // No resource has such an id.
  if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
  return id;
}
