import { z } from 'zod';

/** What an entry is about, in groups to choose from. */
export const auditAbouts = ['sign-in', 'users', 'bookings', 'messages', 'reminders', 'cloud-connect'] as const;
export type AuditAbout = (typeof auditAbouts)[number];

export const auditPageSize = 50;

const day = z.iso.date().refine((one) => one >= '1900-01-01' && one < '3000-01-01');

/** POST /api/audit-log → AuditLog, and /api/audit-log.csv: for Site Admins of the site in force; latest first. Days are of the site's zone. */
export const auditLogQuery = z.strictObject({
  user: z.string().trim().min(1).max(64).optional(),
  from: day.optional(),
  until: day.optional(),
  about: z.enum(auditAbouts).optional(),
  /** `more` of the page before. */
  before: z.string().max(200).optional(),
});
export type AuditLogQuery = z.infer<typeof auditLogQuery>;

export interface AuditLogEntry {
  readonly id: string;
  /** `YYYY-MM-DD HH:MM:SS` in the answer's zone. */
  readonly at: string;
  /** null: the installation itself, a patient, or somebody who is not known. */
  readonly user: { readonly id: string; readonly name: string | null } | null;
  readonly action: string;
  /** `name`: of somebody who works here, or is invited; never a patient's. */
  readonly entity: { readonly type: string; readonly id: string; readonly name: string | null };
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string | null;
}

export interface AuditLog {
  readonly zone: string;
  readonly entries: readonly AuditLogEntry[];
  /** For `before` of the next page; null: there is none. */
  readonly more: string | null;
}
