import type { Db } from '../../platform/database/db.ts';
import type { SiteRole } from '../contract/session.ts';

/** Every site has a Site Admin, who is a portal user: without any user there is no site. */
export async function isAnyUserThere(db: Db): Promise<boolean> {
  const { rowCount } = await db.query('select from portal_user limit 1');
  return rowCount === 1;
}

/** Until the transaction ends nobody else makes the first site. */
export async function lockSetUp(tx: Db): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('portal set-up'))`);
}

export async function insertSite(
  tx: Db,
  {
    siteId,
    name,
    zone,
    phone,
  }: { readonly siteId: number; readonly name: string; readonly zone: string; readonly phone: string | null },
): Promise<void> {
  await tx.query('insert into site (site_id, name, zone, phone) values ($1, $2, $3, $4)', [siteId, name, zone, phone]);
}

export interface UserRow {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string;
}

/** False when the address has an account, however it is written in capitals and small letters. */
export async function insertUser(tx: Db, user: UserRow): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into portal_user (user_id, email, display_name, password_hash) values ($1, $2, $3, $4)
     on conflict (lower(email)) do nothing`,
    [user.userId, user.email, user.displayName, user.passwordHash],
  );
  return rowCount === 1;
}

export async function insertMember(tx: Db, siteId: number, userId: string, role: SiteRole): Promise<void> {
  await tx.query('insert into site_member (site_id, user_id, role) values ($1, $2, $3)', [siteId, userId, role]);
}
