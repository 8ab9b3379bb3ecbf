import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import type { Pool } from 'pg';
import { permissionVersionHeader, rowsTrailer } from '../../fhir/outcome.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { copyResources } from './export.sql.ts';
import type { ExportRequest } from './export-request.ts';
import { permissionVersion } from './resources.sql.ts';
import type { ResourceType } from './resources.ts';

export interface StreamOptions {
  /** Stores the record of this request: before the first byte. */
  readonly record: () => Promise<void>;
  readonly copy?: typeof copyResources;
}

/**
 * Writes one export file to the socket as the database yields it. The permission version is read in the same snapshot and goes
 * ahead as a header; the number of lines follows as a trailer, so that a file that was cut off is told from a whole one. Once the
 * first byte is out a failure can only break the connection, and does. A client that goes away ends the statement.
 */
export async function streamExport(
  pool: Pool,
  principal: Principal,
  type: ResourceType,
  request: ExportRequest,
  reply: FastifyReply,
  { record, copy = copyResources }: StreamOptions,
): Promise<void> {
  try {
    await asPrincipal(
      pool,
      principal,
      async (tx) => {
        const version = await permissionVersion(tx, principal);
        await record();
        const source = copy(tx, principal, type, request);
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'application/fhir+ndjson',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'x-request-id': reply.request.id,
          [permissionVersionHeader]: version,
          trailer: rowsTrailer,
        });
        let rows = 0;
        const counted = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
            done(null, chunk);
          },
          flush(done) {
            reply.raw.addTrailers({ [rowsTrailer]: String(rows) });
            done();
          },
        });
        await pipeline(source, counted, reply.raw);
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  } catch (error) {
    if (!reply.raw.headersSent) throw error;
    reply.raw.destroy();
    reply.request.log.warn({ err: error, type }, 'an export file was broken off');
  }
}
