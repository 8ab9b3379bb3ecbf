// Freshness and volume over time: what the chart of *Sync Status* shows.
import { formatDate } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { localDateTime } from '../../platform/zones.ts';
import { intake } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import { type HistoryPeriod, historyPeriods, type SyncHistory } from '../contract/sync.ts';
import { readHistory } from './sync-history.sql.ts';

/** Steps end on the hour of the clock, so that two looks within one hour show the same ones. */
export async function readSyncHistory(
  tx: Db,
  {
    siteId,
    clock,
    period,
    language,
  }: {
    readonly siteId: number;
    readonly clock: Clock;
    readonly period: HistoryPeriod;
    readonly language: Language;
  },
): Promise<SyncHistory> {
  const { stepSeconds, steps } = historyPeriods[period];
  const connection = await findConnection(tx, siteId);
  if (!connection) return { period, steps: [] };
  const zone = await intake.readSiteZone(tx, siteId);
  const now = clock.now().getTime();
  const hour = 3_600_000;
  const until = new Date(Math.ceil(now / hour) * hour);
  const rows = await readHistory(tx, connection, { until, stepSeconds, steps });
  return {
    period,
    steps: rows.map(({ step, oldestRead, ...counts }) => {
      const ends = until.getTime() - (steps - step) * stepSeconds * 1000;
      const begins = new Date(ends - stepSeconds * 1000);
      const { date, time } = localDateTime(zone, begins);
      return {
        ...counts,
        from: begins.toISOString(),
        label: period === 'day' ? time.slice(0, 5) : `${formatDate(language, date, 'short')}, ${time.slice(0, 5)}`,
        // At the end of the step, or now where it has not ended.
        oldestMinutes:
          oldestRead === null ? null : Math.max(0, Math.round((Math.min(ends, now) - oldestRead.getTime()) / 60_000)),
      };
    }),
  };
}
