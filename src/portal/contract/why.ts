import { z } from 'zod';

/** Where something is missed: each needs other columns of the EMR (docs/domain.md, section 4). */
export const whyPlaces = ['provider-list', 'day-sheet', 'reminders', 'confirm', 'attachments', 'filing'] as const;
export type WhyPlace = (typeof whyPlaces)[number];

/** GET /api/why: somebody expected a booking and does not see it. A name, a time or both; the place as far as it is known. */
export const whyQuery = z.object({
  /** Surname, or the id of a booking, a patient or a chart: as the search of the Patients page. */
  name: z
    .string()
    .trim()
    .max(200)
    // A database keeps no NUL, so nobody has one in his name.
    .refine((text) => !text.includes('\0'))
    .optional(),
  date: z.iso.date().optional(),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .optional(),
  office: z.string().max(64).optional(),
  provider: z.string().max(64).optional(),
  /** Left out: bookings on the Patients page and the Day Sheet. */
  feature: z.enum(whyPlaces).optional(),
});
export type WhyQuery = z.infer<typeof whyQuery>;

/** Of docs/domain.md, section 5. */
export type GateNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
export type GateOutcome = 'passes' | 'fails' | 'unknown';

export interface WhyGate {
  readonly gate: GateNumber;
  readonly state: GateOutcome;
  readonly gapId: string | null;
}

/** The way of a booking of this schedule to the page. */
export interface WhySchedule {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly gates: readonly WhyGate[];
  /** The first that fails; null: nothing that is known here is in the way. */
  readonly answer: WhyGate | null;
  /** Local date and time in the site's zone; null: never. */
  readonly matchedAsOf: string | null;
}

/** A booking that fits and that the asker may see: it is on the page of that day. */
export interface WhyFound {
  readonly bookingId: string;
  readonly date: string;
  readonly start: string;
  readonly patientDisplay: string | null;
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
}

/** What fits and may be seen comes first; of what may not be seen nothing is said but the ways of the schedules. */
export interface WhyAnswer {
  readonly today: string;
  readonly asked: WhyQuery;
  readonly found: readonly WhyFound[];
  readonly more: boolean;
  /** The last day that is synchronised; null: there is no connection. */
  readonly lastDay: string | null;
  readonly windowDays: number | null;
  readonly schedules: readonly WhySchedule[];
}
