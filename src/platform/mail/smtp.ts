// One connection to a mail server, and the one question that matters afterwards: may the message be there or not?
//
// A server has taken a message when it has answered the line that holds a dot alone, and cannot have taken it before that line was sent. The
// caller is asked, `beforeData`, after the server has asked for the content and before its first byte leaves: what he writes down then is
// there whenever the message may be.
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

export type SmtpOutcome =
  | { readonly outcome: 'accepted'; readonly code: number }
  /** The server said no, and has nothing of it. */
  | { readonly outcome: 'refused'; readonly code: number; readonly permanent: boolean; readonly ofAddress: boolean }
  /** No content left this machine: it could not be reached, or `beforeData` threw (`reason`). */
  | { readonly outcome: 'unsent'; readonly reason: unknown }
  /** Content left, and no answer came: it may be there. */
  | { readonly outcome: 'unknown' };

export interface SmtpSession {
  /** One after the other. After anything but 'accepted' and 'refused' the session is over. */
  send(envelope: Envelope, message: Buffer, beforeData: () => Promise<void>): Promise<SmtpOutcome>;
  readonly isOver: boolean;
  close(): void;
}

interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

/** smtp://user:password@host:port, or smtps:// for TLS from the first byte. A password crosses no network without TLS. */
export function createSmtpSession(url: string, { name }: { readonly name: string }): SmtpSession {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const connection = new SMTPConnection({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (secure ? 465 : username === '' ? 25 : 587) : Number(port),
    secure,
    requireTLS: !secure && username !== '' && !isOwnMachine,
    // Only what this machine itself says to itself may carry a certificate that nobody knows.
    tls: { rejectUnauthorized: !isOwnMachine },
    name,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    // RFC 5321 §4.5.3.2.6: a server may take ten minutes over the content. The caller renews what it holds meanwhile.
    socketTimeout: 10 * 60_000,
  });
  let over = false;
  let opened: Promise<void> | undefined;
  const lost: ((error: SmtpError) => void)[] = [];
  const end = (error: SmtpError) => {
    over = true;
    for (const tell of lost.splice(0)) tell(error);
  };
  connection.on('error', end);
  connection.on('end', () => end(new Error('the mail server closed the connection')));

  const open = () =>
    new Promise<void>((resolve, reject) => {
      lost.push(reject);
      connection.connect((error) => {
        if (error) return reject(error);
        if (username === '') return resolve();
        const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
        connection.login(auth, (refused) => (refused ? reject(refused) : resolve()));
      });
    });

  async function send(envelope: Envelope, message: Buffer, beforeData: () => Promise<void>): Promise<SmtpOutcome> {
    let began = false;
    let stopped: unknown;
    async function* content() {
      try {
        await beforeData();
      } catch (error) {
        stopped = error;
        throw error;
      }
      began = true;
      yield message;
    }
    try {
      opened ??= open();
      await opened;
    } catch (error) {
      over = true;
      return { outcome: 'unsent', reason: error };
    }
    const answer = await new Promise<SmtpError | number>((resolve) => {
      lost.push(resolve);
      connection.send({ from: envelope.from, to: [envelope.to] }, Readable.from(content()), (error, info) =>
        resolve(error ?? Number.parseInt(String(info?.response), 10)),
      );
    });
    lost.length = 0;
    if (typeof answer === 'number') {
      // A session that took one message takes the next.
      return { outcome: 'accepted', code: answer };
    }
    if (stopped === undefined && answer.responseCode !== undefined) {
      // The state of a session after a refused message is the server's to know; a new one costs little.
      over = true;
      return {
        outcome: 'refused',
        code: answer.responseCode,
        permanent: answer.responseCode >= 500,
        ofAddress: answer.command === 'RCPT TO',
      };
    }
    over = true;
    return began ? { outcome: 'unknown' } : { outcome: 'unsent', reason: stopped ?? answer };
  }

  return {
    send: async (...asked) => {
      const outcome = await send(...asked);
      // Without its last line the server has nothing, so an open half of a message must never be ended by a polite goodbye.
      if (over) connection.close();
      return outcome;
    },
    get isOver() {
      return over;
    },
    close: () => {
      if (over) connection.close();
      else connection.quit();
      over = true;
    },
  };
}
