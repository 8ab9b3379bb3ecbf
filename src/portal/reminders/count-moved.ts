import type { Db } from '../../platform/database/db.ts';
import { addDays, instantOf, localDateTime } from '../../platform/zones.ts';
import { readSite } from '../patients/patients.sql.ts';
import { type AssumedSchedule, judgeBookings } from './outcomes.sql.ts';
import * as sql from './reminders.sql.ts';
import { daysOfRun, officeDaysOf } from './run-reminders.ts';

/**
 * Patients whom the next runs (today's, where it has not been, and tomorrow's) would write to if these schedules could be read in full, or
 * not, and would not as things are; and the other way round. By the statement that the run itself uses: a message a patient and day.
 */
export async function countMovedReminders(
  db: Db,
  siteId: number,
  assumed: readonly AssumedSchedule[],
  now: Date,
): Promise<{ readonly start: number; readonly stop: number }> {
  if (assumed.length === 0) return { start: 0, stop: 0 };
  const { zone } = await readSite(db, siteId);
  const { runAt } = await sql.readReminderSettings(db, siteId);
  const rules = (await sql.listRules(db, siteId)).filter((rule) => rule.enabled);
  const last = await sql.findLastRun(db, siteId);
  const today = localDateTime(zone, now).date;
  const tomorrow = addDays(today, 1);
  const isDone = last !== null && last >= today;
  const due = async (as: readonly AssumedSchedule[]) => {
    const messages = new Set<string>();
    for (const day of isDone ? [tomorrow] : [today, tomorrow]) {
      const at = instantOf(zone, day, runAt);
      for (const rule of rules) {
        const days = await officeDaysOf(db, siteId, rule, day === today ? daysOfRun(last, today) : [tomorrow]);
        const whole = { siteId, rule, today: day, days, now: at > now ? at : now };
        for (const one of await judgeBookings(db, { ...whole, assumed: as })) {
          if (one.outcome === 'due') messages.add(`${day} ${one.connectionId} ${one.patientId}`);
        }
      }
    }
    return messages;
  };
  const [before, after] = [await due([]), await due(assumed)];
  const missingIn = (other: ReadonlySet<string>, all: ReadonlySet<string>) =>
    [...all].filter((message) => !other.has(message)).length;
  return { start: missingIn(before, after), stop: missingIn(after, before) };
}
