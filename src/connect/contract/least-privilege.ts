import type { Column } from '../../fhir/columns.ts';
import type { DoctorSchedule } from './doctor.ts';
import type { Feature } from './features.ts';
import type { ZoneOffset } from './zone-offset.ts';

/** What a column is needed for; synchronising: each run reads with it, whatever is switched on. */
export type Need = Feature | 'synchronising';

/** no-feature: nothing that is switched on needs it. not-selected: nothing of this provider is asked for here. */
export type SurplusReason = 'no-feature' | 'not-selected';

/**
 * bookings: a run read bookings, or found them unchanged. patients: with their patients shown. acts: the EMR acknowledged an act on a booking.
 * filings: it took a document. attachments: something that was saved for Ocean was fetched.
 */
export const useKinds = ['bookings', 'patients', 'acts', 'filings', 'attachments'] as const;
export type UseKind = (typeof useKinds)[number];

/** The last time that something is written down of. That nothing is written down does not say that a column was not used. */
export interface ColumnUse {
  readonly column: Column;
  readonly kind: UseKind;
  /** ISO instant. */
  readonly at: string;
}

export interface PrivilegeRow extends DoctorSchedule {
  readonly selected: boolean;
  /** The last day of the row is over: its ticks hold nothing, and would again with a new one. */
  readonly lapsed: boolean;
  /** The user belongs to the office. */
  readonly member: boolean;
  readonly granted: readonly Column[];
  /** Of the granted ones. */
  readonly surplus: readonly Column[];
  readonly used: readonly ColumnUse[];
}

/** All schedules on which a column is granted and not needed. */
export interface SurplusColumn {
  readonly column: Column;
  readonly schedules: number;
  /** Of those, providers who are not selected. */
  readonly notSelected: number;
  /** In the reader's words. */
  readonly text: string;
}

/** GET /api/least-privilege: needed by what is switched on / granted / used, for each cell of the EMR's roster. Nothing of a patient. */
export interface LeastPrivilege {
  /** unread: the EMR was never read. unknown: it does not say what it grants. */
  readonly state: 'known' | 'unknown' | 'unread';
  /** When the roster was read; null: never. */
  readonly readAt: string | null;
  readonly columns: readonly SurplusColumn[];
  /** What each column is needed for at a selected schedule. */
  readonly neededBy: Readonly<Record<Column, readonly Need[]>>;
  /** Schedules with a tick, or with one that is needed. */
  readonly rows: readonly PrivilegeRow[];
  /** Schedules that are left out because nobody has said whether their provider is to be synchronised. */
  readonly undecided: number;
  /** Uses that are not written down by schedule. */
  readonly usedSomewhere: readonly ColumnUse[];
  /** Since when it is written down what was read; null: no run yet. */
  readonly recordedSince: string | null;
  readonly zone: string;
  readonly offsets: readonly ZoneOffset[];
  readonly now: string;
}
