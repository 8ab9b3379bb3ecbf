import type { Pool } from 'pg';
import { asSite, intake } from '../../portal/index.ts';
import { listActiveConnections } from '../connections/connections.sql.ts';
import type { RunState, SyncMode } from '../contract/sync.ts';
import * as sql from './sync.sql.ts';

/** Role connect_app or portal_sync. */
interface Context {
  readonly pool: Pool;
}

export interface RunReport {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly state: RunState;
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly seconds: number | null;
  readonly totals: sql.Totals;
  readonly problem: sql.Said | null;
}

/** Queues a run, or joins the one of its kind that waits already. */
export function requestRun({ pool }: Context, asked: sql.AskForRun): Promise<sql.AskedRun> {
  return asSite(pool, asked.siteId, (tx) => sql.insertRun(tx, asked));
}

export async function findRun({ pool }: Context, key: sql.RunKey): Promise<RunReport | undefined> {
  const run = await asSite(pool, key.siteId, (tx) => sql.findRunRow(tx, key));
  if (!run) return undefined;
  const { runId, mode, state, totals, problem, startedAt, endedAt } = run;
  return {
    runId,
    mode,
    state,
    fetched: totals.fetched ?? 0,
    created: totals.created ?? 0,
    updated: (totals.updated ?? 0) + (totals.returned ?? 0),
    seconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null,
    totals,
    problem,
  };
}

/** Whether a run has ever heard of this provider in this office. */
export function isKnownSlice({ pool }: Context, key: sql.ConnectionKey, slice: sql.SliceKey): Promise<boolean> {
  const { siteId, connectionId } = key;
  return asSite(pool, siteId, (tx) => intake.isKnownSchedule(tx, { siteId, connectionId, ...slice }), {
    readOnly: true,
  });
}

export function listConnections({ pool }: Context) {
  return listActiveConnections(pool);
}
