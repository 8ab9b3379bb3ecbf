import type { Db } from '../../platform/database/db.ts';
import type { Certainty } from '../contract/sync.ts';
import type { Said } from '../sync/sync.sql.ts';

interface ConnectionKey {
  readonly siteId: number;
  readonly connectionId: string;
}

export interface RosterRow {
  readonly officeId: string;
  readonly officeName: string;
  readonly officeZone: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly member: boolean;
  readonly held: number;
  readonly granted: number;
  readonly lastDay: string | null;
  readonly since: Date | null;
  readonly readAt: Date;
  readonly permissionVersion: string;
}

/** The EMR's roster as it was last read. */
export async function listRosterRows(db: Db, { siteId, connectionId }: ConnectionKey): Promise<RosterRow[]> {
  const { rows } = await db.query<RosterRow>(
    `select office_id as "officeId", office_name as "officeName", office_zone as "officeZone", provider_id as "providerId",
            provider_display as "providerDisplay", member, columns_held::integer as held, columns_granted::integer as granted,
            access_until_day as "lastDay", row_since as since, read_at as "readAt", permission_version as "permissionVersion"
       from connect.roster_entry where site_id = $1 and connection_id = $2
      order by lower(office_name), office_id, lower(provider_display), provider_id`,
    [siteId, connectionId],
  );
  return rows;
}

/** What the last run of all was stopped by, and since when every one was; undefined: the last was not stopped. */
export async function findStopped(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
): Promise<{ readonly problem: Said; readonly since: Date } | undefined> {
  const { rows } = await db.query<{ problem: Said; since: Date }>(
    `with ended as (
       select run_id, state, problem, ended_at from connect.sync_run
        where site_id = $1 and connection_id = $2 and mode <> 'slice' and ended_at is not null),
     last as (select * from ended order by ended_at desc, run_id desc limit 1)
     select last.problem,
            (select min(ended_at) from ended
              where state = 'failed'
                and ended_at > coalesce((select max(ended_at) from ended where state <> 'failed'), '-infinity')) as since
       from last where last.state = 'failed' and last.problem is not null`,
    [siteId, connectionId],
  );
  return rows[0];
}

export interface EmrState {
  readonly certainty: Certainty;
  readonly user: string | null;
  readonly tenantId: string | null;
}

/** How sure the reading was, and as whom the EMR knows us; undefined: it was never read. */
export async function findEmrState(db: Db, { siteId, connectionId }: ConnectionKey): Promise<EmrState | undefined> {
  const { rows } = await db.query<EmrState & Record<string, unknown>>(
    `select certainty, integration_user as "user", tenant_id as "tenantId" from connect.emr_state where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows[0];
}
