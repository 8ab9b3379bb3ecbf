// What a booking may become, and when it takes its time.
import type { AppointmentStatus } from '../contract/scheduler.ts';

// A total table: a status that is missing in it does not compile. What is over stays over but for corrections; a cancelled booking is
// not revived, because the patient was told: book again.
const next: Readonly<Record<AppointmentStatus, readonly AppointmentStatus[]>> = {
  proposed: ['pending', 'booked', 'waitlist', 'cancelled', 'entered-in-error'],
  waitlist: ['proposed', 'pending', 'booked', 'cancelled', 'entered-in-error'],
  pending: ['booked', 'waitlist', 'cancelled', 'entered-in-error'],
  booked: ['pending', 'waitlist', 'arrived', 'checked-in', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
  arrived: ['booked', 'checked-in', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
  'checked-in': ['booked', 'arrived', 'fulfilled', 'cancelled', 'entered-in-error'],
  fulfilled: ['arrived', 'checked-in', 'entered-in-error'],
  noshow: ['booked', 'arrived', 'checked-in', 'fulfilled', 'entered-in-error'],
  cancelled: ['entered-in-error'],
  'entered-in-error': [],
};

export const mayBecome = (from: AppointmentStatus, to: AppointmentStatus): boolean =>
  from === to || next[from].includes(to);

export const statusesWithoutTime = ['cancelled', 'entered-in-error', 'noshow', 'proposed', 'waitlist'] as const;

/** Whether it keeps others from its time. The statement that counts overlaps says the same. */
export const takesTime = (status: AppointmentStatus): boolean => !statusesWithoutTime.some((one) => one === status);

const over: ReadonlySet<AppointmentStatus> = new Set(['cancelled', 'fulfilled', 'noshow', 'entered-in-error']);
/** What has been, or will not be, stays where it stands. It may be copied. */
export const isOver = (status: AppointmentStatus): boolean => over.has(status);

export interface Span {
  readonly startAt: Date;
  readonly endAt: Date;
}
export const overlap = (a: Span, b: Span): boolean => a.startAt < b.endAt && a.endAt > b.startAt;
