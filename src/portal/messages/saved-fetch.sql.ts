// What was picked with *Save for Ocean* in the EMR: asked for by a member, brought by Cloud Connect. The row is the queue, as with write-backs.
import type { Db, Pool } from '../../platform/database/db.ts';
import { asSite } from '../context.ts';
import type { StoredFile } from '../files/files.sql.ts';
import { shownWith } from './messages.sql.ts';

export interface FetchKey {
  readonly siteId: number;
  readonly fetchId: string;
}

export interface AskedFetch extends FetchKey {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly patientId: string;
  readonly officeId: string;
  readonly providerId: string;
}

export async function insertFetch(
  tx: Db,
  one: AskedFetch & { readonly askedBy: string; readonly now: Date },
): Promise<void> {
  await tx.query(
    `insert into saved_fetch (site_id, fetch_id, connection_id, booking_id, patient_id, office_id, provider_id, asked_by, asked_at, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked')`,
    [
      one.siteId,
      one.fetchId,
      one.connectionId,
      one.bookingId,
      one.patientId,
      one.officeId,
      one.providerId,
      one.askedBy,
      one.now,
    ],
  );
  await tx.query(`select pg_notify('saved_fetch', '')`);
}

export interface Lacking {
  readonly officeId: string;
  readonly providerId: string;
  readonly columns: number;
}

export interface FetchRow {
  readonly state: 'asked' | 'fetching' | 'done' | 'failed';
  readonly reason: string | null;
  readonly lacking: readonly (Lacking & { readonly officeName: string; readonly providerDisplay: string })[];
  readonly files: readonly StoredFile[];
}

/** Whoever may not be seen takes what was fetched for him along: then there is none, as if there had never been. */
export async function findFetch(tx: Db, { siteId, fetchId }: FetchKey): Promise<FetchRow | undefined> {
  const { rows } = await tx.query<FetchRow & Record<string, unknown>>(
    `select f.state, f.reason,
            coalesce((select jsonb_agg(jsonb_build_object('officeId', l."officeId", 'providerId', l."providerId", 'columns', l.columns,
                                'officeName', coalesce(o.name, l."officeId"), 'providerDisplay', coalesce(v.display, l."providerId"))
                              order by (l."officeId" = f.office_id and l."providerId" = f.provider_id) desc, o.name, v.display)
                        from jsonb_to_recordset(f.lacking) l ("officeId" text, "providerId" text, columns integer)
                        left join office o on o.site_id = f.site_id and o.connection_id = f.connection_id and o.office_id = l."officeId"
                        left join provider v on v.site_id = f.site_id and v.connection_id = f.connection_id and v.provider_id = l."providerId"),
                     '[]') as lacking,
            coalesce((select jsonb_agg(jsonb_build_object('fileId', s.file_id, 'title', s.title, 'mediaType', s.media_type, 'bytes', s.bytes)
                              order by s.begun_at, s.file_id)
                        from stored_file s where s.site_id = f.site_id and s.fetch_id = f.fetch_id and s.arrived_at is not null), '[]') as files
       from saved_fetch f
       join booking b on b.site_id = f.site_id and b.connection_id = f.connection_id and b.booking_id = f.booking_id and ${shownWith('b')}
      where f.site_id = $1 and f.fetch_id = $2`,
    [siteId, fetchId],
  );
  return rows[0];
}

// What follows is Cloud Connect's.

const leaseMs = 60_000;

/** Takes the one that has waited longest, of any site; one whose fetcher was lost fails: what was handed over is handed over once. */
export async function claimFetch(pool: Pool): Promise<AskedFetch | undefined> {
  const { rows: due } = await pool.query<FetchKey & { state: string } & Record<string, unknown>>(
    `select site_id as "siteId", fetch_id as "fetchId", state from saved_fetch
      where state = 'asked' or (state = 'fetching' and lease_until < now()) order by asked_at limit 50`,
  );
  for (const { siteId, fetchId, state } of due) {
    const claimed = await asSite(pool, siteId, async (tx) => {
      if (state === 'fetching') {
        await tx.query(
          `update saved_fetch set state = 'failed', reason = 'messages.saved.interrupted', settled_at = clock_timestamp()
            where site_id = $1 and fetch_id = $2 and state = 'fetching' and lease_until < now()`,
          [siteId, fetchId],
        );
        return undefined;
      }
      const { rows } = await tx.query<AskedFetch & Record<string, unknown>>(
        `update saved_fetch set state = 'fetching', lease_until = now() + $3 * interval '1 millisecond'
          where site_id = $1 and fetch_id = $2 and state = 'asked'
        returning site_id as "siteId", fetch_id as "fetchId", connection_id as "connectionId", booking_id as "bookingId",
                  patient_id as "patientId", office_id as "officeId", provider_id as "providerId"`,
        [siteId, fetchId, leaseMs],
      );
      return rows[0];
    });
    if (claimed) return claimed;
  }
  return undefined;
}

/** In the transaction that begins a file: it is of this fetch. */
export async function setFetch(tx: Db, { siteId, fetchId }: FetchKey, fileId: string): Promise<void> {
  await tx.query('update stored_file set fetch_id = $3 where site_id = $1 and file_id = $2', [siteId, fileId, fetchId]);
  await tx.query(
    `update saved_fetch set lease_until = now() + $3 * interval '1 millisecond' where site_id = $1 and fetch_id = $2 and state = 'fetching'`,
    [siteId, fetchId, leaseMs],
  );
}

export async function settleFetch(
  pool: Pool,
  { siteId, fetchId }: FetchKey,
  {
    failed,
    reason,
    lacking,
    columnsRead = 0,
  }: {
    readonly failed: boolean;
    readonly reason: string | null;
    readonly lacking: readonly Lacking[];
    /** By which columns something came. */
    readonly columnsRead?: number;
  },
): Promise<void> {
  await asSite(pool, siteId, (tx) =>
    tx.query(
      `update saved_fetch set state = $5, reason = $3, lacking = $4, columns_read = $6,
                              settled_at = clock_timestamp(), lease_until = null
        where site_id = $1 and fetch_id = $2 and state = 'fetching'`,
      [siteId, fetchId, reason, JSON.stringify(lacking), failed ? 'failed' : 'done', columnsRead],
    ),
  );
}
