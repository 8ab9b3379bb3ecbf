import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import type { StaffTask, TaskAbout } from '../contract/staff-tasks.ts';
import type { LinkTaskReason, TaskReason, WriteBackKind } from '../contract/write-backs.ts';
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

/** Of a patient's link; one that is open already stands for this one too. */
export async function insertLinkTask(
  tx: Db,
  { siteId, linkId, connectionId }: { readonly siteId: number; readonly linkId: string; readonly connectionId: string },
  { reason, kind }: { readonly reason: LinkTaskReason; readonly kind: WriteBackKind | null },
): Promise<void> {
  await tx.query(
    `insert into staff_task (site_id, task_id, connection_id, link_id, reason, kind, created_at)
     values ($1, $2, $3, $4, $5, $6, clock_timestamp()) on conflict do nothing`,
    [siteId, newId(), connectionId, linkId, reason, kind],
  );
}

export interface GuardedRun {
  readonly siteId: number;
  readonly connectionId: string;
  /** null: no run of the connection waits. */
  readonly runId: string | null;
}

/** Belongs into the transaction in which a run ends: one task for the run that waits for a decision, and none for those that no longer do. */
export async function keepRunTask(tx: Db, { siteId, connectionId, runId }: GuardedRun): Promise<void> {
  await tx.query(
    `update staff_task set done_at = clock_timestamp()
      where site_id = $1 and connection_id = $2 and done_at is null and run_id is not null and run_id is distinct from $3`,
    [siteId, connectionId, runId],
  );
  if (runId === null) return;
  await tx.query(
    `insert into staff_task (site_id, task_id, connection_id, run_id, reason, created_at)
     values ($1, $2, $3, $4, 'guarded', clock_timestamp()) on conflict do nothing`,
    [siteId, newId(), connectionId, runId],
  );
}

/** Belongs into the transaction of the decision. */
export async function closeRunTask(tx: Db, siteId: number, runId: string, doneBy: string): Promise<void> {
  await tx.query(
    `update staff_task set done_at = clock_timestamp(), done_by = $3 where site_id = $1 and run_id = $2 and done_at is null`,
    [siteId, runId, doneBy],
  );
}

export interface TaskRow {
  readonly taskId: string;
  readonly about: TaskAbout;
  readonly reason: StaffTask['reason'];
  readonly kind: WriteBackKind | null;
  readonly createdAt: Date;
  readonly bookingId: string | null;
  readonly officeId: string | null;
  readonly officeName: string | null;
  readonly officeZone: string;
  readonly providerId: string | null;
  readonly providerDisplay: string | null;
  readonly seenStartAt: Date | null;
  readonly seenStatus: string | null;
  readonly foundStatus: string | null;
  readonly foundStartAt: Date | null;
  readonly foundOfficeName: string | null;
  readonly foundOfficeZone: string | null;
  readonly foundProviderDisplay: string | null;
  readonly family: string | null;
  readonly given: string | null;
  readonly requestedBy: string | null;
  readonly missingColumns: number;
  readonly mailId: string | null;
  readonly recipient: string | null;
  readonly doneAt: Date | null;
  readonly doneBy: string | null;
}

/** What is on its way is no task before it has been so for this long. */
const onItsWay = `interval '1 minute'`;

// Every source of the list has one shape. What waits for the EMR is no row of its own: it goes when the EMR has answered.
const tasksOf = `
  select t.task_id as id, case when t.run_id is not null then 'guard' when t.mail_id is not null then 'mail' when t.reason = 'locked' then 'link' else 'appointment' end as about,
         t.reason, coalesce(w.kind, t.kind) as kind, t.created_at, coalesce(t.connection_id, m.connection_id) as connection_id,
         coalesce(w.booking_id, l.booking_id, m.booking_id, h.booking_id) as booking_id, coalesce(w.office_id, l.office_id, m.office_id, h.office_id) as office_id,
         coalesce(w.provider_id, l.provider_id, m.provider_id, h.provider_id) as provider_id, m.mail_id, m.recipient,
         coalesce(w.seen_start_at, l.start_at, m.start_at, hb.start_at) as seen_start_at, w.seen_status, t.found_status, t.found_start_at, t.found_office_id,
         t.found_provider_id, w.requested_by, 0::smallint as missing_columns, t.done_at, t.done_by
    from staff_task t
    left join write_back w on w.site_id = t.site_id and w.connection_id = t.connection_id and w.write_back_id = t.write_back_id
    left join appointment_link l on l.site_id = t.site_id and l.link_id = t.link_id
    left join mail m on m.site_id = t.site_id and m.mail_id = t.mail_id
    left join thread_link hl on hl.site_id = t.site_id and hl.link_id = t.thread_link_id
    left join thread h on h.site_id = hl.site_id and h.thread_id = hl.thread_id
    left join booking hb on hb.site_id = h.site_id and hb.connection_id = h.connection_id and hb.booking_id = h.booking_id
   where t.site_id = $1
  union all
  select w.write_back_id, 'waiting', case when w.state in ('parked', 'retrying') then w.state else 'queued' end, w.kind, w.state_since,
         w.connection_id, w.booking_id, w.office_id, w.provider_id, null, null, w.seen_start_at, w.seen_status, null, null, null, null,
         w.requested_by, w.missing_columns, null, null
    from write_back w
   where w.site_id = $1
     and (w.state in ('parked', 'retrying') or (w.state in ('queued', 'sending', 'conflict') and w.state_since < now() - ${onItsWay}))`;

export interface TaskFilter {
  readonly siteId: number;
  readonly done: boolean;
  /** null: whatever it is about. */
  readonly about: TaskAbout | null;
  readonly limit: number;
}

/** Open: the oldest first; done: the last one first. Name and address of a patient only while his booking may be listed. */
export async function listTasks(db: Db, { siteId, done, about, limit }: TaskFilter): Promise<TaskRow[]> {
  const { rows } = await db.query<TaskRow & Record<string, unknown>>(
    `select i.id as "taskId", i.about, i.reason, i.kind, i.created_at as "createdAt", i.booking_id as "bookingId",
            i.office_id as "officeId", i.provider_id as "providerId", coalesce(o.name, i.office_id) as "officeName", coalesce(o.zone, s.zone) as "officeZone",
            coalesce(v.display, i.provider_id) as "providerDisplay", i.seen_start_at as "seenStartAt", i.seen_status as "seenStatus",
            i.found_status as "foundStatus", i.found_start_at as "foundStartAt",
            coalesce(fo.name, i.found_office_id) as "foundOfficeName", coalesce(fo.zone, s.zone) as "foundOfficeZone",
            coalesce(fv.display, i.found_provider_id) as "foundProviderDisplay", p.family, p.given, u.display_name as "requestedBy",
            i.missing_columns::integer as "missingColumns", i.mail_id as "mailId",
            case when i.booking_id is null or b.booking_id is not null then i.recipient end as recipient, i.done_at as "doneAt", d.display_name as "doneBy"
       from (${tasksOf}) i
       join site s on s.site_id = $1
       left join office o on o.site_id = $1 and o.connection_id = i.connection_id and o.office_id = i.office_id
       left join provider v on v.site_id = $1 and v.connection_id = i.connection_id and v.provider_id = i.provider_id
       left join office fo on fo.site_id = $1 and fo.connection_id = i.connection_id and fo.office_id = i.found_office_id
       left join provider fv on fv.site_id = $1 and fv.connection_id = i.connection_id and fv.provider_id = i.found_provider_id
       left join booking b on b.site_id = $1 and b.connection_id = i.connection_id and b.booking_id = i.booking_id
                          and b.state in ('present', 'unconfirmed') and not b.patient_masked
       left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
       left join portal_user u on u.user_id = i.requested_by
       left join portal_user d on d.user_id = i.done_by
      where (i.done_at is not null) = $2 and ($3::text is null or i.about = $3)
      order by case when $2 then i.done_at end desc, i.created_at, i.id limit $4`,
    [siteId, done, about, limit],
  );
  return rows;
}

export async function countOpenTasks(db: Db, siteId: number): Promise<{ about: TaskAbout; count: number }[]> {
  const { rows } = await db.query<{ about: TaskAbout; count: number }>(
    `select about, count(*) as count from (${tasksOf}) i where done_at is null group by about`,
    [siteId],
  );
  return rows;
}

export interface ClosedTask {
  readonly reason: StaffTask['reason'];
  readonly linkId: string | null;
  readonly threadLinkId: string | null;
}

/** undefined: there is no such open task, or only a decision about its mail or its run closes it. */
export async function closeTask(
  tx: Db,
  siteId: number,
  taskId: string,
  doneBy: string,
): Promise<ClosedTask | undefined> {
  const { rows } = await tx.query<ClosedTask & Record<string, unknown>>(
    `update staff_task set done_at = clock_timestamp(), done_by = $3 where site_id = $1 and task_id = $2 and done_at is null
        and reason not in ('mail-uncertain', 'guarded')
     returning reason, link_id as "linkId", thread_link_id as "threadLinkId"`,
    [siteId, taskId, doneBy],
  );
  return rows[0];
}

/** False: there is no such task that somebody has closed, or the same is open by now. What was decided of a link or a mail stays decided. */
export async function reopenTask(tx: Db, siteId: number, taskId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update staff_task t set done_at = null, done_by = null
      where site_id = $1 and task_id = $2 and done_at is not null and reason not in ('locked', 'mail-uncertain', 'guarded')
        and not exists (select from staff_task o where o.site_id = t.site_id and o.done_at is null
                           and ((o.link_id = t.link_id and o.reason = t.reason) or o.mail_id = t.mail_id))`,
    [siteId, taskId],
  );
  return rowCount === 1;
}
