import type { Pool } from 'pg';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { AddressRule } from '../platform/webhooks/address.ts';

/** What the EMR's use cases and routes are given. */
export interface EmrContext {
  /** Role emr_app: serves requests, bound by both walls. */
  readonly pool: Pool;
  /**
   * Role emr_app too: stores the records of who saw what, and nothing else. Where a record has to be there before an answer, the answer
   * may hold a connection of `pool` already; were both of one pool, as many answers at once as it has would wait for each other for ever.
   */
  readonly recordPool: Pool;
  /** Role emr_import: the clinic's own data on its way in, and the first set-up. Serves no request about people's data. */
  readonly importPool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** Where people and clients reach this EMR, without a slash at the end. */
  readonly publicUrl: string;
  readonly version: string;
  /** 32 bytes that seal secrets which have to be used again, and so cannot be kept as hashes. */
  readonly sealingKey: Buffer;
  /** Where clients may have changes announced. */
  readonly announceTo: AddressRule;
}
