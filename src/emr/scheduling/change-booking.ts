import { bitOf, includesColumns } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { noteAccess } from '../audit/access.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { requireVersion } from '../if-match.ts';
import { heldPairs, needsScheduling, pairKey, refusal, requirePair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';
import { mayBecome, takesTime } from './bookings.ts';
import * as sql from './scheduling.sql.ts';

export interface ChangeBooking {
  readonly publicUrl: string;
  /** The whole booking as it is to be. */
  readonly wanted: sql.StoredBooking;
  readonly doubleBook: boolean;
  /** Versions of which the booking must be one; null: any. */
  readonly versions: readonly number[] | null;
  readonly requestId?: string | undefined;
}

/** 410 where the user could see the pair that a booking was deleted from, else 404: nobody learns that it is elsewhere. */
export async function notThere(tx: Db, { tenantId, userId }: Actor, appointmentId: string): Promise<never> {
  const gone = await sql.isDeletedBooking(tx, tenantId, userId, appointmentId);
  throw gone ? problem('gone', 'emr.problem.booking-deleted') : problem('not-found', 'problem.not-found');
}

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/**
 * Moves, re-times, and changes the status of a booking. The pair that is named is judged first, whether or not there is such a booking;
 * the one that the booking is on now must be held too, or there is no such booking. Resolves to its version, which is the old one where
 * nothing is different. 403, 404, 410, 412 with extra.version, 409 for a status that cannot follow or a time that is taken.
 */
export async function changeBooking(
  tx: Db,
  actor: Actor,
  { publicUrl, wanted, doubleBook, versions, requestId }: ChangeBooking,
): Promise<number> {
  const { tenantId, userId } = actor;
  const { appointmentId } = wanted;
  const target = await requirePair(tx, publicUrl, actor, wanted, needsScheduling);
  await sql.lockSchedules(tx, tenantId, [wanted]);
  const before = await sql.lockBooking(tx, tenantId, userId, appointmentId);
  if (!before) return notThere(tx, actor, appointmentId);
  requireVersion(before.version, versions);

  const changed = changedIn(before, wanted);
  if (changed.length === 0) return before.version;
  if (!mayBecome(before.status, wanted.status)) {
    throw problem('conflict', 'emr.problem.status-cannot-follow', { from: before.status, to: wanted.status });
  }
  const moved = pairKey(before) !== pairKey(wanted);
  if (moved && !target.active) throw problem('unprocessable', 'emr.problem.schedule-closed');
  if (moved || before.patientId !== wanted.patientId) await requirePatients(tx, publicUrl, actor, before, wanted);

  const retimed = moved || changed.includes('startAt') || changed.includes('endAt') || !takesTime(before.status);
  if (takesTime(wanted.status) && retimed && !doubleBook) {
    const [overlaps = 0] = await sql.countOverlaps(tx, tenantId, [wanted], appointmentId);
    if (overlaps > 0) throw problem('conflict', 'emr.problem.time-taken', { overlaps }, { overlaps });
  }
  const version = await sql.updateBooking(tx, tenantId, wanted);
  const facts = (one: sql.StoredBooking) =>
    // Type and reason are free text: that they changed is recorded, and the versions hold what they were.
    Object.fromEntries(changed.map((name) => [name, name === 'type' || name === 'reason' ? 'changed' : one[name]]));
  await recordAudit(tx, {
    tenantId,
    userId,
    action: 'change-booking',
    entity: 'appointment',
    entityId: appointmentId,
    before: { ...facts(before), version: before.version },
    after: { ...facts(wanted), version },
    requestId,
  });
  return version;
}

/** Deletes a booking that the user sees; its tombstone stays. 404, 410, 412. */
export async function deleteBooking(
  tx: Db,
  actor: Actor,
  { appointmentId, versions, requestId }: Pick<ChangeBooking, 'versions' | 'requestId'> & { appointmentId: string },
): Promise<void> {
  const { tenantId, userId } = actor;
  const before = await sql.lockBooking(tx, tenantId, userId, appointmentId);
  if (!before) return notThere(tx, actor, appointmentId);
  noteAccess({ patientId: before.patientId ?? undefined, officeId: before.officeId, providerId: before.providerId });
  requireVersion(before.version, versions);
  await sql.deleteBooking(tx, tenantId, appointmentId);
  const { officeId, providerId, patientId, status, startAt, endAt, version } = before;
  await recordAudit(tx, {
    tenantId,
    userId,
    action: 'delete-booking',
    entity: 'appointment',
    entityId: appointmentId,
    before: { officeId, providerId, patientId, status, startAt, endAt, version },
    requestId,
  });
}

const parts = [
  'officeId',
  'providerId',
  'patientId',
  'status',
  'participation',
  'type',
  'reason',
  'startAt',
  'endAt',
] as const;

function changedIn(before: sql.StoredBooking, wanted: sql.StoredBooking): (typeof parts)[number][] {
  const plain = (value: unknown) => (value instanceof Date ? value.getTime() : value);
  return parts.filter((name) => plain(before[name]) !== plain(wanted[name]));
}

/**
 * A booking makes its patient known to its pair. So whoever moves one, or takes its patient off it, must see the patient already: else
 * a masked patient would be unmasked by moving his booking to a pair with Patient.
 */
async function requirePatients(
  tx: Db,
  publicUrl: string,
  actor: Actor,
  before: sql.StoredBooking,
  wanted: sql.StoredBooking,
): Promise<void> {
  const named = [before.patientId, wanted.patientId].filter((id) => id !== null);
  const visible = await sql.visiblePatients(tx, actor.tenantId, actor.userId, named);
  if (before.patientId !== null && !visible.has(before.patientId)) {
    const needed = needsScheduling | bitOf.Patient;
    const held = (await heldPairs(tx, actor, [before])).get(pairKey(before));
    if (!held || !includesColumns(held.columns, needed)) {
      throw await refusal(tx, publicUrl, actor, before, needed, held);
    }
  }
  if (wanted.patientId !== null && wanted.patientId !== before.patientId && !visible.has(wanted.patientId)) {
    throw problem('invalid', 'emr.problem.no-such-patient', {}, { expression: ['Appointment.participant'] });
  }
}
