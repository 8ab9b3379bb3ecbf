import { z } from 'zod';
import { calendarDay } from './calendar-day.ts';

export const auditKinds = [
  'read',
  'search',
  'history',
  'everything',
  'export',
  'create',
  'update',
  'delete',
  'batch',
  'sign-in',
  'sign-out',
  'token',
  'change',
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** done: 2xx and 304. refused: 4xx. failed: 5xx. */
export const auditOutcomes = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export const auditPageSize = 50;

const one = z.string().trim().min(1).max(64);

/** GET /api/audit-log and /api/audit-log.csv; latest first. Days are of the zone that the answer names. */
export const auditLogQuery = z.object({
  user: one.optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
  kind: z.enum(auditKinds).optional(),
  /** Logical id or chart number. With it, lists that showed this patient are among the entries. */
  patient: one.optional(),
  outcome: z.enum(auditOutcomes).optional(),
  /** `more` of the page before. */
  before: z.string().max(200).optional(),
});
export type AuditLogQuery = z.infer<typeof auditLogQuery>;

export interface AuditNamed {
  readonly id: string;
  /** null: not this reader's to know. */
  readonly name: string | null;
}

export interface AuditLogEntry {
  readonly id: string;
  /** `YYYY-MM-DD HH:MM:SS` in the answer's zone. */
  readonly at: string;
  /** null: the installation itself, or somebody whom nobody knows. */
  readonly user: AuditNamed | null;
  readonly client: AuditNamed | null;
  readonly door: 'fhir' | 'screen' | 'oauth' | null;
  readonly kind: AuditKind;
  /** Of a change: what was done, as the change's record names it. */
  readonly action: string | null;
  readonly entity: { readonly type: string; readonly id: string | null } | null;
  readonly patient: AuditNamed | null;
  readonly office: AuditNamed | null;
  readonly provider: AuditNamed | null;
  /** HTTP; null: a change, which was made. */
  readonly status: number | null;
  readonly query: string | null;
  readonly requestId: string | null;
  readonly permissionVersion: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditLog {
  readonly zone: string;
  readonly entries: readonly AuditLogEntry[];
  /** For `before` of the next page; null: there is none. */
  readonly more: string | null;
  /** The patient asked for cannot be seen by this reader, so lists that showed him cannot be told apart: they are not among the entries. */
  readonly listsUnknown: boolean;
}
