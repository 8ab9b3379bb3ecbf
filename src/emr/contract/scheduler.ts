import { z } from 'zod';
import { type SettableState, settableStates } from './booking-states.ts';
import { calendarDay } from './calendar-day.ts';

export const appointmentStatuses = [
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
] as const;
export type AppointmentStatus = (typeof appointmentStatuses)[number];
export type Participation = 'needs-action' | 'accepted' | 'declined' | 'tentative';

/** GET /api/offices: the offices that the signed-in user belongs to. */
export interface MyOffice {
  readonly officeId: string;
  readonly name: string;
  readonly zone: string;
  /** Today in the office's zone, YYYY-MM-DD. */
  readonly today: string;
}

export interface DayAppointment {
  readonly appointmentId: string;
  /** Version for If-Match. */
  readonly version: number;
  /** HH:MM on the day shown, in the office's zone. */
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly status: AppointmentStatus;
  /** FHIR's participation of the patient; `accepted` is shown as Confirmed. */
  readonly participation: Participation;
  readonly type: string | null;
  readonly reason: string | null;
  /** The clock of the office shows this time twice on this day, and this is the second. */
  readonly again: boolean;
  /** One of the clinic's own statuses; null: none says more than the state does. */
  readonly clinicStatus: { readonly code: string; readonly display: string } | null;
  /** When a reminder of it was sent, the last one: 'YYYY-MM-DD HH:MM' in the office's zone; null: none is noted. */
  readonly reminded: string | null;
  /** States that it may be put into now. */
  readonly becomes: readonly SettableState[];
  /** It may be moved; what is over or cancelled may only be copied. */
  readonly movable: boolean;
  /** null: no patient on it. masked: the signed-in user lacks Patient for this schedule. */
  readonly patient: { readonly patientId: string; readonly display: string } | 'masked' | null;
}

export interface DaySchedule {
  readonly providerId: string;
  readonly display: string;
  /** Without Scheduling the column is there (Visible) and says that its bookings are withheld. */
  readonly bookingsWithheld: boolean;
  readonly appointments: readonly DayAppointment[];
  /** When it may be booked, HH:MM to HH:MM or 24:00; null: nobody has said, or Scheduling is not held. */
  readonly open: readonly OpenSpan[] | null;
}

export interface OpenSpan {
  readonly from: string;
  readonly until: string;
}

/** What the clock of an office does on a day: it goes from one time to another at once. */
export interface ClockChange {
  readonly from: string;
  readonly to: string;
}

/** GET /api/scheduler/day?office=…&date=YYYY-MM-DD */
export interface SchedulerDay {
  readonly office: MyOffice;
  readonly date: string;
  /** HH:MM in the office's zone, when date is today there. */
  readonly now: string | null;
  /** null: the clock runs through the day as on any other. */
  readonly clockChange: ClockChange | null;
  readonly schedules: readonly DaySchedule[];
}

/**
 * GET /api/scheduler/week?office=…&date=YYYY-MM-DD&provider=…: the week, Monday to Sunday, that holds the date. With a provider his bookings of
 * each day; without, how many each schedule has.
 */
export interface SchedulerWeek {
  readonly office: MyOffice;
  readonly days: readonly {
    readonly date: string;
    readonly now: string | null;
    readonly clockChange: ClockChange | null;
  }[];
  readonly schedules: readonly {
    readonly providerId: string;
    readonly display: string;
    readonly bookingsWithheld: boolean;
    /** Of each day, those that take time; null where they are withheld. */
    readonly booked: readonly number[] | null;
  }[];
  /** The provider's schedule day by day; null without a provider, or where the user may not see the schedule. */
  readonly provider: readonly DaySchedule[] | null;
}

export const schedulerDayQuery = z.object({ office: z.string().min(1).max(64), date: calendarDay });
export const schedulerWeekQuery = schedulerDayQuery.extend({ provider: z.string().min(1).max(64).optional() });

const id = z.string().min(1).max(64);

/** Where a booking is put, by the clock of the office. */
export const placeRequest = z.object({
  officeId: id,
  providerId: id,
  date: calendarDay,
  start: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  minutes: z.number().int().min(5).max(720),
  /** Takes a time that is taken. */
  doubleBook: z.boolean().optional(),
});
export type PlaceRequest = z.infer<typeof placeRequest>;

/**
 * POST /api/appointments → 201 DayAppointment. 403 names column, office and provider; 409 (extra.overlaps) where the time is taken and
 * doubleBook is not said.
 */
export const bookRequest = placeRequest.extend({
  patientId: id,
  type: z.string().trim().max(200).optional(),
  reason: z.string().trim().max(500).optional(),
});
export type BookRequest = z.infer<typeof bookRequest>;

/**
 * POST /api/appointments/:appointmentId/cancel, If-Match `"<version>"` required → DayAppointment. 412 with extra.version when it was
 * changed since; 409 when it is cancelled already, or over (fulfilled, no-show).
 */

/**
 * POST /api/appointments/:appointmentId/move, PlaceRequest, If-Match required → DayAppointment: the same booking, with its id, elsewhere.
 * POST /api/appointments/:appointmentId/copy, PlaceRequest → 201 DayAppointment: another booking, with an id of its own, for the same patient.
 * Both refuse as booking does.
 */

/** POST /api/appointments/:appointmentId/state, If-Match required → DayAppointment. 409 where the one cannot follow on the other. */
export const bookingStateRequest = z.union([
  z.strictObject({ state: z.enum(settableStates), doubleBook: z.boolean().optional() }),
  z.strictObject({ clinicStatus: z.string().min(1).max(64), doubleBook: z.boolean().optional() }),
]);
export type BookingStateRequest = z.infer<typeof bookingStateRequest>;

/**
 * GET, PUT /api/appointment-statuses → Versioned<AppointmentStatusesRequest>: the clinic's own, and what each means. PUT for administrators
 * only: If-Match `"<version>"` required, 412 with extra.current.
 */
export const appointmentStatusesRequest = z.object({
  statuses: z
    .array(
      z.object({
        code: z.string().regex(/^[a-z0-9-]{1,64}$/),
        display: z.string().trim().min(1).max(60),
        means: z.enum(settableStates),
      }),
    )
    .max(200),
});
export type AppointmentStatusesRequest = z.infer<typeof appointmentStatusesRequest>;
export type ClinicStatus = AppointmentStatusesRequest['statuses'][number];
