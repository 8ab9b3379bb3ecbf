import { inTransaction } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { SetUpRequest } from '../contract/session.ts';

export interface ClinicMade {
  readonly tenantId: number;
  readonly administratorId: string;
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
  if (!isZone(request.zone)) {
    throw problem(
      'invalid',
      'problem.invalid',
      {},
      { where: 'body', fields: [{ path: 'zone', code: 'custom', message: 'unknown zone' }] },
    );
  }
  const passwordHash = await hashPassword(request.password);
  const { tenantId } = request;
  const administratorId = newId();
  await inTransaction(
    context.importPool,
    async (tx) => {
      // Row-level security shows this role its own tenant only, so "is there any?" is asked of the request-serving role below;
      // the lock makes two first set-ups take turns.
      await tx.query('select pg_advisory_xact_lock(1953064038)');
      const { rows } = await context.pool.query('select from tenant limit 1');
      if (rows.length > 0) throw problem('conflict', 'emr.problem.already-set-up');
      await tx.query('insert into tenant (tenant_id, name) values ($1, $2)', [tenantId, request.clinicName]);
      await tx.query('insert into office (tenant_id, office_id, name, zone) values ($1, $2, $3, $4)', [
        tenantId,
        officeId,
        request.officeName,
        request.zone,
      ]);
      await tx.query(
        `insert into app_user (tenant_id, user_id, kind, username, display_name, password_hash)
         values ($1, $2, 'administrator', $3, $4, $5)`,
        [tenantId, administratorId, request.username, request.displayName, passwordHash],
      );
      await tx.query('insert into office_membership (tenant_id, user_id, office_id) values ($1, $2, $3)', [
        tenantId,
        administratorId,
        officeId,
      ]);
      await recordAudit(tx, { tenantId, userId: null, action: 'set-up', entity: 'tenant', entityId: String(tenantId) });
    },
    { settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
  return { tenantId, administratorId };
}
