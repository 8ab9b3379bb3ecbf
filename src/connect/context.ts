import type { Pool } from 'pg';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Sessions } from '../portal/index.ts';

/** What Cloud Connect's use cases and routes are given. */
export interface ConnectContext {
  /** Role connect_app: serves Cloud Connect's requests, bound to one site by row-level security. */
  readonly pool: Pool;
  /** Opens and seals stored credentials. */
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Site Admins alone. */
  readonly sessions: Sessions;
}
