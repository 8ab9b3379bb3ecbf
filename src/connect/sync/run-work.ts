// What a run knows while it goes on, and what each of its phases needs of it. The run itself: run-sync.ts.
import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, intake } from '../../portal/index.ts';
import type { Connection } from '../connections/connections.sql.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import type { Coverage } from '../emr-client/read-coverage.ts';
import type { PlannedSlice } from './plan-slices.ts';
import type { EmrReading } from './read-emr.ts';
import type { Resting } from './rest.ts';
import type { Step } from './run-machine.ts';
import type * as sql from './sync.sql.ts';
import type { Unusable } from './unusable.ts';

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

export const inSite = <T>(
  { context, run }: Pick<Work, 'context' | 'run'>,
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> => asSite(context.pool, run.siteId, work);

/**
 * What stopped a part of the reading, if it is that part's own matter. Throws what is the whole run's: a token that is refused, an EMR that
 * answers nothing else either, and what is ours.
 */
export async function ofPart({ client, coverage }: Work, error: unknown): Promise<EmrError> {
  if (!(error instanceof EmrError) || error.failure === 'token') throw error;
  if (error.failure === 'address')
    await (coverage.certainty === 'proved' ? client.coverage() : client.statusOf('metadata'));
  return error;
}

export const saidOf = ({ key, params }: EmrError): sql.Said => ({ key, params: { ...params } });

export const failSlices = ({ failed }: Work, slices: readonly sql.SliceKey[], said: sql.Said): void => {
  for (const slice of slices) failed.set(intake.sliceKey(slice), said);
};

export async function* once<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  yield rows;
}
