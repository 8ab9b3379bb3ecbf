// One patient as the panel beside the Patients page shows him. He is found by a booking that is listed: whoever cannot see one sees nobody.
import type { Db } from '../../platform/database/db.ts';
import type { MailState } from '../contract/mails.ts';
import type { ListedSchedule } from '../contract/patients.ts';
import type { StoredFile } from '../files/files.sql.ts';
import { shownWith } from '../messages/messages.sql.ts';
import { isListed } from './patients.sql.ts';

export interface PatientKey {
  readonly siteId: number;
  readonly connectionId: string;
  readonly patientId: string;
}

export interface PanelPatient extends PatientKey {
  readonly family: string;
  readonly given: string;
  readonly birthDate: string | null;
  readonly chartNumber: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  readonly optedOut: boolean;
}

export async function findPatientOf(db: Db, siteId: number, bookingId: string): Promise<PanelPatient | undefined> {
  const { rows } = await db.query<PanelPatient & Record<string, unknown>>(
    `select b.site_id as "siteId", b.connection_id as "connectionId", p.patient_id as "patientId", p.family, p.given,
            p.birth_date as "birthDate", p.chart_number as "chartNumber", p.phone, p.email,
            case when p.language = 'fr' then 'fr' else 'en' end as language,
            exists (select from mail_opt_out o where o.site_id = p.site_id and o.connection_id = p.connection_id
                       and o.patient_id = p.patient_id) as "optedOut"
       from booking b
       join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
      where b.site_id = $1 and b.booking_id = $2 and ${isListed}`,
    [siteId, bookingId],
  );
  return rows[0];
}

export interface ChosenBooking {
  readonly status: string;
  readonly participation: string;
  readonly patientId: string | null;
  readonly state: string;
  readonly masked: boolean;
  readonly startAt: Date;
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly outcome: ListedSchedule['outcome'];
  readonly visibility: ListedSchedule['visibility'];
  readonly missingColumns: number;
  readonly lapsedOn: string | null;
}

/** The booking that the panel was opened at, with its schedule. */
export async function getChosenBooking(
  db: Db,
  { siteId, connectionId }: PatientKey,
  bookingId: string,
): Promise<ChosenBooking> {
  const { rows } = await db.query<ChosenBooking & Record<string, unknown>>(
    `select b.status, b.participation, b.patient_id as "patientId", b.state, b.patient_masked as masked, b.start_at as "startAt",
            b.office_id as "officeId", o.name as "officeName", b.provider_id as "providerId",
            coalesce(v.display, b.provider_id) as "providerDisplay", coalesce(s.outcome, 'waiting') as outcome,
            coalesce(s.visibility, 'never') as visibility, coalesce(s.missing_columns, 0)::integer as "missingColumns", s.lapsed_on as "lapsedOn"
       from booking b
       join office o on o.site_id = b.site_id and o.connection_id = b.connection_id and o.office_id = b.office_id
       left join provider v on v.site_id = b.site_id and v.connection_id = b.connection_id and v.provider_id = b.provider_id
       left join schedule s on s.site_id = b.site_id and s.connection_id = b.connection_id and s.office_id = b.office_id
                           and s.provider_id = b.provider_id
      where b.site_id = $1 and b.connection_id = $2 and b.booking_id = $3 and ${isListed}`,
    [siteId, connectionId, bookingId],
  );
  return rows[0]!;
}

export interface AppointmentRow {
  readonly bookingId: string;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly zone: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly type: string | null;
  readonly status: string;
  readonly participation: string;
  readonly state: 'present' | 'unconfirmed';
}

/** The last start first; keyset: those before `after`. */
export async function listAppointments(
  db: Db,
  { siteId, connectionId, patientId }: PatientKey,
  { after, limit }: { readonly after: { startAt: Date; bookingId: string } | undefined; readonly limit: number },
): Promise<AppointmentRow[]> {
  const { rows } = await db.query<AppointmentRow & Record<string, unknown>>(
    `select b.booking_id as "bookingId", b.start_at as "startAt", b.end_at as "endAt", o.zone, o.name as "officeName",
            coalesce(v.display, b.provider_id) as "providerDisplay", b.type_text as type, b.status, b.participation, b.state
       from booking b
       join office o on o.site_id = b.site_id and o.connection_id = b.connection_id and o.office_id = b.office_id
       left join provider v on v.site_id = b.site_id and v.connection_id = b.connection_id and v.provider_id = b.provider_id
      where b.site_id = $1 and b.connection_id = $2 and b.patient_id = $3 and ${isListed}
        and ($4::timestamptz is null or (b.start_at, b.booking_id) < ($4, $5))
      order by b.start_at desc, b.booking_id desc
      limit $6`,
    [siteId, connectionId, patientId, after?.startAt ?? null, after?.bookingId ?? null, limit],
  );
  return rows;
}

/** The threads of the patient that may be seen. */
const threads = `thread t join booking tb on tb.site_id = t.site_id and tb.connection_id = t.connection_id and tb.booking_id = t.booking_id
                                         and ${shownWith('tb')}`;
const ofPatient = (table: string): string =>
  `${table}.site_id = $1 and ${table}.connection_id = $2 and ${table}.patient_id = $3`;

export type DocumentRow = StoredFile & { readonly threadId: string; readonly sentAt: Date; readonly theirs: boolean };

/** Files that went with messages, the last ones first. */
export async function listDocuments(
  db: Db,
  { siteId, connectionId, patientId }: PatientKey,
  limit: number,
): Promise<DocumentRow[]> {
  const { rows } = await db.query<DocumentRow & Record<string, unknown>>(
    `select s.file_id as "fileId", s.title, s.media_type as "mediaType", s.bytes, t.thread_id as "threadId", m.sent_at as "sentAt",
            m.author is null as theirs
       from ${threads}
       join message m on m.site_id = t.site_id and m.thread_id = t.thread_id
       join message_file mf on mf.site_id = m.site_id and mf.thread_id = m.thread_id and mf.message_id = m.message_id
       join stored_file s on s.site_id = mf.site_id and s.file_id = mf.file_id
      where ${ofPatient('t')}
      order by m.sent_at desc, s.file_id
      limit $4`,
    [siteId, connectionId, patientId, limit],
  );
  return rows;
}

export interface EventRow {
  readonly at: Date;
  readonly kind: 'mail' | 'act' | 'message';
  /** mail: MailState; act: what was done. */
  readonly word: MailState | string | null;
  readonly state: string | null;
  readonly theirs: boolean;
  readonly threadId: string | null;
  readonly by: string | null;
}

/**
 * E-mails about the patient's bookings but those that may not be seen, acts on those of his bookings that are listed, and messages, the last ones first. An act that
 * files a message stands beside the message.
 */
export async function listEvents(
  db: Db,
  { siteId, connectionId, patientId }: PatientKey,
  limit: number,
): Promise<EventRow[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select e.at, e.kind, e.word, e.state, e.theirs, e.thread_id as "threadId", u.display_name as by from (
       (select m.created_at as at, 'mail' as kind, m.state as word, null as state, false as theirs, null as thread_id, null as user_id
          from mail m
         where ${ofPatient('m')}
           and not exists (select from booking b where b.site_id = m.site_id and b.connection_id = m.connection_id
                              and b.booking_id = m.booking_id and not (${shownWith('b')}))
         order by m.created_at desc limit $4)
       union all
       (select w.requested_at, 'act', w.kind, w.state, false, null, w.requested_by
          from booking b
          join write_back w on w.site_id = b.site_id and w.connection_id = b.connection_id and w.booking_id = b.booking_id
         where ${ofPatient('b')} and ${isListed} and w.kind <> 'file-document' order by w.requested_at desc limit $4)
       union all
       (select m.sent_at, 'message', null, null, m.author is null, t.thread_id, m.author
          from ${threads} join message m on m.site_id = t.site_id and m.thread_id = t.thread_id
         where ${ofPatient('t')} order by m.sent_at desc limit $4)) e
       left join portal_user u on u.user_id = e.user_id
      -- What happened at one moment stands in one order, however the rows lie.
      order by e.at desc, e.kind, e.thread_id, e.word, e.state limit $4`,
    [siteId, connectionId, patientId, limit],
  );
  return rows;
}
