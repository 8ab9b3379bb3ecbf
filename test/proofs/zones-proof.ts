// The right hour, its first half: twelve Canadian zones every 15 minutes from 2025 to 2030, by the zone module and by the transitions that a
// compiler of the IANA data that is not ours has made of it (decision record 65). The same at every count: it takes a second or two.

import { localDateTime, offsetMinutes } from '../../src/platform/zones.ts';
import vectors from '../zones/iana-vectors.json' with { type: 'json' };
import type { Proof } from './proof.ts';

const stepMs = 15 * 60_000;
const [from, to] = [Date.parse('2025-01-01T00:00Z'), Date.parse('2031-01-01T00:00Z')];
type Offset = (zone: string, at: Date) => number;

/** How many instants were compared, and the first of each zone that differs. */
function compare(ours: Offset): { readonly cases: number; readonly wrong: string[] } {
  const wrong: string[] = [];
  let cases = 0;
  for (const [zone, transitions] of Object.entries(vectors.zones) as [string, [string, number][]][]) {
    const begins = transitions.map(([at]) => Date.parse(at));
    let segment = 0;
    let isWrong = false;
    for (let at = from; at < to; at += stepMs) {
      while (segment + 1 < begins.length && begins[segment + 1]! <= at) segment += 1;
      const [theirs, own] = [transitions[segment]![1], ours(zone, new Date(at))];
      cases += 1;
      if (own === theirs || isWrong) continue;
      isWrong = true;
      wrong.push(`${zone} at ${new Date(at).toISOString()}: ${own} minutes, IANA ${theirs}`);
    }
  }
  return { cases, wrong };
}

/** By the wall clock, as screens, mails and files have it. */
const onTheWall: Offset = (zone, at) => {
  const { date, time } = localDateTime(zone, at);
  return (Date.parse(`${date}T${time}Z`) - at.getTime()) / 60_000;
};

const faults: Readonly<Record<string, Offset>> = {
  'Vancouver goes back in November 2026': (zone, at) =>
    offsetMinutes(zone, at) -
    (zone === 'America/Vancouver' && at.getTime() === Date.parse('2026-12-01T12:00Z') ? 60 : 0),
  'Winnipeg goes back in November 2026': (zone, at) =>
    offsetMinutes(zone, at) - (zone === 'America/Winnipeg' && at >= new Date('2026-11-01T07:00Z') ? 60 : 0),
  'half hours are lost': (zone, at) => Math.trunc(offsetMinutes(zone, at) / 60) * 60,
  'a change comes a quarter of an hour late': (zone, at) => offsetMinutes(zone, new Date(at.getTime() - stepMs)),
  'one zone for all': (_zone, at) => offsetMinutes('America/Toronto', at),
};

export const proveZones: Proof = async ({ say }) => {
  const [offsets, walls] = [compare(offsetMinutes), compare(onTheWall)];
  const zones = Object.keys(vectors.zones).length;
  say(`IANA ${vectors.release}: ${zones} zones, ${offsets.cases} instants`);
  return {
    cases: offsets.cases,
    failures: [...offsets.wrong, ...walls.wrong, ...(zones === 12 ? [] : [`${zones} zones`])],
    saboteurs: Object.entries(faults).map(([name, fault]) => ({ name, caught: compare(fault).wrong.length > 0 })),
  };
};
