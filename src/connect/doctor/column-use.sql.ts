import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';

export interface ReadUse {
  readonly officeId: string;
  readonly providerId: string;
  /** Of the last run that read bookings here, or found them unchanged: Visible, Scheduling. */
  readonly bookings: Date | null;
  /** Of the last in which patients of bookings were shown: Patient. */
  readonly patients: Date | null;
}

/** By schedule, from the ledger of the runs that are kept. */
export async function listReadUse(db: Db, { siteId, connectionId }: ConnectionKey): Promise<ReadUse[]> {
  const { rows } = await db.query<ReadUse & Record<string, unknown>>(
    `select l.office_id as "officeId", l.provider_id as "providerId",
            max(r.ended_at) filter (where l.fetched > 0) as bookings,
            max(r.ended_at) filter (where l.fetched > l.withheld) as patients
       from connect.slice_ledger l
       join connect.sync_run r on r.site_id = l.site_id and r.connection_id = l.connection_id and r.run_id = l.run_id
      where l.site_id = $1 and l.connection_id = $2 and r.ended_at is not null
      group by 1, 2`,
    [siteId, connectionId],
  );
  return rows;
}

/** When the first of the runs that are kept ended; null: none has. */
export async function findRecordedSince(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Date | null> {
  const { rows } = await db.query<{ since: Date | null }>(
    'select min(ended_at) as since from connect.sync_run where site_id = $1 and connection_id = $2 and ended_at is not null',
    [siteId, connectionId],
  );
  return rows[0]!.since;
}
