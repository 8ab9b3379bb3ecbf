// Carries runs out. The run's row is the queue: a worker claims it by one guarded update and holds it by a lease. A notification
// is a hint that saves waiting; the look once a second is what can be relied on.
import type { Clock } from '../../platform/clock.ts';
import { checkRuntimeRole } from '../../platform/database/check-roles.ts';
import { createPool, type Db } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import { newErrorId, newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, intake, type SyncWish, takeWishes } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import { pruneAnnounced } from './prune-runs.sql.ts';
import { restMsOf } from './rest.ts';
import type { Step } from './run-machine.ts';
import { runSync } from './run-sync.ts';
import type { SyncContext } from './run-work.ts';
import * as sql from './sync.sql.ts';

export interface SyncWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined;
  /** Tests are quicker than clinics. */
  readonly intervals?: {
    /** A run whose worker was not heard of for so long is taken over. */
    readonly leaseMs?: number;
    readonly lookMs?: number;
    /** The first wait before an EMR that failed is asked again. */
    readonly firstWaitMs?: number;
  };
}

export interface SyncWorker {
  readonly context: Omit<SyncContext, 'owner'>;
  start(): Promise<void>;
  /** Carries out what waits now, one after the other, and returns; for a worker that was not started. */
  drain(): Promise<void>;
  /** Breaks off what is going; whoever looks next goes on with it where it was. */
  stop(): Promise<void>;
}

/** Connections that one worker serves at the same time: a slow EMR does not hold up the others. */
const atOnce = 4;
/** Of these, connections whose last run failed: an EMR that hangs takes minutes to fail, and the well ones do not wait for it. */
const sickAtOnce = 2;
/** A run that kills or loses every worker that takes it must not go round for ever. */
const attemptsAtMost = 10;

export function createSyncWorker({
  syncUrl,
  sealingKey,
  clock,
  log,
  random,
  onStep,
  intervals = {},
}: SyncWorkerOptions): SyncWorker {
  const { leaseMs = 15_000, lookMs = 1000, firstWaitMs } = intervals;
  // Of each run: one connection streams or applies, one keeps the lease.
  const pool = createPool(syncUrl, { max: 2 * atOnce + 2, applicationName: 'tidegate sync', log });
  const context = { pool, sealingKey, clock, log, random, leaseMs, firstWaitMs, onStep };
  const stopped = new AbortController();
  /** And whether it is of a connection whose last run failed. */
  const going = new Map<Promise<void>, boolean>();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'sync_run',
    applicationName: 'tidegate sync hints',
    lookMs,
    look: takeOne,
    onError: (error) => log.error({ err: error }, 'looking for runs failed'),
  });

  /** What the clock asks for: runs that are due, and once for each of these what was kept long enough. */
  async function keepTime(): Promise<void> {
    await takeWishes(pool, queueWished);
    for (const due of await sql.queueDueRuns(pool)) {
      while ((await pruneAnnounced(pool, due)) > 0 && !stopped.signal.aborted);
    }
  }

  /** A member of a site wants what has changed. A wish of a site that is connected no more comes to nothing, and is taken all the same. */
  async function queueWished(tx: Db, { siteId, askedBy }: SyncWish): Promise<void> {
    const connection = await findConnection(tx, siteId);
    if (!connection) return;
    const { connectionId } = connection;
    await sql.insertRun(tx, { siteId, connectionId, mode: 'recent', requestedBy: askedBy });
  }

  async function takeOne(): Promise<boolean> {
    await keepTime();
    // Each claim has an owner of its own: after a standstill this worker may claim the run that it is still busy with.
    const owner = newId();
    const onlyWell = [...going.values()].filter(Boolean).length >= sickAtOnce;
    const run = going.size < atOnce ? await sql.claimRun(pool, { owner, leaseMs, onlyWell }) : undefined;
    if (!run) return false;
    const one = carryOut(run, owner).finally(() => {
      going.delete(one);
      lookOut.wake();
    });
    going.set(one, run.isOfSick);
    return true;
  }

  async function carryOut(run: sql.Run, owner: string): Promise<void> {
    try {
      if (run.attempt > attemptsAtMost) return await giveUp(run, owner, 'sync.gave-up');
      await runSync({ ...context, owner }, run, stopped.signal);
    } catch (error) {
      if (error instanceof sql.LeaseLost) return;
      if (stopped.signal.aborted || isOfDatabase(error)) {
        // A worker that was told to stop breaks off as it should; a database that went away is worth a look.
        const level = stopped.signal.aborted ? 'info' : 'warn';
        log[level]({ err: error, runId: run.runId }, 'a run was broken off and waits to be taken over');
        await sql.giveLeaseBack(pool, run, owner).catch(() => {});
        return;
      }
      log.error({ err: error, runId: run.runId }, 'a run failed');
      await giveUp(run, owner, 'problem.unknown');
    }
  }

  /** I5 of the machine: what was staged is thrown away, the portal stays as it is. */
  async function giveUp(run: sql.Run, owner: string, key: 'sync.gave-up' | 'problem.unknown'): Promise<void> {
    const id = newErrorId();
    log.error({ errorId: id, runId: run.runId, attempt: run.attempt }, 'a run was given up');
    await asSite(pool, run.siteId, async (tx) => {
      await sql.noteFailed(tx, run, restMsOf(context));
      await sql.endRun(tx, run, owner, {
        state: 'failed',
        totals: {},
        problem: { key, params: { id } },
        certainty: null,
      });
      await intake.clearStaging(tx, run);
    }).catch((reason: unknown) => log.error({ err: reason, runId: run.runId }, 'a run could not be given up'));
  }

  return {
    context,
    start: async () => {
      await checkRuntimeRole(pool, 'sync worker');
      lookOut.start();
    },
    drain: async () => {
      await keepTime();
      for (;;) {
        const owner = newId();
        const run = await sql.claimRun(pool, { owner, leaseMs, onlyWell: false });
        if (!run) return;
        await carryOut(run, owner);
      }
    },
    stop: async () => {
      stopped.abort(new Error('the worker stops'));
      await lookOut.stop();
      await Promise.all(going.keys());
      await pool.end();
    },
  };
}

/** The database went away or was shut down beneath us: the run itself is not at fault. */
function isOfDatabase(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (/^(08|57P|53)/.test(code) || code === 'ECONNREFUSED' || code === 'ECONNRESET') return true;
  return error instanceof Error && /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
}
