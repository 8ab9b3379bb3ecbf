// Mails that a site sends: queued in the database, sent to patients once.
//
// Specification
//  1. A mail is queued in the transaction that decides to send it, with what it is about. Its content is written then and goes when the mail
//     is settled: it holds the tokens of its links.
//  2. due → sending → accepted | failed | cancelled | uncertain. Whoever sends holds a lease, and every write of his is fenced by the number
//     of his claim: of two, one writes.
//  3. `data_at` is committed after the server has asked for the content and before its first byte leaves. A mail whose sender was lost before
//     it is due again. One whose sender was lost after it may be at the server: it is uncertain, and no machine sends it again.
//  4. Uncertain mails, refused addresses and mails that were given up are staff tasks, made in the transaction that says so. Of an
//     uncertain one a person says: it was sent, or send it again.
//  5. The booking is judged when the mail is claimed and once more in the transaction that commits `data_at`: what was cancelled, moved,
//     lost from view or is unconfirmed by then is not sent, and the reason is kept.
//  6. In quiet hours nothing leaves to patients; a site in test mode sends theirs to its test address and to nobody else.
//  7. A mail to staff holds a link that is good once. It may come twice, so none is uncertain, and none makes a task: what became of it is shown
//     where it was asked for.
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import * as sql from './mail.sql.ts';

export type { MailContent, MailedBooking } from './mail.sql.ts';

export interface NewMail extends Omit<sql.NewMail, 'mailId'> {}

/** Queues a mail in the caller's transaction; resolves to its id. */
export async function queueMail(tx: Db, mail: NewMail): Promise<string> {
  const mailId = newId();
  await sql.insertMail(tx, { ...mail, mailId });
  return mailId;
}
