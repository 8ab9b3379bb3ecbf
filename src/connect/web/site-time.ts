import { formatDate } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';
import { type Offsets, wallText } from '../../language/wall-clock.ts';

/** The wall clock that an answer is shown by. */
export interface SiteClock {
  readonly now: string;
  readonly offsets: Offsets;
}

/** 09:36:12 on the day of `now`; 10 Nov, 08:06 on any other. */
export function timeAt(language: Language, instant: string, clock: SiteClock): string {
  const [wall, today] = [wallText(clock.offsets, instant), wallText(clock.offsets, clock.now)];
  if (wall.slice(0, 10) === today.slice(0, 10)) return wall.slice(11, 19);
  return `${formatDate(language, wall.slice(0, 10), 'short')}, ${wall.slice(11, 16)}`;
}

/** The day alone: to the second nobody asks when something was used. */
export const dayAt = (language: Language, instant: string, { offsets }: Pick<SiteClock, 'offsets'>): string =>
  formatDate(language, wallText(offsets, instant).slice(0, 10), 'day');

/** 10 Nov 2026, 08:06:31: of what is read long after it was written. */
export function dateTimeAt(language: Language, instant: string, { offsets }: Pick<SiteClock, 'offsets'>): string {
  const wall = wallText(offsets, instant);
  return `${formatDate(language, wall.slice(0, 10))}, ${wall.slice(11, 19)}`;
}

/** Seconds between two instants, to a tenth. */
export const secondsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10;
