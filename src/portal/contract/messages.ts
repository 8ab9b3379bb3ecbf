import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';

export const threadKinds = ['patient', 'referral'] as const;
export type ThreadKind = (typeof threadKinds)[number];

const text = z.string().trim().min(1).max(20_000);
const fileIds = z.array(z.string().min(1).max(64)).max(20);

/** POST /api/threads → 201 NewThread. The same pressId again is the same press. */
export const newThreadRequest = z.object({
  pressId: z.uuid(),
  bookingId: z.string().min(1).max(200),
  subject: z.string().trim().min(1).max(120),
  text,
  fileIds,
  /** A referral to this provider; left out: a message to the patient. */
  referral: z
    .object({ name: z.string().trim().min(1).max(120), email: z.email().max(254), language: z.enum(['en', 'fr']) })
    .optional(),
});
export type NewThreadRequest = z.infer<typeof newThreadRequest>;

export interface NewThread {
  readonly threadId: string;
  /** Of a referral: what the provider is asked for, told once, and not by e-mail; null: the patient's birth date is asked for. */
  readonly accessCode: string | null;
}

/** POST /api/threads/:id/messages → 201 */
export const newMessageRequest = z.object({ pressId: z.uuid(), text, fileIds });
export type NewMessageRequest = z.infer<typeof newMessageRequest>;

/** POST /api/files, the bytes under their own Content-Type, named by Content-Disposition → 201. GET /api/files/:id downloads. */
export interface AttachedFile {
  readonly fileId: string;
  readonly title: string;
  readonly mediaType: string;
  readonly bytes: number;
}

/** How filing in the chart stands, of all that a message consists of. */
export type FiledState = 'filed' | 'waiting' | 'parked' | 'task';

export interface ThreadMessage {
  readonly messageId: string;
  /** Display name; null: whoever has the link. */
  readonly author: string | null;
  readonly text: string;
  /** Local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly sentAt: string;
  readonly unread: boolean;
  readonly files: readonly AttachedFile[];
  /** Of the e-mail that told of it; null: none was sent, or it is no longer known. */
  readonly mail: string | null;
  readonly filed: FiledState;
  /** parked: the columns that lack on the pair of the thread. */
  readonly missingColumns: ColumnSet;
}

export interface ListedThread {
  readonly threadId: string;
  readonly kind: ThreadKind;
  readonly subject: string;
  readonly patientDisplay: string;
  /** referral: the provider who is written to. */
  readonly recipientName: string | null;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly lastAt: string;
  readonly unread: number;
  readonly messages: number;
}

/** GET /api/threads?booking=… */
export interface Threads {
  readonly today: string;
  /** The last one first; at most 200. */
  readonly threads: readonly ListedThread[];
  readonly more: boolean;
  /** Of the whole site. */
  readonly unread: number;
  /** Threads about patients whom the integration user may not see at present. */
  readonly hidden: number;
}

/** GET /api/threads/:id */
export interface Thread extends ListedThread {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  /** Of the pair that it is filed for: what Cloud Connect calls the reasons why something waits. */
  readonly gapIds: readonly string[];
  readonly today: string;
  readonly recipient: string;
  readonly thread: readonly ThreadMessage[];
}

/** POST /api/saved-for-ocean → 202 SavedFetch, GET /api/saved-for-ocean/:id. */
export const savedFetchRequest = z.object({ bookingId: z.string().min(1).max(200) });

export interface LackingCell {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly columns: ColumnSet;
  /** What Cloud Connect calls the reasons. */
  readonly gapIds: readonly string[];
}

export interface SavedFetch {
  readonly fetchId: string;
  readonly state: 'asked' | 'fetching' | 'done' | 'failed';
  readonly files: readonly AttachedFile[];
  /** Why nothing came, in one sentence. */
  readonly reason: string | null;
  /** What Cloud Connect may not fetch: the booking's own schedule first. */
  readonly lacking: readonly LackingCell[];
}
