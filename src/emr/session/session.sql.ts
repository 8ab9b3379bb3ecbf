import type { Db } from '../../platform/database/db.ts';
import type { SignInStep } from '../contract/second-factor.ts';
import type { UserKind } from '../contract/session.ts';

export interface Credentials {
  readonly userId: string;
  readonly kind: UserKind;
  readonly passwordHash: string | null;
  readonly active: boolean;
}

export async function findCredentials(db: Db, tenantId: number, username: string): Promise<Credentials | undefined> {
  const { rows } = await db.query<Credentials>(
    `select user_id as "userId", kind, password_hash as "passwordHash", active
       from app_user where tenant_id = $1 and lower(username) = lower($2)`,
    [tenantId, username],
  );
  return rows[0];
}

export interface SessionRow {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
  readonly tenantName: string;
  readonly managedOfficeIds: readonly string[];
  /** What signing in still asks for; null: nothing. */
  readonly next: SignInStep | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** The session of a token's hash, of a user who is still active. Its limits are the caller's to judge. */
export async function findSession(db: Db, tenantId: number, tokenHash: Buffer): Promise<SessionRow | undefined> {
  const { rows } = await db.query<SessionRow>(
    `select s.session_id as "sessionId", s.user_id as "userId", s.username, s.display_name as "displayName", s.kind, s.next,
            t.name as "tenantName",
            array(select m.office_id from office_membership m
                   where m.tenant_id = s.tenant_id and m.user_id = s.user_id and m.role = 'manager'
                   order by m.office_id) as "managedOfficeIds",
            s.created_at as "createdAt", s.last_seen_at as "lastSeenAt"
       from user_session s
       join tenant t on t.tenant_id = s.tenant_id
      where s.tenant_id = $1 and s.token_hash = $2`,
    [tenantId, tokenHash],
  );
  return rows[0];
}

/** The zones of the offices that are open to who asks, those of the person's own first. */
export async function listZones(db: Db, tenantId: number, userId: string): Promise<string[]> {
  const { rows } = await db.query<{ zone: string }>(
    `select o.zone from office o
       left join office_membership m on m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2
      where o.tenant_id = $1
      order by m.office_id is null, not o.active, lower(o.name), o.office_id`,
    [tenantId, userId],
  );
  return rows.map(({ zone }) => zone);
}

export interface NewSession {
  readonly tenantId: number;
  readonly sessionId: string;
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly now: Date;
}

export async function insertSession(
  db: Db,
  { tenantId, sessionId, tokenHash, userId, now }: NewSession,
): Promise<void> {
  await db.query(
    `insert into session (tenant_id, session_id, token_hash, user_id, created_at, last_seen_at)
     values ($1, $2, $3, $4, $5, $5)`,
    [tenantId, sessionId, tokenHash, userId, now],
  );
}

export interface OpenSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
}

/** Sessions that are signed in, and neither too old nor idle for too long; who was seen last comes first. */
export async function listOpenSessions(
  db: Db,
  tenantId: number,
  { createdAfter, seenAfter }: { readonly createdAfter: Date; readonly seenAfter: Date },
): Promise<OpenSession[]> {
  const { rows } = await db.query<OpenSession>(
    `select s.session_id as "sessionId", s.user_id as "userId", s.username, s.display_name as "displayName", s.kind,
            s.created_at as "signedInAt", s.last_seen_at as "lastSeenAt"
       from user_session s
      where s.tenant_id = $1 and s.created_at > $2 and s.last_seen_at > $3 and s.next is null
      order by s.last_seen_at desc, lower(s.display_name), s.session_id`,
    [tenantId, createdAfter, seenAfter],
  );
  return rows;
}

/** Whose session it was; undefined: there is none of that id. */
export async function deleteSessionById(db: Db, tenantId: number, sessionId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ userId: string }>(
    'delete from session where tenant_id = $1 and session_id = $2 returning user_id as "userId"',
    [tenantId, sessionId],
  );
  return rows[0]?.userId;
}

export async function touchSession(db: Db, tenantId: number, tokenHash: Buffer, now: Date): Promise<void> {
  await db.query(
    'update session set last_seen_at = $3 where tenant_id = $1 and token_hash = $2 and last_seen_at < $3',
    [tenantId, tokenHash, now],
  );
}

export async function deleteSession(db: Db, tenantId: number, tokenHash: Buffer): Promise<void> {
  await db.query('delete from session where tenant_id = $1 and token_hash = $2', [tenantId, tokenHash]);
}

/** Sessions that nobody can use any more, whose browsers were closed without signing out. */
export async function deleteEndedSessions(
  db: Db,
  tenantId: number,
  { createdBy, seenBy }: { readonly createdBy: Date; readonly seenBy: Date },
): Promise<void> {
  await db.query('delete from session where tenant_id = $1 and (created_at <= $2 or last_seen_at <= $3)', [
    tenantId,
    createdBy,
    seenBy,
  ]);
}

/** Attempts on one name take turns until this transaction ends, the first one included, of which there is no row yet. */
export async function lockFailures(
  db: Db,
  tenantId: number,
  usernameHash: Buffer,
): Promise<{ count: number; lastAt: Date } | undefined> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `sign-in ${tenantId} ${usernameHash.toString('hex')}`,
  ]);
  const { rows } = await db.query<{ count: number; lastAt: Date }>(
    'select failures as count, last_failed_at as "lastAt" from sign_in_attempt where tenant_id = $1 and username_hash = $2',
    [tenantId, usernameHash],
  );
  return rows[0];
}

export async function recordFailure(db: Db, tenantId: number, usernameHash: Buffer, now: Date): Promise<void> {
  await db.query(
    `insert into sign_in_attempt (tenant_id, username_hash, failures, last_failed_at) values ($1, $2, 1, $3)
     on conflict (tenant_id, username_hash) do update set failures = sign_in_attempt.failures + 1, last_failed_at = $3`,
    [tenantId, usernameHash, now],
  );
}

/** Of this name, and whatever is older than the longest wait many times over: names that somebody only guessed. */
export async function forgetFailures(db: Db, tenantId: number, usernameHash: Buffer, olderThan: Date): Promise<void> {
  await db.query('delete from sign_in_attempt where tenant_id = $1 and (username_hash = $2 or last_failed_at < $3)', [
    tenantId,
    usernameHash,
    olderThan,
  ]);
}

export interface Clinic {
  readonly tenantId: number;
  readonly name: string;
}

export async function listTenants(db: Db): Promise<Clinic[]> {
  const { rows } = await db.query<Clinic>('select tenant_id as "tenantId", name from tenant order by tenant_id');
  return rows;
}

/** Display names of those who may open Manage Security: whom to ask. */
export async function listAdministrators(db: Db, tenantId: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select display_name as name from app_user
      where tenant_id = $1 and kind = 'administrator' and active order by display_name`,
    [tenantId],
  );
  return rows.map((row) => row.name);
}
