import type { Db } from '../../platform/database/db.ts';
import type { MadeLinkFacts } from './confirm-way.ts';
import type { Answer, LinkedBooking, LinkPurpose, LinkTerms, Meaning } from './links.ts';

export interface NewLinkRow extends LinkTerms {
  readonly siteId: number;
  readonly linkId: string;
  readonly tokenHash: Buffer;
  readonly formKey: Buffer;
  readonly connectionId: string;
  readonly bookingId: string;
  readonly createdAt: Date;
  readonly createdBy: string | null;
}

export async function insertLink(tx: Db, one: NewLinkRow): Promise<void> {
  await tx.query(
    `insert into appointment_link (site_id, link_id, token_hash, form_key, connection_id, booking_id, start_at, office_id, provider_id,
                                   purpose, cancel_notice_minutes, created_at, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      one.siteId,
      one.linkId,
      one.tokenHash,
      one.formKey,
      one.connectionId,
      one.bookingId,
      one.startAt,
      one.officeId,
      one.providerId,
      one.purpose,
      one.cancelNoticeMinutes,
      one.createdAt,
      one.createdBy,
    ],
  );
}

export interface LinkKey {
  readonly siteId: number;
  readonly linkId: string;
}

/** The link of the token in force, before a site is known. */
export async function findByToken(tx: Db, tokenHash: Buffer): Promise<LinkKey | undefined> {
  const { rows } = await tx.query<LinkKey & Record<string, unknown>>(
    'select site_id as "siteId", link_id as "linkId" from appointment_link where token_hash = $1',
    [tokenHash],
  );
  return rows[0];
}

/** A link with all that its page may need. */
export interface LinkRow extends LinkKey, LinkTerms {
  readonly formKey: Buffer;
  readonly connectionId: string;
  readonly bookingId: string;
  readonly purpose: LinkPurpose;
  readonly tries: number;
  readonly lockedAt: Date | null;
  readonly booking: LinkedBooking;
  readonly version: string;
  readonly endAt: Date;
  readonly type: string | null;
  readonly birthDate: string | null;
  readonly language: string | null;
  readonly siteName: string;
  readonly sitePhone: string | null;
  readonly siteZone: string;
  readonly officeName: string | null;
  readonly officeZone: string | null;
  readonly providerDisplay: string | null;
}

export async function findLink(tx: Db, { siteId, linkId }: LinkKey): Promise<LinkRow | undefined> {
  const { rows } = await tx.query<
    Omit<LinkRow, 'booking'> & {
      readonly status: string;
      readonly participation: string;
      readonly patientId: string | null;
      readonly state: string;
      readonly masked: boolean;
      readonly isAt: Date;
      readonly isOffice: string;
      readonly isProvider: string;
    }
  >(
    `select l.site_id as "siteId", l.link_id as "linkId", l.form_key as "formKey", l.connection_id as "connectionId",
            l.booking_id as "bookingId", l.start_at as "startAt", l.office_id as "officeId", l.provider_id as "providerId", l.purpose,
            l.cancel_notice_minutes as "cancelNoticeMinutes", l.tries::integer, l.locked_at as "lockedAt",
            b.status, b.participation, b.patient_id as "patientId", b.state, b.patient_masked as masked, b.start_at as "isAt",
            b.office_id as "isOffice", b.provider_id as "isProvider", b.emr_version as version, b.end_at as "endAt", b.type_text as type,
            p.birth_date as "birthDate", p.language, s.name as "siteName", s.phone as "sitePhone", s.zone as "siteZone",
            o.name as "officeName", o.zone as "officeZone", v.display as "providerDisplay"
       from appointment_link l
       join site s on s.site_id = l.site_id
       join booking b on b.site_id = l.site_id and b.connection_id = l.connection_id and b.booking_id = l.booking_id
       left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
       left join office o on o.site_id = l.site_id and o.connection_id = l.connection_id and o.office_id = l.office_id
       left join provider v on v.site_id = l.site_id and v.connection_id = l.connection_id and v.provider_id = l.provider_id
      where l.site_id = $1 and l.link_id = $2`,
    [siteId, linkId],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { status, participation, patientId, state, masked, isAt, isOffice, isProvider, ...link } = row;
  return {
    ...link,
    booking: {
      status,
      participation,
      patientId,
      state,
      masked,
      startAt: isAt,
      officeId: isOffice,
      providerId: isProvider,
    },
  };
}

/** The last answer of a patient for the appointment that the link is about, by this link or another. */
export async function findAnswer(tx: Db, { siteId, linkId }: LinkKey): Promise<Answer | null> {
  const { rows } = await tx.query<{ [K in keyof Answer]: Answer[K] }>(
    `select w.kind, w.state, w.state_since as since, t.reason
       from appointment_link l
       join write_back w on w.site_id = l.site_id and w.connection_id = l.connection_id and w.booking_id = l.booking_id
                        and w.requested_by is null and w.kind in ('mark-confirmed', 'cancel') and w.seen_start_at = l.start_at
                        and w.office_id = l.office_id and w.provider_id = l.provider_id
       left join staff_task t on t.site_id = w.site_id and t.connection_id = w.connection_id and t.write_back_id = w.write_back_id
      where l.site_id = $1 and l.link_id = $2
      order by w.requested_at desc, w.write_back_id desc limit 1`,
    [siteId, linkId],
  );
  return rows[0] ?? null;
}

/** Links of one booking as the staff may judge them: no token is among it. */
export async function listLinksOf(
  db: Db,
  {
    siteId,
    connectionId,
    bookingId,
  }: { readonly siteId: number; readonly connectionId: string; readonly bookingId: string },
): Promise<MadeLinkFacts[]> {
  const { rows } = await db.query<MadeLinkFacts & Record<string, unknown>>(
    `select purpose, start_at as "startAt", office_id as "officeId", provider_id as "providerId",
            cancel_notice_minutes as "cancelNoticeMinutes", created_at as "createdAt", locked_at is not null as locked
       from appointment_link where site_id = $1 and connection_id = $2 and booking_id = $3 order by created_at desc`,
    [siteId, connectionId, bookingId],
  );
  return rows;
}

/** The last answer of a patient for the appointment as it stands, whichever link it came by. */
export async function findAnswerOf(
  db: Db,
  of: { readonly siteId: number; readonly connectionId: string; readonly bookingId: string } & Meaning,
): Promise<Answer | null> {
  const { rows } = await db.query<{ [K in keyof Answer]: Answer[K] }>(
    `select w.kind, w.state, w.state_since as since, t.reason
       from write_back w
       left join staff_task t on t.site_id = w.site_id and t.connection_id = w.connection_id and t.write_back_id = w.write_back_id
      where w.site_id = $1 and w.connection_id = $2 and w.booking_id = $3 and w.requested_by is null
        and w.kind in ('mark-confirmed', 'cancel') and w.seen_start_at = $4 and w.office_id = $5 and w.provider_id = $6
      order by w.requested_at desc, w.write_back_id desc limit 1`,
    [of.siteId, of.connectionId, of.bookingId, of.startAt, of.officeId, of.providerId],
  );
  return rows[0] ?? null;
}

/** Counts a try before the date is looked at, so that tries sent side by side count too; undefined: it is locked. */
export async function countTry(tx: Db, { siteId, linkId }: LinkKey): Promise<number | undefined> {
  const { rows } = await tx.query<{ tries: number }>(
    `update appointment_link set tries = tries + 1
      where site_id = $1 and link_id = $2 and locked_at is null returning tries::integer as tries`,
    [siteId, linkId],
  );
  return rows[0]?.tries;
}

export async function forgetTries(tx: Db, { siteId, linkId }: LinkKey): Promise<void> {
  await tx.query('update appointment_link set tries = 0 where site_id = $1 and link_id = $2', [siteId, linkId]);
}

export async function lockLink(tx: Db, { siteId, linkId }: LinkKey, now: Date): Promise<void> {
  await tx.query('update appointment_link set locked_at = $3 where site_id = $1 and link_id = $2', [
    siteId,
    linkId,
    now,
  ]);
}

/** False: it is not locked. */
export async function unlockLink(tx: Db, { siteId, linkId }: LinkKey): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update appointment_link set tries = 0, locked_at = null
      where site_id = $1 and link_id = $2 and locked_at is not null`,
    [siteId, linkId],
  );
  return rowCount === 1;
}

export interface LinkableBooking {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly startAt: Date;
  readonly officeId: string;
  readonly providerId: string;
}

/** Those of the bookings that are listed, wait for their patient, and have one whose birth date can be asked for. */
export async function listLinkable(tx: Db, siteId: number, bookingIds: readonly string[]): Promise<LinkableBooking[]> {
  const { rows } = await tx.query<LinkableBooking & Record<string, unknown>>(
    `select b.connection_id as "connectionId", b.booking_id as "bookingId", b.start_at as "startAt", b.office_id as "officeId",
            b.provider_id as "providerId"
       from booking b
       join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
                     and p.birth_date is not null
      where b.site_id = $1 and b.booking_id = any ($2) and b.state in ('present', 'unconfirmed') and not b.patient_masked
        and b.status in ('booked', 'proposed', 'pending', 'waitlist')`,
    [siteId, bookingIds],
  );
  return rows;
}
