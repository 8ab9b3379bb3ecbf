// A message, whoever writes it: kept with its files, filed in the chart, and told by e-mail to whoever has no account. All in one transaction.
import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { format } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { localText } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { NewMessageRequest, NewThread, NewThreadRequest } from '../contract/messages.ts';
import * as files from '../files/files.sql.ts';
import { filesAtMost, filesLimitBytes } from '../files/store-file.ts';
import { queueMail } from '../mail/mail.ts';
import { queueFilings } from '../outbox/filing.sql.ts';
import { bumpRevision } from '../outbox/outbox.sql.ts';
import { readSite } from '../patients/patients.sql.ts';
import * as sql from './messages.sql.ts';

/** The page of a message, under the portal's address. */
export const threadPath = '/m';

/** How long a link leads to its thread. Each message of the staff brings a new one. */
const linkLifetimeMs = 30 * 24 * 60 * 60_000;

export interface Writing {
  readonly siteId: number;
  /** Where whoever is written to reaches the portal. */
  readonly publicUrl: string;
  readonly now: Date;
  readonly requestId: string;
}

interface ByStaff extends Writing {
  readonly userId: string;
  readonly userName: string;
}

/** Of an access code, as the thread keeps it. */
const codeHashOf = (key: Buffer, code: string): Buffer => createHmac('sha256', key).update(code).digest();

export const isCode = ({ codeKey, codeHash }: sql.ThreadRow, given: string): boolean =>
  codeKey !== null && codeHash !== null && timingSafeEqual(codeHash, codeHashOf(codeKey, given.replaceAll(/\D/g, '')));

/** Throws `not-found` for a booking that is not listed, and `unprocessable` where nobody could be written to or told from anybody. */
export async function beginThread(tx: Db, by: ByStaff, request: NewThreadRequest): Promise<NewThread> {
  const { siteId, userId, now } = by;
  const before = await sql.findThreadByPress(tx, siteId, request.pressId);
  // The code of a referral was told by the first answer, and is not known here any more.
  if (before) return { threadId: before, accessCode: null };
  const booking = await sql.findBooking(tx, siteId, request.bookingId);
  if (!booking) throw problem('not-found', 'write-back.problem.not-listed');
  const { referral } = request;
  if (!referral && booking.email === null) throw problem('unprocessable', 'messages.problem.no-address');
  if (!referral && booking.birthDate === null) throw problem('unprocessable', 'messages.problem.no-birth-date');
  const threadId = newId();
  const accessCode = referral ? String(randomInt(10 ** 8)).padStart(8, '0') : null;
  const codeKey = accessCode === null ? null : Buffer.from(randomToken(), 'base64url');
  await sql.insertThread(tx, {
    ...booking,
    siteId,
    threadId,
    kind: referral ? 'referral' : 'patient',
    subject: request.subject,
    recipient: referral?.email ?? booking.email!,
    recipientName: referral?.name ?? null,
    language: referral?.language ?? booking.language,
    codeKey,
    codeHash: codeKey && codeHashOf(codeKey, accessCode!),
    createdBy: userId,
    now,
  });
  const thread = (await sql.findThread(tx, { siteId, threadId }))!;
  await writeToThem(tx, by, thread, request);
  return { threadId, accessCode: accessCode && `${accessCode.slice(0, 4)} ${accessCode.slice(4)}` };
}

/** Belongs to a thread that the member sees. */
export async function writeToThem(
  tx: Db,
  by: ByStaff,
  thread: sql.ThreadRow,
  { pressId, text, fileIds }: NewMessageRequest,
): Promise<void> {
  const { siteId, userId, now, publicUrl } = by;
  if ((await sql.findThreadByPress(tx, siteId, pressId)) !== undefined) return;
  const wanted = await sql.listAttachable(tx, { ...thread, siteId, userId, fileIds });
  if (wanted.length !== new Set(fileIds).size) throw problem('conflict', 'messages.problem.file-gone');
  const { threadId, language } = thread;
  const token = randomToken();
  await sql.insertThreadLink(tx, {
    siteId,
    threadId,
    linkId: newId(),
    tokenHash: sha256(token),
    formKey: Buffer.from(randomToken(), 'base64url'),
    now,
    expiresAt: new Date(now.getTime() + linkLifetimeMs),
  });
  const params = { clinic: thread.siteName, name: thread.recipientName ?? '' };
  const mailId = await queueMail(tx, {
    siteId,
    // Nothing of it depends on the booking.
    about: null,
    sendUntil: null,
    unlessConfirmed: false,
    // The EMR's address of the moment, for a patient.
    recipient: thread.kind === 'patient' ? (thread.email ?? thread.recipient) : thread.recipient,
    content: {
      fromName: thread.siteName,
      subject: format(language, `messages.mail.subject.${thread.kind}`, params),
      text: format(language, `messages.mail.text.${thread.kind}`, {
        ...params,
        url: `${publicUrl}${threadPath}/${token}`,
      }),
    },
    now,
  });
  await keep(tx, by, thread, { pressId, text, mailId, author: userId, authorName: by.userName, wanted });
}

/** By whoever has the link and has said who he is. `fileIds`: stored by this very request. */
export async function writeToClinic(
  tx: Db,
  by: Writing,
  thread: sql.ThreadRow,
  { pressId, text, fileIds }: NewMessageRequest,
): Promise<void> {
  const wanted = fileIds.map((fileId) => ({ fileId, fromChart: false }));
  const authorName = thread.recipientName ?? thread.patientDisplay;
  await keep(tx, by, thread, { pressId, text, mailId: null, author: null, authorName, wanted });
}

interface Kept {
  readonly pressId: string;
  readonly text: string;
  readonly mailId: string | null;
  readonly author: string | null;
  readonly authorName: string;
  readonly wanted: readonly { readonly fileId: string; readonly fromChart: boolean }[];
}

async function keep(tx: Db, by: Writing, thread: sql.ThreadRow, one: Kept): Promise<void> {
  const { siteId, now } = by;
  const { threadId } = thread;
  const messageId = newId();
  const fileIds = one.wanted.map(({ fileId }) => fileId);
  const { pressId, text, author, mailId } = one;
  const made = await sql.insertMessage(tx, {
    siteId,
    threadId,
    messageId,
    author,
    text,
    mailId,
    pressId,
    fileIds,
    now,
  });
  // Sent side by side: the other one is it, and this one's files become part of nothing.
  if (!made) return;
  const kept = await files.keepFiles(tx, siteId, fileIds, now);
  if (kept.length !== fileIds.length || fileIds.length > filesAtMost) {
    throw problem('conflict', 'messages.problem.file-gone');
  }
  if (kept.reduce((sum, { bytes }) => sum + bytes, 0) > filesLimitBytes) {
    throw problem('too-large', 'problem.body-too-large', { megabytes: filesLimitBytes / 2 ** 20 });
  }
  await keepText(tx, by, thread, { ...one, messageId });
  await queueFilings(tx, {
    ...thread,
    siteId,
    fileIds: [messageId, ...one.wanted.flatMap(({ fileId, fromChart }) => (fromChart ? [] : [fileId]))],
    requestedBy: author,
    now,
  });
  await bumpRevision(tx, siteId);
  await recordAudit(tx, {
    siteId,
    userId: author,
    action: author === null ? 'receive-message' : 'send-message',
    entity: 'thread',
    entityId: threadId,
    after: { messageId, kind: thread.kind, bookingId: thread.bookingId, files: fileIds.length },
    requestId: by.requestId,
  });
}

/** The text as the chart has it: under the message's own id, with who wrote it to whom and when. */
async function keepText(
  tx: Db,
  { siteId, now }: Writing,
  thread: sql.ThreadRow,
  { messageId, authorName, author, text }: Kept & { readonly messageId: string },
): Promise<void> {
  const { zone } = await readSite(tx, siteId);
  const { language } = thread;
  const them = thread.recipientName ?? thread.patientDisplay;
  const params = {
    subject: thread.subject,
    from: author === null ? them : `${authorName}, ${thread.siteName}`,
    to: author === null ? thread.siteName : them,
    when: localText(zone, now).slice(0, 16),
    zone,
  };
  const title = format(language, `messages.filed.${author === null ? 'received' : 'sent'}.${thread.kind}`, params);
  // Carriage returns come from forms.
  const whole = `${format(language, 'messages.filed.head', params)}\n\n${text.replaceAll('\r\n', '\n')}\n`;
  const bytes = Buffer.from(whole, 'utf8');
  await files.insertFile(tx, { siteId, fileId: messageId, mediaType: 'text/plain', title: title.slice(0, 200), now });
  await files.insertChunk(tx, { siteId, fileId: messageId, n: 0, bytes });
  await files.markArrived(tx, { siteId, fileId: messageId, bytes: bytes.length, now });
  await files.keepFiles(tx, siteId, [messageId], now);
}
