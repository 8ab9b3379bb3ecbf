import type { Db } from '../../platform/database/db.ts';
import type { Principal } from '../principal.ts';

/** `made`: false where the same reminder was noted before, under the id that is given back. */
export async function insertReminderMark(
  db: Db,
  { tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>,
  mark: { readonly appointmentId: string; readonly sentAt: Date; readonly communicationId: string },
): Promise<{ readonly made: boolean; readonly communicationId: string }> {
  const { appointmentId, sentAt, communicationId } = mark;
  const { rowCount } = await db.query(
    `insert into reminder_mark (tenant_id, appointment_id, sent_at, communication_id, marked_by) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, appointment_id, sent_at) do nothing`,
    [tenantId, appointmentId, sentAt, communicationId, userId],
  );
  if (rowCount === 1) return { made: true, communicationId };
  const { rows } = await db.query<{ communicationId: string }>(
    `select communication_id as "communicationId" from reminder_mark where tenant_id = $1 and appointment_id = $2 and sent_at = $3`,
    [tenantId, appointmentId, sentAt],
  );
  return { made: false, communicationId: rows[0]!.communicationId };
}
