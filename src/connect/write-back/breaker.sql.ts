// One breaker a connection, shared by all deliverers: an EMR that fails again and again is left alone for a while, then tried with one
// request. What waits for other EMRs does not notice.
import type { Pool } from 'pg';
import type { Db } from '../../platform/database/db.ts';
import { asSite, type outbox } from '../../portal/index.ts';

/** Failures in a row after which nothing is sent for a while. */
export const failuresToOpen = 5;

export type Passage = 'free' | 'one' | 'none';

/** Whether something may be sent now. `one`: this caller may try one, and for `probeMs` nobody else. */
export async function pass(
  pool: Pool,
  { siteId, connectionId }: outbox.ConnectionKey,
  probeMs: number,
): Promise<Passage> {
  return asSite(pool, siteId, async (tx) => {
    const { rows } = await tx.query<{ active: boolean; failures: number; open: boolean }>(
      `select c.active, coalesce(b.failures, 0) as failures, coalesce(b.open_until > now(), false) as open
         from connect.connection c
         left join connect.write_back_breaker b on b.site_id = c.site_id and b.connection_id = c.connection_id
        where c.site_id = $1 and c.connection_id = $2`,
      [siteId, connectionId],
    );
    const state = rows[0];
    if (!state?.active || state.open) return 'none';
    if (state.failures < failuresToOpen) return 'free';
    const { rowCount } = await tx.query(
      `update connect.write_back_breaker set open_until = now() + $3 * interval '1 millisecond'
        where site_id = $1 and connection_id = $2 and failures >= $4 and (open_until is null or open_until <= now())`,
      [siteId, connectionId, probeMs, failuresToOpen],
    );
    return rowCount === 1 ? 'one' : 'none';
  });
}

/** Counts a failure; opens from `failuresToOpen` on, and at once where the EMR asked us to stay away. Resolves to the failures in a row. */
export async function noteFailure(
  tx: Db,
  { siteId, connectionId }: outbox.ConnectionKey,
  {
    waitMs,
    retryAfterMs,
  }: { readonly waitMs: (failures: number) => number; readonly retryAfterMs: number | undefined },
): Promise<number> {
  const { rows } = await tx.query<{ failures: number }>(
    `insert into connect.write_back_breaker (site_id, connection_id, failures) values ($1, $2, 1)
     on conflict (site_id, connection_id) do update set failures = write_back_breaker.failures + 1
     returning failures`,
    [siteId, connectionId],
  );
  const { failures } = rows[0]!;
  if (failures < failuresToOpen && retryAfterMs === undefined) return failures;
  const openMs = Math.max(retryAfterMs ?? 0, failures < failuresToOpen ? 0 : waitMs(failures - failuresToOpen + 1));
  await tx.query(
    `update connect.write_back_breaker set open_until = greatest(open_until, now() + $3 * interval '1 millisecond')
      where site_id = $1 and connection_id = $2`,
    [siteId, connectionId, openMs],
  );
  return failures;
}

/** The EMR answered, whatever it said. True: it had been left alone, and is well again. */
export async function noteAnswer(tx: Db, { siteId, connectionId }: outbox.ConnectionKey): Promise<boolean> {
  // To stay away was asked of all of us: one answer does not take that back, unless it came to the one request that tried after it.
  const { rows } = await tx.query<{ wasOpen: boolean }>(
    `with before as (
       select failures >= $3 as was_open from connect.write_back_breaker where site_id = $1 and connection_id = $2 and failures > 0 for update)
     update connect.write_back_breaker set failures = 0, open_until = case when was_open then null else open_until end
       from before where site_id = $1 and connection_id = $2
     returning was_open as "wasOpen"`,
    [siteId, connectionId, failuresToOpen],
  );
  return rows[0]?.wasOpen ?? false;
}

export async function findOpenUntil(db: Db, { siteId, connectionId }: outbox.ConnectionKey): Promise<Date | null> {
  const { rows } = await db.query<{ openUntil: Date | null }>(
    `select case when open_until > now() then open_until end as "openUntil" from connect.write_back_breaker
      where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows[0]?.openUntil ?? null;
}
