import type { Db } from '../../platform/database/db.ts';
import type { SiteRole } from '../contract/session.ts';

/** A link that is neither used nor withdrawn and has not expired. */
export interface OpenLink {
  readonly siteId: number;
  readonly linkId: string;
  readonly email: string;
  /** Of an invitation. */
  readonly role: SiteRole | null;
  /** Of a reset. */
  readonly userId: string | null;
}

export type LinkPurpose = 'invitation' | 'password-reset';

/** By the token in force alone. */
export async function findOpenLink(
  db: Db,
  tokenHash: Buffer,
  { purpose, now }: { readonly purpose: LinkPurpose; readonly now: Date },
): Promise<OpenLink | undefined> {
  const { rows } = await db.query<OpenLink>(
    `select site_id as "siteId", link_id as "linkId", email, role, user_id as "userId" from account_link
      where token_hash = $1 and purpose = $2 and used_at is null and withdrawn_at is null and expires_at > $3`,
    [tokenHash, purpose, now],
  );
  return rows[0];
}

/** Uses run one after the other; false: it is not open any more. */
export async function lockOpenLink(tx: Db, siteId: number, linkId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from account_link where site_id = $1 and link_id = $2 and used_at is null and withdrawn_at is null for update`,
    [siteId, linkId],
  );
  return rowCount === 1;
}

export interface NewLink {
  readonly siteId: number;
  readonly linkId: string;
  readonly purpose: LinkPurpose;
  readonly tokenHash: Buffer;
  readonly email: string;
  readonly role: SiteRole | null;
  readonly userId: string | null;
  readonly mailId: string;
  /** null: whoever asked for a new password, who is not known. */
  readonly createdBy: string | null;
  readonly now: Date;
  readonly expiresAt: Date;
}

export async function insertLink(tx: Db, link: NewLink): Promise<void> {
  await tx.query(
    `insert into account_link (site_id, link_id, purpose, token_hash, email, role, user_id, mail_id, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      link.siteId,
      link.linkId,
      link.purpose,
      link.tokenHash,
      link.email,
      link.role,
      link.userId,
      link.mailId,
      link.createdBy,
      link.now,
      link.expiresAt,
    ],
  );
}

export async function markUsed(
  tx: Db,
  { siteId, linkId, userId, now }: { siteId: number; linkId: string; userId: string; now: Date },
): Promise<void> {
  await tx.query('update account_link set used_at = $4, user_id = $3 where site_id = $1 and link_id = $2', [
    siteId,
    linkId,
    userId,
    now,
  ]);
}

/** An invitation that ended before anybody accepted it, and the mail that may not have left yet. */
interface Withdrawn {
  readonly linkId: string;
  readonly mailId: string;
  readonly role: SiteRole;
}

/** The open invitation of this id, or of this address. */
export async function withdrawInvitation(
  tx: Db,
  siteId: number,
  which: { readonly linkId: string } | { readonly email: string },
  now: Date,
): Promise<Withdrawn | undefined> {
  const byId = 'linkId' in which;
  const { rows } = await tx.query<Withdrawn & Record<string, unknown>>(
    `update account_link set withdrawn_at = $3
      where site_id = $1 and ${byId ? 'link_id = $2' : 'lower(email) = lower($2)'}
        and purpose = 'invitation' and used_at is null and withdrawn_at is null
    returning link_id as "linkId", mail_id as "mailId", role`,
    [siteId, byId ? which.linkId : which.email, now],
  );
  const [withdrawn] = rows;
  if (!withdrawn) return undefined;
  await tx.query(
    `update mail set state = 'cancelled', state_since = $3, reason = 'too-late', message = null
      where site_id = $1 and mail_id = $2 and state = 'due'`,
    [siteId, withdrawn.mailId, now],
  );
  return withdrawn;
}

export interface InvitationRow {
  readonly invitationId: string;
  readonly email: string;
  readonly role: SiteRole;
  readonly invitedAt: Date;
  readonly invitedBy: string | null;
  readonly expiresAt: Date;
  readonly mail: 'waiting' | 'sent' | 'failed';
}

/** Open ones, expired ones among them; the latest first. */
export async function listInvitations(db: Db, siteId: number): Promise<InvitationRow[]> {
  const { rows } = await db.query<InvitationRow>(
    `select l.link_id as "invitationId", l.email, l.role, l.created_at as "invitedAt", u.display_name as "invitedBy",
            l.expires_at as "expiresAt",
            case when m.state in ('due', 'sending') then 'waiting' when m.state in ('failed', 'cancelled') then 'failed' else 'sent' end as mail
       from account_link l
       left join portal_user u on u.user_id = l.created_by
       left join mail m on m.site_id = l.site_id and m.mail_id = l.mail_id
      where l.site_id = $1 and l.purpose = 'invitation' and l.used_at is null and l.withdrawn_at is null
      order by l.created_at desc, l.link_id`,
    [siteId],
  );
  return rows;
}

/** A member of the site with this address, active or not. */
export async function findMemberByEmail(
  db: Db,
  siteId: number,
  email: string,
): Promise<{ readonly active: boolean } | undefined> {
  const { rows } = await db.query<{ active: boolean }>(
    `select m.deactivated_at is null as active from site_member m
       join portal_user u on u.user_id = m.user_id and lower(u.email) = lower($2) where m.site_id = $1`,
    [siteId, email],
  );
  return rows[0];
}

export async function readSiteForMail(
  db: Db,
  siteId: number,
): Promise<{ readonly name: string; readonly zone: string }> {
  const { rows } = await db.query<{ name: string; zone: string }>('select name, zone from site where site_id = $1', [
    siteId,
  ]);
  return rows[0]!;
}

/** How many resets were mailed to the person in force since then. Who asks for one takes turns until the transaction ends. */
export async function lockAndCountResets(tx: Db, userId: string, since: Date): Promise<number> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`password resets of ${userId}`]);
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::integer as count from account_link where user_id = $1 and purpose = 'password-reset' and created_at > $2`,
    [userId, since],
  );
  return rows[0]!.count;
}

/** The account of the link in force: whose address it names, or whose password it is about. */
export async function findAccountOfLink(
  db: Db,
  { email, userId }: Pick<OpenLink, 'email' | 'userId'>,
): Promise<{ readonly userId: string; readonly active: boolean } | undefined> {
  const { rows } = await db.query<{ userId: string; active: boolean }>(
    `select user_id as "userId", active from portal_user where ${userId === null ? 'lower(email) = lower($1)' : 'user_id = $1'}`,
    [userId ?? email],
  );
  return rows[0];
}

/** The person in force’s other open resets end with the one that was used. */
export async function endOtherResets(tx: Db, userId: string, now: Date): Promise<void> {
  await tx.query(
    `update account_link set used_at = $2 where user_id = $1 and purpose = 'password-reset' and used_at is null`,
    [userId, now],
  );
}

export async function updatePassword(tx: Db, userId: string, passwordHash: string): Promise<boolean> {
  const { rowCount } = await tx.query('update portal_user set password_hash = $2 where user_id = $1', [
    userId,
    passwordHash,
  ]);
  return rowCount === 1;
}
