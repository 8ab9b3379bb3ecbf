import type { Said } from './sync.ts';
import type { ZoneOffset } from './zone-offset.ts';

export const writeBackStates = ['parked', 'task', 'retrying', 'waiting'] as const;
/** waiting: queued, or being sent at this moment. task: handed to the clinic's staff, who have not dealt with it yet. */
export type UndeliveredState = (typeof writeBackStates)[number];

/** An act of the portal that has not reached the EMR. No patient is named: the portal's staff see whose it is. */
export interface UndeliveredWriteBack {
  readonly writeBackId: string;
  readonly kind: 'mark-arrived' | 'mark-confirmed' | 'cancel' | 'mark-reminded' | 'file-document';
  readonly state: UndeliveredState;
  readonly bookingId: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly requestedAt: string;
  /** Display name; null: a patient, by a link. */
  readonly requestedBy: string | null;
  readonly since: string;
  /** How often the EMR has been tried in a row without an answer. */
  readonly failures: number;
  /** retrying: when it is tried again. */
  readonly nextAttemptAt: string | null;
  /** parked: what the Access Doctor calls the reason. */
  readonly gapIds: readonly string[];
  /** Why, in one sentence that names the cell; null: there is nothing to explain. */
  readonly reason: Said | null;
}

/** GET /api/write-backs */
export interface WriteBacks {
  readonly connection: { readonly connectionId: string; readonly name: string } | null;
  /** The EMR failed again and again: nothing is sent to it before this; null: it is not so. */
  readonly heldUntil: string | null;
  /** Of the whole connection, however many are listed. */
  readonly counts: {
    readonly parked: number;
    readonly retrying: number;
    readonly waiting: number;
    readonly tasks: number;
  };
  readonly items: readonly UndeliveredWriteBack[];
  /** As of SyncStatus. */
  readonly zone: string;
  readonly now: string;
  readonly offsets: readonly ZoneOffset[];
}
