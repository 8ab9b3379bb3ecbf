import type { Pool } from 'pg';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

/** What the EMR's use cases and routes are given. */
export interface EmrContext {
  /** Role emr_app: serves requests, bound by both walls. */
  readonly pool: Pool;
  /** Role emr_import: the clinic's own data on its way in, and the first set-up. Serves no request about people's data. */
  readonly importPool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** Where people and clients reach this EMR, without a slash at the end. */
  readonly publicUrl: string;
  readonly version: string;
}
