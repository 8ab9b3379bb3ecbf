import type { EmrContext } from '../context.ts';
import type { BookRequest } from '../contract/scheduler.ts';
import { needsScheduling, requirePair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { placeBookings } from './place-bookings.ts';
import { placeAt } from './place-of-booking.ts';
import * as sql from './scheduling.sql.ts';

/**
 * Books at a time on the wall of the office. A time that the zone skips is refused rather than moved. Else as placeBookings.
 */
export async function bookAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  request: BookRequest,
  requestId?: string,
): Promise<sql.PlacedAppointment> {
  const { patientId } = request;
  const { publicUrl } = context;
  return asPrincipal(context.pool, actor, async (tx) => {
    const { zone } = await requirePair(tx, publicUrl, actor, request, needsScheduling);
    const booking = {
      ...placeAt(zone, request),
      patientId,
      status: 'booked',
      participation: 'needs-action',
      type: request.type || null,
      reason: request.reason || null,
      doubleBook: request.doubleBook ?? false,
    } as const;
    const [answer] = await placeBookings(tx, actor, [booking], { publicUrl, requestId });
    if (typeof answer !== 'string') throw answer;
    return sql.getAppointment(tx, actor.tenantId, actor.userId, answer);
  });
}
