import type { PoolClient } from 'pg';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { ListedUser } from '../contract/security.ts';
import type { ChangeUserRequest, SetPasswordRequest } from '../contract/users.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { deleteFactor } from '../session/second-factor.sql.ts';
import { requireOffices } from './create-user.ts';
import { bumpPermissionVersion } from './people.sql.ts';
import * as sql from './users.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

interface Change {
  /** What is written to the audit log as it was before and is after. */
  readonly action: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One change of a user: his row is locked first, then `work`, then the audit of what it says it did. Throws `not-found`. */
async function changing(
  context: EmrContext,
  actor: Actor,
  { userId, requestId }: { readonly userId: string; readonly requestId?: string | undefined },
  work: (tx: PoolClient, user: ListedUser) => Promise<Change | undefined>,
): Promise<void> {
  const { tenantId } = actor;
  await asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await sql.lockAdministrators(tx, tenantId);
      const user = await sql.lockUser(tx, tenantId, userId);
      if (!user) throw problem('not-found', 'problem.not-found');
      const change = await work(tx, user);
      if (!change) return;
      await recordAudit(tx, { tenantId, userId: actor.userId, entity: 'user', entityId: userId, requestId, ...change });
    },
    { scope: 'roster' },
  );
}

/** Throws `conflict` where nobody would be left who can manage security. */
async function requireOtherAdministrator(tx: PoolClient, tenantId: number, user: ListedUser): Promise<void> {
  if (user.kind !== 'administrator' || !user.active) return;
  if (await sql.hasOtherAdministrator(tx, tenantId, user.userId)) return;
  const fields = [{ path: 'kind', code: 'last-administrator' }];
  throw problem('conflict', 'security.users.last-administrator', { name: user.displayName }, { fields });
}

/**
 * Name, role in the clinic, offices and the role in each: only what the request names. What an administrator may do ends with the
 * role; the session goes on as staff. 409 for the last administrator, `invalid` for an unknown office or a role for the integration user.
 */
export function changeUser(
  context: EmrContext,
  actor: Actor,
  userId: string,
  { displayName, kind, offices = [] }: ChangeUserRequest,
  requestId?: string,
): Promise<void> {
  const { tenantId } = actor;
  return changing(context, actor, { userId, requestId }, async (tx, user) => {
    const isService = user.kind === 'service';
    // Its name is how the published procedure finds it, and what it does is fixed.
    if (
      isService &&
      (displayName !== undefined || kind !== undefined || offices.some(({ role }) => role === 'manager'))
    )
      throw problem('invalid', 'security.users.integration-fixed', { username: user.username });
    if (kind === 'staff') await requireOtherAdministrator(tx, tenantId, user);
    await requireOffices(
      tx,
      tenantId,
      offices.map(({ officeId }) => officeId),
    );
    const rolesBefore = await sql.listOfficeRoles(tx, tenantId, userId);
    await sql.updateUser(tx, tenantId, userId, { displayName, kind });
    if (offices.length > 0) {
      await sql.setOfficeRoles(tx, tenantId, userId, offices);
      await bumpPermissionVersion(tx, tenantId, userId);
    }
    const rolesAfter = await sql.listOfficeRoles(tx, tenantId, userId);
    const changedOf = (of: Pick<ListedUser, 'kind' | 'displayName'>, roles: readonly sql.OfficeMembership[]) => ({
      ...(kind !== undefined && { kind: of.kind }),
      ...(displayName !== undefined && { displayName: of.displayName }),
      ...(offices.length > 0 && { offices: roles }),
    });
    const changed = { kind: kind ?? user.kind, displayName: displayName ?? user.displayName };
    return { action: 'change-user', before: changedOf(user, rolesBefore), after: changedOf(changed, rolesAfter) };
  });
}

/**
 * Switches a user off or on again. Off: every session and token ends in the same transaction, and what was opened meanwhile does not
 * come back with reactivating. 409 for the last administrator. Asked twice it does nothing the second time.
 */
export function setUserActive(
  context: EmrContext,
  actor: Actor,
  { userId, active, requestId }: { readonly userId: string; readonly active: boolean; readonly requestId?: string },
): Promise<void> {
  const { tenantId } = actor;
  return changing(context, actor, { userId, requestId }, async (tx, user) => {
    if (user.active === active) return undefined;
    if (!active) await requireOtherAdministrator(tx, tenantId, user);
    await sql.updateUser(tx, tenantId, userId, { active });
    // Both ways: a sign-in that was under way while the user was switched off may have left a session that nobody could use until now.
    const sessions = await sql.deleteSessionsOf(tx, tenantId, userId);
    await sql.deleteTokensOf(tx, tenantId, userId);
    await bumpPermissionVersion(tx, tenantId, userId);
    return active ? { action: 'reactivate-user' } : { action: 'deactivate-user', after: { sessionsEnded: sessions } };
  });
}

/** A new password, told by the administrator; the user's sessions end. `invalid` for the integration user, who has none. */
export async function setPassword(
  context: EmrContext,
  actor: Actor,
  userId: string,
  { password }: SetPasswordRequest,
  requestId?: string,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  const { tenantId } = actor;
  await changing(context, actor, { userId, requestId }, async (tx, user) => {
    if (user.kind === 'service')
      throw problem('invalid', 'security.users.integration-fixed', { username: user.username });
    await sql.updateUser(tx, tenantId, userId, { passwordHash });
    const sessionsEnded = await sql.deleteSessionsOf(tx, tenantId, userId);
    return { action: 'set-password', after: { sessionsEnded } };
  });
}

/**
 * Forgets a user's second factor and ends his sessions: at the next sign-in an administrator sets up a new one. 409 for one's own, which
 * whoever found the screen unlocked could take away, and where there is none.
 */
export function resetSecondFactor(
  context: EmrContext,
  actor: Actor,
  userId: string,
  requestId?: string,
): Promise<void> {
  const { tenantId } = actor;
  return changing(context, actor, { userId, requestId }, async (tx) => {
    if (userId === actor.userId) throw problem('conflict', 'second-factor.problem.own');
    if (!(await deleteFactor(tx, tenantId, userId))) throw problem('conflict', 'second-factor.problem.none');
    const sessionsEnded = await sql.deleteSessionsOf(tx, tenantId, userId);
    return { action: 'reset-second-factor', after: { sessionsEnded } };
  });
}
