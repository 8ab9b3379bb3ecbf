import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wallText } from '../language/wall-clock.ts';
import { fixedClock } from './clock.ts';
import {
  addDays,
  clockChangeOn,
  endOfDay,
  instantOf,
  isZone,
  localDateTime,
  localText,
  offsetMinutes,
  offsetsAround,
  startOfDay,
  todayIn,
  zoneDataVersion,
} from './zones.ts';

const at = (text: string): Date => new Date(text);

test('the zone data is of 2026f or later, which has the rule changes of 2026 for western Canada', () => {
  expect(zoneDataVersion >= '2026f').toBe(true);
});

// What the legislatures decided, not what some data says: clocks went forward on 8 March 2026 and do not go back.
test.each([
  ['America/Vancouver', '2026-03-08T09:59:59Z', -480],
  ['America/Vancouver', '2026-03-08T10:00:00Z', -420],
  ['America/Vancouver', '2026-10-31T12:00:00Z', -420],
  ['America/Vancouver', '2026-11-01T12:00:00Z', -420],
  ['America/Vancouver', '2026-11-24T12:00:00Z', -420],
  ['America/Vancouver', '2027-01-15T12:00:00Z', -420],
  ['America/Vancouver', '2031-07-15T12:00:00Z', -420],
  ['America/Vancouver', '2025-12-15T12:00:00Z', -480],
  ['America/Edmonton', '2026-03-08T08:59:59Z', -420],
  ['America/Edmonton', '2026-03-08T09:00:00Z', -360],
  ['America/Edmonton', '2026-11-24T12:00:00Z', -360],
  ['America/Edmonton', '2027-01-15T12:00:00Z', -360],
  ['America/Yellowknife', '2026-11-24T12:00:00Z', -360],
  ['America/Yellowknife', '2027-01-15T12:00:00Z', -360],
  ['America/Regina', '2026-11-24T12:00:00Z', -360],
  ['America/Toronto', '2026-11-01T05:59:59Z', -240],
  ['America/Toronto', '2026-11-01T06:00:00Z', -300],
  ['America/Toronto', '2027-01-15T12:00:00Z', -300],
  ['America/St_Johns', '2026-11-24T12:00:00Z', -210],
  ['America/Halifax', '2027-07-01T12:00:00Z', -180],
  ['Asia/Kathmandu', '2026-11-24T12:00:00Z', 345],
  ['Etc/UTC', '2026-11-24T12:00:00Z', 0],
])('in %s at %s the clock is %i minutes from UTC', (zone, instant, minutes) => {
  expect(offsetMinutes(zone, at(instant))).toBe(minutes);
});

test('a time that the clock skips is the first instant after the gap', () => {
  for (const time of ['02:00', '02:15', '02:59']) {
    expect(instantOf('America/Toronto', '2026-03-08', time)).toEqual(at('2026-03-08T07:00:00Z'));
  }
  expect(instantOf('America/Toronto', '2026-03-08', '03:00')).toEqual(at('2026-03-08T07:00:00Z'));
  expect(instantOf('America/Toronto', '2026-03-08', '01:59')).toEqual(at('2026-03-08T06:59:00Z'));
});

test('a time that the clock shows twice is the earlier of the two', () => {
  expect(instantOf('America/Toronto', '2026-11-01', '01:30')).toEqual(at('2026-11-01T05:30:00Z'));
  expect(instantOf('America/Toronto', '2026-11-01', '02:00')).toEqual(at('2026-11-01T07:00:00Z'));
  // British Columbia did not set its clocks back on that day: every time of it happened once.
  expect(instantOf('America/Vancouver', '2026-11-01', '01:30')).toEqual(at('2026-11-01T08:30:00Z'));
  expect(instantOf('America/Vancouver', '2026-11-01', '02:00')).toEqual(at('2026-11-01T09:00:00Z'));
});

test('a day says what its clock does, and British Columbia did nothing in November', () => {
  expect(clockChangeOn('America/Toronto', '2026-03-08')).toEqual({ from: '02:00', to: '03:00' });
  expect(clockChangeOn('America/Vancouver', '2026-03-08')).toEqual({ from: '02:00', to: '03:00' });
  expect(clockChangeOn('America/Toronto', '2026-11-01')).toEqual({ from: '02:00', to: '01:00' });
  expect(clockChangeOn('America/Vancouver', '2026-11-01')).toBeUndefined();
  expect(clockChangeOn('America/Edmonton', '2026-11-01')).toBeUndefined();
  expect(clockChangeOn('America/Toronto', '2026-11-02')).toBeUndefined();
  expect(clockChangeOn('America/Toronto', '2026-10-31')).toBeUndefined();
  // Midnight skipped: Beirut goes from 00:00 to 01:00. Midnight shown twice: Havana goes from 01:00 back to 00:00.
  expect(clockChangeOn('Asia/Beirut', '2026-03-29')).toEqual({ from: '00:00', to: '01:00' });
  expect(clockChangeOn('Asia/Beirut', '2026-03-28')).toBeUndefined();
  expect(clockChangeOn('America/Havana', '2025-11-02')).toEqual({ from: '01:00', to: '00:00' });
});

test('a day and the clock changes of its year agree: it has 24 hours exactly where its clock just runs', () => {
  let changes = 0;
  for (const zone of [
    'America/Vancouver',
    'America/Edmonton',
    'America/Toronto',
    'America/St_Johns',
    'Asia/Beirut',
    'America/Havana',
  ]) {
    for (let date = '2026-01-01'; date < '2027-01-01'; date = addDays(date, 1)) {
      const hours = (endOfDay(zone, date).getTime() - startOfDay(zone, date).getTime()) / 3_600_000;
      const change = clockChangeOn(zone, date);
      expect([zone, date, change === undefined]).toEqual([zone, date, hours === 24]);
      changes += change ? 1 : 0;
    }
  }
  expect(changes).toBe(9);
});

test('a day has 23, 24 or 25 hours, and where midnight is skipped it begins later', () => {
  const hours = (zone: string, date: string) =>
    (endOfDay(zone, date).getTime() - startOfDay(zone, date).getTime()) / 3_600_000;
  expect(hours('America/Toronto', '2026-03-08')).toBe(23);
  expect(hours('America/Toronto', '2026-11-01')).toBe(25);
  expect(hours('America/Toronto', '2026-11-24')).toBe(24);
  expect(hours('America/Vancouver', '2026-11-01')).toBe(24);
  expect(localDateTime('America/Asuncion', startOfDay('America/Asuncion', '2023-10-01')).time).toBe('01:00');
  expect(hours('America/Asuncion', '2023-10-01')).toBe(23);
});

test('today depends on the zone', () => {
  const clock = fixedClock('2026-11-24T04:30:00Z');
  expect(todayIn('America/Toronto', clock)).toBe('2026-11-23');
  expect(todayIn('America/St_Johns', clock)).toBe('2026-11-24');
});

test('days are counted on the calendar, over leap years and ends of months', () => {
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  expect(addDays('2026-11-24', 400)).toBe('2027-12-29');
});

test('a date, time or zone that does not exist is refused', () => {
  for (const [date, time] of [
    ['2026-02-30', '10:00'],
    ['2026-13-01', '10:00'],
    ['2026-1-1', '10:00'],
    ['2026-01-01', '24:30'],
    ['2026-01-01', '9:00'],
  ] as const) {
    expect(() => instantOf('America/Toronto', date, time)).toThrow(RangeError);
  }
  expect(() => offsetMinutes('America/Lantern_Hill', at('2026-11-24T12:00:00Z'))).toThrow(RangeError);
  expect(isZone('America/Vancouver')).toBe(true);
  expect(isZone('america/vancouver')).toBe(false);
  expect(isZone('PST8')).toBe(false);
});

const zoneNames = [
  'America/Vancouver',
  'America/Edmonton',
  'America/Toronto',
  'America/St_Johns',
  'Europe/Paris',
  'Pacific/Apia',
  'Australia/Lord_Howe',
];
const instants = fc.date({ min: at('1990-01-01T00:00:00Z'), max: at('2036-01-01T00:00:00Z'), noInvalidDate: true });

test('from an instant to the wall clock and back is the same minute, or the earlier of two', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zoneNames), instants, (zone, instant) => {
      const { date, time } = localDateTime(zone, instant);
      const back = instantOf(zone, date, time);
      expect(localDateTime(zone, back)).toMatchObject({ date, time });
      expect(back.getTime()).toBeLessThanOrEqual(instant.getTime());
    }),
    { numRuns: 2000 },
  );
});

// Until 2011 Newfoundland set its clocks back at 00:01: a minute of the new day came before an hour of the old one, and no interval is a day.
const sinceDaysAreIntervals = fc.date({
  min: at('2012-01-01T00:00:00Z'),
  max: at('2036-01-01T00:00:00Z'),
  noInvalidDate: true,
});

test('days follow each other without a seam, and every instant lies in its own day', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zoneNames), sinceDaysAreIntervals, (zone, instant) => {
      const { date } = localDateTime(zone, instant);
      expect(startOfDay(zone, date).getTime()).toBeLessThanOrEqual(instant.getTime());
      expect(endOfDay(zone, date).getTime()).toBeGreaterThan(instant.getTime());
      expect(endOfDay(zone, date)).toEqual(startOfDay(zone, addDays(date, 1)));
    }),
    { numRuns: 2000 },
  );
});

test('who has no zone data tells the same wall time from the offsets around now, across every change of clocks among them', () => {
  const now = at('2026-11-27T12:00:00Z');
  let otherThanNow = 0;
  for (const zone of [
    'America/Vancouver',
    'America/Edmonton',
    'America/Toronto',
    'America/St_Johns',
    'America/Inuvik',
    'UTC',
  ]) {
    const offsets = offsetsAround(zone, now);
    expect(offsets.at(-1)!.until).toBeNull();
    for (let days = -5 * 365; days < 2 * 365; days += 0.873) {
      const instant = new Date(now.getTime() + Math.round(days * 86_400_000));
      const wall = wallText(offsets, instant.toISOString());
      if (wall !== localText(zone, instant)) throw new Error(`${zone} ${instant.toISOString()}: ${wall}`);
      // What one offset for all would have said.
      if (offsetMinutes(zone, instant) !== offsetMinutes(zone, now)) otherThanNow += 1;
    }
  }
  expect(otherThanNow).toBeGreaterThan(3_000);
});
