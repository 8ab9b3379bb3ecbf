import { createHash } from 'node:crypto';
import { columnsNeeded } from '../../fhir/columns.ts';
import { newId } from '../../platform/ids.ts';
import { contentCheck, inChunks, type MediaType } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { type Pair, requirePair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './content.sql.ts';
import { contentLimitBytes } from './content-limit.ts';

export const unfiledLifetimeMs = 60 * 60 * 1000;

export interface ReceivedContent {
  readonly binaryId: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
}

/**
 * Takes a document's bytes in as they come, a chunk in memory at a time. Each chunk is a transaction of its own: a slow sender holds
 * no connection of the database. 403 names the cell; 413 above 20 MB; 400 where the bytes are not what was declared. What fails leaves
 * nothing; what is never filed is swept an hour later.
 */
export async function receiveContent(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  {
    pair,
    mediaType,
    source,
  }: { readonly pair: Pair; readonly mediaType: MediaType; readonly source: AsyncIterable<Buffer> },
): Promise<ReceivedContent> {
  const { pool, clock, publicUrl } = context;
  const { tenantId } = actor;
  const binaryId = newId();
  await asPrincipal(pool, actor, async (tx) => {
    const now = clock.now();
    await requirePair(tx, publicUrl, actor, pair, columnsNeeded.Binary);
    await sql.sweepUnfiled(tx, tenantId, new Date(now.getTime() - unfiledLifetimeMs));
    await sql.insertContent(tx, actor, { binaryId, pair, mediaType, now });
  });
  try {
    const hash = createHash('sha256');
    const isStill = contentCheck(mediaType);
    let n = 0;
    let bytes = 0;
    for await (const { chunk, last } of inChunks(source)) {
      bytes += chunk.length;
      if (bytes > contentLimitBytes) {
        throw problem('too-large', 'problem.body-too-large', { megabytes: contentLimitBytes / 2 ** 20 });
      }
      if (!isStill(chunk, last)) throw problem('invalid', 'chart.problem.not-what-it-says', { type: mediaType });
      hash.update(chunk);
      const at = n;
      await asPrincipal(pool, actor, (tx) => sql.insertChunk(tx, tenantId, { binaryId, n: at, bytes: chunk }));
      n += 1;
    }
    if (bytes === 0) throw problem('invalid', 'chart.problem.empty-file');
    const sha256 = hash.digest();
    await asPrincipal(pool, actor, (tx) => sql.markArrived(tx, actor, { binaryId, bytes, sha256, now: clock.now() }));
    return { binaryId, mediaType, bytes };
  } catch (error) {
    await asPrincipal(pool, actor, (tx) => sql.deleteUnfiled(tx, tenantId, binaryId));
    throw error;
  }
}
