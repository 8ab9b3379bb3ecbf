// Fetches what members of the portal ask for. The row is the queue, as with write-backs; one at a time is enough for a few a day.
import type { Clock } from '../../platform/clock.ts';
import { createPool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, savedFetches } from '../../portal/index.ts';
import { getConnection } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { createEmrClient } from '../emr-client/emr-client.ts';
import { fetchSaved } from './fetch-saved.ts';

export interface SavedFetcherOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookMs?: number;
}

export interface SavedFetcher {
  start(): void;
  /** Fetches what is asked for now, and returns; for one that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export function createSavedFetcher({
  syncUrl,
  sealingKey,
  clock,
  log,
  lookMs = 2000,
}: SavedFetcherOptions): SavedFetcher {
  const pool = createPool(syncUrl, { max: 3, applicationName: 'tidegate attachments', log });
  const stopped = new AbortController();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'saved_fetch',
    applicationName: 'tidegate attachment hints',
    lookMs,
    look,
    onError: (error) => log.error({ err: error }, 'fetching what was saved for Ocean failed'),
  });

  async function look(): Promise<boolean> {
    const asked = await savedFetches.claimFetch(pool);
    if (!asked) return false;
    const connection = await asSite(pool, asked.siteId, (tx) => getConnection(tx, asked.siteId, asked.connectionId));
    const address = addressOf(connection, sealingKey);
    if (!address) {
      await savedFetches.settleFetch(pool, asked, { failed: true, reason: 'messages.saved.no-answer', lacking: [] });
      return true;
    }
    // Once: what the EMR hands over it hands over once, and somebody waits.
    const client = createEmrClient(address, { clock, tries: 1, signal: stopped.signal });
    try {
      await fetchSaved({ pool, clock }, client, asked);
    } catch (error) {
      log.error({ err: error, fetchId: asked.fetchId }, 'a fetch failed');
      await savedFetches.settleFetch(pool, asked, { failed: true, reason: 'messages.saved.interrupted', lacking: [] });
    } finally {
      await client.close();
    }
    return true;
  }

  return {
    start: () => lookOut.start(),
    drain: async () => {
      while (await look());
    },
    stop: async () => {
      stopped.abort(new Error('the worker stops'));
      await lookOut.stop();
      await pool.end();
    },
  };
}
