import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';

export interface CalendarAppointment {
  /** CANCEL takes the appointment out of the calendars that have it. */
  readonly method: 'PUBLISH' | 'CANCEL';
  /** The same for the same appointment, moved or not: a calendar that has it changes it instead of adding another. */
  readonly uid: string;
  /** Higher than that of every file before. */
  readonly sequence: number;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly summary: string;
  readonly location: string;
  readonly now: Date;
}

/** RFC 5545, RFC 5546. Times are instants (UTC): whatever rules of a zone a phone knows, the appointment begins when it begins. */
export function calendarFile({ method, uid, sequence, now, ...event }: CalendarAppointment): string {
  const calendar = ical({ prodId: { company: 'Tidegate', product: 'Portal' }, method: ICalCalendarMethod[method] });
  calendar.createEvent({
    id: uid,
    sequence,
    start: event.startAt,
    end: event.endAt,
    stamp: now,
    summary: event.summary,
    location: event.location,
    status: method === 'CANCEL' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  return calendar.toString();
}
