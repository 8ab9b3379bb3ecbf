import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';

/** GET /api/users/:userId/provider-permissions/history?officeId&providerId → RowHistory, latest first. Administrators only. */
export const rowHistoryQuery = z.object({
  officeId: z.string().min(1).max(64),
  providerId: z.string().min(1).max(64),
});

export interface HeldRow {
  readonly columns: ColumnSet;
  readonly accessUntilDay: string | null;
}

export interface RowChangeMade {
  readonly at: string;
  /** Display name; null: nobody that the clinic knows. */
  readonly by: string | null;
  readonly before: HeldRow;
  readonly after: HeldRow;
  readonly reason: string | null;
}

export interface RowHistory {
  readonly changes: readonly RowChangeMade[];
  /** There are earlier changes than those listed. */
  readonly more: boolean;
}

/** GET /api/expiring-access → ExpiringRow[]: rows of active users that end within 30 days, soonest first. Administrators only. */
export const expiringDays = 30;
export interface ExpiringRow {
  readonly userId: string;
  readonly displayName: string;
  readonly isIntegrationUser: boolean;
  readonly officeId: string;
  readonly office: string;
  readonly providerId: string;
  readonly provider: string;
  readonly columns: ColumnSet;
  /** The last day on which the row holds, in the office's zone. */
  readonly accessUntilDay: string;
}
