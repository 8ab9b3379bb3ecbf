import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { AppointmentTypesRequest, OpenHoursRequest, Versioned } from '../contract/open-hours.ts';
import type { AppointmentStatusesRequest } from '../contract/scheduler.ts';
import { versionOfWhole } from '../if-match.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { listClinicStatuses, replaceClinicStatuses } from './appointment-statuses.sql.ts';
import {
  isSchedule,
  listAppointmentTypes,
  listOpenHours,
  lockVocabulary,
  replaceAppointmentTypes,
  replaceOpenHours,
} from './open-hours.sql.ts';
import { lockSchedules } from './scheduling.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** The version that a replacement was made from, as If-Match named it. */
interface From {
  readonly version: string;
  readonly requestId?: string | undefined;
}

export const versioned = <Whole extends object>(whole: Whole): Versioned<Whole> => ({
  ...whole,
  version: versionOfWhole(whole),
});

/** Throws 412 with what there is now, unless that is what the replacement was made from. Who else replaces it waits meanwhile. */
function requireUnchanged(now: object, version: string): void {
  const current = versioned(now);
  if (current.version !== version) throw problem('precondition-failed', 'problem.precondition-failed', {}, { current });
}

/** The week in which a provider may be booked in an office, in place of the one before. `invalid` for no schedule, or hours that overlap. */
export async function setOpenHours(
  context: EmrContext,
  actor: Actor,
  pair: Pair,
  { hours }: OpenHoursRequest,
  { version, requestId }: From,
): Promise<Versioned<OpenHoursRequest>> {
  const sorted = hours.toSorted((a, b) => a.weekday - b.weekday || (a.from < b.from ? -1 : 1));
  const overlaps = sorted.some((one, index) => {
    const after = sorted[index + 1];
    return after?.weekday === one.weekday && after.from < one.until;
  });
  if (overlaps) throw problem('invalid', 'emr.problem.hours-overlap');
  const { tenantId, userId } = actor;
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      if (!(await isSchedule(tx, tenantId, pair))) {
        const { officeId: office, providerId: provider } = pair;
        throw problem('invalid', 'emr.problem.no-such-schedule', { office, provider }, { ...pair });
      }
      await lockSchedules(tx, tenantId, [pair]);
      requireUnchanged({ hours: await listOpenHours(tx, tenantId, pair) }, version);
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
      return versioned({ hours: await listOpenHours(tx, tenantId, pair) });
    },
    { scope: 'roster' },
  );
}

/** The clinic's own appointment types, in place of those before. */
export async function setAppointmentTypes(
  context: EmrContext,
  actor: Actor,
  { types }: AppointmentTypesRequest,
  { version, requestId }: From,
): Promise<Versioned<AppointmentTypesRequest>> {
  if (new Set(types.map(({ code }) => code)).size < types.length) throw problem('invalid', 'problem.invalid');
  const { tenantId, userId } = actor;
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await lockVocabulary(tx, tenantId, 'types');
      requireUnchanged({ types: await listAppointmentTypes(tx, tenantId) }, version);
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
      return versioned({ types: await listAppointmentTypes(tx, tenantId) });
    },
    { scope: 'roster' },
  );
}

/** The clinic's own statuses, in place of those before. Bookings that had one which is gone, or means something else now, go without. */
export async function setClinicStatuses(
  context: EmrContext,
  actor: Actor,
  { statuses }: AppointmentStatusesRequest,
  { version, requestId }: From,
): Promise<Versioned<AppointmentStatusesRequest>> {
  if (new Set(statuses.map(({ code }) => code)).size < statuses.length) throw problem('invalid', 'problem.invalid');
  const { tenantId, userId } = actor;
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await lockVocabulary(tx, tenantId, 'statuses');
      requireUnchanged({ statuses: await listClinicStatuses(tx, tenantId) }, version);
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
      return versioned({ statuses: await listClinicStatuses(tx, tenantId) });
    },
    { scope: 'roster' },
  );
}
