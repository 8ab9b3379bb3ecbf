// What an EMR asks a client before somebody saves a change of its user's permissions, and what it is answered: counts, and nothing of a
// patient in either direction. POST to the impact address, signed like a notification.
import type { Column } from './columns.ts';

export interface ImpactQuestion {
  /** Schedules on which something else would hold, each with all that would hold afterwards. */
  readonly changes: readonly {
    readonly officeId: string;
    readonly providerId: string;
    readonly columns: readonly Column[];
  }[];
}

export interface StartsAndStops {
  readonly start: number;
  readonly stop: number;
}

export interface Impact {
  /** Bookings from now on that come onto the client's pages, or leave them; absent: the client does not say. */
  readonly pages?: StartsAndStops | undefined;
  /** Patients who would be written to by the reminder runs of today, where it has not been, and of tomorrow. */
  readonly reminders: StartsAndStops;
  /** Links that are out with patients, unused, and lead somewhere. */
  readonly links: StartsAndStops;
  /** Write-backs that wait for a permission and would go out; those under way that would be refused. */
  readonly writeBacks: StartsAndStops;
  /** Columns that hold, would not, and are needed by what is switched on there; absent: the client does not say. */
  readonly needed?: NeededAway | undefined;
}

export interface NeededAway {
  readonly count: number;
  /** What needs them, by the client's names. */
  readonly features: readonly string[];
  /** The first of them. */
  readonly cells: readonly { readonly officeId: string; readonly providerId: string; readonly column: Column }[];
}

/** What of them is named: an answer is small. */
export const neededCellsAtMost = 20;
