// Carries runs out. The run's row is the queue: a worker claims it by one guarded update and holds it by a lease. A notification
// is a hint that saves waiting; the look once a second is what can be relied on.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { createPool } from '../../platform/database/db.ts';
import { newErrorId, newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, intake } from '../../portal/index.ts';
import { listActiveConnections } from '../connections/connections.sql.ts';
import type { RunState, SyncMode } from '../contract/sync.ts';
import { runSync, type Step, type SyncContext } from './run-sync.ts';
import * as sql from './sync.sql.ts';

export interface SyncWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined;
}

export interface SyncWorker {
  readonly context: SyncContext;
  start(): Promise<void>;
  /** Lets the run that is going end, and starts no other. */
  stop(): Promise<void>;
}

const lookEveryMs = 1000;

export function createSyncWorker({ syncUrl, sealingKey, log, onStep }: SyncWorkerOptions): SyncWorker {
  const pool = createPool(syncUrl, { max: 6, applicationName: 'tidegate sync', log });
  const context: SyncContext = { pool, sealingKey, log, owner: newId(), onStep };
  let stopping = false;
  let wake = () => {};
  let listener: pg.Client | undefined;
  let loop: Promise<void> | undefined;

  async function listen(): Promise<void> {
    listener = new pg.Client({ connectionString: syncUrl, application_name: 'tidegate sync hints' });
    listener.on('notification', () => wake());
    listener.on('error', () => {
      listener = undefined;
    });
    await listener.connect();
    await listener.query('listen sync_run');
  }

  async function work(): Promise<void> {
    while (!stopping) {
      const hinted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        await sql.queueDueRuns(pool);
        const run = await sql.claimRun(pool, context.owner);
        if (run) {
          await carryOut(run);
          continue;
        }
      } catch (error) {
        log.error({ err: error }, 'looking for runs failed');
      }
      await Promise.race([hinted, sleep(lookEveryMs)]);
    }
  }

  async function carryOut(run: sql.Run): Promise<void> {
    try {
      await runSync(context, run);
    } catch (error) {
      if (error instanceof sql.LeaseLost) return;
      const id = newErrorId();
      log.error({ err: error, id, runId: run.runId }, 'a run failed');
      await asSite(pool, run.siteId, async (tx) => {
        await intake.clearStaging(tx, run);
        await sql.endRun(tx, run, context.owner, {
          state: 'failed',
          totals: {},
          problem: { key: 'problem.unknown', params: { id } },
        });
      }).catch((reason: unknown) => log.error({ err: reason, runId: run.runId }, 'a failed run could not be ended'));
    }
  }

  return {
    context,
    start: async () => {
      await listen().catch((error: unknown) => log.warn({ err: error }, 'no hints; runs are looked for once a second'));
      loop = work();
    },
    stop: async () => {
      stopping = true;
      wake();
      await loop;
      await listener?.end().catch(() => {});
      await pool.end();
    },
  };
}

export interface RunReport {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly state: RunState;
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly seconds: number | null;
  readonly problem: sql.Run['problem'];
}

/** Queues a run, or joins the one of its kind that waits already. */
export function requestRun(
  { pool }: Pick<SyncContext, 'pool'>,
  asked: sql.ConnectionKey & { readonly mode: SyncMode; readonly requestedBy: string | null },
): Promise<sql.AskedRun> {
  return asSite(pool, asked.siteId, (tx) => sql.insertRun(tx, asked));
}

export async function findRun({ pool }: Pick<SyncContext, 'pool'>, key: sql.RunKey): Promise<RunReport | undefined> {
  const run = await asSite(pool, key.siteId, (tx) => sql.findRunRow(tx, key));
  if (!run) return undefined;
  const { runId, mode, state, totals, problem, startedAt, endedAt } = run;
  return {
    runId,
    mode,
    state,
    fetched: totals.fetched ?? 0,
    created: totals.created ?? 0,
    updated: totals.updated ?? 0,
    seconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null,
    problem,
  };
}

export function listConnections({ pool }: Pick<SyncContext, 'pool'>) {
  return listActiveConnections(pool);
}
