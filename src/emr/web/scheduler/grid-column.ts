import type {
  ClockChange,
  DayAppointment,
  DaySchedule,
  MyOffice,
  SchedulerDay,
  SchedulerWeek,
} from '../../contract/scheduler.ts';

/** A column of the grid: one provider's day in one office. */
export interface GridColumn {
  readonly key: string;
  /** What stands over it and names it: the provider in a day, the date in a week. */
  readonly heading: string;
  readonly office: MyOffice;
  readonly date: string;
  /** HH:MM, when the date is today in the office. */
  readonly now: string | null;
  readonly clockChange: ClockChange | null;
  readonly schedule: DaySchedule;
}

export const columnsOfDay = ({ office, date, now, clockChange, schedules }: SchedulerDay): GridColumn[] =>
  schedules.map((schedule) => ({
    key: schedule.providerId,
    heading: schedule.display,
    office,
    date,
    now,
    clockChange,
    schedule,
  }));

export const columnsOfWeek = (
  { office, days, provider }: SchedulerWeek,
  headingOf: (date: string) => string,
): GridColumn[] =>
  (provider ?? []).map((schedule, index) => {
    const day = days[index]!;
    return { key: day.date, heading: headingOf(day.date), office, schedule, ...day };
  });

/** A booking and where it stands. */
export interface PlacedInGrid {
  readonly booking: DayAppointment;
  readonly column: GridColumn;
}

/** A booking that is on its way to another place: cut keeps its id, copied gets a new one. */
export interface Carried extends PlacedInGrid {
  readonly as: 'move' | 'copy';
}

/** Where a booking is to go, as far as it is known. */
export interface Target {
  readonly officeId: string;
  readonly providerId: string;
  readonly date: string;
  readonly start: string;
}
