import type { PoolClient } from 'pg';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { SetUpRequest, SiteRole } from '../contract/session.ts';
import * as sql from './sites.sql.ts';

type SetUpContext = Pick<PortalContext, 'syncPool'>;

export function isAnySiteSetUp({ syncPool }: SetUpContext): Promise<boolean> {
  return sql.isAnyUserThere(syncPool);
}

/** The first site and its first Site Admin. Throws `conflict` once there is one, `invalid` for a zone that does not exist. */
export async function setUpFirstSite(
  { syncPool }: SetUpContext,
  { siteId, siteName, zone, phone, email, displayName, password }: SetUpRequest,
): Promise<{ readonly userId: string }> {
  if (!isZone(zone)) {
    const fields = [{ path: 'zone', code: 'custom', message: 'unknown zone' }];
    throw problem('invalid', 'problem.invalid', {}, { where: 'body', fields });
  }
  const passwordHash = await hashPassword(password);
  return asSite(syncPool, siteId, async (tx) => {
    await sql.lockSetUp(tx);
    if (await sql.isAnyUserThere(tx)) throw problem('conflict', 'problem.site-already-set-up');
    await sql.insertSite(tx, { siteId, name: siteName, zone, phone: phone || null });
    return addMember(tx, { siteId, userId: null }, { email, displayName, passwordHash, role: 'site-admin' });
  });
}

interface Actor {
  readonly siteId: number;
  /** null: the installation itself. */
  readonly userId: string | null;
}

export interface NewMember {
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
  readonly role: SiteRole;
}

/** A person with an account, a member of the actor's site from now on. Throws `conflict` when the address has an account. */
export async function createPortalUser(
  { syncPool }: SetUpContext,
  actor: Actor,
  { email, displayName, password, role }: NewMember,
): Promise<{ readonly userId: string }> {
  const passwordHash = await hashPassword(password);
  return asSite(syncPool, actor.siteId, (tx) => addMember(tx, actor, { email, displayName, passwordHash, role }));
}

async function addMember(
  tx: PoolClient,
  actor: Actor,
  { role, ...person }: Omit<sql.UserRow, 'userId'> & { readonly role: SiteRole },
): Promise<{ readonly userId: string }> {
  const { siteId } = actor;
  const userId = newId();
  if (!(await sql.insertUser(tx, { userId, ...person }))) throw problem('conflict', 'problem.address-taken');
  await sql.insertMember(tx, siteId, userId, role);
  await recordAudit(tx, {
    siteId,
    userId: actor.userId,
    action: 'create',
    entity: 'portal-user',
    entityId: userId,
    after: { role },
  });
  return { userId };
}
