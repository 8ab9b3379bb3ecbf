// Appointments of 2026 in twelve zones: anywhere in the year, about the hours in which clocks change or used to, and at noon and midnight.
import fc from 'fast-check';
import { instantsOf, isAgain, minuteMs, offsetIn, wallIn, zoneNames } from './oracle.ts';

export interface ZoneCase {
  readonly id: string;
  readonly zone: string;
  readonly startAt: number;
  readonly endAt: number;
  /** Of the patient. */
  readonly language: 'en' | 'fr';
  /** Booked by its wall time through the EMR's interface; else it stands in the EMR as an instant. */
  readonly byHand: boolean;
}

/** '/' is in no id. */
export const officeOf = (zone: string): string => zone.replaceAll(/[^A-Za-z]/g, '-');

const dayMs = 24 * 60 * minuteMs;
const [first, last] = [Date.parse('2026-01-01T08:00Z'), Date.parse('2027-01-01T02:00Z')];
const changeDays = ['2026-03-08', '2026-11-01'].map((date) => Date.parse(`${date}T00:00Z`));
const durations = [15, 30, 45, 60, 90] as const;

/** Where British Columbia, Alberta and the Northwest Territories no longer do what many a zone database says. */
const stayed = ['America/Vancouver', 'America/Edmonton', 'America/Inuvik'];

/** One of everything, so that nothing that is looked for depends on chance. */
const always: readonly (readonly [zone: string, startAt: number])[] = [
  ...stayed.flatMap((zone) =>
    ['2026-11-01T01:30', '2026-11-01T02:30', '2026-12-15T09:00', '2026-12-15T12:00'].map(
      (wall) => [zone, instantsOf(zone, wall)[0]!] as const,
    ),
  ),
  ...['America/Toronto', 'America/St_Johns', 'America/Moncton', 'America/Iqaluit'].flatMap((zone) => [
    ...instantsOf(zone, '2026-11-01T01:15').map((at) => [zone, at] as const),
    [zone, instantsOf(zone, '2026-03-08T03:00')[0]!] as const,
    [zone, instantsOf(zone, '2026-03-08T01:50')[0]!] as const,
  ]),
  ...zoneNames.flatMap((zone) =>
    ['2026-03-09T00:10', '2026-03-09T12:10', '2026-10-31T12:40', '2026-10-31T00:40'].map(
      (wall) => [zone, instantsOf(zone, wall)[0]!] as const,
    ),
  ),
];

interface Draw {
  readonly zone: string;
  readonly kind: 'any' | 'change' | 'twelve';
  readonly at: number;
  readonly day: number;
  readonly minute: number;
  readonly twelve: '00' | '12';
  readonly duration: number;
  readonly language: 'en' | 'fr';
}

/** `days`: on so many days of the year, apart from those of the changes; fewer pages are read then. */
export function zoneCases({
  seed,
  count,
  byHand,
  days,
}: {
  readonly seed: number;
  readonly count: number;
  readonly byHand: number;
  readonly days: number;
}): ZoneCase[] {
  const anyDay = fc.sample(fc.integer({ min: 1, max: 363 }), { numRuns: days, seed });
  const draw: fc.Arbitrary<Draw> = fc.record({
    zone: fc.constantFrom(...zoneNames),
    kind: fc.constantFrom('any', 'any', 'any', 'change', 'change', 'twelve'),
    at: fc.integer({ min: 0, max: 24 * 60 - 1 }),
    day: fc.constantFrom(...anyDay),
    minute: fc.integer({ min: 0, max: 59 }),
    twelve: fc.constantFrom('00', '12'),
    duration: fc.constantFrom(...durations),
    language: fc.constantFrom('en', 'fr'),
  });
  const drawn = fc.sample(draw, { numRuns: count - always.length, seed });
  const places = [
    ...always.map(([zone, startAt], n) => ({
      zone,
      startAt,
      duration: durations[n % durations.length]!,
      language: n % 2 === 0 ? ('en' as const) : ('fr' as const),
    })),
    ...drawn.map((one) => ({ ...one, startAt: startOf(one) })),
  ];
  let left = byHand;
  return places.map(({ zone, startAt, duration, language }, n) => {
    // Of a time that comes twice a wall clock can only say the first.
    const hand = n % Math.max(1, Math.floor(count / byHand)) === 0 && left > 0 && !isAgain(zone, startAt);
    if (hand) left -= 1;
    return { id: `case-${n}`, zone, startAt, endAt: startAt + duration * minuteMs, language, byHand: hand };
  });
}

function startOf({ zone, kind, at, day, minute, twelve }: Draw): number {
  if (kind === 'change') return changeDays[minute % 2]! + 3 * 60 * minuteMs + (at % (11 * 60)) * minuteMs;
  const any = Math.min(last, Math.max(first, Date.parse('2026-01-01T00:00Z') + day * dayMs + at * minuteMs));
  if (kind === 'any') return any;
  return instantsOf(zone, `${wallIn(zone, any).slice(0, 10)}T${twelve}:${String(minute).padStart(2, '0')}`)[0]!;
}

/** What the cases have to hold that a clock can be wrong about, and how many do. */
export function exercised(cases: readonly ZoneCase[]): Readonly<Record<string, number>> {
  const count = (is: (one: ZoneCase) => boolean) => cases.filter(is).length;
  const hourOf = ({ zone, startAt }: ZoneCase) => wallIn(zone, startAt).slice(11, 13);
  return {
    ...Object.fromEntries(zoneNames.map((zone) => [zone, count((one) => one.zone === zone)])),
    ...Object.fromEntries(
      stayed.map((zone) => [
        `${zone} since November`,
        count((one) => one.zone === zone && one.startAt >= Date.parse('2026-11-01T10:00Z')),
      ]),
    ),
    'a time that comes twice, the second': count(({ zone, startAt }) => isAgain(zone, startAt)),
    'the hour of midnight': count((one) => hourOf(one) === '00'),
    'the hour of noon': count((one) => hourOf(one) === '12'),
    'over a change': count(({ zone, startAt, endAt }) => offsetIn(zone, startAt) !== offsetIn(zone, endAt)),
    English: count(({ language }) => language === 'en'),
    French: count(({ language }) => language === 'fr'),
    'by hand': count(({ byHand }) => byHand),
  };
}
