// How long an EMR that failed is left alone by runs that nobody asked for.
import { waitMs } from '../../platform/back-off.ts';

/** A run that failed has tried as long as that made sense: the next one comes this many times later than its second request. */
const restFactor = 60;

export interface Resting {
  /** The first wait before an EMR that failed is asked again, within a run. */
  readonly firstWaitMs?: number | undefined;
  /** 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
}

/** By the failures in a row, with full jitter, and never less than `retryAfterMs`, which the EMR asked for. */
export const restMsOf =
  ({ firstWaitMs = 500, random = Math.random }: Resting, retryAfterMs?: number) =>
  (failures: number): number =>
    waitMs(failures, random(), { retryAfterMs, firstMs: restFactor * firstWaitMs });
