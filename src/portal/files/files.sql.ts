// What a site keeps of uploads, chunk by chunk. portal_app and portal_sync alike, bound to a site by row-level security.
import type { Db, Pool } from '../../platform/database/db.ts';
import type { MediaType } from '../../platform/media.ts';
import { asSite } from '../context.ts';

export interface NewFile {
  readonly siteId: number;
  readonly fileId: string;
  readonly mediaType: MediaType;
  readonly title: string;
  readonly now: Date;
}

export async function insertFile(tx: Db, { siteId, fileId, mediaType, title, now }: NewFile): Promise<void> {
  await tx.query(
    'insert into stored_file (site_id, file_id, media_type, title, begun_at) values ($1, $2, $3, $4, $5)',
    [siteId, fileId, mediaType, title, now],
  );
}

export async function insertChunk(
  tx: Db,
  {
    siteId,
    fileId,
    n,
    bytes,
  }: { readonly siteId: number; readonly fileId: string; readonly n: number; readonly bytes: Buffer },
): Promise<void> {
  await tx.query('insert into stored_file_chunk (site_id, file_id, n, bytes) values ($1, $2, $3, $4)', [
    siteId,
    fileId,
    n,
    bytes,
  ]);
}

/** From here on nothing can be added. */
export async function markArrived(
  tx: Db,
  {
    siteId,
    fileId,
    bytes,
    now,
  }: { readonly siteId: number; readonly fileId: string; readonly bytes: number; readonly now: Date },
): Promise<void> {
  const { rowCount } = await tx.query(
    'update stored_file set bytes = $3, arrived_at = $4 where site_id = $1 and file_id = $2 and arrived_at is null',
    [siteId, fileId, bytes, now],
  );
  if (rowCount !== 1) throw new Error('a file was swept while it arrived');
}

export async function deleteFile(tx: Db, siteId: number, fileId: string): Promise<void> {
  await tx.query('delete from stored_file where site_id = $1 and file_id = $2 and kept_at is null', [siteId, fileId]);
}

/** Takes away what came before `before` and became part of nothing. */
export async function sweepFiles(tx: Db, siteId: number, before: Date): Promise<void> {
  await tx.query('delete from stored_file where site_id = $1 and kept_at is null and begun_at < $2', [siteId, before]);
}

export interface StoredFile {
  readonly fileId: string;
  readonly mediaType: MediaType;
  readonly title: string;
  readonly bytes: number;
}

/** Those of the files that have arrived and are part of nothing yet become part of something, each once. */
export async function keepFiles(tx: Db, siteId: number, fileIds: readonly string[], now: Date): Promise<StoredFile[]> {
  const { rows } = await tx.query<StoredFile & Record<string, unknown>>(
    `update stored_file set kept_at = $3 where site_id = $1 and file_id = any ($2) and arrived_at is not null and kept_at is null
     returning file_id as "fileId", media_type as "mediaType", title, bytes`,
    [siteId, fileIds, now],
  );
  return rows;
}

/** One chunk at a time is held, and between two no connection is. */
export async function* readChunks(pool: Pool, siteId: number, fileId: string): AsyncGenerator<Buffer> {
  for (let n = 0; ; n += 1) {
    const { rows } = await asSite(
      pool,
      siteId,
      (tx) =>
        tx.query<{ bytes: Buffer }>(
          `select c.bytes from stored_file_chunk c join stored_file f on f.site_id = c.site_id and f.file_id = c.file_id
            where c.site_id = $1 and c.file_id = $2 and c.n = $3 and f.arrived_at is not null`,
          [siteId, fileId, n],
        ),
      { readOnly: true },
    );
    if (!rows[0]) return;
    yield rows[0].bytes;
  }
}
