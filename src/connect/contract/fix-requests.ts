import { z } from 'zod';
import { type Column, columns } from '../../fhir/columns.ts';
import type { Feature } from './features.ts';
import type { SurplusReason } from './least-privilege.ts';
import type { ZoneOffset } from './zone-offset.ts';

/**
 * POST /api/fix-requests → 201 FixRequest. 404 for a gap that is no more, 409 for one that is no job of the EMR's administrator, and for a tick to
 * take away that is needed or is not there.
 */
export const requestFixRequest = z
  .object({
    gapIds: z.array(z.string().max(20)).max(1000).default([]),
    /** Ticks to take away. */
    removals: z
      .array(
        z.object({
          officeId: z.string().min(1).max(64),
          providerId: z.string().min(1).max(64),
          columns: z.array(z.enum(columns)).min(1).max(columns.length),
        }),
      )
      .max(1000)
      .default([]),
  })
  .refine(({ gapIds, removals }) => gapIds.length + removals.length > 0);
export type RequestFixRequest = z.input<typeof requestFixRequest>;
export type Removal = z.infer<typeof requestFixRequest>['removals'][number];

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
  /** Ticks that are to be taken away. */
  readonly remove: readonly Column[];
  /** Why they may go; null: none are to. */
  readonly why: SurplusReason | null;
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
  /** Ticks that are to be taken away: how many, those of them that are still there, and those of these that are needed by now. */
  readonly removals: { readonly asked: number; readonly open: number; readonly needed: number };
  /** As whom the EMR knows us; null: it does not say. */
  readonly user: string | null;
  /** Opens the EMR's Manage Security with the request; null: this EMR does not say where that is, or a tick of it is needed by now. */
  readonly link: string | null;
  readonly offices: readonly AskedOffice[];
  readonly zone: string;
  readonly offsets: readonly ZoneOffset[];
  readonly now: string;
}
