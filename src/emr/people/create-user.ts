import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { CreateUserRequest, ListedUser } from '../contract/security.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './people.sql.ts';
import { isReservedUsername } from './people.ts';
import { setOfficeRoles } from './users.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** Throws `invalid` that names the first office that the clinic does not have. */
export async function requireOffices(tx: Db, tenantId: number, officeIds: readonly string[]): Promise<void> {
  const known = new Set((await sql.listRosterOffices(tx, tenantId)).map((office) => office.officeId));
  const unknown = officeIds.find((officeId) => !known.has(officeId));
  if (unknown !== undefined)
    throw problem('invalid', 'emr.problem.unknown-office', { office: unknown }, { officeId: unknown });
}

/** A user who signs in with a password. 409 when the name is taken. */
export async function createUser(
  context: EmrContext,
  actor: Actor,
  request: CreateUserRequest,
  requestId?: string,
): Promise<ListedUser> {
  const passwordHash = await hashPassword(request.password);
  const { username, displayName, kind, officeIds, managedOfficeIds = [] } = request;
  const offices = officeIds.map((officeId) => ({
    officeId,
    role: managedOfficeIds.includes(officeId) ? ('manager' as const) : ('staff' as const),
  }));
  const { tenantId } = actor;
  const userId = newId();
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await requireOffices(tx, tenantId, officeIds);
      const free = !isReservedUsername(tenantId, username);
      if (!free || !(await sql.insertUser(tx, { tenantId, userId, kind, username, displayName, passwordHash }))) {
        const fields = [{ path: 'username', code: 'taken' }];
        throw problem('conflict', 'emr.problem.username-taken', { username }, { fields });
      }
      await setOfficeRoles(tx, tenantId, userId, offices);
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'create',
        entity: 'user',
        entityId: userId,
        after: { kind, offices },
        requestId,
      });
      return { userId, username, displayName, kind, active: true };
    },
    { scope: 'roster' },
  );
}

/** The offices that a user belongs to become exactly these; what he holds changes with them, and so does his permission version. */
export async function setOfficeMembership(
  context: EmrContext,
  actor: Actor,
  userId: string,
  officeIds: readonly string[],
  requestId?: string,
): Promise<void> {
  const { tenantId } = actor;
  await asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      if ((await sql.lockPermissionVersion(tx, tenantId, userId)) === undefined)
        throw problem('not-found', 'problem.not-found');
      await requireOffices(tx, tenantId, officeIds);
      const before = await sql.listMemberships(tx, tenantId, userId);
      await sql.replaceMemberships(tx, tenantId, userId, officeIds);
      await sql.bumpPermissionVersion(tx, tenantId, userId);
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'set-office-membership',
        entity: 'user',
        entityId: userId,
        before: { officeIds: before },
        after: { officeIds },
        requestId,
      });
    },
    { scope: 'roster' },
  );
}
