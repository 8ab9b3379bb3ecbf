import type { Db } from '../../platform/database/db.ts';

interface ConnectionKey {
  readonly siteId: number;
  readonly connectionId: string;
}

/** Notes whom the EMR's roster names. Whom a connection's first roster names is not new: nobody waits for those. */
export async function noteProviders(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  providerIds: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into connect.seen_provider (site_id, connection_id, provider_id, first_seen_at, settled_at)
     select $1::integer, $2, provider_id, now(),
            case when not exists (select from connect.seen_provider where site_id = $1 and connection_id = $2) then now() end
       from unnest($3::text[]) as provider_id
     on conflict do nothing`,
    [siteId, connectionId, [...new Set(providerIds)]],
  );
}

/** Providers about whom nobody has chosen: new since the first roster, in it still, and not selected. */
export async function listNewProviders(db: Db, { siteId, connectionId }: ConnectionKey): Promise<NewProviderRow[]> {
  const { rows } = await db.query<NewProviderRow & Record<string, unknown>>(
    `select n.provider_id as "providerId", min(r.provider_display) as display, n.first_seen_at as "firstSeenAt",
            array_agg(r.office_name order by lower(r.office_name)) as offices, array_agg(r.office_id order by r.office_id) as "officeIds"
       from connect.seen_provider n
       join connect.roster_entry r using (site_id, connection_id, provider_id)
      where n.site_id = $1 and n.connection_id = $2 and n.settled_at is null
        and not exists (select from connect.selected_provider s
                         where s.site_id = n.site_id and s.connection_id = n.connection_id and s.provider_id = n.provider_id)
      group by n.provider_id, n.first_seen_at
      order by lower(min(r.provider_display)), n.provider_id`,
    [siteId, connectionId],
  );
  return rows;
}

export interface NewProviderRow {
  readonly providerId: string;
  readonly display: string;
  readonly firstSeenAt: Date;
  readonly offices: readonly string[];
  readonly officeIds: readonly string[];
}

export interface Undecided {
  readonly providerId: string;
  readonly since: Date;
  readonly officeIds: readonly string[];
}

/** Providers of the roster who are not selected, and of whom nobody has said that this is meant so: new ones, and those taken out. */
export async function listUndecided(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Undecided[]> {
  const { rows } = await db.query<Undecided & Record<string, unknown>>(
    `select n.provider_id as "providerId", coalesce(n.deselected_at, n.first_seen_at) as since,
            array_agg(r.office_id order by r.office_id) as "officeIds"
       from connect.seen_provider n
       join connect.roster_entry r using (site_id, connection_id, provider_id)
      where n.site_id = $1 and n.connection_id = $2 and (n.settled_at is null or n.deselected_at is not null)
        and not exists (select from connect.selected_provider s
                         where s.site_id = n.site_id and s.connection_id = n.connection_id and s.provider_id = n.provider_id)
      group by n.provider_id, n.deselected_at, n.first_seen_at
      order by n.provider_id`,
    [siteId, connectionId],
  );
  return rows;
}

/** Taken out of the selection: whether that is meant so is asked until somebody says it. */
export async function noteDeselected(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  providerIds: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into connect.seen_provider (site_id, connection_id, provider_id, first_seen_at, settled_at, deselected_at)
     select $1, $2, provider_id, now(), now(), now() from unnest($3::text[]) as provider_id
     on conflict (site_id, connection_id, provider_id) do update set deselected_at = excluded.deselected_at`,
    [siteId, connectionId, providerIds],
  );
}

/** Somebody chose about these, or the rule did. */
export async function settleProviders(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  providerIds: readonly string[],
): Promise<void> {
  await tx.query(
    `update connect.seen_provider set settled_at = coalesce(settled_at, now()), deselected_at = null
      where site_id = $1 and connection_id = $2 and provider_id = any ($3) and (settled_at is null or deselected_at is not null)`,
    [siteId, connectionId, providerIds],
  );
}

/** Adds to the selection, which makes the settings others than a form holds that was read before. */
export async function selectMore(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  providerIds: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into connect.selected_provider (site_id, connection_id, provider_id)
     select $1, $2, provider_id from unnest($3::text[]) as provider_id on conflict do nothing`,
    [siteId, connectionId, providerIds],
  );
  await tx.query(
    `update connect.connection set settings_version = settings_version + 1 where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
}
