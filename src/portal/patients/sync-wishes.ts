// *Synchronize Appointments*: a member of a site wishes it, Cloud Connect carries it out. The row is the queue, one for each site.
import type { Db, Pool } from '../../platform/database/db.ts';
import { asSite } from '../context.ts';

export interface SyncWish {
  readonly siteId: number;
  readonly askedBy: string;
}

/** Whether an EMR is connected to the site. */
export async function isConnected(db: Db, siteId: number): Promise<boolean> {
  const { rowCount } = await db.query('select from synchronised_days where site_id = $1', [siteId]);
  return (rowCount ?? 0) > 0;
}

/** Resolves to whether it is a new wish. */
export async function insertWish(db: Db, { siteId, askedBy }: SyncWish, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'insert into sync_wish (site_id, asked_by, asked_at) values ($1, $2, $3) on conflict do nothing',
    [siteId, askedBy, now],
  );
  // Cloud Connect's own hint: who looks for runs looks for wishes.
  await db.query(`select pg_notify('sync_run', '')`);
  return rowCount === 1;
}

/** Role portal_sync. Takes each wish in a transaction with what `carryOut` does about it. */
export async function takeWishes(pool: Pool, carryOut: (tx: Db, wish: SyncWish) => Promise<unknown>): Promise<void> {
  const { rows } = await pool.query<{ siteId: number }>('select site_id as "siteId" from sync_wish order by asked_at');
  for (const { siteId } of rows) {
    await asSite(pool, siteId, async (tx) => {
      const { rows: taken } = await tx.query<{ askedBy: string }>(
        'delete from sync_wish where site_id = $1 returning asked_by as "askedBy"',
        [siteId],
      );
      if (taken[0]) await carryOut(tx, { siteId, ...taken[0] });
    });
  }
}
