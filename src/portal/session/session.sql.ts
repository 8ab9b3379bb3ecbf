import type { Db } from '../../platform/database/db.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { SiteRole } from '../contract/session.ts';

/** The two apps sign in separately: a session of one opens nothing in the other. */
export type PortalApp = 'portal' | 'connect';

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string;
  readonly active: boolean;
}

export async function findPerson(db: Db, email: string): Promise<Person | undefined> {
  const { rows } = await db.query<Person>(
    `select user_id as "userId", email, display_name as "displayName", password_hash as "passwordHash", active
       from portal_user where lower(email) = lower($1)`,
    [email],
  );
  return rows[0];
}

export interface Membership {
  readonly siteId: number;
  readonly siteName: string;
  readonly role: SiteRole;
  /** The person has a second factor: the same in each row. */
  readonly hasFactor: boolean;
}

/** Sites of the person in force. */
export async function listMemberships(db: Db, userId: string): Promise<Membership[]> {
  const { rows } = await db.query<Membership>(
    `select m.site_id as "siteId", s.name as "siteName", m.role,
            exists (select from second_factor f where f.user_id = $1) as "hasFactor"
       from site_member m join site s on s.site_id = m.site_id
      where m.user_id = $1 and m.deactivated_at is null order by lower(s.name), m.site_id`,
    [userId],
  );
  return rows;
}

/** Display names of the Site Admins of the site in force: whom to ask. */
export async function listSiteAdmins(db: Db, siteId: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select u.display_name as name from site_member m join portal_user u on u.user_id = m.user_id and u.active
      where m.site_id = $1 and m.role = 'site-admin' and m.deactivated_at is null order by u.display_name`,
    [siteId],
  );
  return rows.map((row) => row.name);
}

export interface SessionRow {
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly siteId: number;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly secondFactorAt: Date | null;
}

export async function findSession(db: Db, app: PortalApp, tokenHash: Buffer): Promise<SessionRow | undefined> {
  const { rows } = await db.query<SessionRow>(
    `select s.user_id as "userId", u.display_name as "displayName", u.email, s.site_id as "siteId",
            s.created_at as "createdAt", s.last_seen_at as "lastSeenAt", s.second_factor_at as "secondFactorAt"
       from portal_session s join portal_user u on u.user_id = s.user_id and u.active
      where s.token_hash = $1 and s.app = $2`,
    [tokenHash, app],
  );
  return rows[0];
}

export async function insertSession(
  db: Db,
  session: {
    readonly tokenHash: Buffer;
    readonly app: PortalApp;
    readonly userId: string;
    readonly siteId: number;
    readonly now: Date;
  },
): Promise<void> {
  await db.query(
    'insert into portal_session (token_hash, app, user_id, site_id, created_at, last_seen_at) values ($1, $2, $3, $4, $5, $5)',
    [session.tokenHash, session.app, session.userId, session.siteId, session.now],
  );
}

export async function touchSession(db: Db, tokenHash: Buffer, now: Date): Promise<void> {
  await db.query('update portal_session set last_seen_at = $2 where token_hash = $1 and last_seen_at < $2', [
    tokenHash,
    now,
  ]);
}

export async function moveSession(db: Db, tokenHash: Buffer, siteId: number): Promise<void> {
  await db.query('update portal_session set site_id = $2 where token_hash = $1', [tokenHash, siteId]);
}

export async function deleteSession(db: Db, app: PortalApp, tokenHash: Buffer): Promise<void> {
  await db.query('delete from portal_session where token_hash = $1 and app = $2', [tokenHash, app]);
}

/** Of the person in force, everywhere and in both apps; how many there were. */
export async function deleteSessionsOf(db: Db, userId: string): Promise<number> {
  const { rowCount } = await db.query('delete from portal_session where user_id = $1', [userId]);
  return rowCount ?? 0;
}

/** What a person left behind without signing out. */
export async function deleteEndedSessions(
  db: Db,
  userId: string,
  { createdBefore, seenBefore }: { readonly createdBefore: Date; readonly seenBefore: Date },
): Promise<void> {
  await db.query('delete from portal_session where user_id = $1 and (created_at <= $2 or last_seen_at <= $3)', [
    userId,
    createdBefore,
    seenBefore,
  ]);
}

/** Attempts on one name take turns until this transaction ends, the first one included, of which there is no row yet. */
export async function lockFailures(tx: Db, nameHash: Buffer): Promise<{ count: number; lastAt: Date } | undefined> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sign-in ${nameHash.toString('hex')}`]);
  const { rows } = await tx.query<{ count: number; lastAt: Date }>(
    'select failures as count, last_failed_at as "lastAt" from sign_in_attempt where email_hash = $1',
    [nameHash],
  );
  return rows[0];
}

export async function recordFailure(db: Db, emailHash: Buffer, now: Date): Promise<void> {
  await db.query(
    `insert into sign_in_attempt (email_hash, failures, last_failed_at) values ($1, 1, $2)
     on conflict (email_hash) do update set failures = sign_in_attempt.failures + 1, last_failed_at = $2`,
    [emailHash, now],
  );
}

export async function forgetFailures(db: Db, emailHash: Buffer): Promise<void> {
  await db.query('delete from sign_in_attempt where email_hash = $1', [emailHash]);
}

/** Somebody is signed in from now on, at this site and in this app. */
export function auditSignIn(
  tx: Db,
  { app, ...about }: { app: PortalApp; siteId: number; userId: string; requestId?: string | undefined },
): Promise<void> {
  return recordAudit(tx, {
    ...about,
    action: 'sign-in',
    entity: 'portal-user',
    entityId: about.userId,
    after: { app },
  });
}
