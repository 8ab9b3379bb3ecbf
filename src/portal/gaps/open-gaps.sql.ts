import type { Db } from '../../platform/database/db.ts';
import type { WhyPlace } from '../contract/why.ts';
import { sliceKey } from '../intake/slices.ts';

export interface OpenGap {
  readonly connectionId: string;
  readonly gapId: string;
  readonly cause: string;
  readonly schedules: readonly { readonly officeId: string; readonly providerId: string }[];
  /** Of the need manifest: what it breaks. */
  readonly features: readonly string[];
  /** Its cause is gone, and what it broke has not been tried yet. */
  readonly healed: boolean;
}

/** What Cloud Connect has found and nobody has mended, the oldest first. */
export async function listOpenGaps(db: Db, siteId: number): Promise<OpenGap[]> {
  const { rows } = await db.query<OpenGap & Record<string, unknown>>(
    `select connection_id as "connectionId", gap_id as "gapId", cause, schedules, features, healed_at is not null as healed from open_gap where site_id = $1 order by opened_at, gap_id`,
    [siteId],
  );
  return rows;
}

/** By slice. */
export function gapsBySchedule(gaps: readonly OpenGap[]): ReadonlyMap<string, readonly OpenGap[]> {
  const by = new Map<string, OpenGap[]>();
  for (const gap of gaps) {
    for (const key of gap.schedules.map(sliceKey)) {
      by.set(key, [...(by.get(key) ?? []), gap]);
    }
  }
  return by;
}

/** Ids of those that break any of these at the schedule; without `places`: of all of them. */
export const gapIdsAt = (
  gaps: ReadonlyMap<string, readonly OpenGap[]>,
  pair: { readonly officeId: string; readonly providerId: string },
  ...places: readonly WhyPlace[]
): string[] =>
  (gaps.get(sliceKey(pair)) ?? [])
    .filter(({ features }) => places.length === 0 || places.some((place) => features.includes(place)))
    .map(({ gapId }) => gapId);

/** How many days are synchronised; undefined: there is no connection. */
export async function readWindowDays(db: Db, siteId: number): Promise<number | undefined> {
  const { rows } = await db.query<{ days: number }>(
    'select window_days as days from synchronised_days where site_id = $1 limit 1',
    [siteId],
  );
  return rows[0]?.days;
}
