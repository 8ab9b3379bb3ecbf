// Looks after the subscriptions of every connection, now and then, and at once after its settings were saved. Several may run: each takes
// a connection by one guarded update.
import type { Clock } from '../../platform/clock.ts';
import { createPool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import type { Log } from '../../platform/log.ts';
import { asSite } from '../../portal/index.ts';
import { getConnection, takeDue } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { createEmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';
import { keepSubscriptions, subscriptionScope } from './keep-subscriptions.ts';

export interface AnnouncementKeeperOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** Where EMRs reach Cloud Connect. */
  readonly announceUrl: string;
  readonly lookMs?: number;
}

export interface AnnouncementKeeper {
  start(): void;
  /** Looks after what is due now, and returns; for one that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** How often the EMR is asked whether it still tells us. */
const againMs = 5 * 60_000;

export function createAnnouncementKeeper(options: AnnouncementKeeperOptions): AnnouncementKeeper {
  const { syncUrl, sealingKey, clock, log, announceUrl, lookMs = 2000 } = options;
  const pool = createPool(syncUrl, { max: 2, applicationName: 'tidegate announcements', log });
  const stopped = new AbortController();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'announcements_due',
    applicationName: 'tidegate announcement hints',
    lookMs,
    look,
    onError: (error) => log.error({ err: error }, 'looking after subscriptions failed'),
  });

  async function look(): Promise<boolean> {
    const due = await takeDue(pool, 'announcements', againMs);
    if (due) await visit(due);
    return due !== undefined;
  }

  /** An EMR that cannot be asked is asked again when it is due again; runs say what is the matter with it. */
  async function visit(key: ConnectionKey): Promise<void> {
    const connection = await asSite(pool, key.siteId, (tx) => getConnection(tx, key.siteId, key.connectionId));
    const address = addressOf(connection, sealingKey);
    if (!address) return;
    const client = createEmrClient(address, { clock, scope: subscriptionScope, tries: 1, signal: stopped.signal });
    try {
      await keepSubscriptions({ pool, sealingKey, announceUrl }, key, client);
    } catch (error) {
      if (stopped.signal.aborted) return;
      const failure = error instanceof EmrError ? error.key : undefined;
      log.warn({ err: error, failure, connectionId: key.connectionId }, 'subscriptions could not be looked after');
    } finally {
      await client.close();
    }
  }

  return {
    start: lookOut.start,
    drain: async () => {
      while (await look());
    },
    stop: async () => {
      stopped.abort(new Error('the keeper stops'));
      await lookOut.stop();
      await pool.end();
    },
  };
}
