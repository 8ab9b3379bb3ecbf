import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { needsScheduling, type Pair, requirePair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';
import { notThere } from './change-booking.ts';
import { insertReminderMark } from './reminder-marks.sql.ts';
import { findBooking } from './scheduling.sql.ts';

export interface MarkReminded {
  readonly publicUrl: string;
  /** The pair that is named, on which Visible and Scheduling are needed. */
  readonly pair: Pair;
  readonly appointmentId: string;
  readonly sentAt: Date;
  readonly requestId?: string | undefined;
}

/**
 * Notes at a booking that its patient was reminded; resolves to the id of the note, which is the old one where it is there already. The
 * booking stays as it is. 403 names the cell; 404, 410 where there is no such booking for this user.
 */
export async function markReminded(
  tx: Db,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { publicUrl, pair, appointmentId, sentAt, requestId }: MarkReminded,
): Promise<{ readonly communicationId: string }> {
  const { tenantId, userId } = actor;
  await requirePair(tx, publicUrl, actor, pair, needsScheduling);
  const booking = await findBooking(tx, tenantId, userId, appointmentId);
  if (!booking) return notThere(tx, actor, appointmentId);
  const { made, communicationId } = await insertReminderMark(tx, actor, {
    appointmentId,
    sentAt,
    communicationId: newId(),
  });
  if (made) {
    const { officeId, providerId } = booking;
    await recordAudit(tx, {
      tenantId,
      userId,
      action: 'mark-reminded',
      entity: 'appointment',
      entityId: appointmentId,
      after: { officeId, providerId, sentAt },
      requestId,
    });
  }
  return { communicationId };
}
