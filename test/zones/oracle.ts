// What the clock on the wall shows, by the transitions that `zic` has made of the IANA data, and by nothing of the product's. All of it by
// milliseconds since 1970.
import vectors from './iana-vectors.json' with { type: 'json' };

export const minuteMs = 60_000;
/** 'YYYY-MM-DDTHH:MM' */
export type Wall = string;
/** Minutes east of UTC. */
export type Offset = (zone: string, at: number) => number;

interface Zone {
  readonly begins: readonly number[];
  readonly offsets: readonly number[];
}
const byName = new Map<string, Zone>(
  (Object.entries(vectors.zones) as [string, [string, number][]][]).map(([name, transitions]) => [
    name,
    { begins: transitions.map(([at]) => Date.parse(at)), offsets: transitions.map(([, offset]) => offset) },
  ]),
);

export const zoneNames: readonly string[] = [...byName.keys()];

export const offsetIn: Offset = (zone, at) => {
  const { begins, offsets } = byName.get(zone)!;
  return offsets[begins.findLastIndex((begin) => begin <= at)]!;
};

export const wallBy = (offset: Offset, zone: string, at: number): Wall =>
  new Date(at + offset(zone, at) * minuteMs).toISOString().slice(0, 16);
export const wallIn = (zone: string, at: number): Wall => wallBy(offsetIn, zone, at);

/** Every instant at which the clock shows this, in order: none where it skips it, two where it shows it twice. */
export function instantsOf(zone: string, wall: Wall): number[] {
  const asUtc = Date.parse(`${wall}Z`);
  return [...new Set(byName.get(zone)!.offsets)]
    .map((offset) => asUtc - offset * minuteMs)
    .filter((at) => wallIn(zone, at) === wall)
    .sort((a, b) => a - b);
}

/** The clock has shown this before. */
export const isAgain = (zone: string, at: number): boolean => instantsOf(zone, wallIn(zone, at))[0]! < at;
