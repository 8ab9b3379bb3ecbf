import type { Db } from '../../platform/database/db.ts';
import type { Integration } from '../contract/integrations.ts';

/** What a client proves itself with: exactly one of the three. */
export interface NewProof {
  readonly secretHash: Buffer | null;
  readonly jwks: unknown;
  readonly jwksUri: string | null;
}

const methodOf = ({ secretHash }: NewProof): string => (secretHash === null ? 'private_key_jwt' : 'client_secret_post');
const asStored = (proof: NewProof) => [
  methodOf(proof),
  proof.secretHash,
  proof.jwks === null ? null : JSON.stringify(proof.jwks),
  proof.jwksUri,
];

/** Those who register applications of a clinic take turns until this transaction ends. */
export async function lockIntegrations(db: Db, tenantId: number): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`integrations ${tenantId}`]);
}

export async function isNameTaken(db: Db, tenantId: number, name: string): Promise<boolean> {
  const { rows } = await db.query(
    'select from oauth_client where tenant_id = $1 and active and lower(name) = lower($2) limit 1',
    [tenantId, name],
  );
  return rows.length > 0;
}

export interface NewClient {
  readonly tenantId: number;
  readonly clientId: string;
  readonly userId: string;
  readonly name: string;
  readonly proof: NewProof;
  readonly scopes: readonly string[];
  readonly redirectUris: readonly string[];
}

export async function insertClient(db: Db, client: NewClient): Promise<void> {
  await db.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash, jwks, jwks_uri, scopes, redirect_uris)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      client.tenantId,
      client.clientId,
      client.userId,
      client.name,
      ...asStored(client.proof),
      client.scopes,
      client.redirectUris,
    ],
  );
}

/** The client of an integration user, locked. undefined: there is none. */
export async function lockClient(
  db: Db,
  tenantId: number,
  userId: string,
): Promise<{ readonly clientId: string; readonly active: boolean } | undefined> {
  const { rows } = await db.query<{ clientId: string; active: boolean }>(
    `select c.client_id as "clientId", c.active
       from oauth_client c
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id and u.kind = 'service'
      where c.tenant_id = $1 and c.user_id = $2 for update of c`,
    [tenantId, userId],
  );
  return rows[0];
}

/** Another proof. What was there goes on until `keepUntil`, and what it had before that ends; null: it ends at once. */
export async function replaceProof(
  db: Db,
  tenantId: number,
  clientId: string,
  { proof, keepUntil, now }: { readonly proof: NewProof; readonly keepUntil: Date | null; readonly now: Date },
): Promise<void> {
  await db.query(
    `update oauth_client
        set auth_method = $3, secret_hash = $4, jwks = $5, jwks_uri = $6, active = true, rotated_at = $8, former_until = $7,
            former_secret_hash = case when $7::timestamptz is not null then secret_hash end,
            former_jwks = case when $7::timestamptz is not null then jwks end,
            former_jwks_uri = case when $7::timestamptz is not null then jwks_uri end
      where tenant_id = $1 and client_id = $2`,
    [tenantId, clientId, ...asStored(proof), keepUntil, now],
  );
}

/** False where nothing of before is good any more. */
export async function endFormerProof(db: Db, tenantId: number, clientId: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `update oauth_client set former_until = null, former_secret_hash = null, former_jwks = null, former_jwks_uri = null
      where tenant_id = $1 and client_id = $2 and former_until > $3`,
    [tenantId, clientId, now],
  );
  return rowCount === 1;
}

export async function deactivateClient(db: Db, tenantId: number, clientId: string): Promise<void> {
  await db.query(
    `update oauth_client
        set active = false, former_until = null, former_secret_hash = null, former_jwks = null, former_jwks_uri = null
      where tenant_id = $1 and client_id = $2`,
    [tenantId, clientId],
  );
}

export async function deleteTokensOfClient(db: Db, tenantId: number, clientId: string): Promise<void> {
  await db.query('delete from oauth_token where tenant_id = $1 and client_id = $2', [tenantId, clientId]);
}

/** As Integration, with moments that are not yet text. */
export interface IntegrationRow extends Omit<Integration, 'createdAt' | 'rotatedAt' | 'formerUntil' | 'approval'> {
  readonly createdAt: Date;
  readonly rotatedAt: Date | null;
  readonly formerUntil: Date | null;
  readonly approvedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedScopes: readonly string[] | null;
}

/** Needs the roster's scope. */
export async function listIntegrationRows(db: Db, tenantId: number): Promise<IntegrationRow[]> {
  const { rows } = await db.query<IntegrationRow>(
    `select u.user_id as "userId", u.username, u.active as "userActive", c.client_id as "clientId", c.name, c.active,
            case when c.secret_hash is not null then 'secret' when c.jwks is not null then 'keys' else 'address' end as proof,
            c.jwks_uri as "jwksUri", c.scopes, c.redirect_uris as "redirectUris",
            (select coalesce(json_agg(json_build_object('officeId', o.office_id, 'name', o.name) order by lower(o.name), o.office_id), '[]')
               from office_membership m
               join office o on o.tenant_id = m.tenant_id and o.office_id = m.office_id and o.active
              where m.tenant_id = u.tenant_id and m.user_id = u.user_id) as offices,
            c.created_at as "createdAt", c.rotated_at as "rotatedAt", c.former_until as "formerUntil",
            a.approved_at as "approvedAt", b.display_name as "approvedBy", a.scopes as "approvedScopes"
       from oauth_client c
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id and u.kind = 'service'
       left join oauth_approval a on a.tenant_id = c.tenant_id and a.client_id = c.client_id and a.ended_at is null
       left join app_user b on b.tenant_id = a.tenant_id and b.user_id = a.approved_by
      where c.tenant_id = $1
      order by not (c.active and u.active), lower(c.name), c.client_id`,
    [tenantId],
  );
  return rows;
}
