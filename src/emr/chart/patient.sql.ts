import type { ColumnSet } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';

/**
 * Nothing is written for a patient whom the writer cannot know: one whom he may see through Patient anywhere, or one who is known to
 * the pair that is named, on which the chart's own column is held. Whoever is neither does not exist for him.
 */
export async function requirePatient(
  db: Db,
  { tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>,
  patientId: string,
  pair: Pair,
  needed: ColumnSet,
): Promise<void> {
  const { rows } = await db.query(
    `select from patient_pair k
       join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
      where k.tenant_id = $1 and h.user_id = $2 and k.patient_id = $3
        and ((h.columns & 1) = 1 or (k.office_id = $4 and k.provider_id = $5 and (h.columns & $6::integer) = $6::integer))
      limit 1`,
    [tenantId, userId, patientId, pair.officeId, pair.providerId, needed],
  );
  if (rows.length === 0) throw problem('invalid', 'chart.problem.no-such-patient');
}
