import type { Db } from '../../platform/database/db.ts';
import type { Caller } from '../oauth/caller.ts';
import type { Written } from './write-resource.ts';

export interface WriteKey {
  readonly keyHash: Buffer;
  readonly requestHash: Buffer;
}

/**
 * True for the first who comes with the key; whoever brings it at the same moment waits for the first one's end. What has expired may
 * be used anew, and of the same client it is cleared away.
 */
export async function takeKey(
  db: Db,
  { tenantId, clientId }: Caller,
  { keyHash, requestHash }: WriteKey,
  { now, expiresAt }: { readonly now: Date; readonly expiresAt: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with expired as (
       delete from write_key where tenant_id = $1 and client_id = $2 and expires_at <= $5 and key_hash <> $3)
     insert into write_key as k (tenant_id, client_id, key_hash, request_hash, expires_at) values ($1, $2, $3, $4, $6)
     on conflict (tenant_id, client_id, key_hash)
     do update set request_hash = excluded.request_hash, written = null, expires_at = excluded.expires_at where k.expires_at <= $5`,
    [tenantId, clientId, keyHash, requestHash, now, expiresAt],
  );
  return rowCount === 1;
}

export async function keepWritten(
  db: Db,
  { tenantId, clientId }: Caller,
  keyHash: Buffer,
  written: readonly Written[],
): Promise<void> {
  await db.query('update write_key set written = $4 where tenant_id = $1 and client_id = $2 and key_hash = $3', [
    tenantId,
    clientId,
    keyHash,
    JSON.stringify(written),
  ]);
}

export async function getKey(
  db: Db,
  { tenantId, clientId }: Caller,
  keyHash: Buffer,
): Promise<{ readonly requestHash: Buffer; readonly written: readonly Written[] }> {
  const { rows } = await db.query<{ requestHash: Buffer; written: Written[] }>(
    `select request_hash as "requestHash", written from write_key where tenant_id = $1 and client_id = $2 and key_hash = $3`,
    [tenantId, clientId, keyHash],
  );
  return rows[0]!;
}
