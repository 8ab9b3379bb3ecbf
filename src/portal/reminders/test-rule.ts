import type { Db } from '../../platform/database/db.ts';
import { addDays, localDateTime } from '../../platform/zones.ts';
import {
  type JudgedPatient,
  type ReminderRule,
  type RuleTest,
  type SkipReason,
  skipReasons,
} from '../contract/reminders.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps } from '../gaps/open-gaps.sql.ts';
import { readSite } from '../patients/patients.sql.ts';
import { type Judged, judgeBookings, listHiddenSchedules } from './outcomes.sql.ts';
import { readReminderSettings } from './reminders.sql.ts';
import { officeDaysOf } from './run-reminders.ts';

/** Of each reason a person reads so many names; the counts are whole. */
const namesAtMost = 100;

/** What the rule would do today, by the statement that the run itself uses. Nothing is sent and nothing is written. */
export async function testRule(db: Db, siteId: number, rule: ReminderRule, now: Date): Promise<RuleTest> {
  const { zone } = await readSite(db, siteId);
  const { runAt } = await readReminderSettings(db, siteId);
  const today = localDateTime(zone, now).date;
  const days = await officeDaysOf(db, siteId, rule, [today]);
  const judged = await judgeBookings(db, { siteId, rule, today, days, now });
  const hidden = await listHiddenSchedules(db, siteId, rule.providerIds);
  const of = (outcome: Judged['outcome']) => judged.filter((one) => one.outcome === outcome);
  const placeOf = (one: { readonly connectionId: string; readonly officeId: string; readonly providerId: string }) =>
    `${one.connectionId} ${one.officeId} ${one.providerId}`;
  const gaps = gapsBySchedule(await listOpenGaps(db, siteId));
  const gapIdsOf = (pair: { readonly officeId: string; readonly providerId: string }) =>
    gapIdsAt(gaps, pair, 'reminders');
  const known = Map.groupBy(of('invisible'), placeOf);
  const places = new Set(hidden.map(placeOf));
  return {
    today,
    appointmentDay: addDays(today, rule.days),
    runAt,
    zone,
    due: of('due').slice(0, namesAtMost).map(patientOf),
    dueCount: of('due').length,
    skipped: skipReasons
      .filter((reason) => reason !== 'gone')
      .map((reason: SkipReason) => {
        const all = of(reason);
        const named = reason === 'other-provider' || reason === 'other-type' ? [] : all.slice(0, namesAtMost);
        return { reason, count: all.length, patients: named.map(patientOf) };
      })
      .filter(({ count }) => count > 0),
    invisible: [
      ...hidden.map((one) => ({
        officeId: one.officeId,
        officeName: one.officeName,
        providerId: one.providerId,
        providerDisplay: one.providerDisplay,
        gapIds: gapIdsOf(one),
        missingColumns: one.missingColumns,
        bookings: known.get(placeOf(one))?.length ?? 0,
      })),
      // A schedule that is readable by now may still have bookings that the next full sync brings back.
      ...[...known.values()]
        .filter(([first]) => !places.has(placeOf(first!)))
        .map((rows) => ({
          officeId: rows[0]!.officeId,
          officeName: rows[0]!.officeName,
          providerId: rows[0]!.providerId,
          providerDisplay: rows[0]!.providerDisplay,
          gapIds: gapIdsOf(rows[0]!),
          missingColumns: 0,
          bookings: rows.length,
        })),
    ],
  };
}

function patientOf(one: Judged): JudgedPatient {
  const { date, time } = localDateTime(one.officeZone, one.startAt);
  const { bookingId, officeName, providerDisplay, language } = one;
  const patientDisplay = one.family === null ? null : [one.given, one.family].filter(Boolean).join(' ');
  return { bookingId, patientDisplay, date, time, officeName, providerDisplay, language };
}
