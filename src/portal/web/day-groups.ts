import { bitOf } from '../../fhir/columns.ts';
import { formatDate } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';
import type { ListedBooking, ListedSchedule, PatientsPage } from '../contract/patients.ts';
import type { DayFilter } from './day-filter.ts';

/** A provider in an office, with what the day holds for him. */
export interface DayGroup {
  readonly key: string;
  readonly schedule: ListedSchedule;
  readonly bookings: readonly ListedBooking[];
}

const keyOf = ({ officeId, providerId }: { officeId: string; providerId: string }) => `${officeId}\n${providerId}`;

type Choice = Pick<DayFilter, 'office' | 'provider'>;

const chosenOf = ({ schedules }: Pick<PatientsPage, 'schedules'>, { office, provider }: Choice): ListedSchedule[] =>
  schedules
    .filter((one) => office === undefined || one.officeId === office)
    .filter((one) => provider.length === 0 || provider.includes(one.providerId));

/**
 * Known by name alone: the EMR has never shown this schedule to the integration user, or nobody has selected it. It has no place among
 * the schedules, where it would look like one with an empty day; it is named apart, with the reason.
 */
export const isNotShown = ({ visibility, outcome, missingColumns }: ListedSchedule): boolean =>
  outcome === 'not-selected' || (visibility === 'never' && (missingColumns & bitOf.Visible) !== 0);

export const notShownOf = (page: Pick<PatientsPage, 'schedules'>, choice: Choice): ListedSchedule[] =>
  chosenOf(page, choice).filter(isNotShown);

export function groupsOf(page: Pick<PatientsPage, 'schedules' | 'bookings'>, choice: Choice): DayGroup[] {
  const bookings = Map.groupBy(page.bookings, keyOf);
  return chosenOf(page, choice)
    .filter((one) => !isNotShown(one))
    .map((schedule) => ({ key: keyOf(schedule), schedule, bookings: bookings.get(keyOf(schedule)) ?? [] }));
}

/** Every booking of the day can be listed, and with its patient. */
export const isReadInFull = ({ visibility, outcome, withheld }: ListedSchedule): boolean =>
  visibility === 'readable' && withheld === 0 && (outcome === 'complete' || outcome === 'partly');

/**
 * Whether the group says something of this very day. Only today lies inside every *Schedule Days to Sync*: of another day without a
 * booking the answer does not say whether it was read at all, and "matches the EMR" would be a claim about a day nobody looked at.
 */
export const isDayKnown = ({ bookings }: Pick<DayGroup, 'bookings'>, date: string, today: string): boolean =>
  bookings.length > 0 || date === today;

/** 'YYYY-MM-DD HH:MM:SS' as 09:41:07 when it is today, else as Tue 10 Nov 2026, 08:06. */
export function momentIn(language: Language, local: string, today: string): string {
  const [date = '', time = ''] = local.split(' ');
  return date === today ? time : `${formatDate(language, date)}, ${time.slice(0, 5)}`;
}

/** A provider of the filter: his schedules together. */
export interface FilterProvider {
  readonly providerId: string;
  readonly display: string;
  /** Bookings that can be listed; null when none can and that says nothing about the day. */
  readonly count: number | null;
  /** Some schedule of his cannot be counted, or not be listed with its patients. */
  readonly unknown: boolean;
}

export function filterProvidersOf(schedules: readonly ListedSchedule[], office: string | undefined): FilterProvider[] {
  const here = schedules.filter((one) => (office === undefined || one.officeId === office) && !isNotShown(one));
  return [...Map.groupBy(here, (one) => one.providerId)].map(([providerId, own]) => {
    const total = own.reduce((sum, { count }) => sum + (count ?? 0), 0);
    const unknown = own.some(({ count, withheld }) => count === null || withheld > 0);
    return {
      providerId,
      display: own[0]!.providerDisplay,
      count: total === 0 && unknown ? null : total,
      unknown,
    };
  });
}
