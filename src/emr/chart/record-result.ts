import type { PoolClient } from 'pg';
import { columnsNeeded } from '../../fhir/columns.ts';
import { newId } from '../../platform/ids.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { RecordResultRequest } from '../contract/chart.ts';
import { requirePair } from '../permissions/require-pair.ts';
import * as sql from './chart.sql.ts';
import { requirePatient } from './patient.sql.ts';
import { instantAt } from './place.ts';

/** A report with its values. 403 names the cell; 400 as for a note. */
export async function recordResult(
  tx: PoolClient,
  { publicUrl, clock }: Pick<EmrContext, 'publicUrl' | 'clock'>,
  actor: sql.Actor,
  request: RecordResultRequest & { readonly patientId: string },
  requestId?: string,
): Promise<{ readonly reportId: string }> {
  const { patientId, officeId, providerId, name, status, conclusion, values } = request;
  const pair = { officeId, providerId };
  const { zone } = await requirePair(tx, publicUrl, actor, pair, columnsNeeded.DiagnosticReport);
  await requirePatient(tx, actor, patientId, pair, columnsNeeded.DiagnosticReport);
  const effectiveAt = instantAt(zone, request);
  const reportId = newId();
  await sql.insertResult(tx, actor, {
    reportId,
    patientId,
    ...pair,
    name,
    status,
    conclusion: conclusion || null,
    effectiveAt,
    now: clock.now(),
    values: values.map((one) => ({
      observationId: newId(),
      name: one.name,
      loinc: one.loinc ?? null,
      number: one.number ?? null,
      text: one.text ?? null,
      unit: one.unit ?? null,
      low: one.low ?? null,
      high: one.high ?? null,
      interpretation: one.interpretation ?? null,
    })),
  });
  await recordAudit(tx, {
    ...actor,
    action: 'record',
    entity: 'diagnostic_report',
    entityId: reportId,
    after: { patientId, ...pair, status, effectiveAt, values: values.length },
    requestId,
  });
  return { reportId };
}
