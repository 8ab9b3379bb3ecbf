import { z } from 'zod';
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
  /** null: no patient on it. masked: the signed-in user lacks Patient for this schedule. */
  readonly patient: { readonly patientId: string; readonly display: string } | 'masked' | null;
}

export interface DaySchedule {
  readonly providerId: string;
  readonly display: string;
  /** Without Scheduling the column is there (Visible) and says that its bookings are withheld. */
  readonly bookingsWithheld: boolean;
  readonly appointments: readonly DayAppointment[];
}

/** GET /api/scheduler/day?office=…&date=YYYY-MM-DD */
export interface SchedulerDay {
  readonly office: MyOffice;
  readonly date: string;
  /** HH:MM in the office's zone, when date is today there. */
  readonly now: string | null;
  readonly schedules: readonly DaySchedule[];
}

export const schedulerDayQuery = z.object({ office: z.string().min(1).max(64), date: calendarDay });

/**
 * POST /api/appointments → 201 DayAppointment. 403 names column, office and provider; 409 (extra.overlaps) where the time is taken and
 * doubleBook is not said.
 */
export const bookRequest = z.object({
  officeId: z.string().min(1).max(64),
  providerId: z.string().min(1).max(64),
  patientId: z.string().min(1).max(64),
  date: calendarDay,
  start: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  minutes: z.number().int().min(5).max(720),
  type: z.string().trim().max(200).optional(),
  reason: z.string().trim().max(500).optional(),
  doubleBook: z.boolean().optional(),
});
export type BookRequest = z.infer<typeof bookRequest>;

/**
 * POST /api/appointments/:appointmentId/cancel, If-Match `"<version>"` required → DayAppointment. 412 with extra.version when it was
 * changed since; 409 when it is cancelled already, or over (fulfilled, no-show).
 */
