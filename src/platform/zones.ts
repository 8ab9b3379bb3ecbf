// THE zone module. Every local date and time of the product is computed here, from one pinned source: the IANA data
// that comes with moment-timezone (its version is `zoneDataVersion`). Never Intl, never `AT TIME ZONE`: the data of
// Node, of a browser and of a PostgreSQL server are of three ages, and British Columbia (8 March 2026), Alberta and the
// Northwest Territories (2026) changed their rules. Two parts of one product that disagree about 8 o'clock lose bookings.
import moment from 'moment-timezone';
import type { Offsets } from '../language/wall-clock.ts';
import type { Clock } from './clock.ts';

/** Which release of the IANA data decides, such as `2026f`. */
export const zoneDataVersion: string = moment.tz.dataVersion;

const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Zone {
  /** The instant (ms) at which segment i ends; the last is Infinity. */
  readonly untils: readonly number[];
  /** Minutes to add to local time to get UTC in segment i (west is positive: the sign of the IANA source). */
  readonly offsets: readonly number[];
}

function zoneNamed(name: string): Zone {
  const zone = moment.tz.zone(name);
  if (!zone) throw new RangeError(`unknown time zone: ${name}`);
  // The package's types say number[]; the last `until` is null in some of its releases where Infinity is meant.
  return { untils: zone.untils.map((until) => until ?? Number.POSITIVE_INFINITY), offsets: zone.offsets };
}

const zones = new Map<string, Zone>();
function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (!zone) {
    zone = zoneNamed(name);
    zones.set(name, zone);
  }
  return zone;
}

/** The segment that holds the instant `at` (ms). */
function segmentAt(zone: Zone, at: number): number {
  let low = 0;
  let high = zone.untils.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (zone.untils[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** True for a name of the IANA data exactly as it is written there: `America/Vancouver`. */
export function isZone(name: string): boolean {
  return moment.tz.zone(name)?.name === name;
}

/** Minutes east of UTC in force at `instant`: Toronto in winter is -300. Throws RangeError for an unknown zone. */
export function offsetMinutes(name: string, instant: Date): number {
  const zone = zoneOf(name);
  return minutesEast(zone, segmentAt(zone, instant.getTime()));
}

const minutesEast = ({ offsets }: Zone, segment: number): number => {
  const west = offsets[segment]!;
  return west === 0 ? 0 : -west;
};

/** Years of offsets that are told to who has no zone data: what a screen shows is seldom older, and never further ahead. */
const yearsBehind = 5;
const yearsAhead = 2;

/** The offsets of a zone around an instant, for `wallText` of language/wall-clock.ts. Throws RangeError for an unknown zone. */
export function offsetsAround(name: string, instant: Date): Offsets {
  const zone = zoneOf(name);
  const yearMs = 366 * dayMs;
  const first = segmentAt(zone, instant.getTime() - yearsBehind * yearMs);
  const last = segmentAt(zone, instant.getTime() + yearsAhead * yearMs);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).map((segment) => ({
    until: segment === last ? null : new Date(zone.untils[segment]!).toISOString(),
    minutes: minutesEast(zone, segment),
  }));
}

export interface LocalDateTime {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM`, 24 hours */
  readonly time: string;
  readonly seconds: number;
}

/** What calendar and clock on the wall in `zone` say at `instant`. */
export function localDateTime(zone: string, instant: Date): LocalDateTime {
  const local = new Date(instant.getTime() + offsetMinutes(zone, instant) * minuteMs).toISOString();
  return { date: local.slice(0, 10), time: local.slice(11, 16), seconds: Number(local.slice(17, 19)) };
}

/** `YYYY-MM-DD HH:MM:SS` on the wall in `zone`. */
export function localText(zone: string, instant: Date): string {
  const { date, time, seconds } = localDateTime(zone, instant);
  return `${date} ${time}:${String(seconds).padStart(2, '0')}`;
}

function asIfUtc(date: string, time: string): number {
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?$/.exec(`${date}T${time}`);
  const at = found ? Date.parse(`${found[1]}T${found[2]}${found[3] ?? ':00'}Z`) : Number.NaN;
  // Date.parse rolls 30 February over to March; a date that does not come back as it went in does not exist.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(date)) throw new RangeError('no such date or time');
  return at;
}

/**
 * The instant at which the wall clock in `zone` shows `date` and `time` (`HH:MM` or `HH:MM:SS`). A time that the clock
 * skips gives the first instant after the gap; a time that it shows twice gives the earlier. Throws RangeError.
 */
export function instantOf(zone: string, date: string, time: string): Date {
  const { untils, offsets } = zoneOf(zone);
  const local = asIfUtc(date, time);
  // No zone is more than 16 hours from UTC, so every segment that can show this local time touches this window.
  const last = segmentAt({ untils, offsets }, local + dayMs);
  for (let segment = segmentAt({ untils, offsets }, local - dayMs); segment <= last; segment += 1) {
    const begins = segment === 0 ? Number.NEGATIVE_INFINITY : untils[segment - 1]!;
    const at = local + offsets[segment]! * minuteMs;
    // Earlier than this segment begins and not found in the one before: the clock skipped it.
    if (at < begins) return new Date(begins);
    if (at < untils[segment]!) return new Date(at);
  }
  throw new RangeError('no such date or time');
}

/** The first instant of the local day `date` (`YYYY-MM-DD`): midnight, or later where midnight is skipped. */
export function startOfDay(zone: string, date: string): Date {
  return instantOf(zone, date, '00:00');
}

/** The first instant that is no longer in the local day `date`: exclusive, so days follow each other without a seam. */
export function endOfDay(zone: string, date: string): Date {
  return startOfDay(zone, addDays(date, 1));
}

export interface ClockChange {
  /** What the clock would have shown, `HH:MM`. */
  readonly from: string;
  /** What it shows instead. */
  readonly to: string;
}

/** What the clock in `zone` does on the local day `date` besides running: forward over a time, or back to one. Its first change alone. */
export function clockChangeOn(zone: string, date: string): ClockChange | undefined {
  const { untils, offsets } = zoneOf(zone);
  const begins = startOfDay(zone, date).getTime();
  const ends = endOfDay(zone, date).getTime();
  // Where midnight is skipped the day begins with its change, in the segment after it.
  const last = segmentAt({ untils, offsets }, ends - 1);
  for (let segment = segmentAt({ untils, offsets }, begins - 1); segment < last; segment += 1) {
    const at = untils[segment]!;
    const change = offsets[segment]! - offsets[segment + 1]!;
    if (change === 0) continue;
    const from = new Date(at - offsets[segment]! * minuteMs).toISOString();
    return { from: from.slice(11, 16), to: localDateTime(zone, new Date(at)).time };
  }
  return undefined;
}

/** `date` moved by `days` calendar days (negative: back). No zone is involved. */
export function addDays(date: string, days: number): string {
  return new Date(asIfUtc(date, '00:00') + days * dayMs).toISOString().slice(0, 10);
}

/** Of a calendar day: Monday is 1, Sunday 7 (ISO 8601). */
export const weekdayOf = (date: string): number => new Date(asIfUtc(date, '00:00')).getUTCDay() || 7;

/** The date on the calendar in `zone` now. */
export function todayIn(zone: string, clock: Clock): string {
  return localDateTime(zone, clock.now()).date;
}
