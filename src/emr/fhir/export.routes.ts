import type { FastifyInstance, FastifyRequest } from 'fastify';
import { permissionVersionUrl, suppressedOutcome } from '../../fhir/outcome.ts';
import { format, languageOf } from '../../language/messages.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { noteAccess } from '../audit/access.ts';
import { recordAccess } from '../audit/audit-requests.ts';
import type { EmrContext } from '../context.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { copyDeletions, deletableTypes, deleteExport, type ExportJob, findExport, insertExport } from './export.sql.ts';
import { exportParameters, parseExport } from './export-request.ts';
import { isLenient, principalOf, queryOf } from './fhir-request.ts';
import { findWithheldByExport } from './find-withheld-by-export.ts';
import { isResourceType, type ResourceType } from './resources.ts';
import { streamExport } from './stream-export.ts';

const exportLifetimeMs = 60 * 60 * 1000;

/**
 * Bulk Data at system level. Nothing is prepared in the background: a job keeps what was asked, the manifest is ready at once, and
 * a file is read from the database while it is fetched, under the permissions of that moment; its header names their version.
 */
export function registerExport(app: FastifyInstance, context: EmrContext, baseUrl: string): void {
  const { pool, clock } = context;

  app.route({
    method: ['GET', 'POST'],
    url: '/$export',
    handler: async (request, reply) => {
      if (!/(^|[,;\s])respond-async\b/.test(String(request.headers['prefer'] ?? ''))) {
        throw problem('invalid', 'fhir.export-async');
      }
      const principal = principalOf(request);
      const parameters = request.method === 'GET' ? queryOf(request) : exportParameters(request.body);
      // The parameters of a POST are part of what was asked, in the manifest and in the record of who fetched.
      const query = request.method === 'GET' || parameters.size === 0 ? '' : `?${parameters}`;
      noteAccess({ query: parameters.toString() });
      const url = `${context.publicUrl}${request.url}${query}`;
      const asked = parseExport(url, parameters, { baseUrl, lenient: isLenient(request) });
      for (const type of asked.types) requireScope(principal, type, 'r');
      const exportId = newId();
      const now = clock.now();
      await asPrincipal(pool, principal, (tx) =>
        insertExport(tx, principal, {
          exportId,
          request: asked,
          expiresAt: new Date(now.getTime() + exportLifetimeMs),
          now,
        }),
      );
      return reply.code(202).header('content-location', `${baseUrl}/$export/${exportId}`).send();
    },
  });

  const getExport = async (request: FastifyRequest): Promise<ExportJob> => {
    const principal = principalOf(request);
    const { exportId = '' } = request.params as { readonly exportId?: string };
    const job = await asPrincipal(pool, principal, (tx) => findExport(tx, principal, exportId, clock.now()), {
      readOnly: true,
    });
    if (!job) throw problem('not-found', 'problem.not-found');
    // What a file holds was asked for when the job was made.
    noteAccess({ query: new URL(job.request.url).search.slice(1) });
    return job;
  };

  app.get('/$export/:exportId', async (request, reply) => {
    const job = await getExport(request);
    const withheld = await findWithheldByExport(pool, principalOf(request), job.request);
    const fileUrl = (name: string) => `${baseUrl}/$export/${job.exportId}/${name}.ndjson`;
    const manifest = {
      transactionTime: job.transactionTime,
      request: job.request.url,
      requiresAccessToken: true,
      output: job.request.types.map((type) => ({ type, url: fileUrl(type) })),
      // Deletions matter to whoever has exported before, and says so.
      deleted: deletedTypesOf(job).length === 0 ? [] : [{ type: 'Bundle', url: fileUrl('deleted') }],
      error: withheld.length === 0 ? [] : [{ type: 'OperationOutcome', url: fileUrl('outcome') }],
      extension: { [permissionVersionUrl]: job.permissionVersion },
    };
    return reply.header('expires', job.expiresAt.toUTCString()).type('application/json').send(JSON.stringify(manifest));
  });

  app.delete('/$export/:exportId', async (request, reply) => {
    const principal = principalOf(request);
    const { exportId = '' } = request.params as { readonly exportId?: string };
    const deleted = await asPrincipal(pool, principal, (tx) => deleteExport(tx, principal, exportId));
    if (!deleted) throw problem('not-found', 'problem.not-found');
    return reply.code(202).send();
  });

  app.get('/$export/:exportId/outcome.ndjson', async (request, reply) => {
    const job = await getExport(request);
    const withheld = await findWithheldByExport(pool, principalOf(request), job.request);
    const text = format(languageOf(request.headers['accept-language']), 'fhir.suppressed');
    const lines = withheld.length === 0 ? '' : `${JSON.stringify(suppressedOutcome(withheld, text))}\n`;
    return reply.type('application/fhir+ndjson').send(lines);
  });

  app.get('/$export/:exportId/deleted.ndjson', async (request, reply) => {
    const job = await getExport(request);
    const [type] = deletedTypesOf(job);
    if (type === undefined) throw problem('not-found', 'problem.not-found');
    requireScope(principalOf(request), type, 'r');
    await streamExport(pool, principalOf(request), type, job.request, reply, {
      record: () => recordAccess(context, reply, 200),
      copy: copyDeletions,
    });
    return reply;
  });

  app.get('/$export/:exportId/:file', async (request, reply) => {
    const job = await getExport(request);
    const { file = '' } = request.params as { readonly file?: string };
    const type = file.replace(/\.ndjson$/, '');
    if (!isResourceType(type) || !job.request.types.includes(type)) throw problem('not-found', 'problem.not-found');
    requireScope(principalOf(request), type, 'r');
    await streamExport(pool, principalOf(request), type, job.request, reply, {
      record: () => recordAccess(context, reply, 200),
    });
    return reply;
  });
}

const deletedTypesOf = ({ request }: ExportJob): ResourceType[] =>
  request.since === undefined ? [] : request.types.filter((type) => deletableTypes.includes(type));
