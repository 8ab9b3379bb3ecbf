import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';

export interface CalendarAppointment {
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

/** Times are instants (UTC): whatever rules of a zone a phone knows, the appointment begins when it begins. */
export function calendarFile({ uid, sequence, startAt, endAt, summary, location, now }: CalendarAppointment): string {
  const calendar = ical({ prodId: { company: 'Tidegate', product: 'Portal' }, method: ICalCalendarMethod.PUBLISH });
  calendar.createEvent({
    id: uid,
    sequence,
    start: startAt,
    end: endAt,
    stamp: now,
    summary,
    location,
    status: ICalEventStatus.CONFIRMED,
  });
  return calendar.toString();
}
