// Tells of gaps: each begin and end by webhook, once for its id and until it is taken; and once a day, while there are any, by e-mail. What is
// told is of the roster: offices, providers, columns, numbers. A mail that may have been taken is not sent again on its day.

import { format } from '../../language/messages.ts';
import { waitMs } from '../../platform/back-off.ts';
import type { Clock } from '../../platform/clock.ts';
import { createPool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import { newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { oneLine } from '../../platform/mail/address.ts';
import { writeMessage } from '../../platform/mail/message.ts';
import { createSmtpSession } from '../../platform/mail/smtp.ts';
import { openSecret } from '../../platform/sealed.ts';
import type { AddressRule } from '../../platform/webhooks/address.ts';
import { send } from '../../platform/webhooks/send.ts';
import { signedHeaders } from '../../platform/webhooks/sign.ts';
import { localDateTime } from '../../platform/zones.ts';
import { asSite } from '../../portal/index.ts';
import { readDoctor } from '../doctor/read-doctor.ts';
import * as sql from './notices.sql.ts';

export interface NoticeWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  /** Where webhooks may go. */
  readonly announceTo: AddressRule;
  /** undefined: no mail leaves. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  /** Where people reach Cloud Connect. */
  readonly connectUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookMs?: number;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
}

export interface NoticeWorker {
  start(): void;
  /** Tells what is due now, and returns; for one that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

const leaseMs = 60_000;
/** A receiver that takes nothing for so many tries is told of this gap no more. */
const triesAtMost = 12;
const digestLookMs = 60_000;

export function createNoticeWorker(options: NoticeWorkerOptions): NoticeWorker {
  const { syncUrl, sealingKey, announceTo, smtpUrl, mailFrom, connectUrl, clock, log, random = Math.random } = options;
  const pool = createPool(syncUrl, { max: 2, applicationName: 'tidegate notices', log });
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'gap_notice',
    applicationName: 'tidegate notice hints',
    lookMs: options.lookMs ?? 2000,
    look,
    onError: (error) => log.error({ err: error }, 'telling of gaps failed'),
  });

  async function look(): Promise<boolean> {
    const notice = await sql.takeNotice(pool, leaseMs);
    if (notice) await tell(notice);
    const digest = await sql.takeDigest(pool, digestLookMs);
    if (digest) await sendDigest(digest);
    return notice !== undefined || digest !== undefined;
  }

  async function tell(notice: sql.Notice): Promise<void> {
    const settings = await asSite(pool, notice.siteId, (tx) => sql.findNoticeSettings(tx, notice));
    const note = (outcome: Parameters<typeof sql.noteTold>[2]) =>
      asSite(pool, notice.siteId, async (tx) => {
        await sql.noteTold(tx, notice, outcome);
        await sql.forgetOldNotices(tx, notice);
      });
    if (!settings?.webhookUrl || !settings.webhookSecretSealed) {
      return note({ told: false, problem: 'switched-off', waitMs: 0, givenUp: true });
    }
    const body = JSON.stringify(notice.body);
    const secret = openSecret(settings.webhookSecretSealed, sealingKey, notice.connectionId);
    const sent = await send(settings.webhookUrl, {
      headers: { 'content-type': 'application/json', ...signedHeaders(secret, notice.noticeId, clock.now(), body) },
      body,
      rule: announceTo,
    });
    if (sent === 'told') return note({ told: true });
    const failures = notice.failures + 1;
    const givenUp = sent === 'gone' || failures >= triesAtMost;
    await note({ told: false, problem: sent, waitMs: waitMs(failures, random()), givenUp });
  }

  async function sendDigest(settings: sql.NoticeSettings): Promise<void> {
    const { siteId, digestLanguage: language } = settings;
    const now = clock.now();
    const diagnosis = await asSite(pool, siteId, (tx) => readDoctor(tx, { siteId, language, clock }), {
      isolation: 'repeatable read',
      readOnly: true,
    });
    const { date: day, time } = localDateTime(diagnosis.zone, now);
    if (time < settings.digestAt || (settings.digestDay !== null && settings.digestDay >= day)) return;
    const note = (problem: string | null) =>
      asSite(pool, siteId, (tx) => sql.noteDigest(tx, settings, { day: problem === null ? day : null, problem }));
    const { gaps, lapsingSoon } = diagnosis;
    if (gaps.length + lapsingSoon.length === 0) return note(null);
    if (!smtpUrl) return note('no-mail-server');
    const text = [
      format(language, 'notice.mail.lead', { gaps: gaps.length }),
      ...gaps.map(({ gapId, title, what, fix, owner }) =>
        [`${gapId}  ${title}`, `  ${what.trim()}`, `  ${format(language, `cli.doctor.owner.${owner}`)}: ${fix}`].join(
          '\n',
        ),
      ),
      ...lapsingSoon.map(({ providerDisplay, officeName, lastDay }) =>
        format(language, 'cli.doctor.soon', { provider: providerDisplay, office: officeName, day: lastDay }),
      ),
      `${connectUrl}/doctor`,
    ].join('\n\n');
    const session = createSmtpSession(smtpUrl, { name: 'tidegate' });
    let problem: string | null = null;
    try {
      for (const to of settings.digestTo) {
        const message = await writeMessage({
          from: { name: 'Tidegate Cloud Connect', address: mailFrom },
          to,
          subject: format(language, 'notice.mail.subject', { gaps: gaps.length }),
          text,
          messageId: `${newId()}@${oneLine(new URL(connectUrl).hostname)}`,
          date: now,
        });
        const { outcome } = await session.send({ from: mailFrom, to }, message, async () => {});
        if (outcome !== 'accepted') problem = outcome;
        if (outcome === 'unsent') break;
      }
    } finally {
      session.close();
    }
    // What did not leave is tried again in a minute; what may have been taken, or was refused, is not sent to anybody a second time today.
    if (problem === 'unsent') return note(problem);
    await asSite(pool, siteId, (tx) => sql.noteDigest(tx, settings, { day, problem }));
  }

  return {
    start: lookOut.start,
    drain: async () => {
      while (await look());
    },
    stop: async () => {
      await lookOut.stop();
      await pool.end();
    },
  };
}
