// The clinic's own statuses, and which of them stands on a booking.
import type { Db } from '../../platform/database/db.ts';
import type { ClinicStatus } from '../contract/scheduler.ts';

export async function listClinicStatuses(db: Db, tenantId: number): Promise<ClinicStatus[]> {
  const { rows } = await db.query<ClinicStatus>(
    'select code, display, means from appointment_status where tenant_id = $1 order by place, code',
    [tenantId],
  );
  return rows;
}

export async function findClinicStatus(db: Db, tenantId: number, code: string): Promise<ClinicStatus | undefined> {
  const { rows } = await db.query<ClinicStatus>(
    'select code, display, means from appointment_status where tenant_id = $1 and code = $2',
    [tenantId, code],
  );
  return rows[0];
}

/** Makes the statuses exactly these, in this order. Needs the roster's scope. */
export async function replaceClinicStatuses(
  db: Db,
  tenantId: number,
  statuses: readonly ClinicStatus[],
): Promise<void> {
  await db.query('delete from appointment_status where tenant_id = $1', [tenantId]);
  await db.query(
    `insert into appointment_status (tenant_id, code, display, means, place)
     select $1, code, display, means, place
       from unnest($2::text[], $3::text[], $4::text[]) with ordinality as s (code, display, means, place)`,
    [
      tenantId,
      statuses.map(({ code }) => code),
      statuses.map(({ display }) => display),
      statuses.map(({ means }) => means),
    ],
  );
}

/** True when it was another before. The booking is locked and the user known to see it. */
export async function writeClinicStatus(
  db: Db,
  tenantId: number,
  {
    appointmentId,
    clinicStatus,
    isNewVersion,
  }: { readonly appointmentId: string; readonly clinicStatus: string | null; readonly isNewVersion: boolean },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update appointment
        set clinic_status = $3, version_id = version_id + case when $4 then 1 else 0 end,
            last_updated = case when $4 then clock_timestamp() else last_updated end
      where tenant_id = $1 and appointment_id = $2 and clinic_status is distinct from $3`,
    [tenantId, appointmentId, clinicStatus, isNewVersion],
  );
  return rowCount === 1;
}
