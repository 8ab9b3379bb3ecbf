import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';

/** What people do with a booking that the EMR has to hear of. A new kind is one more name here; the tables of kinds then do not compile. */
export const actKinds = ['mark-arrived', 'mark-confirmed', 'cancel'] as const;
export type ActKind = (typeof actKinds)[number];

/** All that the EMR has to hear of: acts, that a reminder was sent, and what goes into a patient's chart. */
export const writeBackKinds = [...actKinds, 'mark-reminded', 'file-document'] as const;
export type WriteBackKind = (typeof writeBackKinds)[number];

/** src/connect/write-back/delivery-machine.ts says how they follow each other. */
export const writeBackStates = ['queued', 'sending', 'conflict', 'retrying', 'parked', 'acknowledged', 'task'] as const;
export type WriteBackState = (typeof writeBackStates)[number];

/** Why a person has to look. */
export const taskReasons = ['changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late'] as const;
export type TaskReason = (typeof taskReasons)[number];

/** Why a patient's link needs a person: too many wrong birth dates; an answer while something else is under way for the booking. */
export const linkTaskReasons = ['locked', 'not-queued'] as const;
export type LinkTaskReason = (typeof linkTaskReasons)[number];

/** POST /api/bookings/:id/mark-arrived, …/mark-confirmed, …/cancel. The same pressId again is the same press. */
export const pressRequest = z.object({
  pressId: z.uuid(),
  /** Of the booking as the person saw it. */
  version: z.string().min(1).max(200),
});
export type PressRequest = z.infer<typeof pressRequest>;

/** 202 to a press: what is known at this moment, and no more. */
export interface QueuedWriteBack {
  readonly writeBackId: string;
  readonly state: WriteBackState;
}

/** What became of the last act on a booking. */
export interface ListedWriteBack {
  readonly writeBackId: string;
  readonly kind: ActKind;
  readonly state: WriteBackState;
  /** Since when it has been so: local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly since: string;
  /** acknowledged: somebody in the EMR had done the same before us. */
  readonly already: boolean;
  /** parked: the columns that lack, on the pair that the booking had. */
  readonly missing: {
    readonly columns: ColumnSet;
    readonly officeId: string;
    readonly officeName: string;
    readonly providerId: string;
    readonly providerDisplay: string;
    /** What Cloud Connect calls the reasons. */
    readonly gapIds: readonly string[];
  } | null;
  /** state task, and nobody has dealt with it. */
  readonly task: { readonly taskId: string; readonly reason: TaskReason } | null;
}
