import { includesColumns } from '../../fhir/columns.ts';
import type { EmrContext } from '../context.ts';
import type { PlaceRequest } from '../contract/scheduler.ts';
import {
  heldPairs,
  needsPatient,
  needsScheduling,
  pairKey,
  refusal,
  requirePair,
} from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { notThere } from './change-booking.ts';
import { placeBookings } from './place-bookings.ts';
import { placeAt } from './place-of-booking.ts';
import * as sql from './scheduling.sql.ts';

export interface CopyAppointment {
  readonly appointmentId: string;
  readonly to: PlaceRequest;
  readonly requestId?: string | undefined;
}

/**
 * Books the same patient, type and reason once more, as a booking of its own with a new id. Whoever may not see the patient of the one
 * cannot make another: the copy would make him known to its pair. Else refused as placeBookings does.
 */
export async function copyAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { appointmentId, to, requestId }: CopyAppointment,
): Promise<sql.PlacedAppointment> {
  const { publicUrl } = context;
  const { tenantId, userId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const { zone } = await requirePair(tx, publicUrl, actor, to, needsScheduling);
    const place = placeAt(zone, to);
    const of = await sql.findBooking(tx, tenantId, userId, appointmentId);
    if (!of) return notThere(tx, actor, appointmentId);
    const { patientId, type, reason } = of;
    if (patientId !== null && !(await sql.visiblePatients(tx, tenantId, userId, [patientId])).has(patientId)) {
      const held = (await heldPairs(tx, actor, [of])).get(pairKey(of));
      const needed = needsScheduling | needsPatient;
      if (!held || !includesColumns(held.columns, needed)) throw await refusal(tx, publicUrl, actor, of, needed, held);
    }
    const copy = {
      ...place,
      patientId,
      type,
      reason,
      status: 'booked',
      participation: 'needs-action',
      doubleBook: to.doubleBook ?? false,
    } as const;
    const [answer] = await placeBookings(tx, actor, [copy], { publicUrl, requestId });
    if (typeof answer !== 'string') throw answer;
    return sql.getAppointment(tx, tenantId, userId, answer);
  });
}
