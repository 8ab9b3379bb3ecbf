// What the portal wrote down of what it did with the EMR's columns: for saying which of them are used. That nothing stands here says nothing.
import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from '../outbox/outbox.ts';

export interface ScheduleUse {
  readonly officeId: string;
  readonly providerId: string;
  /** The EMR acknowledged an act on a booking: Visible, Scheduling. */
  readonly acts: Date | null;
  /** It took a document: Visible, EMR. */
  readonly filings: Date | null;
}

/** By schedule, the last time of each. */
export async function listScheduleUse(db: Db, { siteId, connectionId }: ConnectionKey): Promise<ScheduleUse[]> {
  const { rows } = await db.query<ScheduleUse & Record<string, unknown>>(
    `select office_id as "officeId", provider_id as "providerId",
            max(state_since) filter (where kind <> 'file-document') as acts,
            max(state_since) filter (where kind = 'file-document') as filings
       from write_back where site_id = $1 and connection_id = $2 and state = 'acknowledged' group by 1, 2`,
    [siteId, connectionId],
  );
  return rows;
}

export interface FetchedUse {
  readonly documents: Date | null;
  readonly results: Date | null;
}

/** What came by *Save for Ocean*. It may lie with any schedule, and the portal does not write down with which. */
export async function findFetchedUse(db: Db, { siteId, connectionId }: ConnectionKey): Promise<FetchedUse> {
  const { rows } = await db.query<FetchedUse & Record<string, unknown>>(
    `select max(settled_at) filter (where columns_read & 8 <> 0) as documents,
            max(settled_at) filter (where columns_read & 16 <> 0) as results
       from saved_fetch where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows[0]!;
}
