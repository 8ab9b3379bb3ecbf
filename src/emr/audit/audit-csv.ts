import type { MessageKey } from '../../language/messages.ts';
import type { AuditLogEntry } from '../contract/audit-log.ts';

const columns = [
  ['audit.column.when', ({ at }) => at],
  ['audit.column.user', ({ user }) => user?.name ?? user?.id],
  ['audit.csv.user-id', ({ user }) => user?.id],
  ['audit.column.client', ({ client }) => client?.name ?? client?.id],
  ['audit.csv.door', ({ door }) => door],
  ['audit.column.what', ({ kind, action }) => action ?? kind],
  ['audit.csv.entity', ({ entity }) => entity && [entity.type, entity.id].filter(Boolean).join('/')],
  ['audit.column.patient', ({ patient }) => patient?.name],
  ['audit.csv.patient-id', ({ patient }) => patient?.id],
  ['audit.column.office', ({ office }) => office?.name ?? office?.id],
  ['audit.column.provider', ({ provider }) => provider?.name ?? provider?.id],
  ['audit.csv.status', ({ status }) => status],
  ['audit.query', ({ query }) => query],
  ['audit.permission-version', ({ permissionVersion }) => permissionVersion],
  ['audit.request', ({ requestId }) => requestId],
  ['audit.before', ({ before }) => json(before)],
  ['audit.after', ({ after }) => json(after)],
] as const satisfies readonly (readonly [MessageKey, (entry: AuditLogEntry) => unknown])[];

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** RFC 4180 with a byte order mark, so that a spreadsheet reads French; a cell that it would take for a formula begins with an apostrophe. */
export async function* auditCsv(
  pages: AsyncIterable<readonly AuditLogEntry[]>,
  zone: string,
  t: (key: MessageKey) => string,
): AsyncGenerator<string> {
  yield `\ufeff${columns.map(([key]) => cell(key === 'audit.column.when' ? `${t(key)} (${zone})` : t(key))).join(',')}\r\n`;
  for await (const entries of pages) {
    yield entries.map((entry) => `${columns.map(([, read]) => cell(read(entry))).join(',')}\r\n`).join('');
  }
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
