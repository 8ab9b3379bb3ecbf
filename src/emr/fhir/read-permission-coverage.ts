import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { findCoverageHead, findCoveredOffices, findCoveredSchedules } from './permission-coverage.sql.ts';

/**
 * What the integration user holds, of one snapshot with its version. Only about itself, only for a service user (403 otherwise).
 */
export function readPermissionCoverage(
  { pool, publicUrl }: Pick<EmrContext, 'pool' | 'publicUrl'>,
  principal: Principal,
): Promise<PermissionCoverage> {
  if (principal.kind !== 'service') throw problem('forbidden', 'fhir.coverage-of-service-user');
  return asPrincipal(
    pool,
    principal,
    async (tx) => {
      const head = await findCoverageHead(tx, principal);
      const offices = await findCoveredOffices(tx, principal);
      const schedules = await findCoveredSchedules(tx, principal);
      return {
        ...head,
        tenantId: String(principal.tenantId),
        username: principal.username,
        manageSecurity: `${publicUrl}/security`,
        offices,
        schedules,
      };
    },
    { scope: 'roster', isolation: 'repeatable read', readOnly: true },
  );
}
