// Every statement here joins held_grant on the pair; row-level security stands behind it.
import type { Db } from '../../platform/database/db.ts';
import type { AppointmentStatus, DayAppointment } from '../contract/scheduler.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { takingTimeOf } from './overlaps.sql.ts';

export interface VisibleSchedule {
  readonly providerId: string;
  readonly display: string;
  readonly columns: number;
}

/** Schedules of an office that the user holds Visible on. */
export async function listVisibleSchedules(
  db: Db,
  tenantId: number,
  userId: string,
  officeId: string,
): Promise<VisibleSchedule[]> {
  const { rows } = await db.query<VisibleSchedule>(
    `select s.provider_id as "providerId", concat_ws(' ', p.prefix, p.given, p.family, p.suffix) as display, h.columns::integer as columns
       from provider_schedule s
       join held_grant h on h.tenant_id = s.tenant_id and h.office_id = s.office_id and h.provider_id = s.provider_id
       join provider p on p.tenant_id = s.tenant_id and p.provider_id = s.provider_id
      where s.tenant_id = $1 and h.user_id = $2 and s.office_id = $3 and s.active
      order by lower(p.family), lower(p.given), s.provider_id`,
    [tenantId, userId, officeId],
  );
  return rows;
}

export interface AppointmentRow {
  readonly appointmentId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly version: number;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly status: AppointmentStatus;
  readonly participation: DayAppointment['participation'];
  readonly type: string | null;
  readonly reason: string | null;
  /** The clinic's own status, while it means what the booking is. */
  readonly clinicStatus: { readonly code: string; readonly display: string } | null;
  readonly patientId: string | null;
  /** The last of those that were noted. */
  readonly remindedAt: Date | null;
  /** null where there is no patient, or Patient is not held on the pair. */
  readonly patientDisplay: string | null;
}

const appointmentColumns = `
  a.appointment_id as "appointmentId", a.office_id as "officeId", a.provider_id as "providerId", a.version_id as version,
  a.start_at as "startAt", a.end_at as "endAt", a.status, a.participation, a.type_text as type, a.reason, a.patient_id as "patientId",
  case when c.code is not null then jsonb_build_object('code', c.code, 'display', c.display) end as "clinicStatus",
  (select max(m.sent_at) from reminder_mark m where m.tenant_id = a.tenant_id and m.appointment_id = a.appointment_id) as "remindedAt",
  case when (h.columns & 1) = 1 then p.family || ', ' || p.given end as "patientDisplay"`;

const heldAppointment = `
  from appointment a
  join held_grant h on h.tenant_id = a.tenant_id and h.office_id = a.office_id and h.provider_id = a.provider_id
                   and h.user_id = $2 and (h.columns & 2) = 2
  left join patient p on p.tenant_id = a.tenant_id and p.patient_id = a.patient_id
  left join appointment_status c on c.tenant_id = a.tenant_id and c.code = a.clinic_status
       and c.means = case when a.status = 'booked' and a.participation = 'accepted' then 'confirmed' else a.status end`;

export async function listDay(
  db: Db,
  tenantId: number,
  userId: string,
  { officeId, from, to }: { readonly officeId: string; readonly from: Date; readonly to: Date },
): Promise<AppointmentRow[]> {
  const { rows } = await db.query<AppointmentRow>(
    `select ${appointmentColumns} ${heldAppointment}
      where a.tenant_id = $1 and a.office_id = $3 and a.start_at >= $4 and a.start_at < $5 and a.status <> 'entered-in-error'
      order by a.start_at, a.appointment_id`,
    [tenantId, userId, officeId, from, to],
  );
  return rows;
}

export interface PlacedAppointment {
  readonly row: AppointmentRow;
  /** Of its office. */
  readonly zone: string;
}

/** One that the user is known to see: it was written or locked in this transaction. */
export async function getAppointment(
  db: Db,
  tenantId: number,
  userId: string,
  appointmentId: string,
): Promise<PlacedAppointment> {
  const { rows } = await db.query<AppointmentRow & { zone: string }>(
    `select ${appointmentColumns}, o.zone ${heldAppointment} join office o on o.tenant_id = a.tenant_id and o.office_id = a.office_id
      where a.tenant_id = $1 and a.appointment_id = $3`,
    [tenantId, userId, appointmentId],
  );
  const { zone, ...row } = rows[0]!;
  return { row, zone };
}

/** Holds it still until the transaction ends: whoever else changes it waits. */
export async function lockAppointment(
  db: Db,
  tenantId: number,
  userId: string,
  appointmentId: string,
): Promise<Pick<AppointmentRow, 'status' | 'version'> | undefined> {
  const { rows } = await db.query<Pick<AppointmentRow, 'status' | 'version'>>(
    `select a.status, a.version_id as version ${heldAppointment} where a.tenant_id = $1 and a.appointment_id = $3 for update of a`,
    [tenantId, userId, appointmentId],
  );
  return rows[0];
}

/** Whoever books on these schedules takes turns: overlaps are judged one after the other. */
export async function lockSchedules(db: Db, tenantId: number, pairs: readonly Pair[]): Promise<void> {
  await db.query(
    // In one order for everybody, so that nobody waits in a circle.
    `select pg_advisory_xact_lock(hashtextextended(name, 0)) from (select distinct name from unnest($1::text[]) name order by name) s`,
    [pairs.map(({ officeId, providerId }) => `${tenantId}/${officeId}/${providerId}`)],
  );
}

export interface Place extends Pair {
  readonly startAt: Date;
  readonly endAt: Date;
}

/** How many bookings take time of each place, in the order of the places; `except` is not counted. */
export async function countOverlaps(
  db: Db,
  tenantId: number,
  places: readonly Place[],
  except: string | null = null,
): Promise<number[]> {
  const { rows } = await db.query<{ n: number }>({
    name: 'count-overlaps',
    text: `select (select count(*) from (${takingTimeOf('p', ' and a.appointment_id is distinct from $6')}) t)::integer as n
       from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) with ordinality
            as p (office_id, provider_id, start_at, end_at, place)
      order by p.place`,
    values: [
      tenantId,
      places.map(({ officeId }) => officeId),
      places.map(({ providerId }) => providerId),
      places.map(({ startAt }) => startAt),
      places.map(({ endAt }) => endAt),
      except,
    ],
  });
  return rows.map(({ n }) => n);
}

export interface StoredBooking extends Place {
  readonly appointmentId: string;
  readonly patientId: string | null;
  readonly status: AppointmentStatus;
  readonly participation: DayAppointment['participation'];
  readonly type: string | null;
  readonly reason: string | null;
}

/** Books, and makes each patient known to the pair in the same statement. */
export async function insertBookings(db: Db, tenantId: number, bookings: readonly StoredBooking[]): Promise<void> {
  await db.query({
    name: 'insert-bookings',
    text: `with wanted as (
       select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                            $10::timestamptz[], $11::timestamptz[])
         as w (appointment_id, office_id, provider_id, patient_id, status, participation, type_text, reason, start_at, end_at)),
     known as (
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select distinct $1::integer, patient_id, office_id, provider_id from wanted where patient_id is not null
       on conflict do nothing)
     insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, participation, type_text, reason,
                              start_at, end_at)
     select $1, appointment_id, office_id, provider_id, patient_id, status, participation, type_text, reason, start_at, end_at from wanted`,
    values: [
      tenantId,
      bookings.map(({ appointmentId }) => appointmentId),
      bookings.map(({ officeId }) => officeId),
      bookings.map(({ providerId }) => providerId),
      bookings.map(({ patientId }) => patientId),
      bookings.map(({ status }) => status),
      bookings.map(({ participation }) => participation),
      bookings.map(({ type }) => type),
      bookings.map(({ reason }) => reason),
      bookings.map(({ startAt }) => startAt),
      bookings.map(({ endAt }) => endAt),
    ],
  });
}

type FindBooking = (
  db: Db,
  tenantId: number,
  userId: string,
  appointmentId: string,
) => Promise<(StoredBooking & { readonly version: number }) | undefined>;

const readBooking =
  (lock: '' | 'for update of a'): FindBooking =>
  async (db, tenantId, userId, appointmentId) => {
    const { rows } = await db.query<StoredBooking & { version: number }>(
      `select a.appointment_id as "appointmentId", a.office_id as "officeId", a.provider_id as "providerId", a.patient_id as "patientId",
            a.status, a.participation, a.type_text as type, a.reason, a.start_at as "startAt", a.end_at as "endAt", a.version_id as version
       from appointment a
       join held_grant h on h.tenant_id = a.tenant_id and h.office_id = a.office_id and h.provider_id = a.provider_id
                        and h.user_id = $2 and (h.columns & 2) = 2
      where a.tenant_id = $1 and a.appointment_id = $3 ${lock}`,
      [tenantId, userId, appointmentId],
    );
    return rows[0];
  };

/** undefined: there is none, or the user may not see it. */
export const findBooking: FindBooking = readBooking('');
/** As findBooking, and holds it still until the transaction ends. */
export const lockBooking: FindBooking = readBooking('for update of a');

/** Writes the whole of it, as a new version, and makes its patient known to the pair. The row is locked. */
export async function updateBooking(db: Db, tenantId: number, one: StoredBooking): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    `with known as (
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select $1, $5, $3, $4 where $5::text is not null
       on conflict do nothing)
     update appointment
        set office_id = $3, provider_id = $4, patient_id = $5, status = $6, participation = $7, type_text = $8, reason = $9,
            start_at = $10, end_at = $11, version_id = version_id + 1, last_updated = clock_timestamp()
      where tenant_id = $1 and appointment_id = $2
     returning version_id as version`,
    [
      tenantId,
      one.appointmentId,
      one.officeId,
      one.providerId,
      one.patientId,
      one.status,
      one.participation,
      one.type,
      one.reason,
      one.startAt,
      one.endAt,
    ],
  );
  return rows[0]!.version;
}

/** A tombstone stays behind. */
export async function deleteBooking(db: Db, tenantId: number, appointmentId: string): Promise<void> {
  await db.query('delete from appointment where tenant_id = $1 and appointment_id = $2', [tenantId, appointmentId]);
}

/** Whether there was such a booking, on a pair whose bookings the user may see, and it was deleted. */
export async function isDeletedBooking(
  db: Db,
  tenantId: number,
  userId: string,
  appointmentId: string,
): Promise<boolean> {
  const { rows } = await db.query(
    `select from appointment_version v
       join held_grant h on h.tenant_id = v.tenant_id and h.office_id = v.office_id and h.provider_id = v.provider_id
                        and h.user_id = $2 and (h.columns & 2) = 2
      where v.tenant_id = $1 and v.appointment_id = $3 and v.deleted`,
    [tenantId, userId, appointmentId],
  );
  return rows.length > 0;
}

/** False where nothing is left to cancel: it is over, was never made, or is cancelled. */
export async function cancelAppointment(db: Db, tenantId: number, appointmentId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update appointment set status = 'cancelled', version_id = version_id + 1, last_updated = clock_timestamp()
      where tenant_id = $1 and appointment_id = $2 and status not in ('cancelled', 'fulfilled', 'noshow', 'entered-in-error')`,
    [tenantId, appointmentId],
  );
  return rowCount === 1;
}

/** Those of the patients whom the user may see anywhere: nobody books whom he cannot see. */
export async function visiblePatients(
  db: Db,
  tenantId: number,
  userId: string,
  patientIds: readonly string[],
): Promise<Set<string>> {
  if (patientIds.length === 0) return new Set();
  const { rows } = await db.query<{ patientId: string }>({
    name: 'visible-patients',
    // What is held is few rows, and hashed once: joined, it was gone through again for each patient, or each patient for each of it.
    text: `with held as materialized (
       select office_id, provider_id from held_grant where tenant_id = $1 and user_id = $2 and (columns & 1) = 1)
     select distinct k.patient_id as "patientId" from patient_pair k
      where k.tenant_id = $1 and k.patient_id = any($3)
        and ((k.office_id, k.provider_id) in (select office_id, provider_id from held)) is true`,
    values: [tenantId, userId, patientIds],
  });
  return new Set(rows.map(({ patientId }) => patientId));
}
