import { columnsIn } from '../../fhir/columns.ts';
import { problem } from '../../platform/problem.ts';
import { endOfDay } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { PermissionRow, ProviderPermissions, SetProviderPermissionsRequest } from '../contract/security.ts';
import { requireOffices } from '../people/create-user.ts';
import { addMemberships, bumpPermissionVersion, listMemberships, lockPermissionVersion } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { getProviderPermissions } from './get-provider-permissions.ts';
import { type GrantChange, writeGrants } from './permissions.sql.ts';

export interface SetProviderPermissions extends SetProviderPermissionsRequest {
  readonly userId: string;
  /** The version that the changes were made from. */
  readonly version: string;
  readonly requestId?: string | undefined;
}

export interface RowToSave extends GrantChange {
  readonly before: PermissionRow;
}

/** Throws `invalid` that names the row that cannot be. */
export function rowsToSave(
  matrix: ProviderPermissions,
  changes: SetProviderPermissionsRequest['changes'],
): RowToSave[] {
  const known = new Map(
    matrix.offices.flatMap((office) =>
      office.rows.map((row) => [`${office.officeId}\n${row.providerId}`, { office, row }]),
    ),
  );
  const rows = changes.map((change) => {
    const place = known.get(`${change.officeId}\n${change.providerId}`);
    const { officeId, providerId, accessUntilDay } = change;
    if (!place) {
      throw problem(
        'invalid',
        'emr.problem.no-such-schedule',
        { office: officeId, provider: providerId },
        { officeId, providerId },
      );
    }
    const { office, row } = place;
    // A day that has passed may stand where it stood; nobody means to set one.
    if (accessUntilDay !== null && accessUntilDay < office.today && accessUntilDay !== row.accessUntilDay) {
      throw problem(
        'invalid',
        'emr.problem.access-until-passed',
        { provider: row.display, office: office.name, day: accessUntilDay },
        { officeId, providerId },
      );
    }
    return {
      ...change,
      accessUntil: accessUntilDay === null ? null : endOfDay(office.zone, accessUntilDay),
      before: row,
    };
  });
  const twice = rows.length - new Set(rows.map((row) => `${row.officeId}\n${row.providerId}`)).size;
  if (twice > 0) throw problem('invalid', 'emr.problem.row-twice');
  return rows;
}

/**
 * One transaction: check the version, check every row, write, audit, move the permission version. Either all rows are saved or none.
 * Throws `precondition-failed` with the current matrix in extra.current, `invalid` that names the row that cannot be.
 */
export async function setProviderPermissions(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { userId, version, changes, joinOfficeIds = [], reason, requestId }: SetProviderPermissions,
): Promise<ProviderPermissions> {
  const { tenantId } = actor;
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const locked = await lockPermissionVersion(tx, tenantId, userId);
      const current = await getProviderPermissions(tx, context.clock, tenantId, userId);
      if (locked !== version) throw problem('precondition-failed', 'problem.precondition-failed', {}, { current });

      const rows = rowsToSave(current, changes);
      const changed = rows.filter(
        (row) => row.columns !== row.before.columns || row.accessUntilDay !== row.before.accessUntilDay,
      );
      await requireOffices(tx, tenantId, joinOfficeIds);
      const members = await listMemberships(tx, tenantId, userId);
      const joins = [...new Set(joinOfficeIds)].filter((officeId) => !members.includes(officeId));
      if (changed.length === 0 && joins.length === 0) return current;
      const because = reason ? { reason } : {};
      if (joins.length > 0) {
        await addMemberships(tx, tenantId, userId, joins);
        await recordAudit(tx, {
          tenantId,
          userId: actor.userId,
          action: 'set-office-membership',
          entity: 'user',
          entityId: userId,
          before: { officeIds: members },
          after: { officeIds: [...members, ...joins].sort(), ...because },
          requestId,
        });
      }
      await bumpPermissionVersion(tx, tenantId, userId);
      if (changed.length === 0) return getProviderPermissions(tx, context.clock, tenantId, userId);
      await writeGrants(tx, { tenantId, userId, changedBy: actor.userId }, changed);
      const cells = (columns: number, accessUntilDay: string | null) => ({
        columns: columnsIn(columns),
        accessUntilDay,
      });
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'set-provider-permissions',
        entity: 'user',
        entityId: userId,
        before: changed.map((row) => ({
          officeId: row.officeId,
          providerId: row.providerId,
          ...cells(row.before.columns, row.before.accessUntilDay),
        })),
        after: {
          rows: changed.map((row) => ({
            officeId: row.officeId,
            providerId: row.providerId,
            ...cells(row.columns, row.accessUntilDay),
          })),
          ...because,
        },
        requestId,
      });
      return getProviderPermissions(tx, context.clock, tenantId, userId);
    },
    { scope: 'roster' },
  );
}
