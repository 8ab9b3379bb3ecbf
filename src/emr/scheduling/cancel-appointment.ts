import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './scheduling.sql.ts';

export interface CancelAppointment {
  readonly appointmentId: string;
  /** The version that the caller saw. */
  readonly version: string;
  readonly requestId?: string | undefined;
}

/**
 * Cancels. What the caller cannot see is `not-found`; cancelled already, or over, is 409; changed since is 412 with the version
 * that there is now in extra.version.
 */
export async function cancelAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { appointmentId, version, requestId }: CancelAppointment,
): Promise<sql.PlacedAppointment> {
  const { tenantId, userId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const before = await sql.lockAppointment(tx, tenantId, userId, appointmentId);
    if (!before) throw problem('not-found', 'problem.not-found');
    if (before.status === 'cancelled') throw problem('conflict', 'emr.problem.cancelled-already');
    if (String(before.version) !== version) {
      throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
    }
    if (!(await sql.cancelAppointment(tx, tenantId, appointmentId))) {
      throw problem('conflict', 'emr.problem.booking-over');
    }
    await recordAudit(tx, {
      tenantId,
      userId,
      action: 'cancel',
      entity: 'appointment',
      entityId: appointmentId,
      before: { status: before.status },
      after: { status: 'cancelled' },
      requestId,
    });
    return sql.getAppointment(tx, tenantId, userId, appointmentId);
  });
}
