import { formatDate } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';

/** The wall clock that an answer is shown by. The server did the zone's arithmetic: a wall time is the instant + the offset. */
export interface SiteClock {
  readonly now: string;
  readonly offsetMinutes: number;
}

const wallOf = (instant: string, { offsetMinutes }: Pick<SiteClock, 'offsetMinutes'>): string =>
  new Date(Date.parse(instant) + offsetMinutes * 60_000).toISOString();

/** 09:36:12 on the day of `now`; 10 Nov, 08:06 on any other. */
export function timeAt(language: Language, instant: string, clock: SiteClock): string {
  const [wall, today] = [wallOf(instant, clock), wallOf(clock.now, clock)];
  if (wall.slice(0, 10) === today.slice(0, 10)) return wall.slice(11, 19);
  return `${formatDate(language, wall.slice(0, 10), 'short')}, ${wall.slice(11, 16)}`;
}

/** The day alone: to the second nobody asks when something was used. */
export const dayAt = (language: Language, instant: string, clock: Pick<SiteClock, 'offsetMinutes'>): string =>
  formatDate(language, wallOf(instant, clock).slice(0, 10), 'day');

/** 10 Nov 2026, 08:06:31: of what is read long after it was written. */
export function dateTimeAt(language: Language, instant: string, clock: Pick<SiteClock, 'offsetMinutes'>): string {
  const wall = wallOf(instant, clock);
  return `${formatDate(language, wall.slice(0, 10))}, ${wall.slice(11, 19)}`;
}

/** Seconds between two instants, to a tenth. */
export const secondsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10;
