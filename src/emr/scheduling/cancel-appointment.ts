import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './scheduling.sql.ts';

/** Cancels; what the caller cannot see is `not-found`. Cancelled already is 409, changed since is 412 with the version there is. */
export async function cancelAppointment(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  {
    appointmentId,
    version,
    requestId,
  }: { readonly appointmentId: string; readonly version: string; readonly requestId?: string },
): Promise<sql.AppointmentRow> {
  const { tenantId, userId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const before = await sql.findAppointment(tx, tenantId, userId, appointmentId);
    if (!before) throw problem('not-found', 'problem.not-found');
    if (before.status === 'cancelled') throw problem('conflict', 'emr.problem.cancelled-already');
    if (!(await sql.cancelAppointment(tx, tenantId, appointmentId, Number(version)))) {
      throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
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
    return (await sql.findAppointment(tx, tenantId, userId, appointmentId))!;
  });
}
