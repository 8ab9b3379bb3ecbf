// Rows on their way into the schema `import`: kept as the text that COPY reads, sent a good megabyte at a time.
import type { PoolClient } from 'pg';
import { copyFrom } from '../../platform/database/copy.ts';

export type StagedValue = string | number | boolean | Date | null | undefined;
export interface StagedRow {
  readonly table: StagedTable;
  readonly row: Readonly<Record<string, StagedValue>>;
}

/** The columns that a file fills, in the order of the COPY. `tenant_id` and `n` stand before them, `identifier` has no `n`. */
export const stagedColumns = {
  identifier: ['kind', 'token', 'resource_id'],
  office: ['said_at', 'office_id', 'name', 'zone', 'phone', 'active'],
  provider: ['said_at', 'provider_id', 'prefix', 'given', 'family', 'suffix', 'active'],
  schedule_part: ['said_at', 'kind', 'resource_id', 'place', 'practitioner', 'role', 'office', 'active'],
  patient: [
    'said_at',
    'patient_id',
    'family',
    'given',
    'birth_date',
    'gender',
    'phone',
    'email',
    'language',
    'chart_number',
    'active',
    'practitioner',
    'role',
  ],
  booking: [
    'said_at',
    'kind',
    'appointment_id',
    'of_appointment',
    'practitioner',
    'role',
    'office',
    'patient',
    'status',
    'participation',
    'type_text',
    'reason',
    'start_at',
    'end_at',
  ],
  chart: ['said_at', 'kind', 'resource_id', 'practitioner', 'role', 'office', 'patient', 'parent', 'status', 'own'],
  content: ['said_at', 'kind', 'binary_id', 'media_type', 'bytes', 'sha256', 'data'],
} as const;
export type StagedTable = keyof typeof stagedColumns;
export const stagedTables = Object.keys(stagedColumns) as StagedTable[];

const sendAt = 2 ** 20;
const marks: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One value in COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
function copyText(value: StagedValue): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'string') return value.replaceAll(/[\\\n\r\t]/g, (mark) => marks[mark]!);
  return value instanceof Date ? value.toISOString() : String(value);
}

export interface Stage {
  /** `n`: which resource of the import this row belongs to. Resolves when there is room for more. */
  add(n: number, staged: StagedRow): Promise<void> | undefined;
  flush(): Promise<void>;
}

/** Each table's text is a COPY, and a transaction, of its own: what an interruption leaves, the clinic's next import takes away. */
export function createStage(client: PoolClient, tenantId: number): Stage {
  const waiting = new Map<StagedTable, { rows: string[]; size: number }>();
  const send = async (table: StagedTable) => {
    const text = waiting.get(table);
    waiting.delete(table);
    if (!text) return;
    const names = ['tenant_id', ...(table === 'identifier' ? [] : ['n']), ...stagedColumns[table]];
    await copyFrom(client, `copy import.${table} (${names.join(', ')}) from stdin`, inPieces(text.rows));
  };
  return {
    add(n, { table, row }) {
      let line = table === 'identifier' ? `${tenantId}` : `${tenantId}\t${n}`;
      for (const column of stagedColumns[table]) line += `\t${copyText(row[column])}`;
      const text = waiting.get(table) ?? { rows: [], size: 0 };
      waiting.set(table, text);
      text.rows.push(`${line}\n`);
      text.size += line.length;
      return text.size < sendAt ? undefined : send(table);
    },
    async flush() {
      for (const table of stagedTables) await send(table);
    },
  };
}

async function* inPieces(rows: readonly string[]): AsyncGenerator<Buffer> {
  for (let first = 0; first < rows.length; first += 500) yield Buffer.from(rows.slice(first, first + 500).join(''));
}
