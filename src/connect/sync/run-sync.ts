// One run, from the claim to the ledger. The machine that it follows, its invariants and its steps: run-machine.ts.
import type { Pool, PoolClient } from 'pg';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { openSecret } from '../../platform/sealed.ts';
import { asSite, intake } from '../../portal/index.ts';
import { type Connection, getConnection, listSelected } from '../connections/connections.sql.ts';
import { createEmrClient, type EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { wakeByCoverage } from '../write-back/waking.ts';
import { endRunWith } from './end-run.ts';
import { mustWait } from './guard.ts';
import { type PlannedSlice, planSlices } from './plan-slices.ts';
import { type EmrReading, readEmr, readEvidence, readPatients, type Unusable } from './read-emr.ts';
import { type Drive, drive, type Phase, type Step } from './run-machine.ts';
import * as sql from './sync.sql.ts';
import { wasRestored } from './witnesses.ts';

export interface SyncContext {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this claim in the lease that it holds: a worker that claims a run again is another owner than the one it was. */
  readonly owner: string;
  readonly leaseMs: number;
  /** The first wait before an EMR that failed is asked again. */
  readonly firstWaitMs?: number | undefined;
  /** Called at each step; kill tests end the process here. */
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined;
}

/** How often a reading that permissions or settings changed under is made. */
const readings = 3;
/** More absent bookings than this are not asked after one by one: the guard will have stopped the run. */
const askedAfter = 5_000;
/** Patients whom one run fetches singly, because they came between the two files. */
const patientsFetched = 5_000;

/** More deletions than this do not go into a checkpoint: whoever takes the run over reads again. */
const deletedKept = 10_000;

/** New bookings of one run from which on the planner is told of them at once. */
const analyzedFrom = 1_000;

/** What a run knows while it goes on. */
export interface Work {
  readonly context: SyncContext;
  run: sql.Run;
  readonly client: EmrClient;
  readonly signal: AbortSignal;
  readonly step: (name: Step) => Promise<void>;
  readonly progress: {
    bookingsRead: number;
    bookingsExpected: number | null;
    schedulesTotal: number;
    schedulesDone: number;
  };
  /** Permission versions that answers of this reading named. */
  readonly versions: Set<string>;
  round: number;
  connection: Connection;
  coverage: PermissionCoverage;
  /** The EMR's clock when the first of what counts was read: by this run's coverage, or by an attempt before it. */
  asOf: Date;
  slices: readonly PlannedSlice[];
  selected: ReadonlySet<string>;
  marks: sql.Checkpoint;
  kept: { patients?: number; bookings?: number };
  reading: EmrReading | undefined;
  unusable: Unusable;
  deleted: readonly string[];
  /** What the EMR has now is older than what it had. */
  restored: boolean;
  /** The last changes that were read of the EMR, as long as it still has them. */
  witnesses: readonly intake.Witness[];
  /** Bookings of proved slices that would become unconfirmed. */
  absent: readonly intake.AbsentCount[];
  waits: boolean;
  /** Bookings that the run applied as new. */
  created: number;
  /** One permission version and one state of the settings from beginning to end. */
  proved: boolean;
  /** The run's end is being written, and the lease ends with it: that nobody holds it any more is no reason to break off. */
  readonly endLease: () => void;
}

const inSite = <T>({ context, run }: Pick<Work, 'context' | 'run'>, work: (tx: PoolClient) => Promise<T>): Promise<T> =>
  asSite(context.pool, run.siteId, work);

/** Runs to one of the four ends. Throws LeaseLost, the signal's reason, and what is ours and unforeseen. */
export async function runSync(context: SyncContext, run: sql.Run, signal: AbortSignal): Promise<void> {
  const progress: Work['progress'] = { bookingsRead: 0, bookingsExpected: null, schedulesTotal: 0, schedulesDone: 0 };
  const lease = new AbortController();
  const until = AbortSignal.any([signal, lease.signal]);
  let at: Step = 'claimed';
  // One beat at a time: while the run applies it holds its own row, and beats that wait for it would take every connection there is.
  let beating = false;
  let leaseIsOver = false;
  const beat = setInterval(
    () => {
      if (beating) return;
      beating = true;
      sql
        .keepLease(context.pool, run, { owner: context.owner, leaseMs: context.leaseMs, step: at, progress })
        .then((kept) => {
          if (!kept && !leaseIsOver) lease.abort(new sql.LeaseLost());
        })
        .catch((error) => context.log.warn({ err: error, runId: run.runId }, 'a lease could not be renewed'))
        .finally(() => {
          beating = false;
        });
    },
    Math.min(1000, context.leaseMs / 3),
  );
  const connection = await asSite(context.pool, run.siteId, (tx) => getConnection(tx, run.siteId, run.connectionId));
  const versions = new Set<string>();
  const client = createEmrClient(
    {
      baseUrl: connection.baseUrl,
      clientId: connection.clientId,
      clientSecret: openSecret(connection.credentialSealed, context.sealingKey, connection.connectionId),
    },
    {
      signal: until,
      clock: context.clock,
      firstWaitMs: context.firstWaitMs,
      onPermissionVersion: (version) => versions.add(version),
    },
  );
  try {
    const step = async (name: Step) => {
      at = name;
      until.throwIfAborted();
      await context.onStep?.(name);
    };
    await step('claimed');
    await drive<Work>(
      {
        context,
        run,
        client,
        signal: until,
        step,
        progress,
        versions,
        round: 1,
        connection,
        // Filled in by the first phase.
        coverage: undefined as never,
        asOf: undefined as never,
        slices: [],
        selected: new Set(),
        marks: {},
        kept: {},
        reading: undefined,
        unusable: { count: 0, ids: [], nameless: false },
        deleted: [],
        restored: false,
        witnesses: [],
        absent: [],
        waits: false,
        created: 0,
        proved: true,
        endLease: () => {
          leaseIsOver = true;
          clearInterval(beat);
        },
      },
      machine,
    );
  } finally {
    clearInterval(beat);
    await client.close();
  }
}

function fail(work: Work, problem: sql.Said): Promise<void> {
  work.endLease();
  return inSite(work, (tx) =>
    sql.endRun(tx, work.run, work.context.owner, {
      state: 'failed',
      totals: { fetched: work.progress.bookingsRead },
      problem,
    }),
  );
}

/** Nothing that was read counts any more. What is not held any more still leaves the lists; nothing else changes. */
async function giveUpProof(work: Work, phase: Phase): Promise<void> {
  if (phase === 'applying') return fail(work, { key: 'sync.settings-moving', params: {} });
  work.proved = false;
  work.connection = await inSite(work, (tx) => getConnection(tx, work.run.siteId, work.run.connectionId));
  await plan(work, await work.client.coverage());
  await inSite(work, (tx) => intake.clearStaging(tx, work.run));
}

/** I7. */
async function becomeFull(work: Work): Promise<void> {
  await inSite(work, async (tx) => {
    await sql.becomeFull(tx, work.run, work.context.owner);
    await intake.clearStaging(tx, work.run);
  });
  work.run = { ...work.run, mode: 'full', officeId: null, providerId: null };
}

const does: Drive<Work>['does'] = {
  'reading-coverage': async (work) => {
    work.versions.clear();
    work.unusable = { count: 0, ids: [], nameless: false };
    work.deleted = [];
    work.connection = await inSite(work, (tx) => getConnection(tx, work.run.siteId, work.run.connectionId));
    await plan(work, await work.client.coverage());
    if (!work.restored) {
      work.witnesses = await inSite(work, (tx) => sql.listWitnesses(tx, work.run));
      work.restored = await wasRestored(work.client, work.witnesses, work.slices);
      if (work.restored) {
        work.witnesses = [];
        if (work.run.mode !== 'full') {
          await becomeFull(work);
          return 'restored';
        }
      }
    }
    work.progress.bookingsRead = 0;
    work.kept = await keptStaging(work);
    await work.step('coverage-before');
    const { client, slices, progress } = work;
    const complete = work.kept.patients !== undefined && work.kept.bookings !== undefined;
    work.reading = complete
      ? undefined
      : await readEmr({
          client,
          mode: work.run.mode,
          slices: slices.filter((slice) => slice.read),
          unusable: work.unusable,
          onBookings: (count) => {
            progress.bookingsRead += count;
          },
        });
    return 'done';
  },

  'staging-patients': async (work) => {
    const { run, reading, marks, kept } = work;
    if (kept.patients === undefined) {
      kept.patients = await inSite(work, async (tx) => {
        const patients = await intake.stagePatients(tx, run, reading!.patients());
        await sql.writeCheckpoint(tx, run, work.context.owner, { ...marks, patients });
        return patients;
      });
    }
    await work.step('patients-staged');
    return 'done';
  },

  'staging-bookings': async (work) => {
    const { run, client, reading, marks, kept } = work;
    if (kept.bookings === undefined) {
      kept.bookings = await inSite(work, async (tx) => {
        const bookings = await intake.stageBookings(tx, run, reading!.bookings());
        // A deletion is as much a part of what was read as a row is.
        work.deleted = reading!.deleted();
        if (work.deleted.length > 0) await intake.unstage(tx, run, work.deleted);
        // What could not be used is not in the staging that another worker would go on with: he reads again.
        if (isKept(work)) {
          const { deleted } = work;
          await sql.writeCheckpoint(tx, run, work.context.owner, {
            ...marks,
            patients: kept.patients!,
            bookings,
            deleted,
          });
        }
        return bookings;
      });
    }
    await inSite(work, (tx) => intake.analyzeStaging(tx));
    // Somebody may have been made a patient between the two files; and a slice is read with its own patients, known or not: what was
    // changed of them while they were out of sight is behind every cursor.
    const unknown = await inSite(work, (tx) =>
      run.mode === 'slice' ? intake.listNamedPatients(tx, run) : intake.listUnknownPatients(tx, run, patientsFetched),
    );
    const found = unknown.length === 0 ? [] : await readPatients(client, unknown);
    await inSite(work, async (tx) => {
      if (unknown.length > 0) {
        await intake.stagePatients(tx, run, once(found));
        await intake.maskPatients(tx, run, unknown);
      }
      await intake.removeDuplicates(tx, run);
      if (isKept(work)) {
        const { deleted } = work;
        await sql.writeCheckpoint(tx, run, work.context.owner, {
          ...marks,
          ...(await intake.countStaged(tx, run)),
          deleted,
        });
      }
    });
    work.progress.schedulesDone = work.progress.schedulesTotal;
    await work.step('bookings-staged');
    return 'done';
  },

  proving: async (work) => {
    const { permissionVersion } = await work.client.coverage();
    await work.step('coverage-after');
    work.versions.add(permissionVersion);
    return [...work.versions].every((version) => version === work.coverage.permissionVersion) ? 'done' : 'moved';
  },

  diffing: async (work) => {
    const { run, client } = work;
    const slices = finalSlices(work);
    if (run.mode !== 'recent') {
      const absent = await inSite(work, async (tx) => {
        await intake.readEachTableOnce(tx);
        return intake.listAbsent(tx, run, slices, { limit: askedAfter });
      });
      const unusable = new Set(work.unusable.ids);
      const evidence = await readEvidence(
        client,
        absent.filter((id) => !unusable.has(id)),
      );
      work.deleted = evidence.deleted;
      work.absent = await inSite(work, async (tx) => {
        if (evidence.found.length > 0) {
          await intake.stageBookings(tx, run, once(evidence.found));
          await intake.removeDuplicates(tx, run);
        }
        await intake.readEachTableOnce(tx);
        return intake.countAbsent(tx, run, slices, [...evidence.deleted, ...work.unusable.ids]);
      });
      // A booking that came without a readable id may be any of the absent ones.
      work.waits = !work.unusable.nameless && mustWait(work.absent);
    }
    await work.step('diffed');
    return 'done';
  },

  applying: async (work) => {
    try {
      await inSite(work, async (tx) => {
        await endRunWith(tx, work, finalSlices(work));
        await work.step('before-commit');
        work.endLease();
      });
    } catch (error) {
      if (error instanceof sql.SettingsMoved) return 'moved';
      throw error;
    }
    await work.step('committed');
    return 'done';
  },

  cleaning: async (work) => {
    if (work.created >= analyzedFrom) await inSite(work, (tx) => intake.analyzeApplied(tx));
    await inSite(work, (tx) => intake.clearStaging(tx, work.run));
    await work.step('cleaned');
    return 'done';
  },
};

/** What was staged can be gone on with by another worker. */
const isKept = ({ unusable, deleted }: Work): boolean => unusable.count === 0 && deleted.length <= deletedKept;

const machine: Drive<Work> = {
  does,
  caught: async (work, error) => {
    if (!(error instanceof EmrError)) throw error;
    // I5: nothing was applied; the run says what stopped it.
    await fail(work, { key: error.key, params: { ...error.params } });
    return 'refused';
  },
  moved: async (work, phase) => {
    if (work.round < readings) {
      work.round += 1;
      return 'moved';
    }
    await giveUpProof(work, phase);
    return 'exhausted';
  },
};

async function* once<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  yield rows;
}

export type EndedSlice = intake.RunSlice & Pick<PlannedSlice, 'patientsBehind'>;

/** The plan with what only the end of the reading could say. */
export function finalSlices(work: Work): EndedSlice[] {
  const absent = new Map(work.absent.map((one) => [intake.sliceKey(one), one.absent]));
  const { asOf } = work;
  return work.slices.map((slice) => {
    const proved = work.proved && slice.applies && slice.read;
    const waiting = work.waits && (absent.get(intake.sliceKey(slice)) ?? 0) > 0;
    const outcome = slice.applies && !work.proved ? 'failed' : waiting ? 'waiting' : slice.outcome;
    return { ...slice, proved, outcome, matchedAsOf: proved && outcome !== 'waiting' ? asOf : null };
  });
}

/** Decides each slice by this coverage, and keeps the coverage for the screens. */
async function plan(work: Work, coverage: PermissionCoverage): Promise<void> {
  const { run, connection } = work;
  const facts = await inSite(work, async (tx) => {
    await wakeByCoverage(tx, run, coverage);
    await sql.writeRoster(tx, run, coverage);
    return {
      selected: new Set(await listSelected(tx, run.siteId, run.connectionId)),
      cursors: await sql.listCursors(tx, run),
      known: await intake.listKnownSchedules(tx, run.siteId, run.connectionId),
      siteZone: await intake.readSiteZone(tx, run.siteId),
      expected: await sql.lastFetched(tx, run),
    };
  });
  const { features, windowDays } = connection;
  work.coverage = coverage;
  work.asOf = new Date(coverage.asOf);
  work.slices = planSlices({ mode: run.mode, only: sql.sliceOf(run), coverage, features, windowDays, ...facts });
  work.selected = facts.selected;
  work.progress.schedulesTotal = work.slices.filter((slice) => slice.read && slice.selected).length;
  work.progress.bookingsExpected = run.mode === 'full' ? facts.expected : null;
  const read = work.slices.filter((slice) => slice.read && slice.applies);
  work.marks = {
    permissionVersion: coverage.permissionVersion,
    settingsVersion: connection.settingsVersion,
    asOf: coverage.asOf,
    window: [...new Set(read.map((slice) => `${slice.from.toISOString()}/${slice.to.toISOString()}`))].sort().join(' '),
  };
}

/** I3: what an earlier attempt staged, if it still means the same; else staging is emptied. */
function keptStaging(work: Work): Promise<Work['kept']> {
  const { run, marks } = work;
  return inSite(work, async (tx) => {
    const checkpoint = (await sql.findRunRow(tx, run))?.checkpoint ?? {};
    const { permissionVersion, settingsVersion, window, asOf, patients, bookings, deleted } = checkpoint;
    const staged = await intake.countStaged(tx, run);
    const same =
      permissionVersion === marks.permissionVersion &&
      settingsVersion === marks.settingsVersion &&
      window === marks.window &&
      patients === staged.patients &&
      (bookings ?? 0) === staged.bookings;
    if (same && asOf !== undefined && patients !== undefined) {
      work.asOf = new Date(asOf);
      work.marks = { ...marks, asOf };
      work.deleted = deleted ?? [];
      return bookings === undefined ? { patients } : { patients, bookings };
    }
    await intake.clearStaging(tx, run);
    await sql.writeCheckpoint(tx, run, work.context.owner, {});
    return {};
  });
}
