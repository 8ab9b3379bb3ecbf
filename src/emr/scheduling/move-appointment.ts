import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import type { PlaceRequest } from '../contract/scheduler.ts';
import { needsScheduling, pairKey, requirePair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { isOver } from './bookings.ts';
import { changeBooking, notThere } from './change-booking.ts';
import { placeAt } from './place-of-booking.ts';
import * as sql from './scheduling.sql.ts';

export interface MoveAppointment {
  readonly appointmentId: string;
  /** The version that the caller saw. */
  readonly version: string;
  readonly to: PlaceRequest;
  readonly requestId?: string | undefined;
}

/**
 * Puts a booking at another time, with another provider or in another office; it keeps its id. A patient who has confirmed has confirmed
 * the time before, so the confirmation stays behind. Refused as changeBooking does, and for what is over.
 */
export async function moveAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { appointmentId, version, to, requestId }: MoveAppointment,
): Promise<sql.PlacedAppointment> {
  const { publicUrl } = context;
  const { tenantId, userId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const { zone } = await requirePair(tx, publicUrl, actor, to, needsScheduling);
    const place = placeAt(zone, to);
    // Read without a lock, and judged by its version: changeBooking locks the schedule first, as everybody does.
    const before = await sql.findBooking(tx, tenantId, userId, appointmentId);
    if (!before) return notThere(tx, actor, appointmentId);
    if (String(before.version) !== version) {
      throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
    }
    if (isOver(before.status)) throw problem('conflict', 'scheduler.problem.over');
    const isElsewhere = pairKey(before) !== pairKey(place) || before.startAt.getTime() !== place.startAt.getTime();
    const participation = isElsewhere && before.participation === 'accepted' ? 'needs-action' : before.participation;
    const { version: _, ...booking } = before;
    await changeBooking(tx, actor, {
      publicUrl,
      wanted: { ...booking, ...place, participation },
      doubleBook: to.doubleBook ?? false,
      versions: [before.version],
      requestId,
    });
    return sql.getAppointment(tx, tenantId, userId, appointmentId);
  });
}
