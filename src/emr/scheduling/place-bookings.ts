import { includesColumns } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { type Problem, problem } from '../../platform/problem.ts';
import { recordAudits } from '../audit/audit.sql.ts';
import { heldPairs, needsScheduling, pairKey, refusal } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';
import { overlap, takesTime } from './bookings.ts';
import * as sql from './scheduling.sql.ts';

export interface NewBooking extends Omit<sql.StoredBooking, 'appointmentId'> {
  /** Made where absent; only for one that was named before it was written, in a transaction of several. */
  readonly appointmentId?: string | undefined;
  /** Takes a time that is taken. */
  readonly doubleBook: boolean;
}

export interface PlaceBookings {
  readonly publicUrl: string;
  readonly requestId?: string | undefined;
}

/**
 * Books each on the pair that it names, all with the same few statements. Every booking stands alone: one that cannot be made is
 * answered with its Problem and the others are made, so a caller for whom all or nothing counts throws the Problem that it is given.
 * 403 names the missing columns; 409 with extra.overlaps where the time is taken.
 */
export async function placeBookings(
  tx: Db,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  bookings: readonly NewBooking[],
  { publicUrl, requestId }: PlaceBookings,
): Promise<(string | Problem)[]> {
  const { tenantId, userId } = actor;
  // First of all, so that what is judged below is what holds after the wait.
  await sql.lockSchedules(tx, tenantId, bookings);
  const held = await heldPairs(tx, actor, bookings);
  const named = bookings.flatMap(({ patientId }) => (patientId === null ? [] : [patientId]));
  const visible = await sql.visiblePatients(tx, tenantId, userId, [...new Set(named)]);
  const taken = await sql.countOverlaps(tx, tenantId, bookings);

  const made: (sql.StoredBooking & { readonly overlaps: number })[] = [];
  const answers: (string | Problem)[] = [];
  const taking = new Map<string, sql.StoredBooking[]>();
  for (const [index, { doubleBook, ...booking }] of bookings.entries()) {
    const key = pairKey(booking);
    const pair = held.get(key);
    const among = (taking.get(key) ?? []).filter((one) => overlap(one, booking));
    const overlaps = takesTime(booking.status) ? taken[index]! + among.length : 0;
    if (!pair || !includesColumns(pair.columns, needsScheduling)) {
      answers.push(await refusal(tx, publicUrl, actor, booking, needsScheduling, pair));
    } else if (!pair.active) {
      answers.push(problem('unprocessable', 'emr.problem.schedule-closed'));
    } else if (booking.patientId !== null && !visible.has(booking.patientId)) {
      answers.push(problem('invalid', 'emr.problem.no-such-patient', {}, { expression: ['Appointment.participant'] }));
    } else if (overlaps > 0 && !doubleBook) {
      answers.push(problem('conflict', 'emr.problem.time-taken', { overlaps }, { overlaps }));
    } else {
      const appointmentId = booking.appointmentId ?? newId();
      const one = { ...booking, appointmentId, overlaps };
      made.push(one);
      if (takesTime(one.status)) taking.set(key, [...(taking.get(key) ?? []), one]);
      answers.push(appointmentId);
    }
  }
  if (made.length === 0) return answers;
  await sql.insertBookings(tx, tenantId, made);
  await recordAudits(
    tx,
    made.map(({ appointmentId, officeId, providerId, patientId, startAt, endAt, overlaps }) => ({
      tenantId,
      userId,
      action: 'book',
      entity: 'appointment',
      entityId: appointmentId,
      after: { officeId, providerId, patientId, startAt, endAt, doubleBooked: overlaps > 0 },
      requestId,
    })),
  );
  return answers;
}
