import type { Clock } from '../../platform/clock.ts';
import type { Db, Pool } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { contentCheck, inChunks, type MediaType } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import { asSite } from '../context.ts';
import * as sql from './files.sql.ts';

export const fileLimitBytes = 10 * 2 ** 20;
/** Of all attachments of one message. */
export const filesLimitBytes = 50 * 2 ** 20;
export const filesAtMost = 20;
/** What became part of nothing is swept after so long; what was fetched from the EMR is there for that long. */
export const unkeptLifetimeMs = 24 * 60 * 60_000;

export interface StoreFile {
  readonly siteId: number;
  readonly mediaType: MediaType;
  readonly title: string;
  readonly source: AsyncIterable<Buffer>;
  readonly clock: Clock;
  /** In the transaction that begins the file: says whose it is. */
  readonly claim?: (tx: Db, fileId: string) => Promise<void>;
}

/**
 * Takes a file in as it comes, a chunk in memory at a time, each in a transaction of its own: a slow sender holds no connection of the
 * database. 413 above 10 MB; 400 where it is empty or not what it says. What fails leaves nothing.
 */
export async function storeFile(
  pool: Pool,
  { siteId, mediaType, title, source, clock, claim }: StoreFile,
): Promise<sql.StoredFile> {
  const fileId = newId();
  await asSite(pool, siteId, async (tx) => {
    const now = clock.now();
    await sql.sweepFiles(tx, siteId, new Date(now.getTime() - unkeptLifetimeMs));
    await sql.insertFile(tx, { siteId, fileId, mediaType, title, now });
    await claim?.(tx, fileId);
  });
  try {
    const isStill = contentCheck(mediaType);
    let n = 0;
    let bytes = 0;
    for await (const { chunk, last } of inChunks(source)) {
      bytes += chunk.length;
      if (bytes > fileLimitBytes) {
        throw problem('too-large', 'problem.body-too-large', { megabytes: fileLimitBytes / 2 ** 20 });
      }
      if (!isStill(chunk, last)) throw problem('invalid', 'messages.problem.not-what-it-says', { title });
      const at = n;
      await asSite(pool, siteId, (tx) => sql.insertChunk(tx, { siteId, fileId, n: at, bytes: chunk }));
      n += 1;
    }
    if (bytes === 0) throw problem('invalid', 'messages.problem.empty-file', { title });
    const now = clock.now();
    await asSite(pool, siteId, (tx) => sql.markArrived(tx, { siteId, fileId, bytes, now }));
    return { fileId, mediaType, title, bytes };
  } catch (error) {
    await asSite(pool, siteId, (tx) => sql.deleteFile(tx, siteId, fileId));
    throw error;
  }
}
