// The daily run of a site: one transaction that says which day it was, judges every booking of the day by every rule, queues the mails and
// writes the log. Whoever comes second on a day finds it done; a run that fails leaves nothing.

import type { Clock } from '../../platform/clock.ts';
import type { Db, Pool } from '../../platform/database/db.ts';
import { addDays, endOfDay, localDateTime, startOfDay } from '../../platform/zones.ts';
import { asSite } from '../context.ts';
import type { ReminderRule } from '../contract/reminders.ts';
import { createLinks } from '../links/create-links.ts';
import { queueMail } from '../mail/mail.ts';
import { isQuietAt } from '../mail/quiet.ts';
import { listOffices, type OfficeDay, readSite } from '../patients/patients.sql.ts';
import { forgetCalendarFiles } from './calendar-files.sql.ts';
import { composeReminder } from './compose-reminder.ts';
import { makeOptOutUrl } from './opt-out-url.ts';
import { type Judged, judgeBookings } from './outcomes.sql.ts';
import { queueWithFile } from './queue-with-file.ts';
import * as sql from './reminders.sql.ts';

/** A worker that stood still for longer does not write to everybody whom it missed. */
const catchUpDays = 7;

export interface RunContext {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Where patients reach the portal. */
  readonly publicUrl: string;
}

export interface RunResult {
  readonly day: string;
  readonly queued: number;
}

/** undefined: it is not time, or the day is done. */
export async function runReminders(
  { pool, clock, publicUrl }: RunContext,
  siteId: number,
): Promise<RunResult | undefined> {
  const now = clock.now();
  return asSite(pool, siteId, async (tx) => {
    const { zone } = await readSite(tx, siteId);
    const settings = await sql.readReminderSettings(tx, siteId);
    const { date: day, time } = localDateTime(zone, now);
    if (time < settings.runAt || isQuietAt(settings, time)) return undefined;
    const last = await sql.findLastRun(tx, siteId);
    if (!(await sql.beginRun(tx, siteId, day, now))) return undefined;
    const days = daysOfRun(last, day);
    let queued = 0;
    for (const rule of await sql.listRules(tx, siteId)) {
      if (rule.enabled) queued += await runRule(tx, { siteId, rule, day, days, now, publicUrl });
    }
    await forgetCalendarFiles(tx, siteId, now);
    await sql.forgetBefore(tx, siteId, addDays(day, -settings.keepDays));
    return { day, queued };
  });
}

/** The days since the last run: their bookings were to hear of us and have not. Empty: the day is done. */
export function daysOfRun(last: string | null, day: string): string[] {
  const days: string[] = [];
  for (let back = 0; back < (last === null ? 1 : catchUpDays); back += 1) {
    const one = addDays(day, -back);
    if (last !== null && one <= last) break;
    days.push(one);
  }
  return days;
}

/** The days of each office on which appointments stand that a rule is about on these days. */
export async function officeDaysOf(
  tx: Db,
  siteId: number,
  rule: Pick<ReminderRule, 'days'>,
  days: readonly string[],
): Promise<OfficeDay[]> {
  const offices = await listOffices(tx, siteId);
  return offices.flatMap(({ connectionId, officeId, zone }) =>
    days.map((day) => {
      const date = addDays(day, rule.days);
      return { connectionId, officeId, from: startOfDay(zone, date), to: endOfDay(zone, date) };
    }),
  );
}

interface RunRule {
  readonly siteId: number;
  readonly rule: ReminderRule;
  readonly day: string;
  readonly days: readonly string[];
  readonly now: Date;
  readonly publicUrl: string;
}

async function runRule(tx: Db, { siteId, rule, day, days, now, publicUrl }: RunRule): Promise<number> {
  const officeDays = await officeDaysOf(tx, siteId, rule, days);
  const judged = await judgeBookings(tx, { siteId, rule, today: day, days: officeDays, now });
  const clinicName = await sql.readSiteName(tx, siteId);
  const entries: sql.NewLogEntry[] = [];
  const invisible = new Map<string, sql.NewLogEntry>();
  let queued = 0;
  for (const one of judged) {
    // What a rule is not about needs no line.
    if (one.outcome === 'other-provider' || one.outcome === 'other-type' || one.outcome === 'gone') continue;
    const place = { connectionId: one.connectionId, officeId: one.officeId, providerId: one.providerId };
    if (one.outcome === 'invisible') {
      const key = `${one.connectionId} ${one.officeId} ${one.providerId}`;
      const bookings = (invisible.get(key)?.bookings ?? 0) + 1;
      const nobody = { bookingId: null, patientId: null, startAt: null, mailId: null };
      invisible.set(key, { ...place, ...nobody, outcome: 'invisible', bookings });
      continue;
    }
    const { bookingId, patientId, startAt, outcome } = one;
    let mailId: string | null = null;
    if (outcome === 'due') {
      const others = judged.filter(
        (other) =>
          other.outcome === 'one-a-day' && other.connectionId === one.connectionId && other.patientId === patientId,
      );
      mailId = await queueReminder(tx, { siteId, rule, one, others, clinicName, now, publicUrl });
      queued += 1;
    }
    entries.push({ ...place, bookingId, patientId, startAt, outcome, bookings: 1, mailId });
  }
  await sql.insertLog(tx, { siteId, day, ruleId: rule.ruleId, now }, [...entries, ...invisible.values()]);
  return queued;
}

interface QueueReminder {
  readonly siteId: number;
  readonly rule: ReminderRule;
  readonly one: Judged;
  readonly others: readonly Judged[];
  readonly clinicName: string;
  readonly now: Date;
  readonly publicUrl: string;
}

async function queueReminder(
  tx: Db,
  { siteId, rule, one, others, clinicName, now, publicUrl }: QueueReminder,
): Promise<string> {
  const { connectionId, bookingId, startAt, officeId, providerId } = one;
  const patientId = one.patientId!;
  const unsubscribeUrl = await makeOptOutUrl(tx, { siteId, connectionId, patientId, now, publicUrl });
  const { subject, text } = composeReminder(rule, {
    ...one,
    given: one.given ?? '',
    family: one.family ?? '',
    clinicName,
    linkUrl: await linkOf(tx, { siteId, rule, bookingId, now, publicUrl }),
    unsubscribeUrl,
    others,
  });
  const mail = {
    siteId,
    about: { connectionId, bookingId, startAt, officeId, providerId, patientId },
    sendUntil: rule.days >= 0 ? startAt : null,
    unlessConfirmed: rule.days >= 0 && !rule.alsoConfirmed,
    recipient: one.email!,
    content: { fromName: clinicName, subject, text, unsubscribeUrl },
    now,
  };
  if (!rule.calendar) return queueMail(tx, mail);
  const { endAt, officeName, language } = one;
  return queueWithFile(tx, mail, { method: 'PUBLISH', ruleId: rule.ruleId, endAt, officeName, language, publicUrl });
}

/** undefined: the rule lets nobody answer, or the portal knows no birth date to ask for. */
async function linkOf(
  tx: Db,
  {
    siteId,
    rule,
    bookingId,
    now,
    publicUrl,
  }: Pick<QueueReminder, 'siteId' | 'rule' | 'now' | 'publicUrl'> & { readonly bookingId: string },
): Promise<string | undefined> {
  if (!rule.confirmation && !rule.cancellation) return undefined;
  const purpose = !rule.cancellation ? 'confirm' : rule.confirmation ? 'both' : 'cancel';
  const [link] = await createLinks(tx, {
    siteId,
    publicUrl,
    userId: null,
    now,
    wanted: [{ bookingId, purpose, cancelNoticeMinutes: rule.cancelNoticeMinutes }],
  });
  return link?.url;
}
