import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from './sync.sql.ts';

export interface Period {
  readonly until: Date;
  readonly stepSeconds: number;
  readonly steps: number;
}

export interface HistoryRow {
  /** 0: all that was before the period. */
  readonly step: number;
  readonly runs: number;
  readonly failed: number;
  readonly created: number;
  readonly updated: number;
  readonly removed: number;
  /** Of the schedules that can be read now: when the one was read that had been read longest ago; null: one had never been. */
  readonly oldestRead: Date | null;
}

/** What runs did, step by step, and how old the oldest schedule was at the end of each. One statement over the ledger of the period. */
export async function readHistory(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  { until, stepSeconds, steps }: Period,
): Promise<HistoryRow[]> {
  const { rows } = await db.query<HistoryRow & Record<string, unknown>>(
    `with ended as materialized (
       select run_id, state, started_at,
              greatest(0, $5 - floor(extract(epoch from $3::timestamptz - ended_at) / $4)::integer) as step
         from connect.sync_run
        where site_id = $1 and connection_id = $2 and ended_at <= $3 and started_at is not null),
     did as (
       select e.step, l.office_id, l.provider_id, max(e.started_at) filter (where l.outcome in ('complete', 'partly')) as read_at,
              sum(l.created) as created, sum(l.updated + l.returned) as updated, sum(l.removed + l.visibility_lost) as removed
         from ended e join connect.slice_ledger l on l.site_id = $1 and l.connection_id = $2 and l.run_id = e.run_id
        group by 1, 2, 3),
     readable as (
       select office_id, provider_id from schedule
        where site_id = $1 and connection_id = $2 and selected and outcome in ('complete', 'partly')),
     freshness as (
       select step, case when bool_and(read_at is not null) then min(read_at) end as oldest_read
         from (select step, max(did.read_at) over (partition by office_id, provider_id order by step) as read_at
                 from readable cross join generate_series(0, $5) as step
                 left join did using (step, office_id, provider_id)) as one
        group by step),
     runs as (select step, count(*) as runs, count(*) filter (where state = 'failed') as failed from ended group by 1),
     volume as (select step, sum(created) as created, sum(updated) as updated, sum(removed) as removed from did group by 1)
     select step, coalesce(runs, 0)::integer as runs, coalesce(failed, 0)::integer as failed, coalesce(created, 0)::integer as created,
            coalesce(updated, 0)::integer as updated, coalesce(removed, 0)::integer as removed, oldest_read as "oldestRead"
       from generate_series(1, $5) as step left join freshness using (step) left join runs using (step) left join volume using (step)
      order by step`,
    [siteId, connectionId, until, stepSeconds, steps],
  );
  return rows;
}
