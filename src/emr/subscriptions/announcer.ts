// Tells clients what they asked to be told of. The queue is in the database; a notification of the database is a hint that saves waiting,
// and the look once a second is what can be relied on. Several may run: each claims what it tells.
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { newId } from '../../platform/ids.ts';
import type { EmrContext } from '../context.ts';
import { asTenant } from '../oauth/credential.ts';
import { listTenants } from '../session/session.sql.ts';
import { deliver } from './deliver.ts';
import * as sql from './subscriptions.sql.ts';

export interface AnnouncerOptions {
  /** What a worker holds and was not heard of for so long is taken over: longer than a delivery can take. */
  readonly leaseMs?: number;
  readonly lookMs?: number;
  readonly firstWaitMs?: number;
  readonly triesAtMost?: number;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface Announcer {
  start(): void;
  /** Tells what is due now, one after the other, and returns; for one that was not started. */
  drain(): Promise<void>;
  /** Comes back when what is being told is told. */
  stop(): Promise<void>;
}

/** A slow address does not hold up the others. */
const atOnce = 8;

export function createAnnouncer(
  context: EmrContext,
  {
    leaseMs = 60_000,
    lookMs = 1000,
    firstWaitMs = 2000,
    triesAtMost = 300,
    random = Math.random,
  }: AnnouncerOptions = {},
): Announcer {
  const { pool, log } = context;
  const delivering = { firstWaitMs, triesAtMost, random };
  const going = new Set<Promise<void>>();
  let stopping = false;
  let wake = () => {};
  let listening: PoolClient | undefined;
  let loop: Promise<void> | undefined;

  async function claim(owner: string): Promise<sql.ClaimedSubscription | undefined> {
    for (const { tenantId } of await listTenants(pool)) {
      const claimed = await asTenant(pool, tenantId, async (tx) => {
        await sql.endSubscriptions(tx, tenantId);
        return sql.claimSubscription(tx, tenantId, owner, leaseMs);
      });
      if (claimed) return claimed;
    }
    return undefined;
  }

  async function tell(claimed: sql.ClaimedSubscription, owner: string): Promise<void> {
    try {
      await deliver(context, claimed, owner, delivering);
    } catch (error) {
      // The lease runs out, and it is told then.
      log.error({ err: error, subscriptionId: claimed.subscriptionId }, 'a notification failed');
    }
  }

  async function listen(): Promise<void> {
    const client = await pool.connect();
    const lost = () => {
      if (listening === client) listening = undefined;
      client.release(true);
    };
    client.once('error', lost);
    try {
      client.on('notification', () => wake());
      await client.query(`listen ${sql.hints}`);
      listening = client;
    } catch {
      client.off('error', lost);
      client.release(true);
    }
  }

  async function work(): Promise<void> {
    while (!stopping) {
      const hinted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        if (!listening) await listen();
        const owner = newId();
        const claimed = going.size < atOnce ? await claim(owner) : undefined;
        if (claimed) {
          const one = tell(claimed, owner).finally(() => {
            going.delete(one);
            wake();
          });
          going.add(one);
          continue;
        }
      } catch (error) {
        log.error({ err: error }, 'looking for subscriptions failed');
      }
      await Promise.race([hinted, sleep(lookMs, undefined, { ref: false })]);
    }
    await Promise.all(going);
  }

  return {
    start: () => {
      loop = work();
    },
    drain: async () => {
      for (;;) {
        const owner = newId();
        const claimed = await claim(owner);
        if (!claimed) return;
        await tell(claimed, owner);
      }
    },
    stop: async () => {
      stopping = true;
      wake();
      await loop;
      listening?.removeAllListeners('notification');
      listening?.release(true);
      listening = undefined;
    },
  };
}
