// Members of the site in force.
import type { Db } from '../../platform/database/db.ts';
import type { SiteRole } from '../contract/session.ts';

export interface UserListRow {
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: SiteRole;
  readonly active: boolean;
  readonly lastSignInAt: Date | null;
  readonly secondFactor: boolean;
}

/** Everybody who is or was a member; who is active comes first. */
export async function listUsers(db: Db, siteId: number): Promise<UserListRow[]> {
  const { rows } = await db.query<UserListRow>(
    `select u.user_id as "userId", u.display_name as "displayName", u.email, m.role,
            u.active and m.deactivated_at is null as active, a.at as "lastSignInAt",
            exists (select from second_factor f where f.user_id = u.user_id) as "secondFactor"
       from site_member m
       join portal_user u on u.user_id = m.user_id
       left join lateral (select max(a.at) as at from audit_event a
                           where a.site_id = m.site_id and a.user_id = m.user_id and a.action = 'sign-in') a on true
      where m.site_id = $1
      order by (u.active and m.deactivated_at is null) desc, lower(u.display_name), u.user_id`,
    [siteId],
  );
  return rows;
}

/** Whoever makes or unmakes a Site Admin takes turns until the transaction ends: two could else unmake each other. */
export async function lockSiteAdmins(tx: Db, siteId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`site admins ${siteId}`]);
}

export interface MemberRow {
  readonly email: string;
  readonly displayName: string;
  readonly role: SiteRole;
  readonly active: boolean;
}

/** Locks the membership. */
export async function lockMember(tx: Db, siteId: number, userId: string): Promise<MemberRow | undefined> {
  const { rows } = await tx.query<MemberRow & Record<string, unknown>>(
    `select u.email, u.display_name as "displayName", m.role, m.deactivated_at is null as active
       from site_member m join portal_user u on u.user_id = m.user_id
      where m.site_id = $1 and m.user_id = $2 for update of m`,
    [siteId, userId],
  );
  return rows[0];
}

/** Whether another Site Admin is left without this one: somebody who can sign in. */
export async function hasOtherSiteAdmin(tx: Db, siteId: number, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from site_member m join portal_user u on u.user_id = m.user_id and u.active
      where m.site_id = $1 and m.user_id <> $2 and m.role = 'site-admin' and m.deactivated_at is null limit 1`,
    [siteId, userId],
  );
  return rowCount === 1;
}

export async function setRole(tx: Db, siteId: number, userId: string, role: SiteRole): Promise<void> {
  await tx.query('update site_member set role = $3 where site_id = $1 and user_id = $2', [siteId, userId, role]);
}

export async function setDeactivated(tx: Db, siteId: number, userId: string, at: Date | null): Promise<void> {
  await tx.query('update site_member set deactivated_at = $3 where site_id = $1 and user_id = $2', [
    siteId,
    userId,
    at,
  ]);
}

/** Ends a person's sessions at the site, in both apps; how many there were. */
export async function deleteSessionsAt(tx: Db, siteId: number, userId: string): Promise<number> {
  const { rowCount } = await tx.query('delete from portal_session where site_id = $1 and user_id = $2', [
    siteId,
    userId,
  ]);
  return rowCount ?? 0;
}
