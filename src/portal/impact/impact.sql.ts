import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from '../outbox/outbox.ts';

export interface MovedSchedule {
  readonly officeId: string;
  readonly providerId: string;
  /** Columns that hold, by what the portal knows, and that would hold. */
  readonly before: number;
  readonly after: number;
}

const values = (moved: readonly MovedSchedule[]) => [
  moved.map((one) => one.officeId),
  moved.map((one) => one.providerId),
  moved.map((one) => one.before),
  moved.map((one) => one.after),
];
const pairs = `unnest($3::text[], $4::text[], $5::integer[], $6::integer[]) as p (office_id, provider_id, before, after)`;

/** Bookings from now on that are kept out of sight and would be on the pages, and the other way round; `listed`: what that takes. */
export async function countMovedPages(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  moved: readonly MovedSchedule[],
  listed: number,
  now: Date,
): Promise<{ start: number; stop: number }> {
  const { rows } = await db.query<{ start: number; stop: number }>(
    `select count(*) filter (where p.after & $7 = $7 and (b.state = 'visibility-lost' or b.patient_masked))::integer as start,
            count(*) filter (where p.before & $7 = $7 and b.state <> 'visibility-lost' and not b.patient_masked)::integer as stop
       from ${pairs}
       join booking b on b.site_id = $1 and b.connection_id = $2 and b.office_id = p.office_id and b.provider_id = p.provider_id
                     and b.start_at >= $8 and b.state in ('present', 'unconfirmed', 'visibility-lost') and b.status <> 'entered-in-error'
      where p.before & $7 = $7 is distinct from (p.after & $7 = $7)`,
    [siteId, connectionId, ...values(moved), listed, now],
  );
  return rows[0]!;
}

/** Parked ones that would wake, and those under way that would be refused: an act on a booking needs Visible and Scheduling (34). */
export async function countMovedWriteBacks(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  moved: readonly MovedSchedule[],
): Promise<{ start: number; stop: number }> {
  const { rows } = await db.query<{ start: number; stop: number }>(
    `select count(*) filter (where w.state = 'parked' and w.missing_columns & ~p.after = 0)::integer as start,
            count(*) filter (where w.state in ('queued', 'sending', 'conflict', 'retrying')
                               and p.before & 34 = 34 and p.after & 34 <> 34)::integer as stop
       from ${pairs}
       join write_back w on w.site_id = $1 and w.connection_id = $2 and w.office_id = p.office_id and w.provider_id = p.provider_id`,
    [siteId, connectionId, ...values(moved)],
  );
  return rows[0]!;
}

/**
 * Links that lead somewhere and would lead nowhere, and the other way round (links/links.ts, rules 1, 2 and 4): unlocked, before the start,
 * without an answer. Their booking is visible with Visible and Scheduling (34); that its patient is withheld ends no link.
 */
export async function countMovedLinks(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  moved: readonly MovedSchedule[],
  now: Date,
): Promise<{ start: number; stop: number }> {
  const { rows } = await db.query<{ start: number; stop: number }>(
    `select count(*) filter (where p.after & 34 = 34 and b.state = 'visibility-lost')::integer as start,
            count(*) filter (where p.after & 34 <> 34 and b.state <> 'visibility-lost')::integer as stop
       from ${pairs}
       join appointment_link l on l.site_id = $1 and l.connection_id = $2 and l.office_id = p.office_id and l.provider_id = p.provider_id
                              and l.start_at > $7 and l.locked_at is null
       join booking b on b.site_id = l.site_id and b.connection_id = l.connection_id and b.booking_id = l.booking_id
                     and b.office_id = l.office_id and b.provider_id = l.provider_id and b.start_at = l.start_at
                     and b.state in ('present', 'unconfirmed', 'visibility-lost') and b.status in ('booked', 'proposed', 'pending', 'waitlist')
      where p.before & 34 = 34 is distinct from (p.after & 34 = 34)
        and not exists (select from write_back w
                         where w.site_id = l.site_id and w.connection_id = l.connection_id and w.booking_id = l.booking_id
                           and w.requested_by is null and w.kind in ('mark-confirmed', 'cancel') and w.seen_start_at = l.start_at
                           and w.office_id = l.office_id and w.provider_id = l.provider_id)`,
    [siteId, connectionId, ...values(moved), now],
  );
  return rows[0]!;
}
