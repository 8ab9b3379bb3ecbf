import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';
import type { MailDecision, MailTaskReason } from './mails.ts';
import type { LinkTaskReason, TaskReason, WriteBackKind } from './write-backs.ts';

/** What of the portal needs a person; the filter of the page. A new one is one more name here: the tables of words and signs then do not compile. */
export const taskAbouts = ['appointment', 'waiting', 'link', 'mail', 'guard'] as const;
export type TaskAbout = (typeof taskAbouts)[number];

/** Why a write-back has not reached the EMR yet. */
export type WaitingReason = 'parked' | 'retrying' | 'queued';

/** GET /api/tasks?show=open&about=… */
export const tasksQuery = z.object({
  show: z.enum(['open', 'done']).default('open'),
  about: z.enum(taskAbouts).optional(),
});
export type TasksQuery = z.infer<typeof tasksQuery>;

export type TaskAct = 'close' | 'unlock' | 'reopen' | MailDecision;

export interface StaffTask {
  readonly taskId: string;
  readonly about: TaskAbout;
  readonly reason: TaskReason | LinkTaskReason | WaitingReason | MailTaskReason | 'guarded';
  /** What was asked for; null: of a link or a mail, nothing. */
  readonly kind: WriteBackKind | null;
  /** Local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly createdAt: string;
  /** null: about no booking. */
  readonly booking: {
    readonly bookingId: string;
    readonly officeName: string;
    readonly providerDisplay: string;
    /** As it was seen, office time 'YYYY-MM-DD HH:MM:SS'. */
    readonly start: string;
    readonly status: string | null;
  } | null;
  /** How the EMR has it now, where it said so. */
  readonly found: {
    readonly start: string;
    readonly status: string;
    readonly officeName: string;
    readonly providerDisplay: string;
  } | null;
  /** null: may not be shown at present. */
  readonly patientDisplay: string | null;
  /** null: the patient, by a link. */
  readonly requestedBy: string | null;
  /** reason parked: the columns that lack. */
  readonly missingColumns: ColumnSet;
  /** reason parked: where they lack, and what Cloud Connect calls the reasons. */
  readonly waits: {
    readonly officeId: string;
    readonly officeName: string;
    readonly providerId: string;
    readonly providerDisplay: string;
    readonly gapIds: readonly string[];
  } | null;
  /** about mail; recipient null: may not be shown at present. */
  readonly mail: { readonly mailId: string; readonly recipient: string | null } | null;
  /** null: nobody has dealt with it. */
  readonly done: { readonly at: string; readonly by: string | null } | null;
  /** What a person may do with it here. What waits for the EMR goes by itself. */
  readonly acts: readonly TaskAct[];
}

export interface StaffTasks {
  readonly zone: string;
  readonly today: string;
  /** Open ones. */
  readonly counts: Readonly<Record<TaskAbout, number>>;
  /** Open: the oldest first; done: the last one first. */
  readonly tasks: readonly StaffTask[];
  /** There are more than are listed. */
  readonly more: boolean;
}
