// The right hour. First half: twelve Canadian zones every 15 minutes from 2025 to 2030, by the zone module and by the transitions that a
// compiler of the IANA data that is not ours has made of it; the same at every count. Second half: appointments of 2026, each put in once and
// read wherever the product shows when it is (decision record 65).

import { localDateTime, offsetMinutes } from '../../src/platform/zones.ts';
import vectors from '../zones/iana-vectors.json' with { type: 'json' };
import { isAgain, minuteMs, type Offset, offsetIn, wallBy, wallIn, zoneNames } from '../zones/oracle.ts';
import { exercised, type ZoneCase, zoneCases } from '../zones/zone-cases.ts';
import { lookedAt, openZoneWorld, type Reading, type Readings } from '../zones/zone-world.ts';
import type { Proof, ProofOptions, ProofResult, Saboteur } from './proof.ts';

const counts = {
  full: { count: 10_000, byHand: 240, days: 360, some: 300 },
  reduced: { count: 240, byHand: 20, days: 3, some: 8 },
} as const;

const stepMs = 15 * minuteMs;
const [from, to] = [Date.parse('2025-01-01T00:00Z'), Date.parse('2031-01-01T00:00Z')];

/** How many instants were compared, and the first of each zone that differs; `once`: the first of all, and no further. */
function compareZones(ours: Offset, { once = false } = {}): { readonly cases: number; readonly wrong: string[] } {
  const wrong: string[] = [];
  let cases = 0;
  for (const [zone, transitions] of Object.entries(vectors.zones) as [string, [string, number][]][]) {
    const begins = transitions.map(([at]) => Date.parse(at));
    let segment = 0;
    let isWrong = false;
    for (let at = from; at < to; at += stepMs) {
      while (segment + 1 < begins.length && begins[segment + 1]! <= at) segment += 1;
      const [theirs, own] = [transitions[segment]![1], ours(zone, at)];
      cases += 1;
      if (own === theirs || isWrong) continue;
      isWrong = true;
      wrong.push(`${zone} at ${new Date(at).toISOString()}: ${own} minutes, IANA ${theirs}`);
      if (once) return { cases, wrong };
    }
  }
  return { cases, wrong };
}

const ourOffset: Offset = (zone, at) => offsetMinutes(zone, new Date(at));
/** By the wall clock, as screens, mails and files have it. */
const onTheWall: Offset = (zone, at) => {
  const { date, time } = localDateTime(zone, new Date(at));
  return (Date.parse(`${date}T${time}Z`) - at) / minuteMs;
};

const zoneFaults: Readonly<Record<string, Offset>> = {
  'Vancouver goes back in November 2026': (zone, at) =>
    ourOffset(zone, at) - (zone === 'America/Vancouver' && at === Date.parse('2026-12-01T12:00Z') ? 60 : 0),
  'Winnipeg goes back in November 2026': (zone, at) =>
    ourOffset(zone, at) - (zone === 'America/Winnipeg' && at >= Date.parse('2026-11-01T07:00Z') ? 60 : 0),
  'half hours are lost': (zone, at) => Math.trunc(ourOffset(zone, at) / 60) * 60,
  'a change comes a quarter of an hour late': (zone, at) => ourOffset(zone, at - stepMs),
  'one zone for all': (_zone, at) => ourOffset('America/Toronto', at),
};

/** What a surface shows otherwise than the wall does, one line for each appointment that it is wrong about. */
function compareSurface(surface: string, cases: readonly ZoneCase[], readings: readonly Reading[]): string[] {
  const byId = Map.groupBy(readings, ({ id }) => id);
  const wrong = cases.flatMap(({ id, zone, startAt, endAt }) => {
    const shown = byId.get(id) ?? [];
    byId.delete(id);
    const [one] = shown;
    if (!one || shown.length > 1) return [`${surface}: ${id} is there ${shown.length} times`];
    const instant = (at: number | null) => (at === null ? null : new Date(at).toISOString());
    const said = {
      start: one.start ?? wallIn(zone, one.startAt!),
      end: one.end ?? (one.endAt === null ? null : wallIn(zone, one.endAt).slice(11)),
      instants: [instant(one.startAt), instant(one.endAt)],
      again: one.again ?? null,
    };
    const right = {
      start: wallIn(zone, startAt),
      end: said.end === null ? null : wallIn(zone, endAt).slice(11),
      instants: [one.startAt === null ? null : instant(startAt), one.endAt === null ? null : instant(endAt)],
      again: said.again === null ? null : isAgain(zone, startAt),
    };
    const [theirs, ours] = [JSON.stringify(said), JSON.stringify(right)];
    return theirs === ours ? [] : [`${surface}: ${id} in ${zone}: ${theirs}, expected ${ours}`];
  });
  return [...wrong, ...[...byId.keys()].map((id) => `${surface}: ${id} is nobody's`)];
}

const hourOf = (zone: string, at: number): string => wallIn(zone, at).slice(11, 13);
/** What a surface may go by instead of the offset of that zone at that instant. */
const surfaceFaults: Readonly<Record<string, Offset>> = {
  'goes by UTC': () => 0,
  'goes by the zone of the server': (_zone, at) => offsetIn('America/Toronto', at),
  'goes by the offset of today': (zone) => offsetIn(zone, lookedAt),
  'goes by the offset at the beginning of the day': (zone, at) =>
    offsetIn(zone, Date.parse(`${wallIn(zone, at).slice(0, 10)}T00:00Z`) - offsetIn(zone, at) * minuteMs),
  'takes noon for midnight and midnight for noon': (zone, at) =>
    offsetIn(zone, at) + ({ '00': 720, '12': -720 }[hourOf(zone, at)] ?? 0),
  'takes the hour that comes twice for the first': (zone, at) => offsetIn(zone, at) + (isAgain(zone, at) ? 60 : 0),
};

/** What the surface would have shown of the same appointment; of an instant, the one that it would have made of the time on the wall. */
function spoilt(zone: string, fault: Offset, at: number): { readonly wall: string; readonly instant: number } {
  return { wall: wallBy(fault, zone, at), instant: at + (offsetIn(zone, at) - fault(zone, at)) * minuteMs };
}

function withFault(cases: readonly ZoneCase[], readings: readonly Reading[], fault: Offset): Reading[] {
  const byId = new Map(cases.map((one) => [one.id, one]));
  return readings.map((reading) => {
    const { zone, startAt, endAt } = byId.get(reading.id)!;
    const [start, end] = [spoilt(zone, fault, startAt), spoilt(zone, fault, endAt)];
    return {
      ...reading,
      start: reading.start && start.wall,
      end: reading.end && end.wall.slice(11),
      startAt: reading.startAt === null ? null : start.instant,
      endAt: reading.endAt === null ? null : end.instant,
    };
  });
}

const surfaces = [
  'EMR, day',
  'EMR, week',
  'FHIR',
  'Patients page',
  'Day Sheet',
  'CSV in English',
  'CSV in French',
  'mail, text',
  'mail, subject',
  'calendar file',
] as const;

async function proveSurfaces({ adminUrl, full, seed, say }: ProofOptions): Promise<ProofResult> {
  const { some, ...asked } = full ? counts.full : counts.reduced;
  const wanted = zoneCases({ seed, ...asked });
  const world = await openZoneWorld(adminUrl, wanted);
  try {
    const { cases } = world;
    const step = Math.floor(cases.length / some);
    const few = cases.filter((_, index) => index % step === 0);
    const readSome = await world.readSome(few);
    const readings = await world.readAll();
    const compared = (of: Readings, among: readonly ZoneCase[]) =>
      [...of].flatMap(([surface, read]) => compareSurface(surface, among, read));
    const met = exercised(cases);
    say(JSON.stringify(met));
    say([...readings, ...readSome].map(([surface, read]) => `${surface}: ${read.length}`).join(', '));
    return {
      cases: cases.length,
      failures: [
        ...compared(readings, cases),
        ...compared(readSome, few),
        ...surfaces.filter((surface) => !readings.get(surface)?.length).map((surface) => `nothing read: ${surface}`),
        ...[...readSome].filter(([, read]) => read.length === 0).map(([surface]) => `nothing read: ${surface}`),
        ...Object.entries(met).flatMap(([what, n]) => (n === 0 ? [`nothing exercised: ${what}`] : [])),
      ],
      saboteurs: [...readings].flatMap(([surface, read]) =>
        Object.entries(surfaceFaults).map(
          ([fault, offset]): Saboteur => ({
            name: `${surface} ${fault}`,
            caught: compareSurface(surface, cases, withFault(cases, read, offset)).length > 0,
          }),
        ),
      ),
    };
  } finally {
    await world.close();
  }
}

/** Runs `work` where the machine's own zone is one that nobody in it is in: whoever goes by it is seen. */
async function farAway<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env['TZ'];
  process.env['TZ'] = 'Asia/Kathmandu';
  try {
    if (new Date(0).getTimezoneOffset() !== -330) throw new Error('the zone of the machine could not be set');
    return await work();
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

export const proveZones: Proof = async (options) => {
  const [offsets, walls] = [compareZones(ourOffset), compareZones(onTheWall)];
  options.say(`IANA ${vectors.release}: ${zoneNames.length} zones, ${offsets.cases} instants`);
  const shown = await farAway(() => proveSurfaces(options));
  return {
    cases: offsets.cases + shown.cases,
    failures: [
      ...offsets.wrong,
      ...walls.wrong,
      ...(zoneNames.length === 12 ? [] : [`${zoneNames.length} zones`]),
      ...shown.failures,
    ],
    saboteurs: [
      ...Object.entries(zoneFaults).map(([name, fault]) => ({
        name,
        caught: compareZones(fault, { once: true }).wrong.length > 0,
      })),
      ...shown.saboteurs,
    ],
  };
};
