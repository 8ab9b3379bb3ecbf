// A mail server of a test: it speaks SMTP, keeps what it took, and misbehaves where the local part of the recipient says so.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface TakenMail {
  readonly to: string;
  readonly from: string;
  /** As it came over the wire. */
  readonly raw: string;
  readonly messageId: string;
}

export interface MailSink {
  readonly url: string;
  /** What it took, whether or not its answer arrived. */
  readonly taken: TakenMail[];
  /** Called when a whole message is there and not yet answered. */
  beforeAnswer: (mail: TakenMail) => void | Promise<void>;
  close(): Promise<void>;
}

const saying = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

/** refused…@: 550 to RCPT TO. later…@: 451. spam…@: 554 to the content. cut…@: takes the message and hangs up without an answer. */
export async function startMailSink(): Promise<MailSink> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: ({ address }, _session, answer) => {
      if (address.startsWith('refused')) return answer(saying(550, 'no such person here'));
      if (address.startsWith('later')) return answer(saying(451, 'not now'));
      answer();
    },
    onData: (stream, session, answer) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        const { rcptTo, mailFrom } = session.envelope;
        const to = rcptTo.map(({ address }) => address).join(',');
        if (to.startsWith('spam')) return answer(saying(554, 'not wanted'));
        const messageId = /^message-id: <(.*)>/im.exec(raw)?.[1] ?? '';
        const mail = { to, from: mailFrom === false ? '' : mailFrom.address, raw, messageId };
        taken.push(mail);
        await sink.beforeAnswer(mail);
        if (to.startsWith('cut')) {
          for (const one of (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections) {
            one._socket.destroy();
          }
          return;
        }
        answer();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const sink: MailSink = {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    taken,
    beforeAnswer: () => {},
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return sink;
}
