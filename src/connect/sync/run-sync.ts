// One run, from the claim to the ledger. The machine that it follows, its invariants and its steps: run-machine.ts.
import type { PoolClient } from 'pg';
import { asSite, intake } from '../../portal/index.ts';
import { getConnection } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { createEmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { type Coverage, readCoverage } from '../emr-client/read-coverage.ts';
import { findDiffering, readInPart } from './agree.ts';
import { endRunWith } from './end-run.ts';
import { finalSlices } from './final-slices.ts';
import { absenceMeans, mustWait } from './guard.ts';
import { keptStaging, plan } from './plan-run.ts';
import { readEmr, readEvidence } from './read-emr.ts';
import { restMsOf } from './rest.ts';
import { type Drive, drive, type Phase, type Step } from './run-machine.ts';
import { failSlices, inSite, ofPart, once, type SyncContext, saidOf, type Work } from './run-work.ts';
import { discover, isKept, nameSilent, nameUnusable, stageNamedPatients, stageParts } from './stage-run.ts';
import * as sql from './sync.sql.ts';
import { Unusable } from './unusable.ts';
import { wasRestored } from './witnesses.ts';

/** How often a reading that permissions or settings changed under is made. */
const readings = 3;
/** More absent bookings than this are not asked after one by one: the guard will have stopped the run. */
const askedAfter = 5_000;
/** New bookings of one run from which on the planner is told of them at once. */
const analyzedFrom = 1_000;

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
