import { z } from 'zod';
import type { MailState } from './mails.ts';
import type { AttachedFile, FiledState, ListedThread } from './messages.ts';
import type { ListedBooking } from './patients.ts';
import type { GateOutcome } from './why.ts';

/** GET /api/bookings/:id/patient: the patient of a listed booking. 404 for every other. `after`: an earlier page of appointments. */
export const patientPanelQuery = z.object({ after: z.string().max(200).optional() });

export interface PanelAppointment
  extends Pick<ListedBooking, 'bookingId' | 'start' | 'end' | 'type' | 'status' | 'participation' | 'unconfirmed'> {
  /** 'YYYY-MM-DD' in the office's zone. */
  readonly date: string;
  readonly officeName: string;
  readonly providerDisplay: string;
}

export interface PanelDocument extends AttachedFile {
  readonly threadId: string;
  /** Local date and time in the site's zone, 'YYYY-MM-DD HH:MM:SS'. */
  readonly sentAt: string;
  /** The patient or the provider who was referred to sent it. */
  readonly theirs: boolean;
}

/** What has happened, without what was written. */
export interface PanelEvent {
  readonly at: string;
  readonly what:
    | { readonly kind: 'mail'; readonly state: MailState }
    | { readonly kind: 'act'; readonly act: string; readonly filed: FiledState }
    | { readonly kind: 'message'; readonly theirs: boolean; readonly threadId: string };
  /** null: nobody of the site. */
  readonly by: string | null;
}

/** The way of an answer by a link: the connection, the appointment, the link, and the EMR that takes the answer. */
export const confirmStepNames = [
  'connected',
  'member',
  'granted',
  'selected',
  'awaited',
  'made',
  'unchanged',
  'unlocked',
  'delivered',
] as const;
export type ConfirmStepName = (typeof confirmStepNames)[number];

export interface ConfirmStep {
  readonly step: ConfirmStepName;
  /** unknown: it cannot be judged before another holds, or has not come to it. */
  readonly state: GateOutcome;
  /** What Cloud Connect calls the reasons. */
  readonly gapIds: readonly string[];
}

/** *Why can the patient not confirm?*, of the chosen booking. */
export interface PanelConfirmation {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  /** The EMR has it so. */
  readonly confirmed: boolean;
  readonly steps: readonly ConfirmStep[];
  /** The first that fails; null: nothing that is known here is in the way. */
  readonly answer: ConfirmStep | null;
}

export interface PatientPanel {
  readonly bookingId: string;
  readonly today: string;
  readonly patientId: string;
  readonly display: string;
  readonly birthDate: string | null;
  readonly chartNumber: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  /** He asked for no more reminders. */
  readonly optedOut: boolean;
  readonly confirmation: PanelConfirmation;
  /** The last start first; `next` leads to the earlier ones. */
  readonly appointments: readonly PanelAppointment[];
  readonly next: string | null;
  readonly threads: readonly ListedThread[];
  readonly documents: readonly PanelDocument[];
  /** The last one first; at most 50. */
  readonly history: readonly PanelEvent[];
}
