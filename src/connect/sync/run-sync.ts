// One run, from the claim to the ledger. The machine that it follows, its invariants and its steps: run-machine.ts.
import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, intake } from '../../portal/index.ts';
import { type Connection, getConnection, listSelected } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { createEmrClient, type EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { type Coverage, readCoverage } from '../emr-client/read-coverage.ts';
import { followRoster } from '../settings/choose-provider.ts';
import { lockSettings } from '../settings/settings.sql.ts';
import { wakeByCoverage } from '../write-back/waking.ts';
import { findDiffering, readInPart } from './agree.ts';
import { endRunWith } from './end-run.ts';
import { absenceMeans, mustWait } from './guard.ts';
import { type PlannedSlice, planSlices } from './plan-slices.ts';
import { type EmrReading, type ReadPart, readEmr, readEvidence, readPatients } from './read-emr.ts';
import { type Resting, restMsOf } from './rest.ts';
import { type Drive, drive, type Phase, type Step } from './run-machine.ts';
import * as sql from './sync.sql.ts';
import { Unusable } from './unusable.ts';
import { wasRestored } from './witnesses.ts';

export interface SyncContext extends Resting {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this claim in the lease that it holds: a worker that claims a run again is another owner than the one it was. */
  readonly owner: string;
  readonly leaseMs: number;
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
  coverage: Coverage;
  /** What has to be known before an EMR is asked what we may see. */
  ground: { readonly mustBeProved: boolean; readonly tenantId: string | null; readonly zone: string };
  /** Pairs of selected providers that bookings named and no roster did. */
  discovered: readonly sql.SliceKey[];
  /**
   * The EMR's clock when the first of what counts was read, by this run's coverage or by an attempt before it; earlier, where changes of
   * before that were not committed yet.
   */
  asOf: Date;
  slices: readonly PlannedSlice[];
  selected: ReadonlySet<string>;
  marks: sql.Checkpoint;
  kept: Kept;
  reading: EmrReading | undefined;
  unusable: Unusable;
  deleted: readonly string[];
  /** Slices that could not be read, by their keys, and why. */
  readonly failed: Map<string, sql.Said>;
  /** Slices of which something may not have come: nothing of them is taken for absent. */
  readonly doubted: Map<string, sql.Said>;
  /** What could not be used of a slice in an earlier run, and has not come again. */
  readonly standing: Map<string, sql.Said>;
  /** Where nobody says what we may see: slices with bookings that the EMR no longer gives, and what it answered for them. */
  readonly silent: Map<string, sql.Said>;
  /** Bookings that the EMR spoke of in a way that cannot be used: they are left as they are. */
  setAside: readonly string[];
  /** Why the way for all slices at once was left. */
  insteadOf: sql.Said | undefined;
  /** The standing rule selected somebody new: his schedules have to be read. */
  selectedNew: boolean;
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

/** What is staged already. Bookings: rows, of the parts that were read. */
type Kept = { -readonly [K in 'differing' | 'patients' | 'byName' | 'bookings' | 'read']?: sql.Checkpoint[K] };

const inSite = <T>({ context, run }: Pick<Work, 'context' | 'run'>, work: (tx: PoolClient) => Promise<T>): Promise<T> =>
  asSite(context.pool, run.siteId, work);

/** Runs to one of the four ends. Throws LeaseLost, the signal's reason, and what is ours and unforeseen. */
export async function runSync(context: SyncContext, run: sql.Run, signal: AbortSignal): Promise<void> {
  const connection = await asSite(context.pool, run.siteId, (tx) => getConnection(tx, run.siteId, run.connectionId));
  const address = addressOf(connection, context.sealingKey);
  if (!address) {
    await asSite(context.pool, run.siteId, (tx) =>
      endFailed(tx, { context, run }, { problem: { key: 'connect.settings.secret-unreadable', params: {} } }),
    );
    return;
  }
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
  const versions = new Set<string>();
  const client = createEmrClient(address, {
    signal: until,
    clock: context.clock,
    firstWaitMs: context.firstWaitMs,
    onPermissionVersion: (version) => versions.add(version),
  });
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
        ground: undefined as never,
        discovered: [],
        asOf: undefined as never,
        slices: [],
        selected: new Set(),
        marks: {},
        kept: {},
        reading: undefined,
        unusable: new Unusable(),
        deleted: [],
        failed: new Map(),
        doubted: new Map(),
        standing: new Map(),
        silent: new Map(),
        setAside: [],
        insteadOf: undefined,
        selectedNew: false,
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

interface Failure {
  readonly problem: sql.Said;
  readonly retryAfterMs?: number | undefined;
  readonly fetched?: number;
  readonly certainty?: sql.Run['certainty'];
}

async function endFailed(
  tx: PoolClient,
  { context, run }: Pick<Work, 'context' | 'run'>,
  { problem, retryAfterMs, fetched = 0, certainty = null }: Failure,
): Promise<void> {
  await sql.noteFailed(tx, run, restMsOf(context, retryAfterMs));
  await sql.endRun(tx, run, context.owner, { state: 'failed', totals: { fetched }, problem, certainty });
}

function fail(work: Work, problem: sql.Said, retryAfterMs?: number): Promise<void> {
  work.endLease();
  return inSite(work, (tx) =>
    endFailed(tx, work, {
      problem,
      retryAfterMs,
      fetched: work.progress.bookingsRead,
      certainty: (work.coverage as Coverage | undefined)?.certainty ?? null,
    }),
  );
}

const coverageNow = ({ client, ground, discovered }: Work): Promise<Coverage> =>
  readCoverage(client, { ...ground, found: discovered });

/** Nothing that was read counts any more. What is not held any more still leaves the lists; nothing else changes. */
async function giveUpProof(work: Work, phase: Phase): Promise<void> {
  if (phase === 'applying') return fail(work, { key: 'sync.settings-moving', params: {} });
  work.proved = false;
  forgetReading(work);
  work.connection = await inSite(work, (tx) => getConnection(tx, work.run.siteId, work.run.connectionId));
  await plan(work, await coverageNow(work));
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

function forgetReading(work: Work): void {
  work.unusable = new Unusable();
  work.deleted = [];
  work.setAside = [];
  work.insteadOf = undefined;
  for (const said of [work.failed, work.doubted, work.standing, work.silent]) said.clear();
}

/**
 * What stopped a part of the reading, if it is that part's own matter. Throws what is the whole run's: a token that is refused, an EMR that
 * answers nothing else either, and what is ours.
 */
async function ofPart({ client, coverage }: Work, error: unknown): Promise<EmrError> {
  if (!(error instanceof EmrError) || error.failure === 'token') throw error;
  if (error.failure === 'address')
    await (coverage.certainty === 'proved' ? client.coverage() : client.statusOf('metadata'));
  return error;
}

const saidOf = ({ key, params }: EmrError): sql.Said => ({ key, params: { ...params } });

const failSlices = ({ failed }: Work, slices: readonly sql.SliceKey[], said: sql.Said): void => {
  for (const slice of slices) failed.set(intake.sliceKey(slice), said);
};

/** What a full run has to read, where the EMR says by digests what it would give. What an EMR that was restored gives is all read. */
async function askWhatDiffers(work: Work): Promise<void> {
  const { run, context, client, coverage, restored, slices, progress } = work;
  if (run.mode !== 'full' || coverage.certainty !== 'proved' || restored) return;
  try {
    const differing = await findDiffering(client, slices, (request) =>
      inSite(work, (tx) => intake.digestKnown(tx, run, request)),
    );
    if (!differing) return;
    work.kept = { differing, byName: true };
    // It would be of a reading of the whole.
    progress.bookingsExpected = null;
  } catch (error) {
    const { key } = await ofPart(work, error);
    context.log.warn({ runId: run.runId, key }, 'the EMR did not say what differs: all of it is read');
  }
}

/** Every part of a way, and where a way for all at once cannot be gone, the parts of the next. */
async function stageParts(work: Work, ways: EmrReading['ways']): Promise<void> {
  const { kept, progress } = work;
  for (let way = kept.read?.way ?? 0; ; way += 1) {
    const parts = ways[way]!;
    const before = kept.read?.way === way && kept.read.of === parts.length ? kept.read : undefined;
    const failed = new Set(before?.failed);
    for (const [index, part] of parts.entries()) {
      if (before && index < before.tried && !failed.has(index)) {
        progress.schedulesDone += part.slices.length;
        continue;
      }
      const tried = Math.max(index + 1, before?.tried ?? 0);
      failed.delete(index);
      try {
        await stagePart(work, part, { way, of: parts.length, tried, failed: [...failed] });
        progress.schedulesDone += part.slices.length;
      } catch (error) {
        const said = saidOf(await ofPart(work, error));
        if (way + 1 < ways.length) {
          work.insteadOf = said;
          break;
        }
        failed.add(index);
        failSlices(work, part.slices, said);
      }
    }
    if (work.insteadOf && way + 1 < ways.length) continue;
    kept.read = { way, of: parts.length, tried: parts.length, failed: [...failed] };
    return;
  }
}

/** One part, in one transaction with the note that it was. */
async function stagePart(work: Work, part: ReadPart, read: sql.PartsRead): Promise<void> {
  const { run, marks, kept } = work;
  const { bookings: before = 0 } = kept;
  await inSite(work, async (tx) => {
    const bookings = before + (await intake.stageBookings(tx, run, part.bookings()));
    // A deletion is as much a part of what was read as a row is.
    const deleted = [...new Set([...work.deleted, ...part.deleted()])];
    // What could not be used is not in the staging that another worker would go on with: he reads again.
    if (isKept({ ...work, deleted }) && part.unusable.count === 0 && !part.doubt()) {
      await sql.writeCheckpoint(tx, run, work.context.owner, { ...marks, ...kept, bookings, read, deleted });
    }
    work.deleted = deleted;
    kept.bookings = bookings;
    kept.read = read;
  });
  work.unusable.add(part.unusable);
  const doubt = part.doubt();
  if (doubt) for (const slice of part.slices) work.doubted.set(intake.sliceKey(slice), doubt);
}

/** The patients whom bookings name and who did not come with them. */
async function stageNamedPatients(work: Work): Promise<void> {
  const { run, client, kept } = work;
  // Somebody may have been made a patient between the two files. And what was changed of a patient while he was out of sight is behind every
  // cursor: a slice is read with its own patients, known or not, and whose booking comes into view is read with it.
  const named = await inSite(work, (tx) =>
    run.mode === 'slice' || kept.byName
      ? intake.listNamedPatients(
          tx,
          run,
          work.slices.filter((slice) => slice.read && slice.applies),
        )
      : run.mode === 'recent'
        ? intake.listPatientsNotInView(tx, run)
        : intake.listUnknownPatients(tx, run, patientsFetched),
  );
  if (named.length === 0) return;
  const { found, missed } = await readPatients(client, named, (error) => ofPart(work, error));
  const unasked = new Set(missed.flatMap(({ ids }) => ids));
  await inSite(work, async (tx) => {
    await intake.stagePatients(tx, run, once(found));
    await intake.maskPatients(
      tx,
      run,
      named.filter((id) => !unasked.has(id)),
    );
    for (const { ids, error } of missed) {
      failSlices(work, await intake.listSlicesNaming(tx, run, ids), saidOf(error));
      work.setAside = [...work.setAside, ...(await intake.setAside(tx, run, ids))];
    }
  });
}

/** What could not be used, by the slice that it belongs to as far as anybody knows, and of earlier runs what has not come again. */
async function nameUnusable(work: Work): Promise<void> {
  const { run, unusable, doubted, deleted } = work;
  await inSite(work, async (tx) => {
    for (const one of await intake.listPlaces(tx, run, unusable.loose)) {
      unusable.settle(one.bookingId, intake.sliceKey(one));
    }
    const before = work.slices.flatMap((slice) =>
      run.mode === 'recent' && slice.applies && slice.before
        ? [{ slice: intake.sliceKey(slice), said: slice.before }]
        : [],
    );
    for (const { slice, said } of before) {
      // Only a reading of the whole can tell otherwise.
      if (said.key === 'sync.reason.silent') work.standing.set(slice, said);
      if (said.key !== 'sync.reason.unusable') continue;
      const ids = String(said.params['ids']).split(', ');
      const settled = new Set([...deleted, ...(await intake.listSettled(tx, run, ids))]);
      const left = ids.filter((id) => !settled.has(id));
      const count = Number(said.params['count']) - (ids.length - left.length);
      if (count > 0) work.standing.set(slice, { key: said.key, params: { count, ids: left.join(', ') || '–' } });
    }
  });
  for (const slice of unusable.nameless) doubted.set(slice, { key: 'sync.reason.nameless', params: {} });
}

/** Where nobody says what we may see: what the EMR answered for bookings that it no longer gives. */
async function nameSilent(work: Work, ids: readonly string[], statuses: ReadonlyMap<string, number>): Promise<void> {
  const places = await inSite(work, (tx) => intake.listPlaces(tx, work.run, ids));
  const answered = (of: readonly { readonly bookingId: string }[], status: number) =>
    of.filter(({ bookingId }) => statuses.get(bookingId) === status).length;
  for (const [slice, of] of Map.groupBy(places, intake.sliceKey)) {
    const params = { count: of.length, unknown: answered(of, 404), refused: answered(of, 403) };
    work.silent.set(slice, { key: 'sync.reason.silent', params });
  }
}

/** Pairs that bookings of selected providers name and that the plan does not have: it is made again with them. */
async function discover(work: Work): Promise<boolean> {
  const { run, coverage, slices, selected } = work;
  if (coverage.certainty === 'proved') return false;
  const pairs = await inSite(work, async (tx) => {
    const unplaced = await intake.listUnplaced(tx, run, slices, [...selected]);
    if (unplaced.length > 0) await intake.clearStaging(tx, run);
    return unplaced;
  });
  work.discovered = [...work.discovered, ...pairs];
  return pairs.length > 0;
}

const does: Drive<Work>['does'] = {
  'reading-coverage': async (work) => {
    work.versions.clear();
    forgetReading(work);
    work.connection = await inSite(work, (tx) => getConnection(tx, work.run.siteId, work.run.connectionId));
    work.ground = await inSite(work, async (tx) => ({
      mustBeProved: (await sql.findCertainty(tx, work.run)) === 'proved',
      tenantId: await sql.findTenant(tx, work.run),
      zone: await intake.readSiteZone(tx, work.run.siteId),
    }));
    await plan(work, await coverageNow(work));
    if (!work.restored) {
      work.witnesses = await inSite(work, (tx) => sql.listWitnesses(tx, work.run));
      work.restored = await wasRestored(work.client, work.witnesses, work.slices, work.coverage.certainty);
      if (work.restored) {
        work.witnesses = [];
        if (work.run.mode !== 'full') {
          await becomeFull(work);
          return 'restored';
        }
      }
    }
    const { client, progress } = work;
    progress.bookingsRead = 0;
    progress.schedulesDone = 0;
    work.kept = await keptStaging(work);
    if (work.kept.patients === undefined) await askWhatDiffers(work);
    const { differing } = work.kept;
    if (differing) work.slices = readInPart(work.slices, differing);
    await work.step('coverage-before');
    const { patients, read } = work.kept;
    const complete = patients !== undefined && read !== undefined && read.tried === read.of && read.failed.length === 0;
    work.reading = complete
      ? undefined
      : await readEmr({
          client,
          mode: work.run.mode,
          certainty: work.coverage.certainty,
          slices: work.slices.filter((slice) => slice.read),
          inPart: differing !== undefined,
          onBookings: (count) => {
            progress.bookingsRead += count;
          },
        });
    return 'done';
  },

  'staging-patients': async (work) => {
    const { run, reading, marks, kept, unusable } = work;
    if (kept.patients === undefined) {
      try {
        kept.patients = await inSite(work, async (tx) => {
          const patients = await intake.stagePatients(tx, run, reading!.patients(unusable));
          if (isKept(work)) await sql.writeCheckpoint(tx, run, work.context.owner, { ...marks, ...kept, patients });
          return patients;
        });
      } catch (error) {
        const said = saidOf(await ofPart(work, error));
        kept.patients = 0;
        if (run.mode === 'recent') {
          // Whom they renamed is not found by any booking: without this nothing is read up to here.
          const tried = work.slices.filter((slice) => slice.read && slice.applies);
          failSlices(work, tried, said);
          work.reading = undefined;
        } else kept.byName = true;
      }
    }
    await work.step('patients-staged');
    return 'done';
  },

  'staging-bookings': async (work) => {
    const { run, reading, marks, kept } = work;
    if (reading) await stageParts(work, reading.ways);
    await inSite(work, async (tx) => {
      if (work.deleted.length > 0) await intake.unstage(tx, run, work.deleted);
      await intake.analyzeStaging(tx);
    });
    if (await discover(work)) return 'moved';
    await stageNamedPatients(work);
    await inSite(work, async (tx) => {
      await intake.removeDuplicates(tx, run);
      if (!isKept(work) || !kept.read) return;
      const { deleted } = work;
      const { patients, bookings } = await intake.countStaged(tx, run);
      await sql.writeCheckpoint(tx, run, work.context.owner, { ...marks, ...kept, patients, bookings, deleted });
    });
    await nameUnusable(work);
    work.progress.schedulesDone = work.progress.schedulesTotal;
    await work.step('bookings-staged');
    return 'done';
  },

  proving: async (work) => {
    const { permissionVersion } = await coverageNow(work);
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
      const spokenOf = new Set([...work.unusable.ids, ...work.setAside]);
      const asked = absent.filter((id) => !spokenOf.has(id));
      let unasked: EmrError | undefined;
      const evidence = await readEvidence(client, asked).catch(async (error: unknown) => {
        unasked = await ofPart(work, error);
        return { found: [], deleted: [], statuses: new Map<string, number>() };
      });
      work.deleted = evidence.deleted;
      const counts = await inSite(work, async (tx) => {
        if (evidence.found.length > 0) {
          await intake.stageBookings(tx, run, once(evidence.found));
          await intake.removeDuplicates(tx, run);
        }
        // Of none that is absent there is nothing to judge, and to count all that is known costs as much as to look for them.
        if (absent.length === 0) return [];
        await intake.readEachTableOnce(tx);
        return intake.countAbsent(tx, run, slices, {
          except: [...evidence.deleted, ...spokenOf],
          // Taken off the lists already, and where absence means nothing more, already marked.
          already:
            absenceMeans(work.connection, work.coverage.certainty) === 'deleted'
              ? ['released']
              : ['released', 'unconfirmed'],
        });
      });
      if (unasked) {
        // Where they may have gone was not to be heard.
        for (const one of counts) if (one.absent > 0) work.doubted.set(intake.sliceKey(one), saidOf(unasked));
      } else {
        work.absent = counts;
        work.waits = mustWait(counts, run.released ?? []);
        if (work.coverage.certainty === 'evidence') {
          const told = new Set([...evidence.found.map(({ bookingId }) => bookingId), ...evidence.deleted]);
          await nameSilent(
            work,
            asked.filter((id) => !told.has(id)),
            evidence.statuses,
          );
        }
      }
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
const isKept = ({ unusable, deleted, doubted, setAside }: Work): boolean =>
  unusable.count === 0 && deleted.length <= deletedKept && doubted.size === 0 && setAside.length === 0;

const machine: Drive<Work> = {
  does,
  caught: async (work, error) => {
    if (!(error instanceof EmrError)) throw error;
    // I5: nothing was applied; the run says what stopped it.
    await fail(work, { key: error.key, params: { ...error.params } }, error.retryAfterMs);
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

export interface EndedSlice extends intake.RunSlice, Pick<PlannedSlice, 'patientsBehind'> {
  /** Why it was not read, or what of it is not as it should be. */
  readonly problem: sql.Said | null;
}

const idsNamed = 5;

/** Why a slice that was tried is not what it should be; null: nothing is the matter. */
function problemWith({ failed, doubted, unusable, silent, standing }: Work, slice: string): sql.Said | null {
  const known = failed.get(slice) ?? doubted.get(slice);
  if (known) return known;
  const [of, before] = [unusable.maybeOfSlice(slice), standing.get(slice)];
  if (!of) return silent.get(slice) ?? before ?? null;
  const earlier = before?.key === 'sync.reason.unusable' ? String(before.params['ids']).split(', ') : [];
  const ids = new Set([...of.ids, ...earlier]);
  const again = of.ids.length + earlier.length - ids.size;
  const count = of.count + (earlier.length > 0 ? Number(before!.params['count']) : 0) - again;
  return {
    key: 'sync.reason.unusable',
    params: { count, ids: [...ids].slice(0, idsNamed).join(', ') || '–' },
  };
}

/** The plan with what only the end of the reading could say. */
export function finalSlices(work: Work): EndedSlice[] {
  const absent = new Map(work.absent.map((one) => [intake.sliceKey(one), one.absent]));
  const { asOf } = work;
  return work.slices.map((slice) => {
    const key = intake.sliceKey(slice);
    const tried = slice.applies && slice.read;
    const isRead = work.proved && tried && !work.failed.has(key);
    const proved = isRead && !work.doubted.has(key);
    const problem = work.proved && tried ? problemWith(work, key) : null;
    const waits = slice.outcome === 'waiting' || (work.waits && (absent.get(key) ?? 0) > 0);
    const outcome =
      slice.applies && waits
        ? 'waiting'
        : slice.applies && !isRead && (tried || !work.proved)
          ? 'failed'
          : problem !== null && slice.outcome === 'complete'
            ? 'partly'
            : slice.outcome;
    return { ...slice, proved, outcome, problem, matchedAsOf: proved && outcome !== 'waiting' ? asOf : null };
  });
}

/** Decides each slice by this coverage, and keeps the coverage for the screens. */
async function plan(work: Work, coverage: Coverage): Promise<void> {
  const { run } = work;
  const facts = await inSite(work, async (tx) => {
    if (work.connection.selectNewProviders) await lockSettings(tx, run.siteId);
    // Held is what is said to be held.
    if (coverage.certainty === 'proved') await wakeByCoverage(tx, run, coverage);
    await sql.writeRoster(tx, run, coverage);
    await sql.writeEmrState(tx, run, coverage);
    const named = coverage.schedules.filter((row) => row.scheduleActive).map((row) => row.providerId);
    if (await followRoster(tx, work.connection, named)) {
      work.selectedNew = true;
      work.connection = await getConnection(tx, run.siteId, run.connectionId);
    }
    return {
      selected: new Set(await listSelected(tx, run.siteId, run.connectionId)),
      cursors: await sql.listCursors(tx, run),
      known: await intake.listKnownSchedules(tx, run.siteId, run.connectionId),
      siteZone: await intake.readSiteZone(tx, run.siteId),
      expected: await sql.lastFetched(tx, run),
    };
  });
  const { connection } = work;
  const { features, windowDays } = connection;
  work.coverage = coverage;
  const { permissionVersion, changesUntil = coverage.asOf } = coverage;
  work.asOf = new Date(changesUntil);
  work.slices = planSlices({ mode: run.mode, only: sql.sliceOf(run), coverage, features, windowDays, ...facts });
  work.selected = facts.selected;
  work.progress.schedulesTotal = work.slices.filter((slice) => slice.read && slice.selected).length;
  work.progress.bookingsExpected = run.mode === 'full' ? facts.expected : null;
  const read = work.slices.filter((slice) => slice.read && slice.applies);
  work.marks = {
    permissionVersion,
    settingsVersion: connection.settingsVersion,
    asOf: changesUntil,
    window: [...new Set(read.map((slice) => `${slice.from.toISOString()}/${slice.to.toISOString()}`))].sort().join(' '),
  };
}

/** I3: what an earlier attempt staged, if it still means the same; else staging is emptied. */
function keptStaging(work: Work): Promise<Work['kept']> {
  const { run, marks } = work;
  return inSite(work, async (tx) => {
    const checkpoint = (await sql.findRunRow(tx, run))?.checkpoint ?? {};
    const { permissionVersion, settingsVersion, window, asOf, differing, patients, byName, bookings, read, deleted } =
      checkpoint;
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
      return {
        patients,
        ...(differing ? { differing } : {}),
        ...(byName ? { byName } : {}),
        ...(bookings === undefined || !read ? {} : { bookings, read }),
      };
    }
    await intake.clearStaging(tx, run);
    await sql.writeCheckpoint(tx, run, work.context.owner, {});
    return {};
  });
}
