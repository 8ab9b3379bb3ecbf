// What patients have in their calendars from us. A file counts as theirs from the moment at which its mail began to leave.
import type { Db, Pool } from '../../platform/database/db.ts';

export interface CalendarFile {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly sequence: number;
  readonly ruleId: string;
  readonly method: 'PUBLISH' | 'CANCEL';
  readonly uid: string;
  readonly patientId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly startAt: Date;
  readonly endAt: Date;
}

export async function insertCalendarFile(tx: Db, siteId: number, mailId: string, file: CalendarFile): Promise<void> {
  await tx.query(
    `insert into calendar_file (site_id, connection_id, booking_id, sequence, mail_id, rule_id, method, uid, patient_id, office_id, provider_id,
                                start_at, end_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      siteId,
      file.connectionId,
      file.bookingId,
      file.sequence,
      mailId,
      file.ruleId,
      file.method,
      file.uid,
      file.patientId,
      file.officeId,
      file.providerId,
      file.startAt,
      file.endAt,
    ],
  );
}

/** The UID that the booking's files have, and the number of the next; undefined: it has had none. */
export async function findSeries(
  tx: Db,
  siteId: number,
  connectionId: string,
  bookingId: string,
): Promise<{ readonly uid: string; readonly next: number } | undefined> {
  const { rows } = await tx.query<{ uid: string; next: number }>(
    `select uid, sequence + 1 as next from calendar_file where site_id = $1 and connection_id = $2 and booking_id = $3
      order by sequence desc limit 1`,
    [siteId, connectionId, bookingId],
  );
  return rows[0];
}

/** Of appointments that are over; kept for two days, so that a mail that is still on its way has its own. */
export async function forgetCalendarFiles(tx: Db, siteId: number, now: Date): Promise<void> {
  await tx.query(`delete from calendar_file where site_id = $1 and start_at < $2::timestamptz - interval '2 days'`, [
    siteId,
    now,
  ]);
}

export async function listSitesWithFiles(pool: Pool, now: Date): Promise<number[]> {
  const { rows } = await pool.query<{ siteId: number }>(
    `select distinct site_id as "siteId" from calendar_file where start_at > $1 and left_at is not null order by 1`,
    [now],
  );
  return rows.map(({ siteId }) => siteId);
}

/** A file in somebody's calendar that does not say any more what is. */
export interface StaleFile extends Omit<CalendarFile, 'sequence' | 'method' | 'uid'> {
  /** withdrawn: the appointment is no longer his; moved: it is at another time or in another office. */
  readonly change: 'withdrawn' | 'moved';
  readonly recipient: string;
  readonly language: 'en' | 'fr';
  readonly officeName: string;
  readonly officeZone: string;
  readonly providerDisplay: string;
  /** moved: where and when it is now. */
  readonly now: {
    readonly startAt: Date;
    readonly endAt: Date;
    readonly officeId: string;
    readonly officeName: string;
    readonly officeZone: string;
    readonly providerId: string;
    readonly providerDisplay: string;
  };
}

/**
 * Files of appointments that are still ahead, of which it is certain that they have changed: the EMR says so of a booking that it lists, or it
 * has said that the booking is deleted. What is absent, out of sight, masked or not synchronised any more says nothing. A follow-up that is
 * on its way, or that could not be delivered, is not made again.
 */
export async function listStaleFiles(
  tx: Db,
  siteId: number,
  { now, inTestMode }: { readonly now: Date; readonly inTestMode: boolean },
): Promise<StaleFile[]> {
  const { rows } = await tx.query<StaleFile & Record<string, unknown>>(
    `with held as (
       -- The last that has reached each calendar.
       select distinct on (f.connection_id, f.booking_id) f.*, m.recipient
         from calendar_file f
         join mail m on m.site_id = f.site_id and m.mail_id = f.mail_id
        where f.site_id = $1 and f.left_at is not null and m.state in ('accepted', 'uncertain') and (not f.to_test or $3)
        order by f.connection_id, f.booking_id, f.sequence desc)
     select h.connection_id as "connectionId", h.booking_id as "bookingId", h.rule_id as "ruleId", h.patient_id as "patientId", h.office_id as "officeId", h.provider_id as "providerId", h.start_at as "startAt", h.end_at as "endAt",
            h.recipient, coalesce(p.language, 'en') as language, c.change,
            coalesce(o.name, h.office_id) as "officeName", coalesce(o.zone, s.zone) as "officeZone",
            coalesce(v.display, h.provider_id) as "providerDisplay",
            jsonb_build_object('officeId', b.office_id, 'officeName', coalesce(bo.name, b.office_id), 'officeZone', coalesce(bo.zone, s.zone),
                               'providerId', b.provider_id, 'providerDisplay', coalesce(bv.display, b.provider_id)) as now,
            b.start_at as "nowStartAt", b.end_at as "nowEndAt"
       from held h
       join site s on s.site_id = h.site_id
       join booking b on b.site_id = h.site_id and b.connection_id = h.connection_id and b.booking_id = h.booking_id
      cross join lateral (
        select case
                 when b.state in ('deleted', 'released') then 'withdrawn'
                 when b.state <> 'present' or b.patient_masked then null
                 when b.status in ('cancelled', 'entered-in-error') or b.patient_id is distinct from h.patient_id then 'withdrawn'
                 when b.status in ('booked', 'pending', 'proposed') and b.start_at > $2
                      and (b.start_at, b.office_id) <> (h.start_at, h.office_id) then 'moved'
               end as change) c
       left join patient p on p.site_id = h.site_id and p.connection_id = h.connection_id and p.patient_id = h.patient_id
       left join mail_opt_out out on out.site_id = h.site_id and out.connection_id = h.connection_id and out.patient_id = h.patient_id
       left join refused_address r on r.site_id = h.site_id and r.connection_id = h.connection_id and r.patient_id = h.patient_id
                                  and r.address = h.recipient
       left join office o on o.site_id = h.site_id and o.connection_id = h.connection_id and o.office_id = h.office_id
       left join provider v on v.site_id = h.site_id and v.connection_id = h.connection_id and v.provider_id = h.provider_id
       left join office bo on bo.site_id = b.site_id and bo.connection_id = b.connection_id and bo.office_id = b.office_id
       left join provider bv on bv.site_id = b.site_id and bv.connection_id = b.connection_id and bv.provider_id = b.provider_id
      where h.method = 'PUBLISH' and h.start_at > $2 and c.change is not null
        -- The file went to this address; where he has another by now, this one may be somebody else's.
        and (p.patient_id is null or p.email = h.recipient) and out.patient_id is null and r.patient_id is null
        and not exists (
          select from calendar_file later
            join mail m on m.site_id = later.site_id and m.mail_id = later.mail_id
           where later.site_id = h.site_id and later.connection_id = h.connection_id and later.booking_id = h.booking_id
             and later.sequence > h.sequence and m.state in ('due', 'sending', 'uncertain', 'failed'))
      order by h.start_at, h.booking_id`,
    [siteId, now, inTestMode],
  );
  return rows.map(({ nowStartAt, nowEndAt, ...row }) => ({
    ...row,
    now: { ...row.now, startAt: nowStartAt as Date, endAt: nowEndAt as Date },
  }));
}
