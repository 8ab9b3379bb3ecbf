// Delivers what the portal queued. The row is the queue, as with runs: a deliverer claims it by one guarded update and holds it by a lease.
// It visits connections, each with one client: what waits for one EMR goes there one after the other, and a slow EMR holds up no other.
import { waitMs } from '../../platform/back-off.ts';
import type { Clock } from '../../platform/clock.ts';
import { checkRuntimeRole } from '../../platform/database/check-roles.ts';
import { createPool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import { newErrorId, newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { asSite, outbox } from '../../portal/index.ts';
import { getConnection } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { createEmrClient, type EmrClient } from '../emr-client/emr-client.ts';
import { noteFailure, type Passage, pass } from './breaker.sql.ts';
import { type DeliveryContext, deliver } from './deliver.ts';
import type { DeliveryStep } from './delivery-machine.ts';

export interface WriteBackWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
  readonly onStep?: ((step: DeliveryStep) => void | Promise<void>) | undefined;
  /** Tests are quicker than clinics. */
  readonly intervals?: {
    /** A write-back whose deliverer was not heard of for so long is taken over. */
    readonly leaseMs?: number;
    readonly lookMs?: number;
    /** The first wait before an EMR that failed is asked again. */
    readonly firstWaitMs?: number;
  };
}

export interface WriteBackWorker {
  readonly context: DeliveryContext;
  start(): Promise<void>;
  /** Delivers what is due now, and returns; for a worker that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Connections that one worker visits at the same time. */
const atOnce = 8;
/** Of one visit; then others have their turn. */
const deliveriesAtMost = 50;
/** Reading what is changed, changing it, filing, and saying what lacks. Reading bookings is asked for by runs. */
const scope = 'system/*.rs system/Appointment.u system/Communication.c system/Binary.c system/DocumentReference.c';

export function createWriteBackWorker(options: WriteBackWorkerOptions): WriteBackWorker {
  const { syncUrl, sealingKey, clock, log, random = Math.random, onStep, intervals = {} } = options;
  const { leaseMs = 30_000, lookMs = 1000, firstWaitMs } = intervals;
  const pool = createPool(syncUrl, { max: 2 * atOnce + 2, applicationName: 'tidegate write-back', log });
  const context: DeliveryContext = { pool, clock, owner: newId(), random, firstWaitMs, onStep };
  const { owner } = context;
  const stopped = new AbortController();
  const visiting = new Map<string, Promise<void>>();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'write_back',
    applicationName: 'tidegate write-back hints',
    lookMs,
    look: visitDue,
    onError: (error) => log.error({ err: error }, 'looking for write-backs failed'),
  });

  const keyOf = ({ siteId, connectionId }: outbox.ConnectionKey) => `${siteId} ${connectionId}`;

  async function visitDue(): Promise<boolean> {
    for (const key of await outbox.listDueConnections(pool)) {
      if (visiting.size >= atOnce || stopped.signal.aborted) break;
      if (!visiting.has(keyOf(key))) begin(key);
    }
    return false;
  }

  function begin(key: outbox.ConnectionKey): void {
    const one = visit(key)
      .then((delivered) => {
        // Nothing to do there now (the breaker is open, say): the next look is soon enough.
        if (delivered > 0) lookOut.wake();
      })
      .catch((error: unknown) => log.error({ err: error, connectionId: key.connectionId }, 'a visit failed'))
      .finally(() => visiting.delete(keyOf(key)));
    visiting.set(keyOf(key), one);
  }

  /** Resolves to how many were taken. */
  async function visit(key: outbox.ConnectionKey): Promise<number> {
    let passage: Passage = await pass(pool, key, leaseMs);
    if (passage === 'none') return 0;
    const client = await clientOf(key);
    if (!client) {
      // What waits goes on waiting; runs say what is the matter, and new settings mend it.
      await asSite(pool, key.siteId, (tx) => noteFailure(tx, key, { waitMs: wait, retryAfterMs: undefined }));
      return 0;
    }
    let taken = 0;
    try {
      while (passage !== 'none' && taken < deliveriesAtMost && !stopped.signal.aborted) {
        const row = await outbox.claim(pool, key, { owner, leaseMs });
        if (!row) break;
        taken += 1;
        await carryOut(client, row);
        passage = await pass(pool, key, leaseMs);
      }
    } finally {
      await client.close();
    }
    return taken;
  }

  const wait = (failures: number) => waitMs(failures, context.random(), { firstMs: firstWaitMs });

  /** undefined: the stored secret does not open with this key. */
  async function clientOf(key: outbox.ConnectionKey): Promise<EmrClient | undefined> {
    const connection = await asSite(pool, key.siteId, (tx) => getConnection(tx, key.siteId, key.connectionId));
    const address = addressOf(connection, sealingKey);
    // Once: the row itself knows when it is asked again.
    return address && createEmrClient(address, { clock, scope, tries: 1, signal: stopped.signal });
  }

  async function carryOut(client: EmrClient, row: outbox.WriteBack): Promise<void> {
    const lease = new AbortController();
    const signal = AbortSignal.any([stopped.signal, lease.signal]);
    const beat = setInterval(() => {
      outbox
        .keepLease(pool, row, { owner, leaseMs })
        .then((kept) => {
          if (!kept) lease.abort(new outbox.LeaseLost());
        })
        .catch((error) => log.warn({ err: error, writeBackId: row.writeBackId }, 'a lease could not be renewed'));
    }, leaseMs / 3);
    try {
      await deliver({ context, client, signal }, row);
    } catch (error) {
      if (error instanceof outbox.LeaseLost) return;
      if (stopped.signal.aborted) {
        await outbox.giveLeaseBack(pool, owner, row).catch(() => {});
        return;
      }
      await putOff(row, error);
    } finally {
      clearInterval(beat);
    }
  }

  /** What is ours and unforeseen must not go round without a pause, nor stop what waits behind it. */
  async function putOff(row: outbox.WriteBack, error: unknown): Promise<void> {
    const id = newErrorId();
    log.error({ err: error, errorId: id, writeBackId: row.writeBackId }, 'a delivery failed');
    const failures = row.failures + 1;
    await asSite(pool, row.siteId, async (tx) =>
      // As it stands by now: a request may have been kept since the claim.
      outbox.record(
        tx,
        owner,
        { ...(await outbox.getWriteBack(tx, row)), attempt: row.attempt },
        {
          state: 'retrying',
          failures,
          problem: { key: 'problem.unknown', params: { id } },
          waitMs: wait(failures),
        },
      ),
    ).catch((reason: unknown) => log.error({ err: reason, errorId: id }, 'a delivery could not be put off'));
  }

  return {
    context,
    start: async () => {
      await checkRuntimeRole(pool, 'write-back worker');
      lookOut.start();
    },
    drain: async () => {
      for (;;) {
        const due = await outbox.listDueConnections(pool);
        let taken = 0;
        for (const key of due) taken += await visit(key);
        if (taken === 0) return;
      }
    },
    stop: async () => {
      stopped.abort(new Error('the worker stops'));
      await lookOut.stop();
      await Promise.all(visiting.values());
      await pool.end();
    },
  };
}
