import { useAuditPages } from '../../../ui/audit/audit.queries.ts';
import type { AuditLog, AuditLogQuery } from '../../contract/audit-log.ts';

export type AuditFilter = Omit<AuditLogQuery, 'before'>;

/** Each look is recorded: none happens because somebody came back to the window. */
export const useAuditLog = (filter: AuditFilter) => useAuditPages<AuditLog>(filter, { refetchOnWindowFocus: false });
