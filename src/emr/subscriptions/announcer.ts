// Tells clients what they asked to be told of. The queue is in the database; a notification of the database is a hint that saves waiting,
// and the look once a second is what can be relied on. Several may run: each claims what it tells.
import { createLookOut } from '../../platform/database/look-out.ts';
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

/** `appUrl`: database URL of the role emr_app, for hints. */
export function createAnnouncer(
  context: EmrContext,
  appUrl: string,
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
  const lookOut = createLookOut({
    url: appUrl,
    channel: sql.hints,
    applicationName: 'tidegate emr hints',
    lookMs,
    look: tellOne,
    onError: (error) => log.error({ err: error }, 'looking for subscriptions failed'),
  });

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

  async function tellOne(): Promise<boolean> {
    const owner = newId();
    const claimed = going.size < atOnce ? await claim(owner) : undefined;
    if (!claimed) return false;
    const one = tell(claimed, owner).finally(() => {
      going.delete(one);
      lookOut.wake();
    });
    going.add(one);
    return true;
  }

  return {
    start: lookOut.start,
    drain: async () => {
      for (;;) {
        const owner = newId();
        const claimed = await claim(owner);
        if (!claimed) return;
        await tell(claimed, owner);
      }
    },
    stop: async () => {
      await lookOut.stop();
      await Promise.all(going);
    },
  };
}
