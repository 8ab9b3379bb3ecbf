import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { getKey, keepWritten, takeKey } from './write-key.sql.ts';
import type { Written } from './write-resource.ts';

const keyLifetimeMs = 24 * 60 * 60 * 1000;

export interface KeyedRequest {
  /** The Idempotency-Key header; undefined: the client takes the risk. */
  readonly key: string | undefined;
  /** All of what was asked: method, address, conditions and body. */
  readonly request: string;
  readonly clock: Clock;
}

/**
 * Does `work` once for each key of a client, in the transaction of the work: a request that comes again with the same content gets what
 * was written then, one with another content is refused (422). A failure keeps nothing, so it may be tried again with its key.
 */
export async function writeOnce(
  tx: Db,
  caller: Caller,
  { key, request, clock }: KeyedRequest,
  work: () => Promise<readonly Written[]>,
): Promise<readonly Written[]> {
  if (key === undefined) return work();
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw problem('invalid', 'fhir.key-value');
  const now = clock.now();
  const hashes = { keyHash: sha256(key), requestHash: sha256(request) };
  if (await takeKey(tx, caller, hashes, { now, expiresAt: new Date(now.getTime() + keyLifetimeMs) })) {
    const written = await work();
    await keepWritten(tx, caller, hashes.keyHash, written);
    return written;
  }
  const kept = await getKey(tx, caller, hashes.keyHash);
  if (!kept.requestHash.equals(hashes.requestHash)) throw problem('unprocessable', 'fhir.key-reused');
  return kept.written;
}
