import { z } from 'zod';
import type { Column } from '../../fhir/columns.ts';

/** POST /api/fix-requests/read → FixProposal. Administrators only. 422 for a request that cannot be believed or is not for this clinic. */
export const readFixRequestBody = z.object({ request: z.string().min(1).max(200_000) });

export interface ProposedCell {
  readonly column: Column;
  /** It is ticked already. */
  readonly granted: boolean;
  /** Features that need it, by the client's names. */
  readonly features: readonly string[];
}

/** A tick that the client does not need. */
export interface ProposedRemoval {
  readonly column: Column;
  /** It is there still. */
  readonly granted: boolean;
}

/** A provider schedule that the request names. */
export interface ProposedSchedule {
  readonly officeId: string;
  readonly providerId: string;
  /** null: this clinic has no such schedule. */
  readonly known: { readonly officeName: string; readonly display: string } | null;
  readonly cells: readonly ProposedCell[];
  readonly removals: readonly ProposedRemoval[];
  /** The client synchronises this provider. Where it does not it needs none of the ticks that it asks to take away. */
  readonly selected: boolean;
  /** A new last day is asked for; isOver: the row has lapsed and nobody has set one. */
  readonly until: { readonly day: string | null; readonly isOver: boolean } | null;
}

export interface ProposedOffice {
  readonly officeId: string;
  /** null: this clinic has no such office. */
  readonly name: string | null;
  readonly member: boolean;
}

export interface FixProposal {
  readonly userId: string;
  /** What the client is called here. */
  readonly clientName: string;
  readonly gaps: readonly string[];
  readonly madeAt: string;
  readonly expiresAt: string;
  readonly schedules: readonly ProposedSchedule[];
  readonly offices: readonly ProposedOffice[];
}
