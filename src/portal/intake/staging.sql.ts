import type { Db } from '../../platform/database/db.ts';

export interface RunKey {
  readonly siteId: number;
  readonly connectionId: string;
  readonly runId: string;
}

/** What is staged: a run that goes on after a crash compares this with what its checkpoint says. */
export async function countStaged(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
): Promise<{ bookings: number; patients: number }> {
  const { rows } = await db.query<{ bookings: number; patients: number }>(
    `select (select count(*) from intake.staged_booking where site_id = $1 and connection_id = $2 and run_id = $3) as bookings,
            (select count(*) from intake.staged_patient where site_id = $1 and connection_id = $2 and run_id = $3) as patients`,
    [siteId, connectionId, runId],
  );
  return rows[0]!;
}

/** Empties the connection's staging: this run's, and that of runs that ended without doing so. */
export async function clearStaging(db: Db, { siteId, connectionId }: Omit<RunKey, 'runId'>): Promise<void> {
  await db.query('delete from intake.staged_booking where site_id = $1 and connection_id = $2', [siteId, connectionId]);
  await db.query('delete from intake.staged_patient where site_id = $1 and connection_id = $2', [siteId, connectionId]);
}

/** A slice that this run read whole, and its office's window. */
export interface ReadSlice {
  readonly officeId: string;
  readonly providerId: string;
  readonly from: Date;
  readonly to: Date;
}

const sliceColumns = (slices: readonly ReadSlice[]) => [
  slices.map((slice) => slice.officeId),
  slices.map((slice) => slice.providerId),
  slices.map((slice) => slice.from),
  slices.map((slice) => slice.to),
];

export interface AbsentBooking {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
}

/** Known bookings of the slices, inside the window, that the EMR did not give: nothing follows from this list alone. */
export async function listAbsent(db: Db, key: RunKey, slices: readonly ReadSlice[]): Promise<AbsentBooking[]> {
  const { rows } = await db.query<AbsentBooking>(
    `select b.booking_id as "bookingId", b.office_id as "officeId", b.provider_id as "providerId"
       from unnest($4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) as slice (office_id, provider_id, from_at, to_at)
       join booking b on b.site_id = $1 and b.connection_id = $2 and b.office_id = slice.office_id and b.provider_id = slice.provider_id
                     and b.start_at >= slice.from_at and b.start_at < slice.to_at
      where b.state in ('present', 'unconfirmed', 'visibility-lost', 'not-selected')
        and not exists (select from intake.staged_booking s
                         where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3 and s.booking_id = b.booking_id)
      order by b.booking_id`,
    [key.siteId, key.connectionId, key.runId, ...sliceColumns(slices)],
  );
  return rows;
}

export interface KnownCount {
  readonly officeId: string;
  readonly providerId: string;
  readonly known: number;
}

/** How many bookings are listed of each slice inside the window: what the guard measures against. */
export async function countKnown(
  db: Db,
  key: Omit<RunKey, 'runId'>,
  slices: readonly ReadSlice[],
): Promise<KnownCount[]> {
  const { rows } = await db.query<KnownCount>(
    `select slice.office_id as "officeId", slice.provider_id as "providerId", count(b.booking_id) as known
       from unnest($3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as slice (office_id, provider_id, from_at, to_at)
       left join booking b on b.site_id = $1 and b.connection_id = $2 and b.office_id = slice.office_id and b.provider_id = slice.provider_id
                          and b.start_at >= slice.from_at and b.start_at < slice.to_at and b.state = 'present'
      group by 1, 2`,
    [key.siteId, key.connectionId, ...sliceColumns(slices)],
  );
  return rows;
}
