// Wall times where there is no zone data: a browser's own is of any age, and may still set back clocks that no longer are. The server tells the
// offsets, from the one source that it reckons with (platform/zones.ts), and here they are added.

/** Offsets of a zone one after the other: minutes east of UTC up to `until`, an instant; the last has no end. Never empty. */
export type Offsets = readonly { readonly until: string | null; readonly minutes: number }[];

/** `YYYY-MM-DD HH:MM:SS` on the wall at `instant`; before the first offset and after the last the nearest counts. */
export function wallText(offsets: Offsets, instant: string): string {
  const at = Date.parse(instant);
  const { minutes } = offsets.find(({ until }) => until === null || at < Date.parse(until))!;
  return new Date(at + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}
