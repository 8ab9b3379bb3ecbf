import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { type Db, type Pool, sqlState } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { asSite, type intake } from '../../portal/index.ts';
import type { Certainty, RunCause, RunState, SliceOutcome, SyncMode } from '../contract/sync.ts';
import type { Differing } from './agree.ts';
import type { SeenAbsent } from './guard.ts';
import type { SliceCursor } from './plan-slices.ts';

export interface ConnectionKey {
  readonly siteId: number;
  readonly connectionId: string;
}
export interface RunKey extends ConnectionKey {
  readonly runId: string;
}

/** What has been staged whole, in the transaction that staged it; a run that goes on compares it with what is there. */
export interface Checkpoint {
  readonly permissionVersion?: string;
  readonly settingsVersion?: number;
  /** The window that was read, so that a run that goes on after midnight reads again. */
  readonly window?: string;
  /** The EMR's clock when the first of it was read. Whoever goes on has no later cursor: what changed since is in none of it. */
  readonly asOf?: string;
  /** Of a full run that reads what differs and nothing else: that. */
  readonly differing?: readonly Differing[];
  readonly patients?: number;
  /** Patients were not read as a whole: those whom bookings name are read by their ids. */
  readonly byName?: boolean;
  /** Rows of the parts that were read. */
  readonly bookings?: number;
  readonly read?: PartsRead;
  /** Of the bookings: those that the EMR said are gone, which have no row in staging. */
  readonly deleted?: readonly string[];
}

/** How far the bookings are read: of which way, how many of its parts were tried, and which of those failed. */
export interface PartsRead {
  readonly way: number;
  readonly of: number;
  readonly tried: number;
  readonly failed: readonly number[];
}

export interface Progress {
  readonly bookingsRead?: number;
  /** As many as the last full run fetched; null: there was none. */
  readonly bookingsExpected?: number | null;
  readonly schedulesTotal?: number;
  readonly schedulesDone?: number;
}

/** What a run did in all, and, where it waits, what it would have done. */
export interface Totals {
  readonly fetched?: number;
  readonly created?: number;
  readonly updated?: number;
  readonly returned?: number;
  readonly removed?: number;
  readonly unconfirmed?: number;
  readonly resurfaced?: number;
  readonly visibilityLost?: number;
  readonly withheld?: number;
  readonly unusable?: number;
  /** Slices that could not be read. */
  readonly failed?: number;
  /** Why the bookings were not read the way that the server offers for all of them. */
  readonly insteadOf?: Said;
  readonly wouldBeUnconfirmed?: number;
  readonly preview?: readonly {
    readonly officeId: string;
    readonly providerId: string;
    readonly absent: number;
    readonly known: number;
  }[];
}

export interface Said {
  readonly key: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface SliceKey {
  readonly officeId: string;
  readonly providerId: string;
}

export interface Run extends RunKey {
  readonly mode: SyncMode;
  /** Of a run of one slice; else null. */
  readonly officeId: string | null;
  readonly providerId: string | null;
  readonly cause: RunCause;
  readonly state: RunState;
  readonly step: string;
  readonly requestedBy: string | null;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly attempt: number;
  readonly checkpoint: Checkpoint;
  readonly progress: Progress;
  readonly totals: Totals;
  readonly problem: Said | null;
  readonly certainty: Certainty | null;
  /** What a Site Admin let through when he began this run; else null. */
  readonly released: readonly SeenAbsent[] | null;
}

const columns = `site_id as "siteId", connection_id as "connectionId", run_id as "runId", mode, office_id as "officeId",
  provider_id as "providerId", cause, state, step, requested_by as "requestedBy",
  requested_at as "requestedAt", started_at as "startedAt", ended_at as "endedAt", attempt, checkpoint, progress, totals, problem,
  certainty, released`;

/** The slice of a run of one. */
export const sliceOf = ({ officeId, providerId }: Pick<Run, 'officeId' | 'providerId'>): SliceKey | null =>
  officeId !== null && providerId !== null ? { officeId, providerId } : null;

/** What makes two runs of one connection the same kind: $1 to $5 of a statement. */
type RunKind = Pick<AskForRun, 'siteId' | 'connectionId' | 'mode' | 'slice'>;
const ofKind = `site_id = $1::integer and connection_id = $2 and mode = $3 and office_id is not distinct from $4
              and provider_id is not distinct from $5`;
const kindOf = ({ siteId, connectionId, mode, slice }: RunKind) => [
  siteId,
  connectionId,
  mode,
  slice?.officeId ?? null,
  slice?.providerId ?? null,
];

export interface AskedRun {
  readonly runId: string;
  readonly state: 'queued';
  /** False: one of the same kind, asked for by somebody if this one is, waits already, and this is that run. */
  readonly made: boolean;
}

export interface AskForRun extends ConnectionKey {
  readonly mode: SyncMode;
  /** The slice of a run of one. */
  readonly slice?: SliceKey | undefined;
  readonly requestedBy: string | null;
  readonly cause?: RunCause;
  /** It begins no earlier than so long after the last of its kind ended. */
  readonly distanceMs?: number;
  readonly released?: readonly SeenAbsent[];
}

/**
 * Queues a run; one of each kind may wait, and waits for what is going: what changed since that one began to read may not be in it. Whom a
 * person asks for waits for nothing else, also where one that nobody asked for was there before. In a transaction with the site in force.
 */
export async function insertRun(db: Db, asked: AskForRun): Promise<AskedRun> {
  const { requestedBy, cause = 'asked', distanceMs = 0, released = null } = asked;
  const runId = newId();
  const kind = kindOf(asked);
  const { rowCount } = await db.query(
    `insert into connect.sync_run (site_id, connection_id, mode, office_id, provider_id, run_id, state, step, requested_by, requested_at, cause,
                                   released, not_before)
     select $1::integer, $2, $3, $4, $5, $6, 'queued', 'queued', $7, clock_timestamp(), $8, $10,
            coalesce((select max(ended_at) + $9 * interval '1 millisecond' from connect.sync_run where ${ofKind} and $9 > 0), '-infinity')
     on conflict do nothing`,
    [...kind, runId, requestedBy, cause, distanceMs, released && JSON.stringify(released)],
  );
  if (rowCount === 1) {
    await db.query(`select pg_notify('sync_run', '')`);
    return { runId, state: 'queued', made: true };
  }
  if (cause === 'asked') {
    const { rows: taken } = await db.query<{ runId: string; state: 'queued' }>(
      `update connect.sync_run set cause = 'asked', requested_by = $6, requested_at = clock_timestamp(), released = $7, not_before = '-infinity'
        where ${ofKind} and state = 'queued' and cause <> 'asked'
        returning run_id as "runId", state`,
      [...kind, requestedBy, released && JSON.stringify(released)],
    );
    if (taken[0]) {
      await db.query(`select pg_notify('sync_run', '')`);
      return { ...taken[0], made: true };
    }
  }
  const { rows } = await db.query<{ runId: string; state: 'queued' }>(
    `select run_id as "runId", state from connect.sync_run where ${ofKind} and state = 'queued'`,
    kind,
  );
  // It may have been begun between the statements; then there is room.
  return rows[0] ? { ...rows[0], made: false } : insertRun(db, asked);
}

/** The id of a run of this kind that is going. */
export async function findRunning(db: Db, kind: RunKind): Promise<string | undefined> {
  const { rows } = await db.query<{ runId: string }>(
    `select run_id as "runId" from connect.sync_run where ${ofKind} and state = 'running'`,
    kindOf(kind),
  );
  return rows[0]?.runId;
}

export interface ClaimedRun extends Run {
  /** The last run of this connection failed. */
  readonly isOfSick: boolean;
}

/**
 * Claims the next run: first one whose lease has passed, then one that is queued with nothing running beside it; a full one before the
 * others, then one slice, and of a kind the one that has waited longest. While an EMR rests, those that a person asked for. `onlyWell`: of
 * connections whose last run did not fail.
 * Two workers that want the same run meet at the guarded update; two that want two runs of one connection at the unique index.
 */
export async function claimRun(
  pool: Pool,
  { owner, leaseMs, onlyWell }: { readonly owner: string; readonly leaseMs: number; readonly onlyWell: boolean },
): Promise<ClaimedRun | undefined> {
  const { rows: candidates } = await pool.query<RunKey & { isOfSick: boolean }>(
    `select r.site_id as "siteId", r.connection_id as "connectionId", r.run_id as "runId", c.failures > 0 as "isOfSick"
       from connect.sync_run r join connect.connection c on c.site_id = r.site_id and c.connection_id = r.connection_id
      where ((r.state = 'running' and r.lease_until < now())
         or (r.state = 'queued' and r.not_before <= now() and (r.cause = 'asked' or c.rest_until <= now())
             and not exists (select from connect.sync_run other
              where other.site_id = r.site_id and other.connection_id = r.connection_id and other.state = 'running')))
        and (c.failures = 0 or not $1)
      order by r.state = 'running' desc, array_position(array['full', 'slice', 'recent'], r.mode), r.requested_at
      limit 20`,
    [onlyWell],
  );
  for (const { siteId, connectionId, runId, isOfSick } of candidates) {
    try {
      const claimed = await asSite(pool, siteId, async (tx) => {
        const { rows } = await tx.query<Run>(
          `update connect.sync_run
              set state = 'running', step = 'claimed', lease_owner = $4, lease_until = now() + $5 * interval '1 millisecond',
                  started_at = coalesce(started_at, now()), attempt = attempt + 1
            where (site_id, connection_id, run_id) = (
                    -- A row that is locked belongs to somebody who is alive: an apply may take longer than its lease.
                    select site_id, connection_id, run_id from connect.sync_run
                     where site_id = $1 and connection_id = $2 and run_id = $3
                       and (state = 'queued' or (state = 'running' and lease_until < now()))
                       for update skip locked)
          returning ${columns}`,
          [siteId, connectionId, runId, owner, leaseMs],
        );
        return rows[0];
      });
      if (claimed) return { ...claimed, isOfSick };
    } catch (error) {
      if (sqlState(error) !== '23505') throw error;
    }
  }
  return undefined;
}

/** Keeps the lease and says how far the run is; false when the lease is another's by now. */
export async function keepLease(
  pool: Pool,
  run: RunKey,
  { owner, leaseMs, step, progress }: { owner: string; leaseMs: number; step: string; progress: Progress },
): Promise<boolean> {
  return asSite(pool, run.siteId, async (tx) => {
    const { rowCount } = await tx.query(
      `update connect.sync_run set lease_until = now() + $5 * interval '1 millisecond', step = $6, progress = $7
        where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running'`,
      [run.siteId, run.connectionId, run.runId, owner, leaseMs, step, JSON.stringify(progress)],
    );
    return rowCount === 1;
  });
}

/** Gives the lease back: another worker goes on with the run where it is. */
export async function giveLeaseBack(pool: Pool, run: RunKey, owner: string): Promise<void> {
  await asSite(pool, run.siteId, (tx) =>
    tx.query(
      `update connect.sync_run set lease_until = now() - interval '1 second', attempt = attempt - 1
        where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running'`,
      [run.siteId, run.connectionId, run.runId, owner],
    ),
  );
}

/** Locks the run's row for this transaction; throws LeaseLost when it is another's by now. */
export async function holdRun(tx: Db, run: RunKey, owner: string): Promise<void> {
  const { rows } = await tx.query(
    `select from connect.sync_run
      where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running' for update`,
    [run.siteId, run.connectionId, run.runId, owner],
  );
  if (rows.length === 0) throw new LeaseLost();
}

/** The settings that a run was planned by, kept from changing until this transaction ends; throws SettingsMoved when they did. */
export async function holdSettings(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  settingsVersion: number,
): Promise<void> {
  const { rows } = await tx.query(
    'select from connect.connection where site_id = $1 and connection_id = $2 and settings_version = $3 for update',
    [siteId, connectionId, settingsVersion],
  );
  if (rows.length === 0) throw new SettingsMoved();
}

/** Somebody saved other settings while the run read under these. */
export class SettingsMoved extends Error {}

/** Belongs into the transaction that staged what it says; throws LeaseLost when the run is another's by now. */
export async function writeCheckpoint(tx: Db, run: RunKey, owner: string, checkpoint: Checkpoint): Promise<void> {
  const { rowCount } = await tx.query(
    `update connect.sync_run set checkpoint = $5
      where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running'`,
    [run.siteId, run.connectionId, run.runId, owner, JSON.stringify(checkpoint)],
  );
  if (rowCount !== 1) throw new LeaseLost();
}

/** Ends a run that this worker still holds; throws when it does not, which undoes the transaction it stands in. */
export async function endRun(
  tx: Db,
  run: RunKey,
  owner: string,
  end: {
    readonly state: Exclude<RunState, 'queued' | 'running'>;
    readonly totals: Totals;
    readonly problem: Said | null;
    readonly certainty: Certainty | null;
  },
): Promise<void> {
  const { rowCount } = await tx.query(
    `update connect.sync_run set state = $5, step = 'ended', ended_at = clock_timestamp(), lease_until = null, totals = $6, problem = $7,
              certainty = $8
      where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running'`,
    [
      run.siteId,
      run.connectionId,
      run.runId,
      owner,
      end.state,
      JSON.stringify(end.totals),
      end.problem && JSON.stringify(end.problem),
      end.certainty,
    ],
  );
  if (rowCount !== 1) throw new LeaseLost();
  await markGapsDue(tx, run);
}

/** What follows from what is held, selected and read may be another by now. In the transaction that changed it. */
export async function markGapsDue(tx: Db, { siteId, connectionId }: ConnectionKey): Promise<void> {
  await tx.query('update connect.connection set gaps_due_at = now() where site_id = $1 and connection_id = $2', [
    siteId,
    connectionId,
  ]);
  await tx.query(`select pg_notify('gaps_due', '')`);
}

/** The EMR failed: runs that nobody asks for leave it alone for `restMs`, given the failures in a row. */
export async function noteFailed(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  restMs: (failures: number) => number,
): Promise<void> {
  const { rows } = await tx.query<{ failures: number }>(
    'update connect.connection set failures = failures + 1 where site_id = $1 and connection_id = $2 returning failures',
    [siteId, connectionId],
  );
  await tx.query(
    `update connect.connection set rest_until = now() + $3 * interval '1 millisecond' where site_id = $1 and connection_id = $2`,
    [siteId, connectionId, restMs(rows[0]?.failures ?? 1)],
  );
}

/** It is well, or another one than it was. */
export async function noteWell(tx: Db, { siteId, connectionId }: ConnectionKey): Promise<void> {
  await tx.query(
    `update connect.connection set failures = 0, rest_until = '-infinity' where site_id = $1 and connection_id = $2 and failures > 0`,
    [siteId, connectionId],
  );
}

/** Another worker has taken the run over: nothing of ours may be written any more. */
export class LeaseLost extends Error {}

/** Queues what is due by the interval: a recent run, or a full one where there was none yet that ended well. Resolves to whose it was. */
export async function queueDueRuns(pool: Pool): Promise<ConnectionKey[]> {
  const { rows } = await pool.query<ConnectionKey>(
    `select site_id as "siteId", connection_id as "connectionId" from connect.connection where active and next_run_at <= now()`,
  );
  for (const key of rows) {
    await asSite(pool, key.siteId, async (tx) => {
      const { rows: due } = await tx.query<{ followed: boolean }>(
        `update connect.connection c set next_run_at = now() + make_interval(mins => interval_minutes)
          where site_id = $1 and connection_id = $2 and active and next_run_at <= now()
        returning exists (select from connect.slice_cursor k where k.site_id = c.site_id and k.connection_id = c.connection_id
                             and k.cursor_at is not null) as followed`,
        [key.siteId, key.connectionId],
      );
      if (due[0]) {
        const mode = due[0].followed ? 'recent' : 'full';
        await insertRun(tx, { ...key, mode, requestedBy: null, cause: 'interval' });
      }
    });
  }
  return rows;
}

/** Bookings that the connection's last full run fetched: what the next one may expect. */
export async function lastFetched(db: Db, { siteId, connectionId }: ConnectionKey): Promise<number | null> {
  const { rows } = await db.query<{ fetched: number | null }>(
    `select (totals->>'fetched')::integer as fetched from connect.sync_run
      where site_id = $1 and connection_id = $2 and mode = 'full' and state in ('complete', 'complete-with-gaps', 'waiting-for-decision')
      order by requested_at desc limit 1`,
    [siteId, connectionId],
  );
  return rows[0]?.fetched ?? null;
}

export async function findRunRow(db: Db, key: RunKey): Promise<Run | undefined> {
  const { rows } = await db.query<Run>(
    `select ${columns} from connect.sync_run where site_id = $1 and connection_id = $2 and run_id = $3`,
    [key.siteId, key.connectionId, key.runId],
  );
  return rows[0];
}

export async function listRuns(db: Db, { siteId, connectionId }: ConnectionKey, limit: number): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `select ${columns} from connect.sync_run where site_id = $1 and connection_id = $2 order by requested_at desc, run_id desc limit $3`,
    [siteId, connectionId, limit],
  );
  return rows;
}

/** What `$permission-coverage` said, kept for the screens. */
export async function writeRoster(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  coverage: PermissionCoverage,
): Promise<void> {
  const offices = new Map(coverage.offices.map((office) => [office.officeId, office]));
  const rows = coverage.schedules.filter((row) => row.scheduleActive && offices.has(row.officeId));
  await tx.query('delete from connect.roster_entry where site_id = $1 and connection_id = $2', [siteId, connectionId]);
  await tx.query(
    `insert into connect.roster_entry (site_id, connection_id, office_id, provider_id, office_name, office_zone, provider_display, member,
                                       columns_held, columns_granted, access_until_day, lapsed, row_since, read_at, permission_version)
     select $1, $2, office_id, provider_id, office_name, office_zone, provider_display, member, held, granted, until_day, lapsed, since, $3, $4
       from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::smallint[], $12::smallint[],
                   $13::date[], $14::boolean[], $15::timestamptz[])
            as row (office_id, provider_id, office_name, office_zone, provider_display, member, held, granted, until_day, lapsed, since)`,
    [
      siteId,
      connectionId,
      coverage.asOf,
      coverage.permissionVersion,
      rows.map((row) => row.officeId),
      rows.map((row) => row.providerId),
      rows.map((row) => offices.get(row.officeId)!.name),
      rows.map((row) => offices.get(row.officeId)!.zone),
      rows.map((row) => row.providerDisplay),
      rows.map((row) => offices.get(row.officeId)!.member),
      rows.map((row) => row.columnsHeld),
      rows.map((row) => row.columnsGranted),
      rows.map((row) => row.accessUntilDay ?? null),
      rows.map((row) => row.lapsed),
      rows.map((row) => row.since ?? null),
    ],
  );
}

export interface RosterEntry {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly member: boolean;
  readonly columnsHeld: number;
  readonly columnsGranted: number;
  readonly accessUntilDay: string | null;
  readonly lapsed: boolean;
}

export async function listRoster(db: Db, { siteId, connectionId }: ConnectionKey): Promise<RosterEntry[]> {
  const { rows } = await db.query<RosterEntry>(
    `select office_id as "officeId", office_name as "officeName", provider_id as "providerId", provider_display as "providerDisplay", member,
            columns_held::integer as "columnsHeld", columns_granted::integer as "columnsGranted", access_until_day as "accessUntilDay", lapsed
       from connect.roster_entry where site_id = $1 and connection_id = $2
      order by lower(provider_display), provider_id, lower(office_name)`,
    [siteId, connectionId],
  );
  return rows;
}

export async function listCursors(db: Db, { siteId, connectionId }: ConnectionKey): Promise<SliceCursor[]> {
  const { rows } = await db.query<SliceCursor>(
    `select office_id as "officeId", provider_id as "providerId", cursor_at as "cursorAt", window_to as "windowTo", problem
       from connect.slice_cursor where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows;
}

/** Of these slices; the others stay as they are. cursorAt null: the slice must be read whole before recent changes mean anything. */
export async function writeCursors(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  rows: readonly (SliceCursor & { readonly columnsHeld: number })[],
): Promise<void> {
  await tx.query(
    `insert into connect.slice_cursor (site_id, connection_id, office_id, provider_id, columns_held, cursor_at, window_to, problem)
     select $1, $2, office_id, provider_id, held, cursor_at, window_to, problem
       from unnest($3::text[], $4::text[], $5::smallint[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[])
            as row (office_id, provider_id, held, cursor_at, window_to, problem)
     on conflict (site_id, connection_id, office_id, provider_id) do update
        set columns_held = excluded.columns_held, cursor_at = excluded.cursor_at, window_to = excluded.window_to, problem = excluded.problem`,
    [
      siteId,
      connectionId,
      rows.map((row) => row.officeId),
      rows.map((row) => row.providerId),
      rows.map((row) => row.columnsHeld),
      rows.map((row) => row.cursorAt),
      rows.map((row) => row.windowTo),
      rows.map((row) => row.problem && JSON.stringify(row.problem)),
    ],
  );
}

/** undefined: nothing was read of it yet. */
export async function findCertainty(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Certainty | undefined> {
  const { rows } = await db.query<{ certainty: Certainty }>(
    'select certainty from connect.emr_state where site_id = $1 and connection_id = $2',
    [siteId, connectionId],
  );
  return rows[0]?.certainty;
}

/** Of which tenant it is read; null: nobody said so yet. */
export async function findTenant(db: Db, { siteId, connectionId }: ConnectionKey): Promise<string | null> {
  const { rows } = await db.query<{ tenantId: string | null }>(
    'select tenant_id as "tenantId" from connect.emr_state where site_id = $1 and connection_id = $2',
    [siteId, connectionId],
  );
  return rows[0]?.tenantId ?? null;
}

/** Whoever answers next is believed: a person said so. */
export async function forgetTenant(tx: Db, { siteId, connectionId }: ConnectionKey): Promise<void> {
  await tx.query('update connect.emr_state set tenant_id = null where site_id = $1 and connection_id = $2', [
    siteId,
    connectionId,
  ]);
}

/** How sure it is what we may see, and where the EMR says so, of which tenant and as whom it knows us, and where its Manage Security is. */
export async function writeEmrState(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  {
    certainty,
    username,
    tenantId,
    manageSecurity = '',
  }: { readonly certainty: Certainty } & Pick<PermissionCoverage, 'username' | 'tenantId' | 'manageSecurity'>,
): Promise<void> {
  await tx.query(
    `insert into connect.emr_state (site_id, connection_id, certainty, integration_user, tenant_id, manage_security_url)
     values ($1, $2, $3, nullif($4, ''), nullif($5, ''), nullif($6, ''))
     on conflict (site_id, connection_id) do update
        set certainty = excluded.certainty, integration_user = excluded.integration_user, tenant_id = excluded.tenant_id,
            manage_security_url = excluded.manage_security_url
      where (emr_state.certainty, emr_state.integration_user, emr_state.tenant_id, emr_state.manage_security_url)
            is distinct from (excluded.certainty, excluded.integration_user, excluded.tenant_id, excluded.manage_security_url)`,
    [siteId, connectionId, certainty, username, tenantId, manageSecurity],
  );
}

/** What the EMR must still have, unless it was restored. */
export async function listWitnesses(db: Db, { siteId, connectionId }: ConnectionKey): Promise<intake.Witness[]> {
  const { rows } = await db.query<{ witnesses: intake.Witness[] }>(
    'select witnesses from connect.emr_state where site_id = $1 and connection_id = $2',
    [siteId, connectionId],
  );
  return rows[0]?.witnesses ?? [];
}

export async function writeWitnesses(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  witnesses: readonly intake.Witness[],
): Promise<void> {
  await tx.query(
    `insert into connect.emr_state (site_id, connection_id, witnesses) values ($1, $2, $3)
     on conflict (site_id, connection_id) do update set witnesses = excluded.witnesses`,
    [siteId, connectionId, JSON.stringify(witnesses)],
  );
}

/** A run of another kind by what it found out: it begins anew, and nothing that was staged counts. */
export async function becomeFull(tx: Db, run: RunKey, owner: string): Promise<void> {
  const { rowCount } = await tx.query(
    `update connect.sync_run set mode = 'full', office_id = null, provider_id = null, checkpoint = '{}'
      where site_id = $1 and connection_id = $2 and run_id = $3 and lease_owner = $4 and state = 'running'`,
    [run.siteId, run.connectionId, run.runId, owner],
  );
  if (rowCount !== 1) throw new LeaseLost();
}

/** The run that waits for a decision: the latest of all that read whole, unless a later one of its kind has ended. */
export async function findWaiting(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Run | undefined> {
  const { rows } = await db.query<Run>(
    `select ${columns} from connect.sync_run r
      where site_id = $1 and connection_id = $2 and state = 'waiting-for-decision'
        and not exists (select from connect.sync_run later
                         where later.site_id = r.site_id and later.connection_id = r.connection_id and later.ended_at > r.ended_at
                           and (later.mode = 'full' or (later.mode, later.office_id, later.provider_id) = (r.mode, r.office_id, r.provider_id))
                           and later.state <> 'failed')
      order by ended_at desc limit 1`,
    [siteId, connectionId],
  );
  return rows[0];
}

/** Of these slices, those whose own run failed a moment ago: what fails is not asked again by every change. */
export async function listFailedLately(db: Db, { siteId, connectionId }: ConnectionKey): Promise<SliceKey[]> {
  const { rows } = await db.query<SliceKey & Record<string, unknown>>(
    `select office_id as "officeId", provider_id as "providerId" from connect.sync_run
      where site_id = $1 and connection_id = $2 and mode = 'slice' and state = 'failed' and ended_at > now() - interval '5 minutes'`,
    [siteId, connectionId],
  );
  return rows;
}

export interface LedgerRow extends intake.AppliedSlice {
  readonly outcome: string;
  readonly missingColumns: number;
  /** Resources of this slice that could not be used. */
  readonly unusable: number;
  /** Why it was not read, or what of it could not be used. */
  readonly problem: Said | null;
}

export async function writeLedger(tx: Db, run: RunKey, rows: readonly LedgerRow[]): Promise<void> {
  const numbers = [
    'fetched',
    'created',
    'updated',
    'unchanged',
    'returned',
    'removed',
    'unconfirmed',
    'resurfaced',
    'visibilityLost',
    'withheld',
    'unusable',
  ] as const;
  await tx.query(
    `insert into connect.slice_ledger (site_id, connection_id, run_id, office_id, provider_id, fetched, created, updated, unchanged, returned,
                                       removed, unconfirmed, resurfaced, visibility_lost, withheld, unusable, outcome, missing_columns, problem)
     select $1, $2, $3, row.*
       from unnest($4::text[], $5::text[], $6::integer[], $7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[],
                   $12::integer[], $13::integer[], $14::integer[], $15::integer[], $16::integer[], $17::text[], $18::smallint[],
                   $19::jsonb[]) as row`,
    [
      run.siteId,
      run.connectionId,
      run.runId,
      rows.map((row) => row.officeId),
      rows.map((row) => row.providerId),
      ...numbers.map((number) => rows.map((row) => row[number])),
      rows.map((row) => row.outcome),
      rows.map((row) => row.missingColumns),
      rows.map((row) => row.problem && JSON.stringify(row.problem)),
    ],
  );
}

export interface LedgerCounts {
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly returned: number;
  readonly removed: number;
  readonly unconfirmed: number;
  readonly resurfaced: number;
  readonly visibilityLost: number;
  readonly withheld: number;
  readonly unusable: number;
}

export interface WrittenRow extends SliceKey, LedgerCounts {
  readonly outcome: SliceOutcome;
  readonly missingColumns: number;
  readonly problem: Said | null;
}

export async function listLedger(db: Db, key: RunKey): Promise<WrittenRow[]> {
  const { rows } = await db.query<WrittenRow & Record<string, unknown>>(
    `select office_id as "officeId", provider_id as "providerId", fetched, created, updated, unchanged, returned, removed, unconfirmed,
            resurfaced, visibility_lost as "visibilityLost", withheld, unusable, outcome, missing_columns::integer as "missingColumns", problem
       from connect.slice_ledger
      where site_id = $1 and connection_id = $2 and run_id = $3`,
    [key.siteId, key.connectionId, key.runId],
  );
  return rows;
}

/** The run that ended last. */
export async function findLastEnded(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Run | undefined> {
  const { rows } = await db.query<Run>(
    `select ${columns} from connect.sync_run where site_id = $1 and connection_id = $2 and ended_at is not null
      order by ended_at desc limit 1`,
    [siteId, connectionId],
  );
  return rows[0];
}

/** The id of the run that is going, of whatever kind. */
export async function findLive(db: Db, { siteId, connectionId }: ConnectionKey): Promise<string | undefined> {
  const { rows } = await db.query<{ runId: string }>(
    `select run_id as "runId" from connect.sync_run where site_id = $1 and connection_id = $2 and state = 'running'`,
    [siteId, connectionId],
  );
  return rows[0]?.runId;
}
