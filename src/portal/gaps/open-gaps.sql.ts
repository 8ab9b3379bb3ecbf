import type { Db } from '../../platform/database/db.ts';
import { sliceKey } from '../intake/slices.ts';

export interface OpenGap {
  readonly connectionId: string;
  readonly gapId: string;
  readonly cause: string;
  readonly schedules: readonly { readonly officeId: string; readonly providerId: string }[];
}

/** What Cloud Connect has found and nobody has mended, the oldest first. */
export async function listOpenGaps(db: Db, siteId: number): Promise<OpenGap[]> {
  const { rows } = await db.query<OpenGap & Record<string, unknown>>(
    `select connection_id as "connectionId", gap_id as "gapId", cause, schedules from open_gap where site_id = $1 order by opened_at, gap_id`,
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

/** How many days are synchronised; undefined: there is no connection. */
export async function readWindowDays(db: Db, siteId: number): Promise<number | undefined> {
  const { rows } = await db.query<{ days: number }>(
    'select window_days as days from synchronised_days where site_id = $1 limit 1',
    [siteId],
  );
  return rows[0]?.days;
}
