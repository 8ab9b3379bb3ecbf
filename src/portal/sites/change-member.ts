import type { PoolClient } from 'pg';
import type { Language } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { mailAccountNotice } from '../accounts/account-mails.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSiteOfPerson, type PortalContext } from '../context.ts';
import type { SiteRole } from '../contract/session.ts';
import { deleteFactor } from '../session/second-factor.sql.ts';
import { deleteSessionsOf, listMemberships } from '../session/session.sql.ts';
import * as sql from './users.sql.ts';

/** Whose account is of other sites too is no one site's to weaken. */
async function requireNoOtherSite(tx: PoolClient, userId: string): Promise<void> {
  if ((await listMemberships(tx, userId)).length > 1) throw problem('conflict', 'users.problem.other-sites');
}

interface Change {
  readonly action: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface ByAdmin {
  readonly siteId: number;
  readonly userId: string;
  readonly requestId?: string | undefined;
}

/** One change of a member: the site's Site Admins are locked first, then his membership, then `work`, then the audit of what it says it did. */
async function changing(
  { pool }: Pick<PortalContext, 'pool'>,
  by: ByAdmin,
  userId: string,
  work: (tx: PoolClient, member: sql.MemberRow) => Promise<Change | undefined>,
): Promise<void> {
  const { siteId, requestId } = by;
  await asSiteOfPerson(pool, { siteId, userId }, async (tx) => {
    await sql.lockSiteAdmins(tx, siteId);
    const member = await sql.lockMember(tx, siteId, userId);
    if (!member) throw problem('not-found', 'problem.not-found');
    const change = await work(tx, member);
    if (!change) return;
    const about = { siteId, userId: by.userId, entity: 'portal-user', entityId: userId, requestId };
    await recordAudit(tx, { ...about, ...change });
  });
}

/** Throws `conflict` where nobody would be left who decides who may come in. */
async function requireOtherSiteAdmin(tx: PoolClient, siteId: number, userId: string, member: sql.MemberRow) {
  if (member.role !== 'site-admin' || !member.active) return;
  if (await sql.hasOtherSiteAdmin(tx, siteId, userId)) return;
  const fields = [{ path: 'role', code: 'last-site-admin' }];
  throw problem('conflict', 'users.problem.last-site-admin', { name: member.displayName }, { fields });
}

/**
 * What a Site Admin may do ends or begins with the role at the next click. A session of Cloud Connect is over with it; one of the portal goes on as a
 * member's. 409 for the last Site Admin; asked twice it does nothing the second time.
 */
export function changeRole(
  context: Pick<PortalContext, 'pool'>,
  by: ByAdmin,
  { userId, role }: { readonly userId: string; readonly role: SiteRole },
): Promise<void> {
  return changing(context, by, userId, async (tx, member) => {
    if (member.role === role) return undefined;
    if (role !== 'site-admin') await requireOtherSiteAdmin(tx, by.siteId, userId, member);
    await sql.setRole(tx, by.siteId, userId, role);
    return { action: 'change-role', before: { role: member.role }, after: { role } };
  });
}

/**
 * Ends a membership, or begins it again. Off: every session at the site ends in the same transaction, in both apps. What the person may do at
 * other sites stays. 409 for the last Site Admin; asked twice it does nothing the second time.
 */
export function setMemberActive(
  context: Pick<PortalContext, 'pool' | 'clock'>,
  by: ByAdmin,
  { userId, active }: { readonly userId: string; readonly active: boolean },
): Promise<void> {
  return changing(context, by, userId, async (tx, member) => {
    if (member.active === active) return undefined;
    if (!active) await requireOtherSiteAdmin(tx, by.siteId, userId, member);
    await sql.setDeactivated(tx, by.siteId, userId, active ? null : context.clock.now());
    // Both ways: a sign-in that was under way meanwhile may have left a session that nobody could use until now.
    const sessionsEnded = await sql.deleteSessionsAt(tx, by.siteId, userId);
    return active ? { action: 'reactivate-user' } : { action: 'deactivate-user', after: { sessionsEnded } };
  });
}

/**
 * Forgets a member's second factor, tells him by e-mail in `language`, and ends his sessions: at the next sign-in a Site Admin sets up a new one. 409 for one's own, which whoever found
 * the screen unlocked could take away; where there is none; and for who is a member of other sites too.
 */
export function resetSecondFactor(
  context: Pick<PortalContext, 'pool' | 'clock'>,
  by: ByAdmin,
  { userId, language }: { readonly userId: string; readonly language: Language },
): Promise<void> {
  return changing(context, by, userId, async (tx, { email }) => {
    if (userId === by.userId) throw problem('conflict', 'second-factor.problem.own');
    await requireNoOtherSite(tx, userId);
    if (!(await deleteFactor(tx, userId))) throw problem('conflict', 'second-factor.problem.none');
    const sessionsEnded = await deleteSessionsOf(tx, userId);
    await mailAccountNotice(tx, { siteId: by.siteId, email, language }, 'second-factor-reset', context.clock.now());
    return { action: 'reset-second-factor', after: { sessionsEnded } };
  });
}
