import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { permissionVersionHeader, suppressedOutcome } from '../../fhir/outcome.ts';
import { isFhirId } from '../../fhir/search-query.ts';
import { format, languageOf } from '../../language/messages.ts';
import { mediaTypeOf, mediaTypes } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { isLenient, principalOf } from '../fhir/fhir-request.ts';
import { fhirJson } from '../fhir/outcome-response.ts';
import { pairOfRole } from '../fhir/pair-of-role.ts';
import { findByIds, type ResourceRow } from '../fhir/resources.sql.ts';
import type { ResourceType } from '../fhir/resources.ts';
import { preferenceOf } from '../fhir/write-answer.ts';
import { writeOnce } from '../fhir/write-once.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { contentLimitBytes } from './content-limit.ts';
import { fileDocument } from './file-document.ts';
import { handOverSaved } from './hand-over.ts';
import { openContent } from './read-content.ts';
import { receiveContent } from './receive-content.ts';
import { receivedBinary, receivedDocument, roleInSecurityContext } from './received-document.ts';

/** Base64 is four thirds of the content; the rest of the resource is small. */
const bodyLimit = Math.ceil((contentLimitBytes * 4) / 3) + 2 ** 20;

/** What the chart has in FHIR beside read and search: content, filing a document, what was saved for Ocean. */
export function registerChartFhir(app: FastifyInstance, context: EmrContext, baseUrl: string): void {
  const { pool } = context;

  app.get('/Binary/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const actor = principalOf(request);
    requireScope(actor, 'Binary', 'r');
    const content = isFhirId(id) ? await openContent(context, actor, { binaryId: id }) : undefined;
    if (!content) throw problem('not-found', 'problem.not-found');
    reply.headers({
      'content-disposition': 'attachment',
      'content-security-policy': "sandbox; default-src 'none'",
      'repr-digest': `sha-256=:${content.sha256.toString('base64')}:`,
    });
    // FHIR R4, Binary: the content itself, unless a FHIR content type is asked for.
    if (/\bapplication\/(fhir\+)?json\b/.test(String(request.headers['accept'] ?? ''))) {
      const { binaryId, documentId, mediaType, chunks } = content;
      return reply.type(fhirJson).send(Readable.from(inJson({ binaryId, documentId, mediaType, chunks })));
    }
    return reply
      .header('content-length', content.bytes)
      .type(content.mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : content.mediaType)
      .send(Readable.from(content.chunks, { objectMode: false }));
  });

  app.register(async (files) => {
    files.addContentTypeParser([...mediaTypes], async (_request: FastifyRequest, body: Readable) => body);
    files.post('/Binary', { bodyLimit }, async (request, reply) => {
      const actor = principalOf(request);
      requireScope(actor, 'Binary', 'c');
      const sent =
        request.body instanceof Readable
          ? {
              roleId: roleInSecurityContext(headerOf(request, 'x-security-context'), baseUrl),
              mediaType: mediaTypeOf(request.headers['content-type']),
              source: request.body.iterator({ destroyOnReturn: false }),
            }
          : sourceOf(receivedBinary(request.body, { baseUrl, lenient: isLenient(request) }));
      const { roleId, mediaType, source } = sent;
      if (!mediaType) throw problem('unsupported-media-type', 'chart.problem.file-type');
      const pair = await pairOfRole(context, actor, roleId, 'Binary.securityContext');
      const { binaryId } = await receiveContent(context, actor, { pair, mediaType, source });
      return reply.code(201).header('location', `${baseUrl}/Binary/${binaryId}/_history/1`).send();
    });
  });

  app.post('/DocumentReference', { bodyLimit }, async (request, reply) => {
    const caller = principalOf(request);
    requireScope(caller, 'DocumentReference', 'c');
    const options = { baseUrl, lenient: isLenient(request) };
    const { roleId, patientId, title, folder, content } = receivedDocument(request.body, options);
    const pair = await pairOfRole(context, caller, roleId, 'DocumentReference.author');
    const uploadId =
      'binaryId' in content
        ? content.binaryId
        : (await receiveContent(context, caller, { pair, ...sourceOf(content) })).binaryId;
    const keyed = {
      key: headerOf(request, 'idempotency-key'),
      request: JSON.stringify([request.method, request.url, request.body]),
      clock: context.clock,
    };
    const filed = { ...pair, patientId, uploadId, title, folder: folder ?? caller.displayName };
    const created = await asPrincipal(pool, caller, async (tx) => {
      const [written] = await writeOnce(tx, caller, keyed, async () => {
        const { documentId } = await fileDocument(tx, context, caller, filed, request.id);
        return [{ status: 201, type: 'DocumentReference', id: documentId, version: 1 }];
      });
      return (await findByIds(tx, caller, 'DocumentReference', [written!.id]))[0];
    });
    // It was written with this key before, and may not be seen any more.
    if (!created) throw problem('not-found', 'problem.not-found');
    reply.code(201).headers({
      location: `${baseUrl}/DocumentReference/${created.id}/_history/${created.version}`,
      etag: `W/"${created.version}"`,
      'last-modified': created.lastUpdated!.toUTCString(),
    });
    if (preferenceOf(headerOf(request, 'prefer')) === 'minimal') return reply.send();
    return reply.type(fhirJson).send(created.json);
  });

  // POST alone: it changes what the next one finds, and a GET may be repeated by anybody on the way.
  app.post('/Patient/:id/$saved-for-ocean', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const caller = principalOf(request);
    requireScope(caller, 'DocumentReference', 'r');
    requireScope(caller, 'DiagnosticReport', 'r');
    if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
    const found = await handOverSaved(context, caller, id, request.id);
    const text = format(languageOf(request.headers['accept-language']), 'fhir.suppressed');
    const entries = [
      ...found.documents.map((row) => entryText('DocumentReference', row, 'match', baseUrl)),
      ...found.reports.map((row) => entryText('DiagnosticReport', row, 'match', baseUrl)),
      ...found.observations.map((row) => entryText('Observation', row, 'include', baseUrl)),
      ...(found.withheld.length === 0
        ? []
        : [`{"resource":${JSON.stringify(suppressedOutcome(found.withheld, text))},"search":{"mode":"outcome"}}`]),
    ];
    const total = found.documents.length + found.reports.length;
    return reply
      .header(permissionVersionHeader, found.permissionVersion)
      .type(fhirJson)
      .send(`{"resourceType":"Bundle","type":"searchset","total":${total},"entry":[${entries.join(',')}]}`);
  });
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const sourceOf = <T extends { readonly bytes: Buffer }>({ bytes, ...rest }: T) => ({
  ...rest,
  source: (async function* () {
    yield bytes;
  })(),
});

const entryText = (type: ResourceType, row: ResourceRow, mode: 'match' | 'include', baseUrl: string): string =>
  `{"fullUrl":"${baseUrl}/${type}/${row.id}","resource":${row.json},"search":{"mode":"${mode}"}}`;

/** A chunk is a multiple of three bytes, so base64 of one follows base64 of the one before. */
async function* inJson(content: {
  readonly binaryId: string;
  readonly documentId: string;
  readonly mediaType: string;
  readonly chunks: AsyncGenerator<Buffer>;
}): AsyncGenerator<string> {
  const { binaryId, documentId, mediaType, chunks } = content;
  yield `{"resourceType":"Binary","id":"${binaryId}","contentType":"${mediaType}","securityContext":{"reference":"DocumentReference/${documentId}"},"data":"`;
  for await (const chunk of chunks) yield chunk.toString('base64');
  yield '"}';
}
