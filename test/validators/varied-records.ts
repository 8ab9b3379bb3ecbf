// A clinic whose records are as different as its tables let them be: what may be absent is, here and there, and every status occurs.
import { escapeLiteral } from 'pg';
import type { Pool } from '../../src/platform/database/db.ts';

/** Columns that may be null but belong together, or say who did it: left as they are, or written below. */
const together = [
  'value_number',
  'value_text',
  'unit',
  'range_low',
  'range_high',
  'patient_id',
  'loinc',
  'questionnaire',
  'end_on',
  'start_on',
  'end_at',
];
const tables = [
  'patient',
  'provider',
  'office',
  'appointment',
  'document',
  'encounter',
  'diagnostic_report',
  'observation',
  'account',
  'charge_item',
  'coverage',
  'task',
  'questionnaire_response',
  'consent',
] as const;

/** Drawn anew at every call; `seed` between -1 and 1. */
export async function varyRecords(owner: Pool, seed: number): Promise<void> {
  await owner.query('select setseed($1)', [seed]);
  const { rows: optional } = await owner.query<{ table: string; column: string; type: string }>(
    `select c.table_name as table, c.column_name as column, c.data_type as type from information_schema.columns c
      where c.table_schema = 'public' and c.table_name = any($1::text[]) and c.is_nullable = 'YES' and c.data_type in ('text', 'date')
        and c.collation_name is null and not c.column_name = any($2::text[])`,
    [tables, together],
  );
  const { rows: statuses } = await owner.query<{ table: string; column: string; values: string[] }>(
    `select r.relname as table, a.attname as column,
            array(select m[1] from regexp_matches(pg_get_constraintdef(c.oid), '''([^'']+)''::text', 'g') m) as values
       from pg_constraint c join pg_class r on r.oid = c.conrelid
       join pg_attribute a on a.attrelid = r.oid and a.attnum = c.conkey[1]
      where c.contype = 'c' and r.relname = any($1::text[]) and array_length(c.conkey, 1) = 1
        and a.attname in ('status', 'participation', 'gender', 'interpretation', 'language', 'intent', 'priority', 'scope', 'provision')`,
    [tables],
  );
  const coded = new Set(statuses.map(({ table, column }) => `${table}.${column}`));
  for (const table of tables) {
    const set = [
      ...statuses
        .filter((one) => one.table === table)
        .map(({ column, values }) => {
          const drawn = `(array[${values.map((value) => escapeLiteral(value)).join()}])[1 + floor(random() * ${values.length})::integer]`;
          return `${column} = ${optional.some((one) => one.table === table && one.column === column) ? `case when random() < 0.3 then null else ${drawn} end` : drawn}`;
        }),
      ...optional
        .filter((one) => one.table === table && !coded.has(`${table}.${one.column}`))
        .map(({ column, type }) => {
          const value =
            type === 'date' ? `date '1950-01-01' + floor(random() * 20000)::integer` : `'a ' || '${column}'`;
          return `${column} = case when random() < 0.4 then null else ${value} end`;
        }),
      ...(more[table] ?? []),
    ];
    if (set.length > 0) await owner.query(`update ${table} set ${set.join(', ')}`);
  }
}

const more: Readonly<Partial<Record<(typeof tables)[number], readonly string[]>>> = {
  patient: ['active = random() < 0.5'],
  provider: ['active = random() < 0.8'],
  encounter: [`end_at = case when random() < 0.5 then start_at + interval '20 minutes' end`],
  coverage: [
    `start_on = case when random() < 0.5 then date '2026-01-01' end`,
    `end_on = case when random() < 0.5 then date '2026-12-31' end`,
  ],
  // Each is drawn once for a row: a value is a number or a text, and a text has no range.
  observation: [
    `loinc = case when random() < 0.5 then '4548-4' end`,
    `(value_number, value_text, unit, range_low, range_high) = (select case when r < 0.7 then 5.10 end, case when r >= 0.7 then 'positive' end,
       case when r < 0.5 then '%' end, case when r < 0.4 then 4.0 end, case when r < 0.3 or r between 0.5 and 0.6 then 6 end
       from (select random() as r, observation.observation_id) d)`,
  ],
  questionnaire_response: [
    `questionnaire = case when random() < 0.5 then 'https://portal.example/Questionnaire/a|2' end`,
    `items = case when random() < 0.4 then '[]' else items end`,
  ],
  charge_item: ['paid_cents = floor(random() * (amount_cents + 1))::bigint'],
  appointment: [`patient_id = case when random() < 0.9 then patient_id end`],
};
