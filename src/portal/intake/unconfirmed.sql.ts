import type { Db } from '../../platform/database/db.ts';

interface Schedule {
  readonly siteId: number;
  readonly connectionId: string;
  readonly officeId: string;
  readonly providerId: string;
}

const ofSchedule = `site_id = $1 and connection_id = $2 and office_id = $3 and provider_id = $4 and state = 'unconfirmed'`;
const scheduleOf = ({ siteId, connectionId, officeId, providerId }: Schedule) => [
  siteId,
  connectionId,
  officeId,
  providerId,
];

export interface Unconfirmed {
  readonly bookingId: string;
  readonly startAt: Date;
  readonly since: Date;
}

/** The first `limit` of a schedule by their start, and how many there are. */
export async function listUnconfirmed(
  db: Db,
  schedule: Schedule,
  limit: number,
): Promise<{ readonly bookings: readonly Unconfirmed[]; readonly total: number }> {
  const { rows } = await db.query<Unconfirmed & { total: number }>(
    `select booking_id as "bookingId", start_at as "startAt", state_since as since, (count(*) over ())::integer as total
       from booking where ${ofSchedule} order by start_at, booking_id limit $5`,
    [...scheduleOf(schedule), limit],
  );
  return { bookings: rows, total: rows[0]?.total ?? 0 };
}

/** Of these bookings, those that are unconfirmed leave the lists; returns which. */
export async function releaseUnconfirmed(
  tx: Db,
  schedule: Schedule,
  bookingIds: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ bookingId: string }>(
    `update booking set state = 'released', state_since = now() where ${ofSchedule} and booking_id = any ($5)
     returning booking_id as "bookingId"`,
    [...scheduleOf(schedule), bookingIds],
  );
  if (rows.length > 0) {
    await tx.query('update site set data_revision = data_revision + 1 where site_id = $1', [schedule.siteId]);
  }
  return rows.map((row) => row.bookingId).sort();
}
