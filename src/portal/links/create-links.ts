import type { Db } from '../../platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import * as sql from './links.sql.ts';
import type { LinkPurpose } from './links.ts';

export interface WantedLink {
  readonly bookingId: string;
  readonly purpose: LinkPurpose;
  /** So many minutes before the start cancelling by the link ends. */
  readonly cancelNoticeMinutes: number;
}

export interface CreateLinks {
  readonly siteId: number;
  /** Where patients reach the portal. */
  readonly publicUrl: string;
  /** Who makes them by hand; null: a reminder. */
  readonly userId: string | null;
  readonly now: Date;
  readonly wanted: readonly WantedLink[];
  readonly requestId?: string | undefined;
}

export interface MadeLink {
  readonly bookingId: string;
  readonly linkId: string;
  /** Holds the token, which is stored nowhere: for the patient alone, never for a log. */
  readonly url: string;
}

/** The page of a link, under the portal's address. */
export const linkPath = '/a';

/**
 * Makes links in the caller's transaction, in the order of `wanted`. A booking that is not listed, has begun, does not wait for its patient,
 * or whose patient has no birth date to ask for, gets none. Each is in the audit log, without its token.
 */
export async function createLinks(
  tx: Db,
  { siteId, publicUrl, userId, now, wanted, requestId }: CreateLinks,
): Promise<MadeLink[]> {
  const bookings = await sql.listLinkable(
    tx,
    siteId,
    wanted.map(({ bookingId }) => bookingId),
  );
  const bookingOf = new Map(bookings.map((booking) => [booking.bookingId, booking]));
  const made: MadeLink[] = [];
  for (const { bookingId, purpose, cancelNoticeMinutes } of wanted) {
    const booking = bookingOf.get(bookingId);
    if (!booking || booking.startAt <= now) continue;
    const token = randomToken();
    const linkId = newId();
    await sql.insertLink(tx, {
      ...booking,
      siteId,
      linkId,
      tokenHash: sha256(token),
      formKey: Buffer.from(randomToken(), 'base64url'),
      purpose,
      cancelNoticeMinutes,
      createdAt: now,
      createdBy: userId,
    });
    await recordAudit(tx, {
      siteId,
      userId,
      action: 'create-link',
      entity: 'booking',
      entityId: bookingId,
      after: { linkId, purpose, cancelNoticeMinutes },
      requestId,
    });
    made.push({ bookingId, linkId, url: `${publicUrl}${linkPath}/${token}` });
  }
  return made;
}
