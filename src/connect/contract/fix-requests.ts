import { z } from 'zod';
import type { Column } from '../../fhir/columns.ts';
import type { Feature } from './features.ts';

/** POST /api/fix-requests → 201 FixRequest. 404 for a gap that is no more, 409 for one that is no job of the EMR's administrator. */
export const requestFixRequest = z.object({ gapIds: z.array(z.string().max(20)).min(1).max(1000) });
export type RequestFixRequest = z.infer<typeof requestFixRequest>;

/** Causes that an EMR administrator mends in Manage Security. */
export const fixableCauses = ['membership', 'cells', 'expiry'] as const;

export interface AskedSchedule {
  readonly providerId: string;
  readonly providerDisplay: string;
  /** Ticks that are missing; may be none where only the day is over. */
  readonly columns: readonly Column[];
  /** The last day on which the row held: a new one is asked for; null: it is not about that. */
  readonly lapsedOn: string | null;
  /** What works again. */
  readonly features: readonly Feature[];
}

export interface AskedOffice {
  readonly officeId: string;
  readonly officeName: string;
  /** The integration user is to belong to it. */
  readonly membership: boolean;
  readonly schedules: readonly AskedSchedule[];
}

/** GET /api/fix-requests/:fixRequestId; GET /api/fix-requests: the latest hundred. */
export interface FixRequest {
  readonly fixRequestId: string;
  readonly requestedAt: string;
  /** Display name. */
  readonly requestedBy: string;
  readonly expiresAt: string;
  readonly isExpired: boolean;
  readonly gapIds: readonly string[];
  /** Those of them that there are still. */
  readonly openGapIds: readonly string[];
  /** As whom the EMR knows us; null: it does not say. */
  readonly user: string | null;
  /** Opens the EMR's Manage Security with the request; null: this EMR does not say where that is. */
  readonly link: string | null;
  readonly offices: readonly AskedOffice[];
  readonly zone: string;
  readonly offsetMinutes: number;
  readonly now: string;
}
