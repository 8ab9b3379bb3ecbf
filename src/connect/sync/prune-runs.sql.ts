// How long runs are kept that nobody asked for and that came with an announcement. All others stay.
import type { Pool } from 'pg';
import { asSite } from '../../portal/index.ts';
import type { ConnectionKey } from './sync.sql.ts';

/** An announced run is kept for so long, with its ledger. */
export const announcedKeptHours = 24;
/** One that was complete and changed nothing, for so long. */
export const changelessKeptHours = 1;
/** In one transaction: pruning never holds a run up for long. */
const atOnce = 500;

/**
 * Removes announced runs that are older than that. Never the last of its kind, one that waits for a person, or one that is the last to say of a schedule that
 * something is the matter with it. Resolves to how many.
 */
export async function pruneAnnounced(pool: Pool, { siteId, connectionId }: ConnectionKey): Promise<number> {
  return asSite(pool, siteId, async (tx) => {
    const { rows } = await tx.query<{ runId: string }>(
      `select r.run_id as "runId" from connect.sync_run r
        where r.site_id = $1 and r.connection_id = $2 and r.cause = 'announced' and r.state <> 'waiting-for-decision'
          and r.ended_at < now() - interval '1 hour' * case
                when r.state = 'complete'
                 and not exists (select from connect.slice_ledger l
                                  where l.site_id = $1 and l.connection_id = $2 and l.run_id = r.run_id
                                    and l.created + l.updated + l.returned + l.removed + l.unconfirmed + l.visibility_lost > 0)
                then $4 else $3 end::integer
          and exists (select from connect.sync_run newer
                       where newer.site_id = $1 and newer.connection_id = $2 and newer.mode = r.mode
                         and newer.office_id is not distinct from r.office_id and newer.provider_id is not distinct from r.provider_id
                         and newer.ended_at > r.ended_at)
          and not exists (select from connect.slice_ledger l
                           where l.site_id = $1 and l.connection_id = $2 and l.run_id = r.run_id and l.outcome not in ('complete', 'not-selected')
                             and not exists (select from connect.slice_ledger n
                                               join connect.sync_run later using (site_id, connection_id, run_id)
                                              where n.site_id = $1 and n.connection_id = $2 and n.office_id = l.office_id
                                                and n.provider_id = l.provider_id and later.ended_at > r.ended_at))
        order by r.ended_at limit $5`,
      [siteId, connectionId, announcedKeptHours, changelessKeptHours, atOnce],
    );
    const ids = rows.map(({ runId }) => runId);
    if (ids.length === 0) return 0;
    for (const table of ['connect.slice_ledger', 'connect.sync_run']) {
      await tx.query(`delete from ${table} where site_id = $1 and connection_id = $2 and run_id = any ($3)`, [
        siteId,
        connectionId,
        ids,
      ]);
    }
    return ids.length;
  });
}
