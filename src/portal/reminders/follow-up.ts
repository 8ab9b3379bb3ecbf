// What follows a reminder with a calendar file up: an appointment that was moved is moved in the patient's calendar, and one that has fallen
// away is taken out of it. Only what is certain is told (calendar-files.sql.ts says what that is), and it is judged again before it leaves.
import { formatDate, formatTime } from '../../language/dates.ts';
import { format } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { localDateTime } from '../../platform/zones.ts';
import { asSite } from '../context.ts';
import { readSite } from '../patients/patients.sql.ts';
import { listStaleFiles, type StaleFile } from './calendar-files.sql.ts';
import { makeOptOutUrl } from './opt-out-url.ts';
import { queueWithFile } from './queue-with-file.ts';
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
  const unsubscribeUrl = await makeOptOutUrl(tx, { siteId, connectionId, patientId, now, publicUrl });
  const at = (which: Pick<StaleFile, 'startAt' | 'officeZone'>) => {
    const { date, time } = localDateTime(which.officeZone, which.startAt);
    return { day: formatDate(language, date, 'long'), time: formatTime(language, time) };
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
  const { officeId, providerId, startAt, endAt, officeName } = stands;
  const place = { connectionId, bookingId, patientId, officeId, providerId, startAt };
  const subject = format(language, `reminders.follow-up.${change}.subject`, words);
  const mail = {
    siteId,
    about: place,
    sendUntil: startAt,
    unlessConfirmed: false,
    recipient: file.recipient,
    content: { fromName: clinicName, subject, text, unsubscribeUrl },
    now,
  };
  const { ruleId } = file;
  const method = isMoved ? 'PUBLISH' : 'CANCEL';
  const mailId = await queueWithFile(tx, mail, { method, ruleId, endAt, officeName, language, publicUrl });
  await sql.insertLog(tx, { siteId, day, ruleId, now, kind: change }, [
    { ...place, outcome: 'due', bookings: 1, mailId },
  ]);
}
