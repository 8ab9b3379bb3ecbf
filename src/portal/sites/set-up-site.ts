import type { PoolClient } from 'pg';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { SetUpRequest, SiteRole } from '../contract/session.ts';

/** Every site has a Site Admin, who is a portal user: without any user there is no site. */
export async function isAnySiteSetUp({ pool }: PortalContext): Promise<boolean> {
  const { rows } = await pool.query('select from portal_user limit 1');
  return rows.length > 0;
}

/** The first site and its first Site Admin; 409 once there is one. */
export async function setUpSite(context: PortalContext, request: SetUpRequest): Promise<{ readonly userId: string }> {
  if (!isZone(request.zone)) {
    throw problem(
      'invalid',
      'problem.invalid',
      {},
      { where: 'body', fields: [{ path: 'zone', code: 'custom', message: 'unknown zone' }] },
    );
  }
  const passwordHash = await hashPassword(request.password);
  const { siteId } = request;
  return asSite(context.syncPool, siteId, async (tx) => {
    // Two people may open the first-run page at once; one of them makes the site.
    await tx.query(`select pg_advisory_xact_lock(hashtext('portal set-up'))`);
    const { rows } = await tx.query('select from portal_user limit 1');
    if (rows.length > 0) throw problem('conflict', 'problem.site-already-set-up');
    await tx.query('insert into site (site_id, name, zone) values ($1, $2, $3)', [
      siteId,
      request.siteName,
      request.zone,
    ]);
    return { userId: await insertMember(tx, siteId, { ...request, passwordHash, role: 'site-admin' }, null) };
  });
}

export interface NewMember {
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
  readonly role: SiteRole;
}

/** A person with an account, a member of the site from now on. 409 when the address has an account. */
export async function createPortalUser(
  context: PortalContext,
  actor: { readonly siteId: number; readonly userId: string },
  member: NewMember,
): Promise<{ readonly userId: string }> {
  const passwordHash = await hashPassword(member.password);
  return asSite(context.syncPool, actor.siteId, async (tx) => ({
    userId: await insertMember(tx, actor.siteId, { ...member, passwordHash }, actor.userId),
  }));
}

async function insertMember(
  tx: PoolClient,
  siteId: number,
  member: {
    readonly email: string;
    readonly displayName: string;
    readonly passwordHash: string;
    readonly role: SiteRole;
  },
  by: string | null,
): Promise<string> {
  const userId = newId();
  const { rowCount } = await tx.query(
    'insert into portal_user (user_id, email, display_name, password_hash) values ($1, $2, $3, $4) on conflict do nothing',
    [userId, member.email, member.displayName, member.passwordHash],
  );
  if (rowCount === 0) throw problem('conflict', 'problem.address-taken');
  await tx.query('insert into site_member (site_id, user_id, role) values ($1, $2, $3)', [siteId, userId, member.role]);
  await recordAudit(tx, {
    siteId,
    userId: by,
    action: 'create',
    entity: 'portal-user',
    entityId: userId,
    after: { role: member.role },
  });
  return userId;
}
