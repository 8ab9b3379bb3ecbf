import type { Db } from '../../platform/database/db.ts';

export interface HiddenBookings {
  readonly officeId: string;
  readonly providerId: string;
  /** Kept, of today or later, and on no list: invisible to the integration user, patient withheld, or provider not selected. */
  readonly bookings: number;
  /** Of those, and of their patients, in the first 48 hours. */
  readonly soon: number;
  readonly patientsSoon: number;
}

/** What the portal itself knows to be hidden, by schedule: "at least", because what it never saw it cannot count. */
export async function countHidden(db: Db, siteId: number, connectionId: string, now: Date): Promise<HiddenBookings[]> {
  const { rows } = await db.query<HiddenBookings>(
    `select office_id as "officeId", provider_id as "providerId", count(*)::integer as bookings,
            (count(*) filter (where start_at < $3::timestamptz + interval '48 hours'))::integer as soon,
            (count(distinct patient_id) filter (where start_at < $3::timestamptz + interval '48 hours'))::integer as "patientsSoon"
       from booking
      where site_id = $1 and connection_id = $2 and start_at >= $3
        and (state in ('visibility-lost', 'not-selected') or (state in ('present', 'unconfirmed') and patient_masked))
      group by 1, 2`,
    [siteId, connectionId, now],
  );
  return rows;
}

/** Of these bookings: how many are on the portal's pages. */
export async function countListed(
  db: Db,
  { siteId, connectionId }: { readonly siteId: number; readonly connectionId: string },
  bookingIds: readonly string[],
): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from booking
      where site_id = $1 and connection_id = $2 and booking_id = any ($3) and state in ('present', 'unconfirmed') and not patient_masked`,
    [siteId, connectionId, bookingIds],
  );
  return rows[0]!.n;
}
