// Statements about OAuth clients and tokens. The tenant comes from the credential alone (client id and token begin with its
// number), so each runs in a transaction of that tenant; row-level security binds it to that.
import type { Db } from '../../platform/database/db.ts';
import type { UserKind } from '../contract/session.ts';

/** What a client proves itself with: a secret, keys, or the address of keys. */
export interface StoredProof {
  /** SHA-256 of the secret, hex; null where there are keys. */
  readonly secretHash: string | null;
  readonly jwks: unknown;
  /** Where the keys are, if they are not in `jwks`. */
  readonly jwksUri: string | null;
}

export interface StoredClient extends StoredProof {
  readonly clientId: string;
  /** What it proved itself with before it was last rotated, and until when that is good. */
  readonly former: (StoredProof & { readonly until: Date }) | null;
  readonly scopes: readonly string[];
  /** Where it is answered once an administrator has approved it; none: it needs no approval. */
  readonly redirectUris: readonly string[];
  /** Null: nobody has approved it. */
  readonly approvedScopes: readonly string[] | null;
}

interface ClientRow extends Omit<StoredClient, 'former'> {
  readonly formerSecretHash: string | null;
  readonly formerJwks: unknown;
  readonly formerJwksUri: string | null;
  readonly formerUntil: Date | null;
}

/** The client, if it and its user are active. */
export async function findActiveClient(db: Db, tenantId: number, clientId: string): Promise<StoredClient | undefined> {
  const { rows } = await db.query<ClientRow>(
    `select c.client_id as "clientId", encode(c.secret_hash, 'hex') as "secretHash", c.jwks, c.jwks_uri as "jwksUri",
            encode(c.former_secret_hash, 'hex') as "formerSecretHash", c.former_jwks as "formerJwks",
            c.former_jwks_uri as "formerJwksUri", c.former_until as "formerUntil",
            c.scopes, c.redirect_uris as "redirectUris", a.scopes as "approvedScopes"
       from oauth_client c
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id
       left join oauth_approval a on a.tenant_id = c.tenant_id and a.client_id = c.client_id and a.ended_at is null
      where c.tenant_id = $1 and c.client_id = $2 and c.active and u.active`,
    [tenantId, clientId],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { formerSecretHash, formerJwks, formerJwksUri, formerUntil, ...client } = row;
  const former = formerUntil && {
    secretHash: formerSecretHash,
    jwks: formerJwks,
    jwksUri: formerJwksUri,
    until: formerUntil,
  };
  return { ...client, former };
}

/** Whom a client acts as, and what people call it. */
export async function findUserOfClient(
  db: Db,
  tenantId: number,
  clientId: string,
): Promise<{ readonly userId: string; readonly clientName: string } | undefined> {
  const { rows } = await db.query<{ userId: string; clientName: string }>(
    'select user_id as "userId", name as "clientName" from oauth_client where tenant_id = $1 and client_id = $2',
    [tenantId, clientId],
  );
  return rows[0];
}

export interface NewToken {
  readonly tenantId: number;
  readonly tokenHash: Buffer;
  readonly clientId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The approval that it is of; undefined: the client needs none, or asks by itself. */
  readonly approvalId: string | undefined;
  readonly expiresAt: Date;
  readonly now: Date;
}

/**
 * Keeps the token's hash, and clears away what has expired of the same client. A token that a client got by itself is of the approval in
 * force as well, if there is one: it ends with it.
 */
export async function insertToken(db: Db, token: NewToken): Promise<void> {
  await db.query(
    `with expired as (
       delete from oauth_token where tenant_id = $1 and client_id = $3 and expires_at <= $6
     )
     insert into oauth_token (tenant_id, token_hash, client_id, payload, expires_at, approval_id)
     values ($1, $2, $3, $4, $5,
             coalesce($7, (select approval_id from oauth_approval where tenant_id = $1 and client_id = $3 and ended_at is null)))`,
    [
      token.tenantId,
      token.tokenHash,
      token.clientId,
      JSON.stringify(token.payload),
      token.expiresAt,
      token.now,
      token.approvalId ?? null,
    ],
  );
}

export interface StoredToken {
  readonly clientId: string;
  readonly expiresAt: Date;
  readonly approvalId: string | null;
  /** The library's name of what it is. */
  readonly kind: string;
}

/** Whose a stored token is; it may have expired. */
export async function findToken(db: Db, tenantId: number, tokenHash: Buffer): Promise<StoredToken | undefined> {
  const { rows } = await db.query<StoredToken>(
    `select client_id as "clientId", expires_at as "expiresAt", approval_id as "approvalId", payload ->> 'kind' as kind
       from oauth_token where tenant_id = $1 and token_hash = $2`,
    [tenantId, tokenHash],
  );
  return rows[0];
}

export async function deleteToken(db: Db, tenantId: number, tokenHash: Buffer): Promise<void> {
  await db.query('delete from oauth_token where tenant_id = $1 and token_hash = $2', [tenantId, tokenHash]);
}

export interface TokenUser {
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** Whom a token speaks for: it has not expired, its client and user are active now, and no approval that it is of has ended. */
export async function findUserOfToken(
  db: Db,
  tenantId: number,
  tokenHash: Buffer,
  now: Date,
): Promise<TokenUser | undefined> {
  const { rows } = await db.query<TokenUser>(
    `select u.user_id as "userId", u.username, u.display_name as "displayName", u.kind, c.client_id as "clientId",
            string_to_array(coalesce(t.payload ->> 'scope', ''), ' ') as scopes
       from oauth_token t
       join oauth_client c on c.tenant_id = t.tenant_id and c.client_id = t.client_id
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id
       left join oauth_approval a on a.tenant_id = t.tenant_id and a.approval_id = t.approval_id
      where t.tenant_id = $1 and t.token_hash = $2 and t.expires_at > $3 and c.active and u.active
        and (t.approval_id is null or a.ended_at is null)`,
    [tenantId, tokenHash, now],
  );
  return rows[0];
}

export interface SeenAssertion {
  readonly tenantId: number;
  readonly clientId: string;
  readonly jtiHash: Buffer;
  readonly expiresAt: Date;
  readonly now: Date;
}

/**
 * True the first time only, whoever asks at the same moment: the primary key decides. An id whose assertion has expired may come
 * again, because its assertion would be refused for its age.
 */
export async function isFirstUse(db: Db, assertion: SeenAssertion): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into oauth_assertion_seen as seen (tenant_id, client_id, jti_hash, expires_at) values ($1, $2, $3, $4)
     on conflict (tenant_id, client_id, jti_hash) do update set expires_at = excluded.expires_at where seen.expires_at <= $5`,
    [assertion.tenantId, assertion.clientId, assertion.jtiHash, assertion.expiresAt, assertion.now],
  );
  return rowCount === 1;
}
