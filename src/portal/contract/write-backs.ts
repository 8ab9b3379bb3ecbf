import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';

/** What people do with a booking that the EMR has to hear of. A new kind is one more name here; the tables of kinds then do not compile. */
export const writeBackKinds = ['mark-arrived', 'mark-confirmed', 'cancel'] as const;
export type WriteBackKind = (typeof writeBackKinds)[number];

/** src/connect/write-back/delivery-machine.ts says how they follow each other. */
export const writeBackStates = ['queued', 'sending', 'conflict', 'retrying', 'parked', 'acknowledged', 'task'] as const;
export type WriteBackState = (typeof writeBackStates)[number];

/** Why a person has to look. */
export const taskReasons = ['changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late'] as const;
export type TaskReason = (typeof taskReasons)[number];

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
  readonly kind: WriteBackKind;
  readonly state: WriteBackState;
  /** Since when it has been so: local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly since: string;
  /** acknowledged: somebody in the EMR had done the same before us. */
  readonly already: boolean;
  /** parked: the columns that lack, on the pair that the booking had. */
  readonly missing: {
    readonly columns: ColumnSet;
    readonly officeName: string;
    readonly providerDisplay: string;
  } | null;
  /** state task, and nobody has dealt with it. */
  readonly task: { readonly taskId: string; readonly reason: TaskReason } | null;
}

/** GET /api/tasks */
export interface StaffTask {
  readonly taskId: string;
  readonly reason: TaskReason;
  readonly kind: WriteBackKind;
  readonly createdAt: string;
  readonly bookingId: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  /** What the person saw, office time 'YYYY-MM-DD HH:MM:SS'. */
  readonly seen: { readonly start: string; readonly status: string };
  /** How the EMR has it now, where it said so. */
  readonly found: {
    readonly start: string;
    readonly status: string;
    readonly officeName: string;
    readonly providerDisplay: string;
  } | null;
  /** null: may not be shown at present. */
  readonly patientDisplay: string | null;
  readonly requestedBy: string | null;
}
export interface StaffTasks {
  readonly zone: string;
  readonly tasks: readonly StaffTask[];
}
