// Where a day's bookings stand in their column. Times are the office's wall clock, as the API says them; no zone takes part.
import type {
  AppointmentStatus,
  ClockChange,
  DayAppointment,
  DaySchedule,
  OpenSpan,
} from '../../contract/scheduler.ts';

export interface Span {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
}
export interface PlacedBooking extends Span {
  readonly booking: DayAppointment;
  /** Bookings at the same time stand side by side: which of how many. */
  readonly lane: number;
  readonly lanes: number;
}

const endOfDay = 24 * 60;
/** What is shorter still needs room for its line. */
const leastMinutes = 15;

export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
export const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Past midnight the end is of the next day; on the night of a clock change it may even lie before the start. */
export function spanOf({ start, minutes }: DayAppointment): Span {
  const from = minutesOf(start);
  return { from, to: Math.min(endOfDay, from + minutes) };
}

const freeing: ReadonlySet<AppointmentStatus> = new Set(['cancelled', 'noshow', 'entered-in-error']);
/** Whether the time is taken: what the server counts as an overlap when somebody books. */
export const takesTime = ({ status }: DayAppointment): boolean => !freeing.has(status);

/** What is over, or cancelled already, is not cancelled: the server refuses it. */
export const canBeCancelled = (booking: DayAppointment): boolean =>
  takesTime(booking) && booking.status !== 'fulfilled';

const openSpan = ({ from, until }: OpenSpan): Span => ({ from: minutesOf(from), to: minutesOf(until) });

/** The time in `hours` at which nobody is in; none where nobody has said when he is. */
export function closedIn(open: readonly OpenSpan[] | null, hours: Span): Span[] {
  if (open === null) return [];
  const closed: Span[] = [];
  let from = hours.from;
  for (const span of [...open.map(openSpan), { from: hours.to, to: hours.to }]) {
    if (span.from > from) closed.push({ from, to: Math.min(span.from, hours.to) });
    from = Math.max(from, span.to);
  }
  return closed;
}

/** The times that the clock skips on this day, as far as they are in `hours`. */
export function skippedIn(change: ClockChange | null, hours: Span): Span | undefined {
  if (!change) return undefined;
  const [from, to] = [Math.max(hours.from, minutesOf(change.from)), Math.min(hours.to, minutesOf(change.to))];
  return from < to ? { from, to } : undefined;
}

/** Whole hours that hold every booking, and the usual day at least. */
export function hoursOf(schedules: readonly DaySchedule[], usual: Span = { from: 8 * 60, to: 17 * 60 }): Span {
  const spans = [
    usual,
    ...schedules.flatMap(({ appointments, open }) => [...appointments.map(spanOf), ...(open ?? []).map(openSpan)]),
  ];
  return {
    from: Math.floor(Math.min(...spans.map(({ from }) => from)) / 60) * 60,
    to: Math.ceil(Math.max(...spans.map(({ to }) => to)) / 60) * 60,
  };
}

/** Side by side where they overlap, directly or through others; a booking keeps its lane for its whole length. */
export function placeBookings(appointments: readonly DayAppointment[]): PlacedBooking[] {
  const sorted = appointments
    .map((booking) => {
      const { from, to } = spanOf(booking);
      return { booking, from, to: Math.max(to, from + leastMinutes) };
    })
    .sort((one, other) => one.from - other.from || other.to - one.to);
  const placed: PlacedBooking[] = [];
  let group: (Span & { booking: DayAppointment; lane: number })[] = [];
  const close = () => {
    const lanes = Math.max(0, ...group.map(({ lane }) => lane + 1));
    placed.push(...group.map((one) => ({ ...one, lanes })));
    group = [];
  };
  for (const one of sorted) {
    if (group.every(({ to }) => to <= one.from)) close();
    const busy = new Set(group.filter(({ to }) => to > one.from).map(({ lane }) => lane));
    let lane = 0;
    while (busy.has(lane)) lane += 1;
    group.push({ ...one, lane });
  }
  close();
  return placed;
}

/** The time in `hours` that no booking takes. It is not "free": the EMR knows no working hours, only that nothing is booked. */
export function gapsIn(appointments: readonly DayAppointment[], hours: Span): Span[] {
  const gaps: Span[] = [];
  let from = hours.from;
  const taken = appointments
    .filter(takesTime)
    .map(spanOf)
    .sort((one, other) => one.from - other.from);
  for (const span of [...taken, { from: hours.to, to: hours.to }]) {
    if (span.from > from) gaps.push({ from, to: Math.min(span.from, hours.to) });
    from = Math.max(from, span.to);
  }
  return gaps;
}

/** The quarter of an hour in a gap that a share of its height points at. */
export function quarterAt({ from, to }: Span, share: number): number {
  const minute = from + Math.max(0, Math.min(1, share)) * (to - from);
  return Math.max(from, Math.min(Math.floor(minute / 15), Math.ceil(to / 15) - 1) * 15);
}

/** Where a block is dropped: its beginning, to the quarter of an hour, so that all of a day's last quarter still begins in it. */
export function droppedAt({ from, to }: Span, minute: number): number {
  return Math.max(from, Math.min(Math.round(minute / 15) * 15, to - 15));
}
