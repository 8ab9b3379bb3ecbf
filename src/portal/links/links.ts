// What a link to an appointment is worth, from what the portal knows. Pure; what the EMR knows is asked when the answer is delivered.
//
// Specification (docs/domain.md, section 8; decision record 51)
//  1. A link is about one appointment as it was meant: start, office and provider. Anything else about the booking may change.
//  2. Without an answer, a link whose appointment was moved, cancelled, is no longer visible or has begun leads nowhere: like one that never
//     was. That the patient is withheld (Patient) does not end it: confirming needs Visible and Scheduling (docs/domain.md, section 4).
//  3. With an answer it tells the truth about that answer until the start: confirmed or cancelled where the EMR has acknowledged it and still
//     has it so, waiting while it is on its way, call the clinic in every other case.
//  4. Answers belong to the appointment and not to the link: by another link of the same appointment the same is told, and nothing is asked twice.
import type { TaskReason, WriteBackState } from '../contract/write-backs.ts';
import { type ActedOn, kinds } from '../outbox/kinds.ts';

export const linkPurposes = ['confirm', 'cancel', 'both'] as const;
export type LinkPurpose = (typeof linkPurposes)[number];

/** The acts of the outbox that a patient may ask for. */
export type AnswerKind = 'mark-confirmed' | 'cancel';

/** Wrong birth dates that lock a link. */
export const triesAllowed = 6;

/** What makes an appointment this one. */
export interface Meaning {
  readonly startAt: Date;
  readonly officeId: string;
  readonly providerId: string;
}

export interface LinkedBooking extends ActedOn, Meaning {
  /** Of the portal's row: 'present', 'unconfirmed', 'visibility-lost' … */
  readonly state: string;
  readonly masked: boolean;
}

export interface Answer {
  readonly kind: AnswerKind;
  readonly state: WriteBackState;
  readonly since: Date;
  /** state task: why a person has to look. */
  readonly reason: TaskReason | null;
}

export interface LinkTerms extends Meaning {
  readonly purpose: LinkPurpose;
  readonly cancelNoticeMinutes: number;
}

export interface Choice {
  readonly canConfirm: boolean;
  readonly canCancel: boolean;
  /** Cancelling by the link would have been possible earlier. */
  readonly tooLateToCancel: boolean;
}

export type Standing =
  | { readonly is: 'nowhere' }
  /** confirmed: in the EMR, without an answer by a link. */
  | ({ readonly is: 'open'; readonly confirmed: boolean } & Choice)
  | ({ readonly is: 'confirmed'; readonly since: Date } & Choice)
  | { readonly is: 'cancelled'; readonly since: Date }
  | { readonly is: 'waiting'; readonly kind: AnswerKind }
  /** changed: the appointment is no longer what the answer was about. */
  | { readonly is: 'call'; readonly kind: AnswerKind; readonly changed: boolean };

export const isSameMeaning = (a: Meaning, b: Meaning): boolean =>
  a.startAt.getTime() === b.startAt.getTime() && a.officeId === b.officeId && a.providerId === b.providerId;

/** Whether or not its patient is withheld. */
const isVisible = ({ state, status }: LinkedBooking): boolean =>
  (state === 'present' || state === 'unconfirmed') && status !== 'entered-in-error';

const ahead = ['booked', 'proposed', 'pending', 'waitlist'];
/** It waits for its patient. */
export const isAhead = (status: string): boolean => ahead.includes(status);
const stands = ['booked', 'arrived', 'checked-in', 'fulfilled'];

/** As listLinkable says it in SQL: a link can be made for it. */
export const isLinkable = (
  booking: { readonly status: string; readonly birthDate: string | null; readonly startAt: Date },
  now: Date,
): boolean => ahead.includes(booking.status) && booking.birthDate !== null && booking.startAt > now;

function choiceOf(link: LinkTerms, booking: LinkedBooking, now: Date): Choice {
  const cancellable = link.purpose !== 'confirm' && ahead.includes(booking.status) && kinds.cancel.fits(booking);
  const inTime = now.getTime() < link.startAt.getTime() - link.cancelNoticeMinutes * 60_000;
  return {
    canConfirm: link.purpose !== 'cancel' && kinds['mark-confirmed'].fits(booking),
    canCancel: cancellable && inTime,
    tooLateToCancel: cancellable && !inTime,
  };
}

/** `answer`: the last one by any link of this appointment; null: there is none. */
export function standingOf(link: LinkTerms, booking: LinkedBooking, answer: Answer | null, now: Date): Standing {
  if (link.startAt <= now) return { is: 'nowhere' };
  const inPlace = isSameMeaning(link, booking);
  if (!answer) {
    if (!inPlace || !isVisible(booking) || !ahead.includes(booking.status)) return { is: 'nowhere' };
    const confirmed = booking.status === 'booked' && booking.participation === 'accepted';
    return { is: 'open', confirmed, ...choiceOf(link, booking, now) };
  }
  const { kind, state, since, reason } = answer;
  const call = { is: 'call', kind, changed: true } as const;
  if (state === 'task') return { ...call, changed: reason === 'changed' || reason === 'deleted' || !inPlace };
  if (!inPlace) return call;
  const acknowledged = state === 'acknowledged';
  if (kind === 'cancel') {
    if (booking.status === 'cancelled' || (acknowledged && booking.state === 'deleted'))
      return { is: 'cancelled', since };
    return acknowledged ? call : { is: 'waiting', kind };
  }
  if (!stands.includes(booking.status) || !(isVisible(booking) || booking.state === 'visibility-lost')) return call;
  if (booking.status === 'booked' && booking.participation !== 'accepted')
    return acknowledged ? call : { is: 'waiting', kind };
  return { is: 'confirmed', since, ...choiceOf(link, booking, now) };
}

/** A birth date as three fields have it: a real day that has been, as 'YYYY-MM-DD'; undefined: none was given. */
export function birthDateOf(day: string, month: string, year: string, today: string): string | undefined {
  const [d, m, y] = [day.trim(), month.trim(), year.trim()];
  if (!/^\d{1,2}$/.test(d) || !/^\d{1,2}$/.test(m) || !/^\d{4}$/.test(y) || y < '1850') return undefined;
  const text = `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && text <= today ? text : undefined;
}
