import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { todayIn } from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import type { PermissionOffice, PermissionRow, ProviderPermissions } from '../contract/security.ts';
import { findUser } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { listMatrix, readVersion } from './permissions.sql.ts';

/** The matrix of one user, in a transaction with the roster's scope. Throws `not-found`. */
export async function getProviderPermissions(
  tx: Db,
  clock: Clock,
  tenantId: number,
  userId: string,
): Promise<ProviderPermissions> {
  const user = await findUser(tx, tenantId, userId);
  const version = await readVersion(tx, tenantId, userId);
  if (!user || version === undefined) throw problem('not-found', 'problem.not-found');
  const offices = new Map<string, PermissionOffice & { rows: PermissionRow[] }>();
  for (const row of await listMatrix(tx, tenantId, userId)) {
    let office = offices.get(row.officeId);
    if (!office) {
      const { officeId, officeName: name, zone, member } = row;
      office = { officeId, name, zone, member, today: todayIn(zone, clock), rows: [] };
      offices.set(officeId, office);
    }
    if (row.providerId === null) continue;
    const { providerId, display, columns, accessUntilDay, lapsed, changedAt, changedBy } = row;
    office.rows.push({
      providerId,
      display,
      columns,
      accessUntilDay,
      lapsed,
      changedAt: changedAt?.toISOString() ?? null,
      changedBy,
    });
  }
  return { user, isIntegrationUser: user.kind === 'service', version, offices: [...offices.values()] };
}

/** The matrix of one user, as an administrator reads it: one snapshot. */
export function readPermissions(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  userId: string,
): Promise<ProviderPermissions> {
  return asPrincipal(context.pool, actor, (tx) => getProviderPermissions(tx, context.clock, actor.tenantId, userId), {
    scope: 'roster',
    readOnly: true,
    isolation: 'repeatable read',
  });
}
