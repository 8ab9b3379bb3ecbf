// Statements about task, questionnaire_response and consent, which have their first columns and their life in common. The pair was judged
// before a row is inserted; what is changed is found through held_grant, and row-level security stands behind.
import { type ColumnSet, columnsNeeded } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';

export type FilingType = 'Task' | 'QuestionnaireResponse' | 'Consent';
type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** By column; instants as FHIR has them, JSON as its text. Without authored_at a new one is of now and an old one keeps its own. */
export type FilingValues = Readonly<Record<string, string | null>>;

export interface FilingTable {
  readonly name: string;
  readonly id: string;
  readonly needed: ColumnSet;
  /** Beside what all have: column → its type in PostgreSQL. */
  readonly columns: Readonly<Record<string, 'text' | 'jsonb'>>;
}

export const filingTables: Readonly<Record<FilingType, FilingTable>> = {
  Task: {
    name: 'task',
    id: 'task_id',
    needed: columnsNeeded.Task,
    columns: {
      status: 'text',
      intent: 'text',
      priority: 'text',
      code_text: 'text',
      description: 'text',
      appointment_id: 'text',
      note: 'text',
    },
  },
  QuestionnaireResponse: {
    name: 'questionnaire_response',
    id: 'response_id',
    needed: columnsNeeded.QuestionnaireResponse,
    columns: { status: 'text', questionnaire: 'text', items: 'jsonb' },
  },
  Consent: {
    name: 'consent',
    id: 'consent_id',
    needed: columnsNeeded.Consent,
    columns: { status: 'text', scope: 'text', category_text: 'text', policy_text: 'text', provision: 'text' },
  },
};

export interface Filing {
  readonly id: string;
  readonly patientId: string;
  readonly pair: Pair;
  readonly values: FilingValues;
}

/** FHIR's instants come back with the digits that they have here. */
const now = `date_trunc('milliseconds', clock_timestamp())`;

export async function insertFiling(
  tx: Db,
  { tenantId, userId }: Actor,
  { name, id: idColumn, columns }: FilingTable,
  { id, patientId, pair, values }: Filing,
): Promise<void> {
  const own = Object.keys(columns);
  await tx.query(
    `insert into ${name} (tenant_id, ${idColumn}, patient_id, office_id, provider_id, filed_by, authored_at, ${own.join(', ')})
     values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, ${now}), ${own.map((_, index) => `$${index + 8}`).join(', ')})`,
    [
      tenantId,
      id,
      patientId,
      pair.officeId,
      pair.providerId,
      userId,
      values['authored_at'],
      ...own.map((column) => values[column]),
    ],
  );
}

export interface LockedFiling extends Pair {
  readonly version: number;
  readonly patientId: string;
  /** The booking that a task is about. */
  readonly appointmentId: string | null;
}

/** Of what the actor may see, for this transaction alone. */
export async function lockFiling(
  tx: Db,
  { tenantId, userId }: Actor,
  { name, id: idColumn, needed }: FilingTable,
  id: string,
): Promise<LockedFiling | undefined> {
  const { rows } = await tx.query<LockedFiling>(
    `select e.version_id as version, e.patient_id as "patientId", e.office_id as "officeId", e.provider_id as "providerId",
            to_jsonb(e) ->> 'appointment_id' as "appointmentId"
       from ${name} e
      where e.tenant_id = $1 and e.${idColumn} = $2
        and exists (select from held_grant h
                     where h.tenant_id = e.tenant_id and h.office_id = e.office_id and h.provider_id = e.provider_id and h.user_id = $3
                       and (h.columns & $4::integer) = $4::integer)
        for update of e`,
    [tenantId, id, userId, needed],
  );
  return rows[0];
}

/** The version that it is now, or undefined where nothing is different. It was locked before. */
export async function updateFiling(
  tx: Db,
  { tenantId }: Actor,
  { name, id: idColumn, columns }: FilingTable,
  { id, values }: Pick<Filing, 'id' | 'values'>,
): Promise<number | undefined> {
  const own = Object.entries(columns);
  const names = ['authored_at', ...own.map(([column]) => column)];
  const given = ['coalesce($3::timestamptz, e.authored_at)', ...own.map(([, type], index) => `$${index + 4}::${type}`)];
  const { rows } = await tx.query<{ version: number }>(
    `update ${name} e set (${names.join(', ')}, version_id, last_updated) = row (${given.join(', ')}, e.version_id + 1, clock_timestamp())
      where e.tenant_id = $1 and e.${idColumn} = $2
        and (${names.map((column) => `e.${column}`).join(', ')}) is distinct from (${given.join(', ')})
      returning e.version_id as version`,
    [tenantId, id, values['authored_at'], ...own.map(([column]) => values[column])],
  );
  return rows[0]?.version;
}

/** Whose a booking of this pair is; undefined: there is none that the actor may see. null: nobody's. */
export async function findPatientOfBooking(
  tx: Db,
  { tenantId, userId }: Actor,
  appointmentId: string,
  { officeId, providerId }: Pair,
): Promise<string | null | undefined> {
  const { rows } = await tx.query<{ patientId: string | null }>(
    `select a.patient_id as "patientId" from appointment a
       join held_grant h on h.tenant_id = a.tenant_id and h.office_id = a.office_id and h.provider_id = a.provider_id
      where a.tenant_id = $1 and h.user_id = $2 and (h.columns & $3::integer) = $3::integer
        and a.appointment_id = $4 and a.office_id = $5 and a.provider_id = $6`,
    [tenantId, userId, columnsNeeded.Appointment, appointmentId, officeId, providerId],
  );
  return rows[0]?.patientId ?? (rows.length > 0 ? null : undefined);
}
