// Every statement here joins held_grant on the pair; row-level security stands behind it.
import type { Db } from '../../platform/database/db.ts';
import type { AppointmentStatus, DayAppointment } from '../contract/scheduler.ts';

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
  readonly patientId: string | null;
  /** null where there is no patient, or Patient is not held on the pair. */
  readonly patientDisplay: string | null;
}

const appointmentColumns = `
  a.appointment_id as "appointmentId", a.office_id as "officeId", a.provider_id as "providerId", a.version_id as version,
  a.start_at as "startAt", a.end_at as "endAt", a.status, a.participation, a.type_text as type, a.patient_id as "patientId",
  case when (h.columns & 1) = 1 then p.family || ', ' || p.given end as "patientDisplay"`;

const heldAppointment = `
  from appointment a
  join held_grant h on h.tenant_id = a.tenant_id and h.office_id = a.office_id and h.provider_id = a.provider_id
                   and h.user_id = $2 and (h.columns & 2) = 2
  left join patient p on p.tenant_id = a.tenant_id and p.patient_id = a.patient_id`;

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

/**
 * What people call an office and a provider. Opens the roster for what is left of the transaction, so only for one that is about to
 * be refused and rolled back.
 */
export async function nameForRefusal(
  db: Db,
  tenantId: number,
  officeId: string,
  providerId: string,
): Promise<{ readonly office: string | null; readonly provider: string | null }> {
  await db.query(`select set_config('tidegate.scope', 'roster', true)`);
  const { rows } = await db.query<{ office: string | null; provider: string | null }>(
    `select (select name from office where tenant_id = $1 and office_id = $2) as office,
            (select concat_ws(' ', prefix, given, family, suffix) from provider where tenant_id = $1 and provider_id = $3) as provider`,
    [tenantId, officeId, providerId],
  );
  return rows[0]!;
}

/** Whoever books on this schedule takes turns: overlaps are judged one after the other. */
export async function lockSchedule(db: Db, tenantId: number, officeId: string, providerId: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${tenantId}/${officeId}/${providerId}`]);
}

export async function countOverlaps(
  db: Db,
  tenantId: number,
  place: { readonly officeId: string; readonly providerId: string; readonly from: Date; readonly to: Date },
): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::integer as n from appointment
      where tenant_id = $1 and office_id = $2 and provider_id = $3 and start_at < $5 and end_at > $4
        and status not in ('cancelled', 'entered-in-error', 'noshow')`,
    [tenantId, place.officeId, place.providerId, place.from, place.to],
  );
  return rows[0]!.n;
}

export interface NewAppointment {
  readonly tenantId: number;
  readonly appointmentId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string;
  readonly type: string | null;
  readonly reason: string | null;
  readonly startAt: Date;
  readonly endAt: Date;
}

/** Books, and makes the patient known to the pair in the same statement. */
export async function insertAppointment(db: Db, one: NewAppointment): Promise<void> {
  await db.query(
    `with known as (
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values ($1, $5, $3, $4) on conflict do nothing)
     insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, reason, start_at, end_at)
     values ($1, $2, $3, $4, $5, 'booked', $6, $7, $8, $9)`,
    [
      one.tenantId,
      one.appointmentId,
      one.officeId,
      one.providerId,
      one.patientId,
      one.type,
      one.reason,
      one.startAt,
      one.endAt,
    ],
  );
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

/** Whether the patient may be seen by the user anywhere: nobody books whom he cannot see. */
export async function isPatientVisible(db: Db, tenantId: number, userId: string, patientId: string): Promise<boolean> {
  const { rows } = await db.query(
    `select from patient_pair k
       join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
      where k.tenant_id = $1 and h.user_id = $2 and (h.columns & 1) = 1 and k.patient_id = $3 limit 1`,
    [tenantId, userId, patientId],
  );
  return rows.length > 0;
}
