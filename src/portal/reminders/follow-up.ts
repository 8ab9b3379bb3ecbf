// What follows a reminder with a calendar file up: an appointment that was moved is moved in the patient's calendar, and one that has fallen
// away is taken out of it. Only what is certain is told (calendar-files.sql.ts says what that is), and it is judged again before it leaves.
import { formatDate } from '../../language/dates.ts';
import { format } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { randomToken, sha256 } from '../../platform/ids.ts';
import { localDateTime } from '../../platform/zones.ts';
import { asSite } from '../context.ts';
import { queueMail } from '../mail/mail.ts';
import { readSite } from '../patients/patients.sql.ts';
import { calendarFile } from './calendar-file.ts';
import { findSeries, insertCalendarFile, listStaleFiles, type StaleFile } from './calendar-files.sql.ts';
import { timeOf } from './compose-reminder.ts';
import * as sql from './reminders.sql.ts';
import type { RunContext } from './run-reminders.ts';

/** Resolves to how many messages were queued. Whoever comes second finds them on their way. */
export async function followUp({ pool, clock, publicUrl }: RunContext, siteId: number): Promise<number> {
  const now = clock.now();
  return asSite(pool, siteId, async (tx) => {
    await sql.takeFollowUpTurn(tx, siteId);
    const { testAddress } = await sql.readReminderSettings(tx, siteId);
    const stale = await listStaleFiles(tx, siteId, { now, inTestMode: testAddress !== null });
    if (stale.length === 0) return 0;
    const { zone } = await readSite(tx, siteId);
    const clinicName = await sql.readSiteName(tx, siteId);
    const day = localDateTime(zone, now).date;
    for (const file of stale) await queueFollowUp(tx, { siteId, file, clinicName, day, now, publicUrl });
    return stale.length;
  });
}

interface QueueFollowUp {
  readonly siteId: number;
  readonly file: StaleFile;
  readonly clinicName: string;
  readonly day: string;
  readonly now: Date;
  readonly publicUrl: string;
}

async function queueFollowUp(tx: Db, { siteId, file, clinicName, day, now, publicUrl }: QueueFollowUp): Promise<void> {
  const { connectionId, bookingId, patientId, language, change } = file;
  const isMoved = change === 'moved';
  const token = randomToken();
  await sql.insertOptOutLink(tx, { siteId, tokenHash: sha256(token), connectionId, patientId, now });
  const unsubscribeUrl = `${publicUrl}/opt-out/${token}`;
  const at = (which: Pick<StaleFile, 'startAt' | 'officeZone'>) => {
    const { date, time } = localDateTime(which.officeZone, which.startAt);
    return { day: formatDate(language, date, 'long'), time: timeOf(language, time) };
  };
  const stands = isMoved ? file.now : file;
  const before = at(file);
  const after = at(stands);
  const words = {
    clinic: clinicName,
    day: after.day,
    time: after.time,
    oldDay: before.day,
    oldTime: before.time,
    provider: stands.providerDisplay,
    office: stands.officeName,
  };
  const text = [
    format(language, `reminders.follow-up.${change}.text`, words),
    '',
    format(language, `reminders.follow-up.${change}.file`, {}),
    '',
    format(language, 'reminders.follow-up.call', { clinic: clinicName }),
    '',
    '--',
    format(language, 'reminders.follow-up.opt-out', { clinic: clinicName, url: unsubscribeUrl }),
    '',
  ].join('\n');
  const { officeId, providerId, startAt, endAt } = stands;
  const method = isMoved ? ('PUBLISH' as const) : ('CANCEL' as const);
  const { next } = (await findSeries(tx, siteId, connectionId, bookingId))!;
  const mailId = await queueMail(tx, {
    siteId,
    about: { connectionId, bookingId, startAt, officeId, providerId, patientId },
    sendUntil: startAt,
    unlessConfirmed: false,
    recipient: file.recipient,
    content: {
      fromName: clinicName,
      subject: format(language, `reminders.follow-up.${change}.subject`, words),
      text,
      unsubscribeUrl,
      calendar: {
        method,
        text: calendarFile({
          method,
          uid: file.uid,
          sequence: next,
          startAt,
          endAt,
          summary: format(language, 'reminders.mail.calendar', { clinic: clinicName }),
          location: stands.officeName,
          now,
        }),
      },
    },
    now,
  });
  const place = { connectionId, bookingId, patientId, officeId, providerId, startAt };
  await insertCalendarFile(tx, siteId, mailId, {
    ...place,
    endAt,
    sequence: next,
    ruleId: file.ruleId,
    method,
    uid: file.uid,
  });
  await sql.insertLog(tx, { siteId, day, ruleId: file.ruleId, now, kind: change }, [
    { ...place, outcome: 'due', bookings: 1, mailId },
  ]);
}
