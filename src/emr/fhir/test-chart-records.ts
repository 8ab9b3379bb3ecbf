// A chart for the clinic of test-clinic.ts: of each pair, one entry of each type for each patient who is known there. Only tests import
// this.
import { createHash } from 'node:crypto';
import type { Pool } from '../../platform/database/db.ts';
import { hostileText, type Pair, patients } from './test-clinic.ts';

export interface ChartEntry {
  readonly id: string;
  readonly pair: Pair;
  readonly patient: string;
}

/** The same ids in every type; a Binary's is its document's. */
export const chartEntries: readonly ChartEntry[] = patients.flatMap(({ id, of }) =>
  of.map((pair) => ({ id: `${pair.join('-')}.${id}`, pair, patient: id })),
);

export const contentOf = (id: string): Buffer => Buffer.from(`%PDF-1.4\n% ${id}\n`);

export async function fillChart(owner: Pool, tenantId: number): Promise<void> {
  for (const { id, pair, patient } of chartEntries) {
    const entry = [tenantId, id, patient, ...pair];
    const content = contentOf(id);
    const one = (sql: string, ...values: unknown[]) => owner.query(sql, [...entry, ...values]);
    await owner.query(
      `insert into binary_content (tenant_id, binary_id, office_id, provider_id, media_type, bytes, sha256, begun_at, arrived_at, filed_at)
       values ($1, $2, $3, $4, 'application/pdf', $5, $6, now(), now(), now())`,
      [tenantId, id, ...pair, content.length, createHash('sha256').update(content).digest()],
    );
    await owner.query('insert into binary_chunk (tenant_id, binary_id, n, bytes) values ($1, $2, 0, $3)', [
      tenantId,
      id,
      content,
    ]);
    const columns = 'tenant_id, %, patient_id, office_id, provider_id';
    const into = (table: string, idColumn: string, more: string, values: string) =>
      `insert into ${table} (${columns.replace('%', idColumn)}, ${more}) values ($1, $2, $3, $4, $5, ${values})`;
    await one(
      into('document', 'document_id', 'binary_id, folder, title, filed_at', `$2, $6, $6, '2026-11-24 15:00Z'`),
      hostileText,
    );
    await one(
      into('encounter', 'encounter_id', 'status, type_text, note, start_at', `'finished', $6, $6, '2026-11-24 15:00Z'`),
      hostileText,
    );
    await one(
      into(
        'diagnostic_report',
        'report_id',
        'status, name, conclusion, effective_at, issued_at',
        `'final', $6, $6, '2026-11-23 12:00Z', '2026-11-24 12:00Z'`,
      ),
      hostileText,
    );
    await one(
      into(
        'observation',
        'observation_id',
        'report_id, place, status, name, loinc, value_number, unit, range_low, range_high, interpretation, effective_at',
        `$2, 1, 'final', $6, '4548-4', 5.10, '%', 4.0, 6.0, 'N', '2026-11-23 12:00Z'`,
      ),
      hostileText,
    );
    await owner.query(
      'insert into account (tenant_id, account_id, patient_id, office_id, provider_id) values ($1, $2, $3, $4, $5)',
      entry,
    );
    await one(
      into(
        'charge_item',
        'charge_item_id',
        'account_id, status, description, occurred_on, quantity, amount_cents, paid_cents',
        `$2, 'billed', $6, '2026-11-24', 2, 4500, 1050`,
      ),
      hostileText,
    );
    await one(
      into('coverage', 'coverage_id', 'payor, subscriber_number, start_on', `$6, $6, '2026-01-01'`),
      hostileText,
    );
    // The booking has the same id.
    await one(
      into(
        'task',
        'task_id',
        'status, intent, priority, code_text, description, appointment_id, note, authored_at',
        `'requested', 'order', 'routine', $6, $6, $2, $6, '2026-11-24 15:00Z'`,
      ),
      hostileText,
    );
    await one(
      into(
        'questionnaire_response',
        'response_id',
        'status, questionnaire, items, authored_at',
        `'completed', 'https://portal.example/Questionnaire/intake', jsonb_build_array(jsonb_build_object('linkId', '1', 'text', $6::text,
          'answer', jsonb_build_array(jsonb_build_object('valueString', $6::text)))), '2026-11-24 15:00Z'`,
      ),
      hostileText,
    );
    await one(
      into(
        'consent',
        'consent_id',
        'status, scope, category_text, policy_text, provision, authored_at',
        `'active', 'patient-privacy', $6, $6, 'permit', '2026-11-24 15:00Z'`,
      ),
      hostileText,
    );
  }
}
