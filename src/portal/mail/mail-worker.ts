// Sends what is due. The row is the queue, as with write-backs: a mailer claims it by one guarded update and holds it by a lease. Sites are
// served side by side, the mails of one site one after the other over one connection.
import { waitMs } from '../../platform/back-off.ts';
import type { Clock } from '../../platform/clock.ts';
import { checkRuntimeRole } from '../../platform/database/check-roles.ts';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import { newErrorId, newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { isMailAddress, oneLine } from '../../platform/mail/address.ts';
import { writeMessage } from '../../platform/mail/message.ts';
import { createSmtpSession, type SmtpOutcome, type SmtpSession } from '../../platform/mail/smtp.ts';
import { asSite } from '../context.ts';
import type { MailReason } from '../contract/mails.ts';
import { readSite } from '../patients/patients.sql.ts';
import * as sql from './mail.sql.ts';
import { isQuiet } from './quiet.ts';

/** What a mailer says of its way, for those who watch; kill tests end the process at each. */
export const mailSteps = ['claimed', 'asked', 'marked', 'answered', 'settled'] as const;
export type MailStep = (typeof mailSteps)[number];

export interface MailWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  /** smtp:// or smtps://; undefined: no mail leaves, and what is due stays due. */
  readonly smtpUrl: string | undefined;
  /** The address that mails come from. */
  readonly from: string;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
  readonly onStep?: ((step: MailStep) => void | Promise<void>) | undefined;
  /** Tests are quicker than clinics. */
  readonly intervals?: { readonly leaseMs?: number; readonly lookMs?: number; readonly firstWaitMs?: number };
}

export interface MailWorker {
  readonly pool: Pool;
  start(): Promise<void>;
  /** Sends what is due now, and returns; for a worker that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Sites that one worker serves at the same time. */
const atOnce = 4;
/** Of one visit; then others have their turn. */
const mailsAtMost = 100;
/** A server that does not take a mail for a day is not asked again: a person has to look. */
const givenUpAfterMs = 24 * 60 * 60_000;

/** The judgement that came between the claim and the content. */
class NotAnyMore extends Error {
  readonly reason: MailReason;
  constructor(reason: MailReason) {
    super(reason);
    this.reason = reason;
  }
}

export function createMailWorker(options: MailWorkerOptions): MailWorker {
  const { syncUrl, smtpUrl, from, clock, log, random = Math.random, onStep, intervals = {} } = options;
  // A person is to hear of an uncertain mail within a minute: the lease and a look.
  const { leaseMs = 30_000, lookMs = 2_000, firstWaitMs } = intervals;
  const pool = createPool(syncUrl, { max: 2 * atOnce + 2, applicationName: 'tidegate mail', log });
  const lease: sql.Lease = { owner: newId(), leaseMs };
  const host = from.split('@')[1]!;
  const stopped = new AbortController();
  const visiting = new Map<number, Promise<void>>();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'mail',
    applicationName: 'tidegate mail hints',
    lookMs,
    look: visitDue,
    onError: (error) => log.error({ err: error }, 'looking for mails failed'),
  });

  async function visitDue(): Promise<boolean> {
    for (const due of await sql.listDueSites(pool)) {
      if (visiting.size >= atOnce || stopped.signal.aborted) break;
      if (visiting.has(due.siteId)) continue;
      const one = visit(due)
        .then((sent) => {
          if (sent > 0) lookOut.wake();
        })
        .catch((error: unknown) => log.error({ err: error, siteId: due.siteId }, 'a site’s mails failed'))
        .finally(() => visiting.delete(due.siteId));
      visiting.set(due.siteId, one);
    }
    return false;
  }

  /** Resolves to how many mails were claimed. */
  async function visit({ siteId, cutOff }: { readonly siteId: number; readonly cutOff: boolean }): Promise<number> {
    if (cutOff) await asSite(pool, siteId, (tx) => sql.declareUncertain(tx, siteId));
    if (smtpUrl === undefined) return 0;
    const { zone, settings } = await asSite(pool, siteId, async (tx) => ({
      zone: (await readSite(tx, siteId)).zone,
      settings: await sql.readMailSettings(tx, siteId),
    }));
    let session: SmtpSession | undefined;
    let claimed = 0;
    try {
      while (claimed < mailsAtMost && !stopped.signal.aborted) {
        const mail = await claim(siteId, { toStaffAlone: isQuiet(settings, zone, clock) });
        if (mail === undefined) break;
        claimed += 1;
        if (mail === 'settled') continue;
        if (!session || session.isOver) session = createSmtpSession(smtpUrl, { name: host });
        const { failed } = await carryOut(session, mail);
        // What failed once would fail for each that waits behind it: they have their turn at the next look.
        if (failed) break;
      }
    } finally {
      session?.close();
    }
    return claimed;
  }

  /** One that may be sent; 'settled': one that must not any more; undefined: nothing is due. */
  async function claim(
    siteId: number,
    whose: { readonly toStaffAlone: boolean },
  ): Promise<sql.ClaimedMail | 'settled' | undefined> {
    const taken = await asSite(pool, siteId, async (tx) => {
      const mail = await sql.claim(tx, siteId, { ...lease, ...whose });
      if (!mail) return undefined;
      const reason: MailReason | undefined = isMailAddress(mail.recipient)
        ? await sql.judge(tx, mail, clock.now())
        : 'bad-address';
      if (reason === undefined) return mail;
      await sql.settle(tx, mail, lease.owner, { state: 'cancelled', reason });
      return 'settled' as const;
    });
    if (taken) await onStep?.('claimed');
    return taken;
  }

  async function carryOut(session: SmtpSession, mail: sql.ClaimedMail): Promise<{ readonly failed: boolean }> {
    const beat = setInterval(() => {
      sql
        .keepLease(pool, mail, lease)
        .catch((error) => log.warn({ err: error, mailId: mail.mailId }, 'a lease could not be renewed'));
    }, leaseMs / 3);
    try {
      const outcome = await send(session, mail);
      await onStep?.('answered');
      const settled = settledBy(mail, outcome);
      await asSite(pool, mail.siteId, (tx) => sql.settle(tx, mail, lease.owner, settled));
      await onStep?.('settled');
      return { failed: settled.state === 'due' };
    } catch (error) {
      // It is another's by now, or a person has decided; else it stays as it is until the lease passes, and the row says which of the two
      // it then is.
      if (!(error instanceof sql.MailLost)) {
        log.error({ err: error, errorId: newErrorId(), mailId: mail.mailId }, 'a mail failed');
      }
      session.close();
      return { failed: true };
    } finally {
      clearInterval(beat);
    }
  }

  async function send(session: SmtpSession, mail: sql.ClaimedMail): Promise<SmtpOutcome> {
    const { siteId, content } = mail;
    const settings = await asSite(pool, siteId, (tx) => sql.readMailSettings(tx, siteId), { readOnly: true });
    const testAddress = mail.toStaff ? null : settings.testAddress;
    const to = testAddress ?? mail.recipient;
    const message = await writeMessage({
      from: { name: content.fromName, address: from },
      to,
      subject: testAddress === null ? content.subject : `[Test] ${content.subject}`,
      text: content.text,
      calendar: content.calendar,
      unsubscribeUrl: content.unsubscribeUrl,
      messageId: `${mail.mailId}@${oneLine(host)}`,
      date: clock.now(),
    });
    return session.send({ from, to }, message, async () => {
      await onStep?.('asked');
      await asSite(pool, siteId, async (tx) => {
        const reason = await sql.judge(tx, mail, clock.now());
        if (reason !== undefined) throw new NotAnyMore(reason);
        await sql.markData(tx, mail, { ...lease, toTest: testAddress !== null });
      });
      await onStep?.('marked');
    });
  }

  function settledBy(mail: sql.ClaimedMail, outcome: SmtpOutcome): sql.Settled {
    switch (outcome.outcome) {
      case 'accepted':
        return { state: 'accepted', replyCode: outcome.code };
      case 'unknown':
        return mail.toStaff ? again(mail) : { state: 'uncertain' };
      case 'refused':
        if (outcome.permanent) {
          return {
            state: 'failed',
            reason: outcome.ofAddress ? 'refused-address' : 'refused',
            replyCode: outcome.code,
          };
        }
        return again(mail, outcome.code);
      case 'unsent':
        if (outcome.reason instanceof NotAnyMore) return { state: 'cancelled', reason: outcome.reason.reason };
        if (outcome.reason instanceof sql.MailLost) throw outcome.reason;
        log.warn({ mailId: mail.mailId, code: codeOf(outcome.reason) }, 'the mail server could not be used');
        return again(mail);
    }
  }

  function again(mail: sql.ClaimedMail, replyCode?: number): sql.Settled {
    const wait = waitMs(mail.failures + 1, random(), { firstMs: firstWaitMs });
    const next = clock.now().getTime() + wait;
    if (next - mail.createdAt.getTime() > givenUpAfterMs) return { state: 'failed', reason: 'given-up', replyCode };
    return { state: 'due', waitMs: wait, replyCode };
  }

  return {
    pool,
    start: async () => {
      await checkRuntimeRole(pool, 'mail worker');
      lookOut.start();
    },
    drain: async () => {
      for (;;) {
        let claimed = 0;
        for (const due of await sql.listDueSites(pool)) claimed += await visit(due);
        if (claimed === 0) return;
      }
    },
    stop: async () => {
      stopped.abort(new Error('the worker stops'));
      await lookOut.stop();
      await Promise.all(visiting.values());
      await pool.end();
    },
  };
}

const codeOf = (error: unknown): string | undefined =>
  typeof (error as { code?: unknown } | undefined)?.code === 'string' ? (error as { code: string }).code : undefined;
