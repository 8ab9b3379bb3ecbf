// One run, from the claim to the ledger.
//
// States    queued → running → complete | complete-with-gaps | waiting-for-decision | failed
// Events    claimed (by one worker, under a lease) · lease passed (another worker goes on) · read · proved · applied · refused
// Steps     claimed, coverage-before, patients-staged, bookings-staged, coverage-after, diffed, before-commit, committed, cleaned
//
// Invariants
//  I1 What people see changes in one transaction, together with cursors, freshness, ledger and the run's end. Before it nothing of the
//     run is visible; after it all of it is. A worker whose lease passed cannot commit: the end of the run is guarded by the lease.
//  I2 Staging is the checkpoint. A file is staged in one transaction with the note that it was; a run that goes on uses it only under the
//     same permission version, the same settings and the same day, and with as many rows as were noted.
//  I3 Nothing is taken for absent unless the columns were held, under one permission version, before and after reading.
//  I4 A failure of any kind leaves the portal as it was.
//  I5 Freshness and cursors are instants of the EMR's clock, never of ours.
import type { Pool } from 'pg';
import { type ColumnSet, columnSet, includesColumns } from '../../fhir/columns.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import type { Log } from '../../platform/log.ts';
import { addDays, localDateTime, startOfDay } from '../../platform/zones.ts';
import { asSite, intake } from '../../portal/index.ts';
import { type Connection, getConnection, listSelected } from '../connections/connections.sql.ts';
import { openCredential } from '../connections/credentials.ts';
import { columnsNeededByAll } from '../contract/features.ts';
import type { RunState } from '../contract/sync.ts';
import { createEmrClient, type EmrClient, type FhirResource } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import {
  type AppointmentResource,
  type PatientResource,
  stagedBookingOf,
  stagedPatientOf,
} from '../emr-client/resources.ts';
import { judge } from './guard.ts';
import * as sql from './sync.sql.ts';

export const steps = [
  'claimed',
  'coverage-before',
  'patients-staged',
  'bookings-staged',
  'coverage-after',
  'diffed',
  'before-commit',
  'committed',
  'cleaned',
] as const;
export type Step = (typeof steps)[number];

export interface SyncContext {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly sealingKey: Buffer;
  readonly log: Log;
  /** Names this worker in the leases that it holds. */
  readonly owner: string;
  /** Called at each step; kill tests end the process here. */
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined;
}

const readableColumns: ColumnSet = columnSet('Visible', 'Scheduling');
const overlapMs = 2 * 60_000;
const rereads = 3;
const evidenceAtMost = 200;

interface Slice extends Omit<intake.ApplyRun['slices'][number], 'matchedAsOf'> {
  readonly columnsHeld: ColumnSet;
  readonly cursorAt: Date | null;
}

type Progress = { bookingsRead: number; schedulesTotal: number; schedulesDone: number };

/** Runs to one of the four ends. Throws only what is ours and unforeseen, and LeaseLost. */
export async function runSync(context: SyncContext, run: sql.Run): Promise<void> {
  const progress: Progress = { bookingsRead: 0, schedulesTotal: 0, schedulesDone: 0 };
  let at: Step = 'claimed';
  let lost = false;
  const beat = setInterval(() => {
    sql.keepLease(context.pool, run, context.owner, at, { ...progress }).then(
      (kept) => {
        lost ||= !kept;
      },
      (error) => context.log.warn({ err: error, runId: run.runId }, 'the lease could not be renewed'),
    );
  }, 500);
  const step = async (name: Step) => {
    at = name;
    if (lost) throw new sql.LeaseLost();
    await context.onStep?.(name);
  };
  const connection = await asSite(context.pool, run.siteId, (tx) => getConnection(tx, run.siteId, run.connectionId));
  const client = createEmrClient({
    baseUrl: connection.baseUrl,
    clientId: connection.clientId,
    clientSecret: openCredential(connection.credentialSealed, context.sealingKey, connection.connectionId),
  });
  try {
    await step('claimed');
    await readAndApply({ context, run, connection, client, progress, step });
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    // I4: nothing was applied; the run says what stopped it.
    await asSite(context.pool, run.siteId, (tx) =>
      sql.endRun(tx, run, context.owner, {
        state: 'failed',
        totals: { fetched: progress.bookingsRead },
        problem: { key: error.key, params: { ...error.params } },
      }),
    );
  } finally {
    clearInterval(beat);
    await client.close();
  }
}

interface Work {
  readonly context: SyncContext;
  readonly run: sql.Run;
  readonly connection: Connection;
  readonly client: EmrClient;
  readonly progress: Progress;
  readonly step: (name: Step) => Promise<void>;
}

async function readAndApply(work: Work): Promise<void> {
  const { context, run, client, progress, step } = work;
  const { pool } = context;
  let reading: Reading | undefined;
  let before = await client.coverage();
  await step('coverage-before');
  for (let attempt = 1; ; attempt += 1) {
    const slices = await slicesOf(work, before);
    progress.schedulesTotal = slices.filter((slice) => slice.selected).length;
    reading = await read(work, before, slices);
    const after = await client.coverage();
    await step('coverage-after');
    if (after.permissionVersion === before.permissionVersion && reading.version === before.permissionVersion) break;
    // I3: the permissions moved while we read. What was read under two of them proves nothing.
    await asSite(pool, run.siteId, (tx) => intake.clearStaging(tx, run));
    before = after;
    reading = undefined;
    if (attempt === rereads) break;
  }
  const proved = reading !== undefined;
  const found = await slicesOf(work, before);
  const slices = found.map((slice) => ({ ...slice, proved: proved && slice.proved }));
  const whole = slices.filter((slice) => slice.proved && slice.selected);

  const absent =
    run.mode === 'full' && proved ? await asSite(pool, run.siteId, (tx) => intake.listAbsent(tx, run, whole)) : [];
  const evidence = [...(reading?.outside ?? []), ...(await findEvidence(client, absent, slices))];
  const explained = new Set(evidence.map((one) => one.bookingId));
  const unexplained = absent.filter((one) => !explained.has(one.bookingId));
  const known =
    unexplained.length === 0 ? [] : await asSite(pool, run.siteId, (tx) => intake.countKnown(tx, run, whole));
  const verdict = judge(unexplained, known);
  await step('diffed');

  const asOf = new Date(before.asOf);
  const selected = slices.filter((slice) => slice.selected);
  const applied = slices.map((slice) => ({
    ...slice,
    outcome:
      slice.proved && verdict.waits && slice.selected && slice.outcome === 'complete'
        ? ('waiting' as const)
        : slice.outcome,
    matchedAsOf: slice.proved && slice.selected && !verdict.waits ? asOf : null,
  }));
  const state = endOf({
    waits: verdict.waits,
    proved,
    outcomes: applied.filter((slice) => slice.selected).map((slice) => slice.outcome),
  });
  const totals = {
    unusable: reading?.unusable ?? 0,
    ...(verdict.waits ? { wouldBeUnconfirmed: unexplained.length } : {}),
  };
  const problem =
    selected.length === 0
      ? { key: 'sync.nothing-selected', params: {} }
      : proved
        ? null
        : { key: 'sync.permissions-moving', params: {} };
  await asSite(pool, run.siteId, async (tx) => {
    const ledger = await intake.apply(tx, {
      siteId: run.siteId,
      connectionId: run.connectionId,
      runId: run.runId,
      slices: applied,
      unconfirmed: verdict.waits ? [] : unexplained.map((one) => one.bookingId),
      evidence,
    });
    const outcomeOf = new Map(applied.map((slice) => [`${slice.officeId}\n${slice.providerId}`, slice]));
    await sql.writeLedger(
      tx,
      run,
      ledger.map((row) => {
        const slice = outcomeOf.get(`${row.officeId}\n${row.providerId}`)!;
        return { ...row, outcome: slice.outcome, missingColumns: slice.missingColumns };
      }),
    );
    await sql.writeCursors(
      tx,
      run,
      applied.map((slice) => ({
        officeId: slice.officeId,
        providerId: slice.providerId,
        columnsHeld: slice.columnsHeld,
        // A slice that cannot be read, or is not selected, forgets its place: what changes meanwhile lies behind any cursor.
        cursorAt: !slice.readable || !slice.selected ? null : slice.proved ? asOf : slice.cursorAt,
      })),
    );
    const sum = (pick: (row: intake.AppliedSlice) => number) => ledger.reduce((total, row) => total + pick(row), 0);
    await sql.endRun(tx, run, context.owner, {
      state: selected.length === 0 ? 'complete-with-gaps' : state,
      totals: {
        ...totals,
        fetched: sum((row) => row.fetched),
        created: sum((row) => row.created),
        updated: sum((row) => row.updated + row.returned),
      },
      problem,
    });
    await step('before-commit');
  });
  await step('committed');
  await asSite(pool, run.siteId, (tx) => intake.clearStaging(tx, run));
  await step('cleaned');
}

function endOf({
  waits,
  proved,
  outcomes,
}: {
  readonly waits: boolean;
  readonly proved: boolean;
  readonly outcomes: readonly Slice['outcome'][];
}): Exclude<RunState, 'queued' | 'running' | 'failed'> {
  if (waits) return 'waiting-for-decision';
  return proved && outcomes.every((outcome) => outcome === 'complete') ? 'complete' : 'complete-with-gaps';
}

/** The roster as slices: what each needs, what it has, and whether this run can prove anything of it. */
async function slicesOf({ context, run, connection }: Work, coverage: PermissionCoverage): Promise<Slice[]> {
  const { selected, cursors } = await asSite(context.pool, run.siteId, async (tx) => {
    await sql.writeRoster(tx, run, coverage);
    return {
      selected: new Set(await listSelected(tx, run.siteId, run.connectionId)),
      cursors: new Map(
        (await sql.listCursors(tx, run)).map((row) => [`${row.officeId}\n${row.providerId}`, row.cursorAt]),
      ),
    };
  });
  const needed = columnsNeededByAll(connection.features) | readableColumns;
  const offices = new Map(coverage.offices.map((office) => [office.officeId, office]));
  const now = new Date(coverage.asOf);
  return coverage.schedules.flatMap((row) => {
    const office = offices.get(row.officeId);
    if (!office || !row.scheduleActive) return [];
    const cursorAt = cursors.get(`${row.officeId}\n${row.providerId}`) ?? null;
    const today = localDateTime(office.zone, now).date;
    const readable = includesColumns(row.columnsHeld, readableColumns);
    const missingColumns = needed & ~row.columnsHeld;
    const isSelected = selected.has(row.providerId);
    const proved = readable && (run.mode === 'full' || cursorAt !== null);
    const outcome = !isSelected
      ? 'not-selected'
      : !readable
        ? 'cannot-be-read'
        : !proved
          ? 'needs-full'
          : missingColumns !== 0
            ? 'partly'
            : 'complete';
    return [
      {
        officeId: row.officeId,
        officeName: office.name,
        officeZone: office.zone,
        providerId: row.providerId,
        providerDisplay: row.providerDisplay,
        selected: isSelected,
        readable,
        proved,
        visibility:
          !readable || !proved
            ? 'never'
            : includesColumns(row.columnsHeld, columnSet('Patient'))
              ? 'readable'
              : 'withheld',
        missingColumns,
        lapsedOn: row.lapsed ? (row.accessUntilDay ?? null) : null,
        outcome,
        from: startOfDay(office.zone, today),
        to: startOfDay(office.zone, addDays(today, connection.windowDays)),
        columnsHeld: row.columnsHeld,
        cursorAt,
      } as const,
    ];
  });
}

interface Reading {
  /** The permission version that every part was read under; undefined when a part said another. */
  readonly version: string | undefined;
  readonly unusable: number;
  /** Bookings that the EMR showed outside of the window or of the selection: evidence of where they are. */
  readonly outside: intake.ApplyRun['evidence'][number][];
}

async function read(work: Work, coverage: PermissionCoverage, slices: readonly Slice[]): Promise<Reading> {
  const { context, run, connection, client, progress, step } = work;
  const { pool } = context;
  const from = new Date(Math.min(...slices.map((slice) => slice.from.getTime())));
  const to = new Date(Math.max(...slices.map((slice) => slice.to.getTime())));
  const placeOf = new Map(slices.map((slice) => [`${slice.officeId}\n${slice.providerId}`, slice]));
  const outside: Reading['outside'] = [];
  let unusable = 0;
  let version: string | undefined = coverage.permissionVersion;
  const noteVersion = (said: string | undefined) => {
    // A server that names no version leaves the proof to the coverage before and after.
    if (said !== undefined && said !== coverage.permissionVersion) version = undefined;
  };

  const marks: sql.Checkpoint = {
    permissionVersion: coverage.permissionVersion,
    settingsVersion: connection.settingsVersion,
    windowStart: from.toISOString(),
  };
  const kept = await keptStaging(work, marks);
  if (slices.every((slice) => !slice.readable)) return { version, unusable, outside };

  let source: Source;
  if (run.mode === 'recent') {
    const cursors = slices.flatMap((slice) =>
      slice.proved && slice.selected && slice.cursorAt ? [slice.cursorAt.getTime()] : [],
    );
    if (cursors.length === 0) return { version, unusable, outside };
    source = recentSource(client, new Date(Math.min(...cursors) - overlapMs));
  } else {
    source = (await client.declaresExport())
      ? await exportSource(client, from, to, noteVersion)
      : pageSource(client, from, to);
  }

  async function* bookings(): AsyncGenerator<intake.StagedBooking[]> {
    for await (const batch of source.appointments()) {
      const staged: intake.StagedBooking[] = [];
      for (const resource of batch) {
        const booking = stagedBookingOf(resource);
        if (!booking) {
          unusable += 1;
          continue;
        }
        const slice = placeOf.get(`${booking.officeId}\n${booking.providerId}`);
        const start = Date.parse(booking.startAt);
        const inWindow = slice && start >= slice.from.getTime() && start < slice.to.getTime();
        if (slice?.selected && inWindow) staged.push(booking);
        // A full run finds a booking that moved out among the absent and asks for it; a recent one is told of it here.
        else if (slice && run.mode === 'recent') {
          outside.push({ bookingId: booking.bookingId, state: slice.selected ? 'out-of-window' : 'not-selected' });
        }
      }
      progress.bookingsRead += batch.length;
      yield staged;
    }
  }
  async function* patients(): AsyncGenerator<intake.StagedPatient[]> {
    for await (const batch of source.patients()) {
      yield batch.flatMap((resource) => {
        const patient = stagedPatientOf(resource);
        if (!patient) unusable += 1;
        return patient ? [patient] : [];
      });
    }
  }

  if (kept.patients === undefined) {
    await asSite(pool, run.siteId, async (tx) => {
      await intake.stagePatients(tx, run, patients());
      kept.patients = (await intake.countStaged(tx, run)).patients;
      await sql.writeCheckpoint(tx, run, { ...marks, patients: kept.patients });
    });
  }
  await step('patients-staged');
  if (kept.bookings === undefined) {
    await asSite(pool, run.siteId, async (tx) => {
      await intake.stageBookings(tx, run, bookings());
      kept.bookings = (await intake.countStaged(tx, run)).bookings;
      if (outside.length === 0)
        await sql.writeCheckpoint(tx, run, { ...marks, patients: kept.patients!, bookings: kept.bookings });
    });
  }
  await step('bookings-staged');
  return { version, unusable, outside };
}

/** I2: what an earlier attempt staged, if it still means the same; else staging is emptied. */
async function keptStaging(
  { context, run }: Work,
  marks: sql.Checkpoint,
): Promise<{ patients?: number; bookings?: number }> {
  return asSite(context.pool, run.siteId, async (tx) => {
    const { checkpoint } = (await sql.findRunRow(tx, run)) ?? run;
    const staged = await intake.countStaged(tx, run);
    const same =
      checkpoint.permissionVersion === marks.permissionVersion &&
      checkpoint.settingsVersion === marks.settingsVersion &&
      checkpoint.windowStart === marks.windowStart &&
      checkpoint.patients === staged.patients &&
      (checkpoint.bookings ?? 0) === staged.bookings;
    if (same) {
      return {
        ...(checkpoint.patients === undefined ? {} : { patients: checkpoint.patients }),
        ...(checkpoint.bookings === undefined ? {} : { bookings: checkpoint.bookings }),
      };
    }
    await intake.clearStaging(tx, run);
    await sql.writeCheckpoint(tx, run, {});
    return {};
  });
}

interface Source {
  patients(): AsyncGenerator<readonly PatientResource[]>;
  appointments(): AsyncGenerator<readonly AppointmentResource[]>;
}

const parsed = <T>(lines: readonly string[]): T[] => {
  try {
    return lines.map((line) => JSON.parse(line) as T);
  } catch {
    throw new EmrError('data', 'sync.emr.not-fhir');
  }
};

async function exportSource(
  client: EmrClient,
  from: Date,
  to: Date,
  onVersion: (version: string | undefined) => void,
): Promise<Source> {
  const query = new URLSearchParams({
    _type: 'Patient,Appointment',
    _typeFilter: `Appointment?date=ge${from.toISOString()}&date=lt${to.toISOString()}`,
  });
  const manifest = await client.exportOf(query);
  async function* files<T>(type: string): AsyncGenerator<T[]> {
    for (const file of manifest.files) {
      if (file.type !== type) continue;
      for await (const lines of client.lines(file.url, onVersion)) yield parsed<T>(lines);
    }
  }
  return {
    patients: () => files<PatientResource>('Patient'),
    appointments: () => files<AppointmentResource>('Appointment'),
  };
}

async function* ofType<T>(pages: AsyncGenerator<readonly FhirResource[]>, type: string): AsyncGenerator<T[]> {
  for await (const page of pages) yield page.filter((resource) => resource.resourceType === type) as unknown as T[];
}

function pageSource(client: EmrClient, from: Date, to: Date): Source {
  const days = `date=ge${encodeURIComponent(from.toISOString())}&date=lt${encodeURIComponent(to.toISOString())}`;
  return {
    patients: () => ofType<PatientResource>(client.pages('Patient?_count=500'), 'Patient'),
    appointments: () => ofType<AppointmentResource>(client.pages(`Appointment?${days}&_count=500`), 'Appointment'),
  };
}

/** What changed since; no window here, because a booking that left the window is a change too. */
function recentSource(client: EmrClient, since: Date): Source {
  const changed = `_lastUpdated=ge${encodeURIComponent(since.toISOString())}&_count=500`;
  return {
    // A changed booking may be of a patient who did not change and is new to us.
    patients: async function* () {
      yield* ofType<PatientResource>(client.pages(`Patient?${changed}`), 'Patient');
      yield* ofType<PatientResource>(client.pages(`Appointment?${changed}&_include=Appointment:patient`), 'Patient');
    },
    appointments: () => ofType<AppointmentResource>(client.pages(`Appointment?${changed}`), 'Appointment'),
  };
}

/** Asks the EMR of each absent booking itself, up to a number: where it is now, or that it is gone. Silence is no answer. */
async function findEvidence(
  client: EmrClient,
  absent: readonly intake.AbsentBooking[],
  slices: readonly Slice[],
): Promise<intake.ApplyRun['evidence'][number][]> {
  const placeOf = new Map(slices.map((slice) => [`${slice.officeId}\n${slice.providerId}`, slice]));
  const evidence: intake.ApplyRun['evidence'][number][] = [];
  const asked = absent.slice(0, evidenceAtMost).map((one) => one.bookingId);
  const shown = new Set<string>();
  for (let first = 0; first < asked.length; first += 50) {
    const ids = asked.slice(first, first + 50);
    for await (const page of client.pages(`Appointment?_id=${encodeURIComponent(ids.join(','))}&_count=100`)) {
      for (const resource of page) {
        const booking = stagedBookingOf(resource as unknown as AppointmentResource);
        if (!booking) continue;
        shown.add(booking.bookingId);
        const slice = placeOf.get(`${booking.officeId}\n${booking.providerId}`);
        const start = Date.parse(booking.startAt);
        if (slice && !slice.selected) evidence.push({ bookingId: booking.bookingId, state: 'not-selected' });
        else if (slice && (start < slice.from.getTime() || start >= slice.to.getTime())) {
          evidence.push({ bookingId: booking.bookingId, state: 'out-of-window' });
        }
      }
    }
  }
  for (const bookingId of asked.filter((id) => !shown.has(id)).slice(0, 50)) {
    if ((await client.statusOf(`Appointment/${encodeURIComponent(bookingId)}`)) === 410)
      evidence.push({ bookingId, state: 'deleted' });
  }
  return evidence;
}
