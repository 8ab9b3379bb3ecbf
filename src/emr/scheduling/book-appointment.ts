import { bitOf, type Column, includesColumns } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { instantOf, localDateTime } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { BookRequest } from '../contract/scheduler.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './scheduling.sql.ts';

/**
 * Books on the pair that the request names; the refusal names the missing column, office and provider. A time that the zone
 * skips is refused rather than moved. 409 with extra.overlaps where the time is taken, unless double booking was said.
 */
export async function bookAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  request: BookRequest,
  requestId?: string,
): Promise<sql.PlacedAppointment> {
  const { tenantId, userId } = actor;
  const { officeId, providerId, patientId } = request;
  return asPrincipal(context.pool, actor, async (tx) => {
    // First of all, so that what is judged below is what holds after the wait.
    await sql.lockSchedule(tx, tenantId, officeId, providerId);
    const office = (await listOwnOffices(tx, tenantId, userId)).find((one) => one.officeId === officeId);
    const schedule = (await sql.listVisibleSchedules(tx, tenantId, userId, officeId)).find(
      (one) => one.providerId === providerId,
    );
    if (!office || !schedule) throw await refusal(tx, tenantId, request, 'Visible');
    if (!includesColumns(schedule.columns, bitOf.Scheduling)) throw await refusal(tx, tenantId, request, 'Scheduling');
    if (!(await sql.isPatientVisible(tx, tenantId, userId, patientId)))
      throw problem('invalid', 'emr.problem.no-such-patient');

    const startAt = instantOf(office.zone, request.date, request.start);
    if (localDateTime(office.zone, startAt).time !== request.start) {
      throw problem('invalid', 'emr.problem.skipped-time', { time: request.start, date: request.date });
    }
    const endAt = new Date(startAt.getTime() + request.minutes * 60_000);
    const overlaps = await sql.countOverlaps(tx, tenantId, { officeId, providerId, from: startAt, to: endAt });
    if (overlaps > 0 && !request.doubleBook)
      throw problem('conflict', 'emr.problem.time-taken', { overlaps }, { overlaps });

    const appointmentId = newId();
    await sql.insertAppointment(tx, {
      tenantId,
      appointmentId,
      officeId,
      providerId,
      patientId,
      type: request.type || null,
      reason: request.reason || null,
      startAt,
      endAt,
    });
    await recordAudit(tx, {
      tenantId,
      userId,
      action: 'book',
      entity: 'appointment',
      entityId: appointmentId,
      after: { officeId, providerId, patientId, startAt, endAt, doubleBooked: overlaps > 0 },
      requestId,
    });
    return sql.getAppointment(tx, tenantId, userId, appointmentId);
  });
}

/** Names what lacks. The names of the clinic's own offices and providers are no secret to its users; ids stand in for unknown ones. */
async function refusal(tx: Db, tenantId: number, { officeId, providerId }: BookRequest, column: Column) {
  const { office, provider } = await sql.nameForRefusal(tx, tenantId, officeId, providerId);
  return problem(
    'forbidden',
    'emr.problem.column-missing',
    { column, office: office ?? officeId, provider: provider ?? providerId },
    { cells: [{ officeId, providerId, column }] },
  );
}
