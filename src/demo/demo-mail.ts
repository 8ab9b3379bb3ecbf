// The demo's mailbox: a mail server on this machine that takes what the portal sends, over SMTP, and a page that shows it. It is there for
// the demo clinic alone: a real clinic whose mails ended here would believe that its patients had them.
import { type EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { format, type Language, languageOf } from '../language/messages.ts';
import type { Clock } from '../platform/clock.ts';
import { Html, html } from '../platform/http/html.ts';
import type { Log } from '../platform/log.ts';
import { createMailWorker } from '../portal/index.ts';

export interface DemoMailOptions {
  readonly config: { readonly host: string; readonly mailboxPort: number; readonly mailFrom: string };
  readonly roles: { readonly portalSync: string };
  readonly clock: Clock;
  readonly log: Log;
}

export interface DemoMail {
  /** Of the page. */
  readonly url: string;
  close(): Promise<void>;
}

interface Received {
  readonly at: Date;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly files: readonly string[];
}

/** The latest; they are in memory and end with the demo. */
const keptAtMost = 200;

/** Throws what listening throws when the page's port is taken. */
export async function startDemoMail({ config, roles, clock, log }: DemoMailOptions): Promise<DemoMail> {
  const received: Received[] = [];
  const page = createServer((request, response) => {
    response.setHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cache-control', 'no-store');
    if (request.url !== '/' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    const language = languageOf(request.headers['accept-language']);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.method === 'HEAD' ? undefined : mailboxPage(language, received));
  });
  await listening(page, () => page.listen(config.mailboxPort, config.host));

  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, { envelope }, answer) => {
      simpleParser(stream)
        .then((mail) => {
          received.unshift({
            at: clock.now(),
            from: mail.from?.text ?? '',
            to: envelope.rcptTo.map(({ address }) => address).join(', '),
            subject: mail.subject ?? '',
            text: mail.text ?? '',
            files: mail.attachments.map(({ filename }) => filename ?? ''),
          });
          received.length = Math.min(received.length, keptAtMost);
          answer();
        })
        .catch((error: Error) => answer(error));
    },
  });
  smtp.on('error', (error) => log.warn({ err: error }, 'the demo’s mailbox'));
  // Loopback, whatever the page listens on: nobody else's mail is taken.
  await listening(smtp.server, () => smtp.listen(0, '127.0.0.1'));

  const mailer = createMailWorker({
    syncUrl: roles.portalSync,
    smtpUrl: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
    from: config.mailFrom,
    clock,
    log,
  });
  await mailer.start();
  return {
    url: `http://localhost:${config.mailboxPort}`,
    close: async () => {
      await mailer.stop();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
      page.closeAllConnections();
      await once(page.close(), 'close');
    },
  };
}

/** Rejects with what listening fails with. */
async function listening(server: EventEmitter, listen: () => unknown): Promise<void> {
  listen();
  await once(server, 'listening');
}

const style = `body{margin:0;background:#f5f7f9;color:#16202b;font:400 15px/24px system-ui,sans-serif}
header{background:#714000;color:#fff;padding:16px}header p,h1{margin:0}h1{font-size:20px;line-height:28px}
main{max-width:800px;margin:0 auto;padding:16px;display:grid;gap:16px}
article{background:#fff;border:1px solid #dde3e9;border-radius:8px;padding:16px}h2{margin:0 0 8px;font-size:16px}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:0 12px;font-size:13px;color:#46525f}dd{margin:0;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:12px 0 0}a{color:#853d6c}`;

/** Addresses become links, so that whoever tries the product can answer like a patient. */
const withLinks = (text: string): Html[] =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : html`${part}`));

function mailboxPage(language: Language, received: readonly Received[]): string {
  const say = (key: Parameters<typeof format>[1], params?: Parameters<typeof format>[2]) =>
    format(language, key, params);
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${say('mail.box.title')}</title><style>${new Html(style)}</style></head>
<body><header><h1>${say('mail.box.title')}</h1><p>${say('mail.box.means')}</p></header><main>${
    received.length === 0 && html`<p>${say('mail.box.empty')}</p>`
  }${received.map(
    (mail) =>
      html`<article><h2>${mail.subject}</h2><dl><dt>${say('mail.box.to')}</dt><dd>${mail.to}</dd><dt>${say('mail.box.from')}</dt><dd>${mail.from}</dd><dt>${say('mail.box.at')}</dt><dd>${mail.at.toISOString()}</dd>${
        mail.files.length > 0 && html`<dt>${say('mail.box.files')}</dt><dd>${mail.files.join(', ')}</dd>`
      }</dl><pre>${withLinks(mail.text)}</pre></article>`,
  )}</main></body></html>`.text;
}
