import { format, type Language } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { type MailedBooking, type NewMail, queueMail } from '../mail/mail.ts';
import { calendarFile } from './calendar-file.ts';
import { findSeries, insertCalendarFile } from './calendar-files.sql.ts';

interface NewFile {
  readonly method: 'PUBLISH' | 'CANCEL';
  readonly ruleId: string;
  readonly endAt: Date;
  readonly officeName: string;
  readonly language: Language;
  readonly publicUrl: string;
}

/** Queues a mail with the next calendar file of its booking, and keeps what that says; resolves to the mail's id. */
export async function queueWithFile(
  tx: Db,
  mail: NewMail & { readonly about: MailedBooking },
  { method, ruleId, endAt, officeName, language, publicUrl }: NewFile,
): Promise<string> {
  const { siteId, about, content, now } = mail;
  const { connectionId, bookingId, startAt } = about;
  const { uid, next: sequence } = (await findSeries(tx, siteId, connectionId, bookingId)) ?? {
    uid: `${siteId}-${connectionId}-${bookingId}@${new URL(publicUrl).hostname}`,
    next: 0,
  };
  const summary = format(language, 'reminders.mail.calendar', { clinic: content.fromName });
  const text = calendarFile({ method, uid, sequence, startAt, endAt, summary, location: officeName, now });
  const mailId = await queueMail(tx, { ...mail, content: { ...content, calendar: { method, text } } });
  await insertCalendarFile(tx, siteId, mailId, { ...about, endAt, sequence, ruleId, method, uid });
  return mailId;
}
