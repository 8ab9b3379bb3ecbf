import type { Db } from '../../platform/database/db.ts';

/** One site's settings are saved one after the other; before the first there is no row to lock. */
export async function lockSettings(tx: Db, siteId: number): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('settings', $1))`, [siteId]);
}

/** These providers' schedules have to be read in full again; undefined: all of them. */
export async function forgetCursors(
  tx: Db,
  { siteId, connectionId }: { readonly siteId: number; readonly connectionId: string },
  providerIds?: readonly string[],
): Promise<void> {
  await tx.query(
    `update connect.slice_cursor set cursor_at = null
      where site_id = $1 and connection_id = $2 and cursor_at is not null and ($3::text[] is null or provider_id = any ($3))`,
    [siteId, connectionId, providerIds ?? null],
  );
}

/** An EMR that refused to announce may do so under other settings. */
export async function askSubscriptionsAgain(
  tx: Db,
  { siteId, connectionId }: { readonly siteId: number; readonly connectionId: string },
): Promise<void> {
  await tx.query(
    `update connect.subscription set ask_after = '-infinity' where site_id = $1 and connection_id = $2 and ask_after > now()`,
    [siteId, connectionId],
  );
}

/** What another EMR listed is no list of this one, and what was read of it bears no witness here. */
export async function forgetRoster(
  tx: Db,
  { siteId, connectionId }: { readonly siteId: number; readonly connectionId: string },
): Promise<void> {
  for (const table of ['connect.roster_entry', 'connect.seen_provider', 'connect.emr_state', 'connect.subscription']) {
    await tx.query(`delete from ${table} where site_id = $1 and connection_id = $2`, [siteId, connectionId]);
  }
}
