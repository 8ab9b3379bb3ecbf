import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';
import type { ActKind, ListedWriteBack } from './write-backs.ts';

export const visibilities = ['readable', 'withheld', 'lost', 'never'] as const;
export type Visibility = (typeof visibilities)[number];

/** A provider schedule on the page: what is known of it, and how well. */
export interface ListedSchedule {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly visibility: Visibility;
  /** Local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly visibilitySince: string;
  readonly missingColumns: ColumnSet;
  readonly lapsedOn: string | null;
  /** What Cloud Connect calls the reasons why something of it is missing; empty: none, or it has not looked yet. */
  readonly gapIds: readonly string[];
  /** The last moment at which it matched the EMR, as visibilitySince; null: never. */
  readonly matchedAsOf: string | null;
  readonly outcome: 'complete' | 'partly' | 'cannot-be-read' | 'needs-full' | 'waiting' | 'failed' | 'not-selected';
  /** Listed on this day under the filters; null where it cannot be known. */
  readonly count: number | null;
  /** Kept and not listed on this day since visibility was lost. */
  readonly keptInvisible: number;
  /** Listed by the EMR without their patient (Patient missing), on this day. */
  readonly withheld: number;
}

/**
 * What was last written about a booking or to its patient, and how it went. unread: the patient has answered and nobody has read it;
 * failed: the last e-mail was refused, or nobody knows whether it left; waiting: it is about to leave.
 */
export const messageStates = ['unread', 'failed', 'waiting', 'sent', 'none'] as const;
export type MessageState = (typeof messageStates)[number];

export interface ListedBooking {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  /** HH:MM in the office's zone. */
  readonly start: string;
  readonly end: string;
  /** null: a booking without a patient. */
  readonly patient: { readonly patientId: string; readonly display: string; readonly birthDate: string | null } | null;
  readonly type: string | null;
  readonly status: string;
  readonly participation: string;
  /** Absent from the EMR without evidence that it is gone. */
  readonly unconfirmed: boolean;
  /** What an act on it has to name, so that nobody acts on what he did not see. */
  readonly version: string;
  /** The last act on it that there is something to say about: under way, in need of a person, or acknowledged today. */
  readonly writeBack: ListedWriteBack | null;
  /** What may be done with it now. */
  readonly acts: readonly ActKind[];
  readonly message: MessageState;
  /** A link for its patient can be made. */
  readonly linkable: boolean;
}

/** GET /api/patients?date=…&office=…&provider=a&provider=b&search=…&message=…&after=… : one page, in order of (start, bookingId). */
export const patientsQuery = z.object({
  date: z.iso.date().optional(),
  office: z.string().max(64).optional(),
  provider: z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(z.string().max(64)).max(1000),
  ),
  search: z.string().trim().max(200).optional(),
  message: z.enum(messageStates).optional(),
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type PatientsQuery = z.infer<typeof patientsQuery>;

export interface PatientsPage {
  readonly date: string;
  readonly today: string;
  /** The site's zone and the revision that this answer was read under; GET /api/revision tells when to read again. */
  readonly zone: string;
  readonly revision: number;
  readonly offices: readonly { readonly officeId: string; readonly name: string }[];
  /** Every synced schedule of the site (the provider filter is built from it), counts for the day. */
  readonly schedules: readonly ListedSchedule[];
  readonly bookings: readonly ListedBooking[];
  readonly next: string | null;
}

/** GET /api/day-sheet?date=…&provider=…&office=… : the same shape, all pages at once, for paper. */
export type DaySheet = PatientsPage;

/** POST /api/synchronize → 202: Cloud Connect is asked to read what has changed. 409: no EMR is connected. */
export interface AskedForSync {
  /** False: it had been asked already, and has not begun. */
  readonly made: boolean;
}
