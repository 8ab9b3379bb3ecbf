import type { Db, Pool } from '../../platform/database/db.ts';
import { asSite } from '../context.ts';
import {
  type ActKind,
  actKinds,
  type TaskReason,
  type WriteBackKind,
  type WriteBackState,
} from '../contract/write-backs.ts';

export interface ConnectionKey {
  readonly siteId: number;
  readonly connectionId: string;
}

/** What the EMR was asked, or may have been asked; asked again, it is asked the same. */
export interface KeptRequest {
  readonly path: string;
  /** The EMR's version that it may change, and no other; null: it makes something new. */
  readonly ifMatch: string | null;
  /** By our clock; of what makes something new. */
  readonly keptAt?: string;
  readonly body: unknown;
}

export interface Said {
  readonly key: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** What was pressed, and how the booking was seen then. */
interface Pressed extends ConnectionKey {
  readonly writeBackId: string;
  readonly kind: WriteBackKind;
  readonly bookingId: string;
  readonly requestedBy: string | null;
  readonly requestedAt: Date;
  readonly seenVersion: string;
  readonly seenStatus: string;
  readonly seenStartAt: Date;
  readonly officeId: string;
  readonly providerId: string;
  /** file-document alone. */
  readonly fileId: string | null;
  readonly patientId: string | null;
}

export interface WriteBack extends Pressed {
  readonly state: WriteBackState;
  readonly stateSince: Date;
  readonly nextAttemptAt: Date;
  readonly attempt: number;
  readonly failures: number;
  readonly generation: number;
  readonly request: KeptRequest | null;
  readonly sends: number;
  readonly missingColumns: number;
  readonly problem: Said | null;
  readonly already: boolean;
}

const columnsOf = (alias: string): string =>
  [
    'site_id as "siteId"',
    'connection_id as "connectionId"',
    'write_back_id as "writeBackId"',
    'kind',
    'booking_id as "bookingId"',
    'requested_by as "requestedBy"',
    'requested_at as "requestedAt"',
    'seen_version as "seenVersion"',
    'seen_status as "seenStatus"',
    'seen_start_at as "seenStartAt"',
    'office_id as "officeId"',
    'provider_id as "providerId"',
    'file_id as "fileId"',
    'patient_id as "patientId"',
    'state',
    'state_since as "stateSince"',
    'next_attempt_at as "nextAttemptAt"',
    'attempt',
    'failures',
    'generation',
    'request',
    'sends',
    'missing_columns::integer as "missingColumns"',
    'problem',
    'already',
  ]
    .map((column) => `${alias}.${column}`)
    .join(', ');
const columns = columnsOf('write_back');

export const openStates = ['queued', 'sending', 'conflict', 'retrying', 'parked'] as const satisfies WriteBackState[];

export interface NewWriteBack extends Pressed {
  readonly pressId: string;
}

/** False: this press is there already, or something else is under way for the booking. */
export async function insertWriteBack(tx: Db, one: NewWriteBack): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into write_back (site_id, connection_id, write_back_id, press_id, kind, booking_id, requested_by, requested_at, seen_version,
                             seen_status, seen_start_at, office_id, provider_id, file_id, patient_id, state, state_since, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', clock_timestamp(), clock_timestamp())
     on conflict do nothing`,
    [
      one.siteId,
      one.connectionId,
      one.writeBackId,
      one.pressId,
      one.kind,
      one.bookingId,
      one.requestedBy,
      one.requestedAt,
      one.seenVersion,
      one.seenStatus,
      one.seenStartAt,
      one.officeId,
      one.providerId,
      one.fileId,
      one.patientId,
    ],
  );
  if (rowCount !== 1) return false;
  await tx.query(`select pg_notify('write_back', '')`);
  return true;
}

export async function findByPress(db: Db, siteId: number, pressId: string): Promise<WriteBack | undefined> {
  const { rows } = await db.query<WriteBack>(`select ${columns} from write_back where site_id = $1 and press_id = $2`, [
    siteId,
    pressId,
  ]);
  return rows[0];
}

export async function findOpen(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  bookingId: string,
): Promise<WriteBack | undefined> {
  const { rows } = await db.query<WriteBack>(
    `select ${columns} from write_back
      where site_id = $1 and connection_id = $2 and booking_id = $3 and state = any ($4) and kind = any ($5)`,
    [siteId, connectionId, bookingId, openStates, actKinds],
  );
  return rows[0];
}

export interface BookingToActOn extends ConnectionKey {
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string | null;
  readonly status: string;
  readonly participation: string;
  readonly startAt: Date;
  readonly version: string;
}

/** A booking that the lists show, or its patient by his link, who needs no list; undefined for every other. */
export async function findBookingToActOn(
  tx: Db,
  {
    siteId,
    bookingId,
    byPatient,
  }: { readonly siteId: number; readonly bookingId: string; readonly byPatient: boolean },
): Promise<BookingToActOn | undefined> {
  const { rows } = await tx.query<BookingToActOn & Record<string, unknown>>(
    `select site_id as "siteId", connection_id as "connectionId", office_id as "officeId", provider_id as "providerId",
            patient_id as "patientId", status, participation, start_at as "startAt", emr_version as version
       from booking
      where site_id = $1 and booking_id = $2 and state in ('present', 'unconfirmed') and ($3 or not patient_masked)
        and status <> 'entered-in-error'`,
    [siteId, bookingId, byPatient],
  );
  return rows[0];
}

/** An open page reads again when this has moved. */
export async function bumpRevision(tx: Db, siteId: number): Promise<void> {
  await tx.query('update site set data_revision = data_revision + 1 where site_id = $1', [siteId]);
}

// What follows is the deliverer's.

const isDue = `((state in ('queued', 'retrying') and next_attempt_at <= now()) or (state in ('sending', 'conflict') and lease_until < now()))`;

/** Connections that something is due for, of every site; the longest waiting first. */
export async function listDueConnections(pool: Pool): Promise<ConnectionKey[]> {
  const { rows } = await pool.query<ConnectionKey & Record<string, unknown>>(
    `select site_id as "siteId", connection_id as "connectionId" from write_back
      where ${isDue} group by 1, 2 order by min(next_attempt_at) limit 200`,
  );
  return rows;
}

/** Takes the one of this connection that has waited longest. Two deliverers that want the same one meet at the lock. */
export async function claim(
  pool: Pool,
  { siteId, connectionId }: ConnectionKey,
  { owner, leaseMs }: { readonly owner: string; readonly leaseMs: number },
): Promise<WriteBack | undefined> {
  return asSite(pool, siteId, async (tx) => {
    const { rows } = await tx.query<WriteBack>(
      `update write_back
          set state = case when state = 'conflict' then state else 'sending' end, attempt = attempt + 1,
              -- What was kept will be asked once more.
              sends = case when request is null then 0 else sends + 1 end, lease_owner = $3,
              lease_until = now() + $4 * interval '1 millisecond'
        where (site_id, connection_id, write_back_id) = (
                select site_id, connection_id, write_back_id from write_back
                 where site_id = $1 and connection_id = $2 and ${isDue}
                 order by next_attempt_at, write_back_id limit 1 for update skip locked)
      returning ${columns}`,
      [siteId, connectionId, owner, leaseMs],
    );
    return rows[0];
  });
}

/** Another deliverer has taken it over: nothing of ours may be written any more. */
export class LeaseLost extends Error {}

/** False: the lease is another's by now. */
export async function keepLease(
  pool: Pool,
  row: WriteBack,
  { owner, leaseMs }: { readonly owner: string; readonly leaseMs: number },
): Promise<boolean> {
  return asSite(pool, row.siteId, async (tx) => {
    const { rowCount } = await tx.query(
      `update write_back set lease_until = now() + $6 * interval '1 millisecond'
        where site_id = $1 and connection_id = $2 and write_back_id = $3 and lease_owner = $4 and attempt = $5`,
      [row.siteId, row.connectionId, row.writeBackId, owner, row.attempt, leaseMs],
    );
    return rowCount === 1;
  });
}

/** How a held row goes on. What is not named stays. */
export interface Progress
  extends Partial<
    Pick<
      WriteBack,
      'failures' | 'generation' | 'request' | 'sends' | 'missingColumns' | 'problem' | 'already' | 'seenVersion'
    >
  > {
  readonly state: WriteBackState;
  /** From now; left out: at once. */
  readonly waitMs?: number;
}

/** Writes what became of a row that this deliverer holds; throws LeaseLost when it does not, which undoes the transaction. */
export async function record(tx: Db, owner: string, row: WriteBack, progress: Progress): Promise<WriteBack> {
  const next = { ...row, ...progress };
  const held = next.state === 'sending' || next.state === 'conflict';
  const { rows } = await tx.query<WriteBack>(
    `update write_back
        set state = $6, state_since = case when state = $6 then state_since else clock_timestamp() end,
            next_attempt_at = clock_timestamp() + $7 * interval '1 millisecond', failures = $8, generation = $9, request = $10, sends = $11,
            missing_columns = $12, problem = $13, already = $14, seen_version = $15,
            lease_owner = case when $16 then lease_owner end, lease_until = case when $16 then lease_until end
      where site_id = $1 and connection_id = $2 and write_back_id = $3 and lease_owner = $4 and attempt = $5
        and state in ('sending', 'conflict')
    returning ${columns}`,
    [
      row.siteId,
      row.connectionId,
      row.writeBackId,
      owner,
      row.attempt,
      next.state,
      progress.waitMs ?? 0,
      next.failures,
      next.generation,
      next.request && JSON.stringify(next.request),
      next.sends,
      next.missingColumns,
      next.problem && JSON.stringify(next.problem),
      next.already,
      next.seenVersion,
      held,
    ],
  );
  if (!rows[0]) throw new LeaseLost();
  if (!held) await bumpRevision(tx, row.siteId);
  return rows[0];
}

export async function getWriteBack(db: Db, { siteId, connectionId, writeBackId }: WriteBack): Promise<WriteBack> {
  const { rows } = await db.query<WriteBack>(
    `select ${columns} from write_back where site_id = $1 and connection_id = $2 and write_back_id = $3`,
    [siteId, connectionId, writeBackId],
  );
  return rows[0]!;
}

/** Leaves a row to whoever looks next, as if it had not been taken. */
export async function giveLeaseBack(pool: Pool, owner: string, row: WriteBack): Promise<void> {
  await asSite(pool, row.siteId, (tx) =>
    tx.query(
      `update write_back set lease_until = now() - interval '1 second'
        where site_id = $1 and connection_id = $2 and write_back_id = $3 and lease_owner = $4 and attempt = $5
          and state in ('sending', 'conflict')`,
      [row.siteId, row.connectionId, row.writeBackId, owner, row.attempt],
    ),
  );
}

/** After an EMR is well again, what waits for it need not wait out its back-off; spread, so that it does not come all at once. */
export async function hurry(tx: Db, { siteId, connectionId }: ConnectionKey, withinMs: number): Promise<void> {
  await tx.query(
    `update write_back set next_attempt_at = least(next_attempt_at, now() + random() * $3 * interval '1 millisecond')
      where site_id = $1 and connection_id = $2 and state = 'retrying'`,
    [siteId, connectionId, withinMs],
  );
}

export interface HeldColumns {
  readonly officeId: string;
  readonly providerId: string;
  readonly columnsHeld: number;
}

/** Parked rows all of whose missing cells are held now go back into the queue; resolves to how many. */
export async function wakeParked(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  held: readonly HeldColumns[],
): Promise<number> {
  const { rowCount } = await tx.query(
    `update write_back w
        set state = 'queued', state_since = clock_timestamp(), next_attempt_at = clock_timestamp(), missing_columns = 0
       from unnest($3::text[], $4::text[], $5::smallint[]) as held (office_id, provider_id, columns)
      where w.site_id = $1 and w.connection_id = $2 and w.state = 'parked'
        and held.office_id = w.office_id and held.provider_id = w.provider_id and (w.missing_columns & ~held.columns) = 0`,
    [
      siteId,
      connectionId,
      held.map((one) => one.officeId),
      held.map((one) => one.providerId),
      held.map((one) => one.columnsHeld),
    ],
  );
  if (!rowCount) return 0;
  await bumpRevision(tx, siteId);
  await tx.query(`select pg_notify('write_back', '')`);
  return rowCount;
}

/** A booking as the EMR's acknowledgement says it is. */
export interface AcknowledgedBooking {
  readonly status: string;
  readonly participation: string;
  readonly version: string;
  readonly lastUpdated: string;
}

/** Shows it at once, and not over something later that a run has brought meanwhile. */
export async function applyAcknowledged(tx: Db, row: WriteBack, booking: AcknowledgedBooking): Promise<void> {
  await tx.query(
    `update booking set status = $4, participation = $5, emr_version = $6, emr_last_updated = $7, acknowledged_at = $7
      where site_id = $1 and connection_id = $2 and booking_id = $3 and (emr_version = $8 or emr_last_updated <= $7)`,
    [
      row.siteId,
      row.connectionId,
      row.bookingId,
      booking.status,
      booking.participation,
      booking.version,
      booking.lastUpdated,
      row.seenVersion,
    ],
  );
}

export interface LastWriteBack {
  readonly bookingId: string;
  readonly writeBackId: string;
  readonly kind: ActKind;
  readonly state: WriteBackState;
  readonly stateSince: Date;
  readonly already: boolean;
  readonly missingColumns: number;
  readonly officeId: string;
  readonly officeName: string | null;
  readonly providerId: string;
  readonly providerDisplay: string | null;
  readonly taskId: string | null;
  readonly reason: string | null;
  readonly taskDone: boolean;
}

/** The last act on each of the bookings, unless it was acknowledged before `since` or somebody has dealt with it. */
export async function listLast(
  db: Db,
  siteId: number,
  bookingIds: readonly string[],
  since: Date,
): Promise<LastWriteBack[]> {
  if (bookingIds.length === 0) return [];
  const { rows } = await db.query<LastWriteBack & Record<string, unknown>>(
    `select * from (
       select distinct on (w.booking_id) w.booking_id as "bookingId", w.write_back_id as "writeBackId", w.kind, w.state,
              w.state_since as "stateSince", w.already, w.missing_columns::integer as "missingColumns", w.office_id as "officeId", o.name as "officeName",
              w.provider_id as "providerId", v.display as "providerDisplay", t.task_id as "taskId", t.reason, t.done_at is not null as "taskDone"
         from write_back w
         left join office o on o.site_id = w.site_id and o.connection_id = w.connection_id and o.office_id = w.office_id
         left join provider v on v.site_id = w.site_id and v.connection_id = w.connection_id and v.provider_id = w.provider_id
         left join staff_task t on t.site_id = w.site_id and t.connection_id = w.connection_id and t.write_back_id = w.write_back_id
        where w.site_id = $1 and w.booking_id = any ($2) and w.kind = any ($4)
        order by w.booking_id, w.requested_at desc, w.write_back_id desc) as last
      where not "taskDone" and not (state = 'acknowledged' and "stateSince" < $3)`,
    [siteId, bookingIds, since, actKinds],
  );
  return rows;
}

export interface OpenWriteBack extends WriteBack {
  readonly officeName: string | null;
  readonly providerDisplay: string | null;
  readonly requestedByName: string | null;
}

/** What is under way at a connection and what a person has to look at, for Cloud Connect: no patient's data in it. */
export async function listUndelivered(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  limit: number,
): Promise<(OpenWriteBack & { readonly taskReason: TaskReason | null })[]> {
  const { rows } = await db.query<OpenWriteBack & { taskReason: TaskReason | null }>(
    `select ${columnsOf('w')}, o.name as "officeName", v.display as "providerDisplay", u.display_name as "requestedByName",
            t.reason as "taskReason"
       from write_back w
       left join office o on o.site_id = w.site_id and o.connection_id = w.connection_id and o.office_id = w.office_id
       left join provider v on v.site_id = w.site_id and v.connection_id = w.connection_id and v.provider_id = w.provider_id
       left join portal_user u on u.user_id = w.requested_by
       left join staff_task t on t.site_id = w.site_id and t.connection_id = w.connection_id and t.write_back_id = w.write_back_id
                             and t.done_at is null
      where w.site_id = $1 and w.connection_id = $2 and (w.state = any ($3) or t.task_id is not null)
      order by array_position(array['parked', 'task', 'retrying', 'conflict', 'sending', 'queued', 'acknowledged'], w.state), w.requested_at
      limit $4`,
    [siteId, connectionId, openStates, limit],
  );
  return rows;
}

export interface WriteBackCounts {
  readonly parked: number;
  readonly retrying: number;
  readonly waiting: number;
  readonly tasks: number;
}

export async function countUndelivered(db: Db, { siteId, connectionId }: ConnectionKey): Promise<WriteBackCounts> {
  const { rows } = await db.query<WriteBackCounts & Record<string, unknown>>(
    `select count(*) filter (where w.state = 'parked')::integer as parked, count(*) filter (where w.state = 'retrying')::integer as retrying,
            count(*) filter (where w.state in ('queued', 'sending', 'conflict'))::integer as waiting,
            count(*) filter (where t.task_id is not null)::integer as tasks
       from write_back w
       left join staff_task t on t.site_id = w.site_id and t.connection_id = w.connection_id and t.write_back_id = w.write_back_id
                             and t.done_at is null
      where w.site_id = $1 and w.connection_id = $2 and (w.state = any ($3) or t.task_id is not null)`,
    [siteId, connectionId, openStates],
  );
  return rows[0]!;
}

/** Write-backs that wait for a permission, by schedule. */
export async function countParked(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
): Promise<{ readonly officeId: string; readonly providerId: string; readonly parked: number }[]> {
  const { rows } = await db.query<{ officeId: string; providerId: string; parked: number }>(
    `select office_id as "officeId", provider_id as "providerId", count(*)::integer as parked
       from write_back where site_id = $1 and connection_id = $2 and state = 'parked' group by 1, 2`,
    [siteId, connectionId],
  );
  return rows;
}
