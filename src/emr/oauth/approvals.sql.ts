// Statements about what applications ask of administrators: requests that wait, approvals, and the codes that are exchanged for a token.
import type { Db } from '../../platform/database/db.ts';
import type { AccessRequest } from '../contract/integrations.ts';

export interface StoredInteraction {
  readonly clientId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

export interface KeptInteraction extends StoredInteraction {
  readonly tenantId: number;
  readonly hash: Buffer;
  readonly now: Date;
}

/** Keeps it, and clears away what has expired. */
export async function keepInteraction(db: Db, one: KeptInteraction): Promise<void> {
  await db.query('delete from oauth_interaction where tenant_id = $1 and expires_at <= $2', [one.tenantId, one.now]);
  await db.query(
    `insert into oauth_interaction (tenant_id, interaction_hash, client_id, payload, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, interaction_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
    [one.tenantId, one.hash, one.clientId, JSON.stringify(one.payload), one.expiresAt],
  );
}

export async function findInteraction(
  db: Db,
  tenantId: number,
  hash: Buffer,
  now: Date,
): Promise<StoredInteraction | undefined> {
  const { rows } = await db.query<StoredInteraction>(
    `select client_id as "clientId", payload, expires_at as "expiresAt"
       from oauth_interaction where tenant_id = $1 and interaction_hash = $2 and expires_at > $3`,
    [tenantId, hash, now],
  );
  return rows[0];
}

export async function deleteInteraction(db: Db, tenantId: number, hash: Buffer): Promise<void> {
  await db.query('delete from oauth_interaction where tenant_id = $1 and interaction_hash = $2', [tenantId, hash]);
}

/** The decision, once: false where it was decided before, or has expired. */
export async function decideInteraction(
  db: Db,
  tenantId: number,
  hash: Buffer,
  result: object,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update oauth_interaction set payload = payload || jsonb_build_object('result', $3::jsonb)
      where tenant_id = $1 and interaction_hash = $2 and expires_at > $4 and not payload ? 'result'`,
    [tenantId, hash, JSON.stringify(result), now],
  );
  return rowCount === 1;
}

export interface AskingClient {
  readonly name: string;
  readonly userId: string;
  readonly username: string;
  readonly scopes: readonly string[];
}

/** The client, and the user that it speaks for, if both are active. */
export async function findAskingClient(db: Db, tenantId: number, clientId: string): Promise<AskingClient | undefined> {
  const { rows } = await db.query<AskingClient>(
    `select c.name, u.user_id as "userId", u.username, c.scopes
       from oauth_client c
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id
      where c.tenant_id = $1 and c.client_id = $2 and c.active and u.active`,
    [tenantId, clientId],
  );
  return rows[0];
}

type OfficeAsked = AccessRequest['offices'][number];

/** Offices of the clinic as the approval names them. Needs the roster's scope. */
export async function listOfficesOf(db: Db, tenantId: number, userId: string): Promise<OfficeAsked[]> {
  const { rows } = await db.query<OfficeAsked>(
    `select o.office_id as "officeId", o.name,
            exists (select from office_membership m
                     where m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2) as member,
            (select count(*)::integer from provider_schedule s
              where s.tenant_id = o.tenant_id and s.office_id = o.office_id) as schedules,
            (select count(*)::integer from held_grant h
              where h.tenant_id = o.tenant_id and h.office_id = o.office_id and h.user_id = $2
                and (h.columns & 32) = 32) as visible
       from office o
      where o.tenant_id = $1 and o.active
      order by lower(o.name), o.office_id`,
    [tenantId, userId],
  );
  return rows;
}

export interface NewApproval {
  readonly tenantId: number;
  readonly approvalId: string;
  readonly clientId: string;
  readonly approvedBy: string;
  readonly approvedAt: Date;
  readonly scopes: readonly string[];
  readonly officeIds: readonly string[];
}

export async function insertApproval(db: Db, one: NewApproval): Promise<void> {
  await db.query(
    `insert into oauth_approval (tenant_id, approval_id, client_id, approved_by, approved_at, scopes, office_ids)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [one.tenantId, one.approvalId, one.clientId, one.approvedBy, one.approvedAt, one.scopes, one.officeIds],
  );
}

export interface StoredApproval {
  readonly approvalId: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** The approval, while it is in force and its client and user are active. */
export async function findApproval(db: Db, tenantId: number, approvalId: string): Promise<StoredApproval | undefined> {
  const { rows } = await db.query<StoredApproval>(
    `select a.approval_id as "approvalId", a.client_id as "clientId", u.user_id as "userId", a.scopes
       from oauth_approval a
       join oauth_client c on c.tenant_id = a.tenant_id and c.client_id = a.client_id
       join app_user u on u.tenant_id = c.tenant_id and u.user_id = c.user_id
      where a.tenant_id = $1 and a.approval_id = $2 and a.ended_at is null and c.active and u.active`,
    [tenantId, approvalId],
  );
  return rows[0];
}

export interface ApprovalInForce {
  readonly approvedAt: Date;
  readonly approvedBy: string;
  readonly scopes: readonly string[];
}

export async function findApprovalInForce(
  db: Db,
  tenantId: number,
  clientId: string,
): Promise<ApprovalInForce | undefined> {
  const { rows } = await db.query<ApprovalInForce>(
    `select a.approved_at as "approvedAt", u.display_name as "approvedBy", a.scopes
       from oauth_approval a
       join app_user u on u.tenant_id = a.tenant_id and u.user_id = a.approved_by
      where a.tenant_id = $1 and a.client_id = $2 and a.ended_at is null`,
    [tenantId, clientId],
  );
  return rows[0];
}

export interface Ending {
  readonly now: Date;
  /** Null: nobody, it was replaced or its code came twice. */
  readonly endedBy: string | null;
}

/** Ends the client's approval with every code and token of it. Its id; undefined: none is in force. */
export async function endApproval(
  db: Db,
  tenantId: number,
  clientId: string,
  { now, endedBy }: Ending,
): Promise<string | undefined> {
  const { rows } = await db.query<{ approvalId: string }>(
    `update oauth_approval set ended_at = $3, ended_by = $4
      where tenant_id = $1 and client_id = $2 and ended_at is null returning approval_id as "approvalId"`,
    [tenantId, clientId, now, endedBy],
  );
  const approvalId = rows[0]?.approvalId;
  if (approvalId === undefined) return undefined;
  await deleteOfApproval(db, tenantId, approvalId);
  return approvalId;
}

/** As endApproval, where what is known is the approval; another one of the client that took its place stays. */
export async function endApprovalById(db: Db, tenantId: number, approvalId: string, now: Date): Promise<void> {
  await db.query(
    `update oauth_approval set ended_at = $3 where tenant_id = $1 and approval_id = $2 and ended_at is null`,
    [tenantId, approvalId, now],
  );
  await deleteOfApproval(db, tenantId, approvalId);
}

/**
 * Whoever consumes a code or ends an approval waits here first: one who went on to the approval from a code that he had looked at, while
 * another deleted the approval's codes, would wait for him and he for the other.
 */
export async function lockApproval(db: Db, tenantId: number, approvalId: string): Promise<void> {
  await db.query('select from oauth_approval where tenant_id = $1 and approval_id = $2 for no key update', [
    tenantId,
    approvalId,
  ]);
}

/** The codes and tokens of an approval. */
export async function deleteOfApproval(db: Db, tenantId: number, approvalId: string): Promise<void> {
  await lockApproval(db, tenantId, approvalId);
  await db.query('delete from oauth_code where tenant_id = $1 and approval_id = $2', [tenantId, approvalId]);
  await db.query('delete from oauth_token where tenant_id = $1 and approval_id = $2', [tenantId, approvalId]);
}

export interface StoredCode {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly consumed: boolean;
}

export interface NewCode {
  readonly tenantId: number;
  readonly hash: Buffer;
  readonly clientId: string;
  readonly approvalId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
  readonly now: Date;
}

/** Keeps the code's hash, and clears away those of the client that expired an hour ago: until then one that comes twice is known. */
export async function insertCode(db: Db, code: NewCode): Promise<void> {
  await db.query(
    `with expired as (
       delete from oauth_code where tenant_id = $1 and client_id = $3 and expires_at <= $7::timestamptz - interval '1 hour'
     )
     insert into oauth_code (tenant_id, code_hash, client_id, approval_id, payload, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [code.tenantId, code.hash, code.clientId, code.approvalId, JSON.stringify(code.payload), code.expiresAt, code.now],
  );
}

export async function findCode(db: Db, tenantId: number, hash: Buffer): Promise<StoredCode | undefined> {
  const { rows } = await db.query<StoredCode>(
    `select payload, consumed_at is not null as consumed from oauth_code where tenant_id = $1 and code_hash = $2`,
    [tenantId, hash],
  );
  return rows[0];
}

/** True for one of those who come with it, whoever comes at the same moment. */
export async function consumeCode(db: Db, tenantId: number, hash: Buffer, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `update oauth_code set consumed_at = $3 where tenant_id = $1 and code_hash = $2 and consumed_at is null`,
    [tenantId, hash, now],
  );
  return rowCount === 1;
}
