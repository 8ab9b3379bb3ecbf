import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { AppointmentTypesRequest, OpenHoursRequest } from '../contract/open-hours.ts';
import type { AppointmentStatusesRequest } from '../contract/scheduler.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { replaceClinicStatuses } from './appointment-statuses.sql.ts';
import { isSchedule, replaceAppointmentTypes, replaceOpenHours } from './open-hours.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** The week in which a provider may be booked in an office, in place of the one before. `invalid` for no schedule, or hours that overlap. */
export async function setOpenHours(
  context: EmrContext,
  actor: Actor,
  pair: Pair,
  { hours }: OpenHoursRequest,
  requestId?: string,
): Promise<void> {
  const sorted = hours.toSorted((a, b) => a.weekday - b.weekday || (a.from < b.from ? -1 : 1));
  const overlaps = sorted.some((one, index) => {
    const after = sorted[index + 1];
    return after?.weekday === one.weekday && after.from < one.until;
  });
  if (overlaps) throw problem('invalid', 'emr.problem.hours-overlap');
  const { tenantId, userId } = actor;
  await asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      if (!(await isSchedule(tx, tenantId, pair))) {
        const { officeId: office, providerId: provider } = pair;
        throw problem('invalid', 'emr.problem.no-such-schedule', { office, provider }, { ...pair });
      }
      await replaceOpenHours(tx, tenantId, pair, sorted);
      await recordAudit(tx, {
        tenantId,
        userId,
        action: 'set-open-hours',
        entity: 'schedule',
        entityId: `${pair.officeId}/${pair.providerId}`,
        after: { hours: sorted },
        requestId,
      });
    },
    { scope: 'roster' },
  );
}

/** The clinic's own appointment types, in place of those before. */
export async function setAppointmentTypes(
  context: EmrContext,
  actor: Actor,
  { types }: AppointmentTypesRequest,
  requestId?: string,
): Promise<void> {
  if (new Set(types.map(({ code }) => code)).size < types.length) throw problem('invalid', 'problem.invalid');
  const { tenantId, userId } = actor;
  await asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await replaceAppointmentTypes(tx, tenantId, types);
      await recordAudit(tx, {
        tenantId,
        userId,
        action: 'set-appointment-types',
        entity: 'tenant',
        entityId: String(tenantId),
        after: { types },
        requestId,
      });
    },
    { scope: 'roster' },
  );
}

/** The clinic's own statuses, in place of those before. Bookings that had one which is gone, or means something else now, go without. */
export async function setClinicStatuses(
  context: EmrContext,
  actor: Actor,
  { statuses }: AppointmentStatusesRequest,
  requestId?: string,
): Promise<void> {
  if (new Set(statuses.map(({ code }) => code)).size < statuses.length) throw problem('invalid', 'problem.invalid');
  const { tenantId, userId } = actor;
  await asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await replaceClinicStatuses(tx, tenantId, statuses);
      await recordAudit(tx, {
        tenantId,
        userId,
        action: 'set-clinic-statuses',
        entity: 'tenant',
        entityId: String(tenantId),
        after: { statuses },
        requestId,
      });
    },
    { scope: 'roster' },
  );
}
