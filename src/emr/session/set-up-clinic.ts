import { inTransaction } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { SetUpRequest } from '../contract/session.ts';
import { isReservedUsername } from '../people/people.ts';
import { listTenants } from './session.sql.ts';
import { insertClinic, lockSetUp } from './set-up.sql.ts';

export interface ClinicMade {
  readonly tenantId: number;
  readonly administratorId: string;
}

/** Row-level security shows emr_import its own tenant only, so the role that serves requests is asked. */
async function refuseSecond(context: EmrContext): Promise<void> {
  if ((await listTenants(context.pool)).length > 0) throw problem('conflict', 'emr.problem.already-set-up');
}

/**
 * The first clinic, its first office and its first administrator. Refused (409) once there is a clinic: whoever comes second, even
 * at the same moment, finds it there.
 */
export async function setUpClinic(
  context: EmrContext,
  request: SetUpRequest,
  // An installation that brings its offices in by import names the one that the file will describe.
  { officeId = newId() }: { readonly officeId?: string } = {},
): Promise<ClinicMade> {
  const { password, ...clinic } = request;
  const { tenantId } = clinic;
  // Before the password is hashed: a stranger must not make a clinic that has long been set up do that work.
  await refuseSecond(context);
  if (!isZone(clinic.zone)) throw invalidField('zone', 'unknown zone');
  if (isReservedUsername(tenantId, clinic.username)) throw invalidField('username', 'reserved');
  const passwordHash = await hashPassword(password);
  const administratorId = newId();
  await inTransaction(
    context.importPool,
    async (tx) => {
      await lockSetUp(tx);
      await refuseSecond(context);
      await insertClinic(tx, { ...clinic, officeId, administratorId, passwordHash });
      await recordAudit(tx, { tenantId, userId: null, action: 'set-up', entity: 'tenant', entityId: String(tenantId) });
    },
    { settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
  return { tenantId, administratorId };
}

const invalidField = (path: string, message: string) =>
  problem('invalid', 'problem.invalid', {}, { where: 'body', fields: [{ path, code: 'custom', message }] });
