// What runs left behind, for whoever asks by command: connections with how they stand, and the ledger of one run, slice by slice.
import type { Pool } from 'pg';
import { columnsIn } from '../../fhir/columns.ts';
import { asSite, intake } from '../../portal/index.ts';
import { getConnection, listActiveConnections } from '../connections/connections.sql.ts';
import type { Certainty, RunCause, RunState, SliceOutcome, SyncMode } from '../contract/sync.ts';
import * as sql from './sync.sql.ts';

/** Role connect_app or portal_sync. */
interface Context {
  readonly pool: Pool;
}

export interface ConnectionState {
  readonly siteId: number;
  readonly connectionId: string;
  readonly name: string;
  readonly baseUrl: string;
  /** undefined: nothing was read yet. */
  readonly certainty: Certainty | undefined;
  readonly last: { readonly runId: string; readonly mode: SyncMode; readonly state: RunState } | null;
  readonly isRunning: boolean;
  readonly nextRunAt: string;
  readonly schedules: number;
  /** Of those that are selected, as they are now: not complete. */
  readonly gaps: number;
  /** The oldest freshness of a schedule that is selected; null: one of them was never read. */
  readonly matchedAsOf: string | null;
  readonly shown: number;
}

/** Of every site. */
export async function readConnections({ pool }: Context): Promise<ConnectionState[]> {
  const states: ConnectionState[] = [];
  for (const key of await listActiveConnections(pool)) {
    states.push(
      await asSite(
        pool,
        key.siteId,
        async (tx) => {
          const { name, baseUrl, nextRunAt } = await getConnection(tx, key.siteId, key.connectionId);
          const last = await sql.findLastEnded(tx, key);
          const known = await intake.listSchedulesFor(tx, key.siteId, key.connectionId);
          const selected = known.filter((slice) => slice.outcome !== 'not-selected');
          const read = selected.map(({ matchedAsOf }) => matchedAsOf?.toISOString() ?? null);
          return {
            siteId: key.siteId,
            connectionId: key.connectionId,
            name,
            baseUrl,
            certainty: await sql.findCertainty(tx, key),
            last: last ? { runId: last.runId, mode: last.mode, state: last.state } : null,
            isRunning: (await sql.findLive(tx, key)) !== undefined,
            nextRunAt: nextRunAt.toISOString(),
            schedules: selected.length,
            gaps: selected.filter(({ outcome }) => outcome !== 'complete').length,
            matchedAsOf: read.includes(null) ? null : (read.sort()[0] ?? null),
            shown: known.reduce((sum, { shown }) => sum + shown, 0),
          };
        },
        { readOnly: true },
      ),
    );
  }
  return states;
}

export interface LedgerSlice extends sql.LedgerCounts {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly outcome: SliceOutcome;
  /** Columns that the features need and that were not held. */
  readonly missing: readonly string[];
  readonly problem: sql.Said | null;
}

export interface Ledger {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly state: RunState;
  readonly cause: RunCause;
  readonly certainty: Certainty | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly problem: sql.Said | null;
  readonly slices: readonly LedgerSlice[];
}

/** Of the named run, else of the last one that ended. undefined: there is none. */
export async function readLedger(
  { pool }: Context,
  key: sql.ConnectionKey,
  runId?: string,
): Promise<Ledger | undefined> {
  return asSite(
    pool,
    key.siteId,
    async (tx) => {
      const run = runId === undefined ? await sql.findLastEnded(tx, key) : await sql.findRunRow(tx, { ...key, runId });
      if (!run) return undefined;
      const known = await intake.listSchedulesFor(tx, key.siteId, key.connectionId);
      const nameOf = new Map(known.map((slice) => [intake.sliceKey(slice), slice]));
      const rows = await sql.listLedger(tx, run);
      return {
        runId: run.runId,
        mode: run.mode,
        state: run.state,
        cause: run.cause,
        certainty: run.certainty,
        startedAt: run.startedAt?.toISOString() ?? null,
        endedAt: run.endedAt?.toISOString() ?? null,
        problem: run.problem,
        slices: rows
          .map(({ missingColumns, officeId, providerId, ...row }): LedgerSlice => {
            const named = nameOf.get(intake.sliceKey({ officeId, providerId }));
            const officeName = named?.officeName ?? officeId;
            const providerDisplay = named?.providerDisplay ?? providerId;
            return { officeId, officeName, providerId, providerDisplay, missing: columnsIn(missingColumns), ...row };
          })
          .sort((a, b) => a.providerDisplay.localeCompare(b.providerDisplay) || (a.officeId < b.officeId ? -1 : 1)),
      };
    },
    { readOnly: true },
  );
}
