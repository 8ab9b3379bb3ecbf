import type { Db } from '../../platform/database/db.ts';

export interface NewClient {
  readonly tenantId: number;
  readonly clientId: string;
  readonly userId: string;
  readonly name: string;
  readonly secretHash: Buffer;
}

export async function insertClient(db: Db, client: NewClient): Promise<void> {
  await db.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
     values ($1, $2, $3, $4, 'client_secret_post', $5)`,
    [client.tenantId, client.clientId, client.userId, client.name, client.secretHash],
  );
}

/** Replaces the secret of a service user's client and ends its tokens. The client's id; undefined: there is no such client. */
export async function replaceSecret(
  db: Db,
  tenantId: number,
  userId: string,
  secretHash: Buffer,
): Promise<string | undefined> {
  const { rows } = await db.query<{ clientId: string }>(
    `with replaced as (
       update oauth_client c set secret_hash = $3, auth_method = 'client_secret_post', jwks = null, jwks_uri = null, rotated_at = now()
         from app_user u
        where c.tenant_id = $1 and c.user_id = $2 and c.active
          and u.tenant_id = c.tenant_id and u.user_id = c.user_id and u.kind = 'service'
       returning c.client_id),
     ended as (
       delete from oauth_token t using replaced r where t.tenant_id = $1 and t.client_id = r.client_id)
     select client_id as "clientId" from replaced`,
    [tenantId, userId, secretHash],
  );
  return rows[0]?.clientId;
}

/**
 * Gives a service user's client public keys, or the address of them, in place of what it proved itself with before, and ends its tokens.
 * The client's id; undefined: there is no such client.
 */
export async function replaceKeys(
  db: Db,
  tenantId: number,
  userId: string,
  { jwks, jwksUri }: { readonly jwks: unknown; readonly jwksUri: string | null },
): Promise<string | undefined> {
  const { rows } = await db.query<{ clientId: string }>(
    `with replaced as (
       update oauth_client c
          set secret_hash = null, auth_method = 'private_key_jwt', jwks = $3, jwks_uri = $4, rotated_at = now()
         from app_user u
        where c.tenant_id = $1 and c.user_id = $2 and c.active
          and u.tenant_id = c.tenant_id and u.user_id = c.user_id and u.kind = 'service'
       returning c.client_id),
     ended as (
       delete from oauth_token t using replaced r where t.tenant_id = $1 and t.client_id = r.client_id)
     select client_id as "clientId" from replaced`,
    [tenantId, userId, jwks === null ? null : JSON.stringify(jwks), jwksUri],
  );
  return rows[0]?.clientId;
}
