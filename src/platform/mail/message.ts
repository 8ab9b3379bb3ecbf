import MailComposer from 'nodemailer/lib/mail-composer';
import { oneLine } from './address.ts';

export interface MailMessage {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  readonly subject: string;
  /** Plain text. No HTML: what a person reads cannot hide what a link leads to. */
  readonly text: string;
  /** iCalendar text, as a file that calendars open. */
  readonly calendar?: { readonly method: 'PUBLISH' | 'CANCEL'; readonly text: string } | undefined;
  /** Where one POST, without any other step, ends such mails (RFC 8058). */
  readonly unsubscribeUrl?: string | undefined;
  /** The same message has the same id, however often it is tried. Without angle brackets. */
  readonly messageId: string;
  readonly date: Date;
}

/** The message as it goes over the wire. Files and addresses of the web are never read for it. */
export async function writeMessage(message: MailMessage): Promise<Buffer> {
  const { from, to, calendar, unsubscribeUrl } = message;
  const composer = new MailComposer({
    from: { name: oneLine(from.name), address: oneLine(from.address) },
    to: { name: '', address: oneLine(to) },
    subject: oneLine(message.subject),
    text: message.text,
    messageId: `<${oneLine(message.messageId)}>`,
    date: message.date,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(unsubscribeUrl === undefined
        ? {}
        : {
            'List-Unsubscribe': { prepared: true, value: `<${new URL(unsubscribeUrl).href}>` },
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
    },
    ...(calendar && {
      attachments: [
        {
          filename: 'appointment.ics',
          content: calendar.text,
          contentType: `text/calendar; charset=utf-8; method=${calendar.method}`,
        },
      ],
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
