import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { ActKind, QueuedWriteBack } from '../contract/write-backs.ts';
import { kinds } from './kinds.ts';
import * as sql from './outbox.sql.ts';

export interface QueueWriteBack {
  readonly siteId: number;
  /** Who acts; null: a patient, by a link. */
  readonly userId: string | null;
  readonly kind: ActKind;
  readonly bookingId: string;
  /** The same again is the same press. */
  readonly pressId: string;
  /** Of the booking as the person saw it. */
  readonly version: string;
  readonly now: Date;
  readonly requestId?: string | undefined;
}

/**
 * Queues an act on a booking in the caller's transaction, which is that of the act. Throws `not-found` for a booking that is not
 * listed (a patient acts by his link on one of which he alone is withheld), and `conflict` where it has changed since it was seen, where the act does not fit it, or where another one is under way.
 */
export async function queueWriteBack(tx: Db, press: QueueWriteBack): Promise<QueuedWriteBack> {
  const { siteId, userId, kind, bookingId, pressId, version, now } = press;
  const before = await sql.findByPress(tx, siteId, pressId);
  if (before) return pressedAgain(before, press);
  const booking = await sql.findBookingToActOn(tx, { siteId, bookingId, byPatient: userId === null });
  if (!booking) throw problem('not-found', 'write-back.problem.not-listed');
  if (booking.version !== version)
    throw problem('conflict', 'write-back.problem.changed', {}, { version: booking.version });
  if (!kinds[kind].fits(booking)) throw problem('conflict', 'write-back.problem.does-not-fit');
  const writeBackId = newId();
  const { connectionId, officeId, providerId, status, startAt } = booking;
  const made = await sql.insertWriteBack(tx, {
    siteId,
    connectionId,
    writeBackId,
    pressId,
    kind,
    bookingId,
    requestedBy: userId,
    requestedAt: now,
    seenVersion: version,
    seenStatus: status,
    seenStartAt: startAt,
    officeId,
    providerId,
    fileId: null,
    patientId: null,
  });
  if (!made) {
    // The same press, sent twice side by side, meets itself here; else something is under way for the booking.
    const same = await sql.findByPress(tx, siteId, pressId);
    if (same) return pressedAgain(same, press);
    const open = await sql.findOpen(tx, booking, bookingId);
    throw problem('conflict', 'write-back.problem.under-way', {}, open ? { writeBackId: open.writeBackId } : {});
  }
  await recordAudit(tx, {
    siteId,
    userId,
    action: `queue-${kind}`,
    entity: 'booking',
    entityId: bookingId,
    after: { writeBackId, version },
    requestId: press.requestId,
  });
  await sql.bumpRevision(tx, siteId);
  return { writeBackId, state: 'queued' };
}

function pressedAgain(row: sql.WriteBack, { kind, bookingId }: QueueWriteBack): QueuedWriteBack {
  if (row.kind !== kind || row.bookingId !== bookingId) throw problem('conflict', 'write-back.problem.press-used');
  return { writeBackId: row.writeBackId, state: row.state };
}
