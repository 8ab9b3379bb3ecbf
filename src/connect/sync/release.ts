// What a Site Admin decides about bookings that the EMR no longer lists. Each act is of exactly what he saw.
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { localDateTime } from '../../platform/zones.ts';
import { intake, outbox, recordAudit } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { UnconfirmedBookings } from '../contract/sync.ts';
import * as sql from './sync.sql.ts';

export interface Decider {
  readonly siteId: number;
  readonly userId: string;
  readonly requestId: string;
}

/** More than these are decided in several steps. */
const shownAtOnce = 200;

async function connectionOf(tx: Db, siteId: number): Promise<sql.ConnectionKey> {
  const connection = await findConnection(tx, siteId);
  if (!connection) throw problem('conflict', 'sync.problem.no-connection');
  return connection;
}

/**
 * Lets go on what waits: a run of the same kind is queued, which may mark as unconfirmed as many bookings of each schedule as the preview
 * showed, and waits again for any more. Throws `conflict` when a later run has ended, goes or waits.
 */
export async function releaseRun(tx: Db, decider: Decider, runId: string): Promise<sql.AskedRun> {
  const { siteId, userId, requestId } = decider;
  const { connectionId } = await connectionOf(tx, siteId);
  const run = await sql.findRunRow(tx, { siteId, connectionId, runId });
  if (!run) throw problem('not-found', 'sync.problem.no-run');
  const { mode } = run;
  const slice = sql.sliceOf(run) ?? undefined;
  const waiting = await sql.findWaiting(tx, { siteId, connectionId });
  if (waiting?.runId !== runId) throw problem('conflict', 'sync.problem.decided');
  const going = await sql.findRunning(tx, { siteId, connectionId, mode, slice });
  if (going) throw problem('conflict', 'sync.problem.already-running', {}, { run: { runId: going, state: 'running' } });
  const released = (waiting.totals.preview ?? []).map(({ officeId, providerId, absent }) => ({
    officeId,
    providerId,
    absent,
  }));
  const asked = await sql.insertRun(tx, { siteId, connectionId, mode, slice, requestedBy: userId, released });
  if (!asked.made) {
    throw problem('conflict', 'sync.problem.already-queued', {}, { run: { runId: asked.runId, state: 'queued' } });
  }
  await outbox.closeRunTask(tx, siteId, runId, userId);
  await recordAudit(tx, {
    siteId,
    userId,
    action: 'release-run',
    entity: 'sync-run',
    entityId: runId,
    after: { runId: asked.runId, released },
    requestId,
  });
  return asked;
}

/** The unconfirmed bookings of a schedule, the nearest first: time and number, nothing of a patient. */
export async function readUnconfirmed(tx: Db, siteId: number, slice: sql.SliceKey): Promise<UnconfirmedBookings> {
  const { connectionId } = await connectionOf(tx, siteId);
  const zone = await intake.readSiteZone(tx, siteId);
  const { bookings, total } = await intake.listUnconfirmed(tx, { siteId, connectionId, ...slice }, shownAtOnce);
  return {
    total,
    bookings: bookings.map(({ bookingId, startAt, since }) => {
      const { date, time } = localDateTime(zone, startAt);
      return { bookingId, date, time: time.slice(0, 5), since: since.toISOString() };
    }),
  };
}

/** Takes these off the lists, of those that are unconfirmed still. They come back when the EMR lists them again. */
export async function releaseUnconfirmed(
  tx: Db,
  { siteId, userId, requestId }: Decider,
  slice: sql.SliceKey,
  bookingIds: readonly string[],
): Promise<number> {
  const { connectionId } = await connectionOf(tx, siteId);
  const released = await intake.releaseUnconfirmed(tx, { siteId, connectionId, ...slice }, bookingIds);
  if (released.length === 0) throw problem('conflict', 'sync.problem.none-unconfirmed');
  await recordAudit(tx, {
    siteId,
    userId,
    action: 'release-unconfirmed',
    entity: 'schedule',
    entityId: `${slice.officeId}/${slice.providerId}`,
    after: { bookingIds: released },
    requestId,
  });
  return released.length;
}
