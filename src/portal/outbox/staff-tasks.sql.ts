import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import type { TaskReason, WriteBackKind } from '../contract/write-backs.ts';
import type { WriteBack } from './outbox.sql.ts';

/** How the EMR has the booking now. */
export interface FoundBooking {
  readonly status: string;
  readonly startAt: string;
  readonly officeId: string;
  readonly providerId: string;
}

/** Belongs into the transaction that gives the write-back up: one task for each. */
export async function insertTask(
  tx: Db,
  row: WriteBack,
  reason: TaskReason,
  found: FoundBooking | undefined,
): Promise<void> {
  await tx.query(
    `insert into staff_task (site_id, task_id, connection_id, write_back_id, reason, found_status, found_start_at, found_office_id,
                             found_provider_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp())`,
    [
      row.siteId,
      newId(),
      row.connectionId,
      row.writeBackId,
      reason,
      found?.status ?? null,
      found?.startAt ?? null,
      found?.officeId ?? null,
      found?.providerId ?? null,
    ],
  );
}

export interface OpenTask {
  readonly taskId: string;
  readonly reason: TaskReason;
  readonly kind: WriteBackKind;
  readonly createdAt: Date;
  readonly bookingId: string;
  readonly officeName: string;
  readonly officeZone: string;
  readonly providerDisplay: string;
  readonly seenStartAt: Date;
  readonly seenStatus: string;
  readonly foundStatus: string | null;
  readonly foundStartAt: Date | null;
  readonly foundOfficeName: string | null;
  readonly foundOfficeZone: string | null;
  readonly foundProviderDisplay: string | null;
  readonly family: string | null;
  readonly given: string | null;
  readonly requestedBy: string | null;
}

/** The oldest first. A patient's name only while his booking may be listed. */
export async function listOpenTasks(db: Db, siteId: number, limit: number): Promise<OpenTask[]> {
  const named = (column: string, alias: string) => `coalesce(${alias}, w.${column})`;
  const { rows } = await db.query<OpenTask & Record<string, unknown>>(
    `select t.task_id as "taskId", t.reason, w.kind, t.created_at as "createdAt", w.booking_id as "bookingId",
            ${named('office_id', 'o.name')} as "officeName", coalesce(o.zone, s.zone) as "officeZone",
            ${named('provider_id', 'v.display')} as "providerDisplay", w.seen_start_at as "seenStartAt", w.seen_status as "seenStatus",
            t.found_status as "foundStatus", t.found_start_at as "foundStartAt",
            coalesce(fo.name, t.found_office_id) as "foundOfficeName", coalesce(fo.zone, s.zone) as "foundOfficeZone",
            coalesce(fv.display, t.found_provider_id) as "foundProviderDisplay", p.family, p.given, u.display_name as "requestedBy"
       from staff_task t
       join site s on s.site_id = t.site_id
       join write_back w on w.site_id = t.site_id and w.connection_id = t.connection_id and w.write_back_id = t.write_back_id
       left join office o on o.site_id = w.site_id and o.connection_id = w.connection_id and o.office_id = w.office_id
       left join provider v on v.site_id = w.site_id and v.connection_id = w.connection_id and v.provider_id = w.provider_id
       left join office fo on fo.site_id = w.site_id and fo.connection_id = w.connection_id and fo.office_id = t.found_office_id
       left join provider fv on fv.site_id = w.site_id and fv.connection_id = w.connection_id and fv.provider_id = t.found_provider_id
       left join booking b on b.site_id = w.site_id and b.connection_id = w.connection_id and b.booking_id = w.booking_id
                          and b.state in ('present', 'unconfirmed') and not b.patient_masked
       left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
       left join portal_user u on u.user_id = w.requested_by
      where t.site_id = $1 and t.done_at is null
      order by t.created_at, t.task_id limit $2`,
    [siteId, limit],
  );
  return rows;
}

/** False: there is no such open task. */
export async function closeTask(tx: Db, siteId: number, taskId: string, doneBy: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update staff_task set done_at = clock_timestamp(), done_by = $3 where site_id = $1 and task_id = $2 and done_at is null`,
    [siteId, taskId, doneBy],
  );
  return rowCount === 1;
}
