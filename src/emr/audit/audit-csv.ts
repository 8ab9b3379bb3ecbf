import type { MessageKey } from '../../language/messages.ts';
import { csvText, jsonOf } from '../../platform/csv.ts';
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
  ['audit.before', ({ before }) => jsonOf(before)],
  ['audit.after', ({ after }) => jsonOf(after)],
] as const satisfies readonly (readonly [MessageKey, (entry: AuditLogEntry) => unknown])[];

export const auditCsv = (
  pages: AsyncIterable<readonly AuditLogEntry[]>,
  zone: string,
  t: (key: MessageKey) => string,
): AsyncGenerator<string> =>
  csvText(
    columns.map(([key]) => (key === 'audit.column.when' ? `${t(key)} (${zone})` : t(key))),
    pages,
    (entry) => columns.map(([, read]) => read(entry)),
  );
