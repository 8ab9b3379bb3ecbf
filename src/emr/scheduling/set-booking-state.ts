import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { type SettableState, stateOf, wireOf } from '../contract/booking-states.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { findClinicStatus, writeClinicStatus } from './appointment-statuses.sql.ts';
import { changeBooking, notThere } from './change-booking.ts';
import * as sql from './scheduling.sql.ts';

export interface SetBookingState {
  readonly appointmentId: string;
  /** The version that the caller saw. */
  readonly version: string;
  /** One of the states that everybody knows, or one of the clinic's own statuses by its code. */
  readonly to: { readonly state: SettableState } | { readonly clinicStatus: string };
  /** A booking that took no time (no-show) takes it again: also where it is taken by now. */
  readonly doubleBook: boolean;
  readonly requestId?: string | undefined;
}

/** Arrived, confirmed, seen …, or a status of the clinic's own, which brings what it means. Refused as changeBooking does. */
export async function setBookingState(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { appointmentId, version, to, doubleBook, requestId }: SetBookingState,
): Promise<sql.PlacedAppointment> {
  const { publicUrl } = context;
  const { tenantId, userId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const before = await sql.findBooking(tx, tenantId, userId, appointmentId);
    if (!before) return notThere(tx, actor, appointmentId);
    if (String(before.version) !== version) {
      throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
    }
    const clinic = 'clinicStatus' in to ? await findClinicStatus(tx, tenantId, to.clinicStatus) : undefined;
    if ('clinicStatus' in to && !clinic) throw problem('invalid', 'scheduler.problem.no-such-status');
    const state = clinic?.means ?? ('state' in to ? to.state : undefined);
    if (!state) throw problem('invalid', 'scheduler.problem.no-such-status');
    const { version: _, ...booking } = before;
    const after = await changeBooking(tx, actor, {
      publicUrl,
      wanted: { ...booking, ...(stateOf(before) === state ? {} : wireOf(state)) },
      doubleBook,
      versions: [before.version],
      requestId,
    });
    // A change of the word alone is a change too: whoever looked before it is told so by the version.
    const written = await writeClinicStatus(tx, tenantId, {
      appointmentId,
      clinicStatus: clinic?.code ?? null,
      isNewVersion: after === before.version,
    });
    if (written) {
      await recordAudit(tx, {
        tenantId,
        userId,
        action: 'set-clinic-status',
        entity: 'appointment',
        entityId: appointmentId,
        after: { clinicStatus: clinic?.code ?? null },
        requestId,
      });
    }
    return sql.getAppointment(tx, tenantId, userId, appointmentId);
  });
}
