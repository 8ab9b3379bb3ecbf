import type { Db } from '../../platform/database/db.ts';
import { localDateTime } from '../../platform/zones.ts';
import { sliceKey } from '../intake/slices.ts';
import { readSite } from '../patients/patients.sql.ts';
import { judgeBookings } from './outcomes.sql.ts';
import { listRules } from './reminders.sql.ts';
import { officeDaysOf } from './run-reminders.ts';

/** What today's run would do with the bookings of one schedule: by how many rules, and how many would hear of us, would not, or are out of sight. */
export interface DryRun {
  readonly due: number;
  readonly skipped: number;
  readonly invisible: number;
}

/** Of every schedule that an enabled rule is about, by connection and slice. Nothing is sent and nothing is written. */
export async function dryRunReminders(
  db: Db,
  siteId: number,
  now: Date,
): Promise<{ readonly rules: number; readonly schedules: ReadonlyMap<string, DryRun> }> {
  const { zone } = await readSite(db, siteId);
  const today = localDateTime(zone, now).date;
  const rules = (await listRules(db, siteId)).filter(({ enabled }) => enabled);
  const schedules = new Map<string, DryRun>();
  for (const rule of rules) {
    const days = await officeDaysOf(db, siteId, rule, [today]);
    for (const one of await judgeBookings(db, { siteId, rule, today, days, now })) {
      if (one.outcome === 'other-provider' || one.outcome === 'other-type' || one.outcome === 'gone') continue;
      const key = `${one.connectionId} ${sliceKey(one)}`;
      const { due, skipped, invisible } = schedules.get(key) ?? { due: 0, skipped: 0, invisible: 0 };
      const is = (yes: boolean) => (yes ? 1 : 0);
      schedules.set(key, {
        due: due + is(one.outcome === 'due'),
        skipped: skipped + is(one.outcome !== 'due' && one.outcome !== 'invisible'),
        invisible: invisible + is(one.outcome === 'invisible'),
      });
    }
  }
  return { rules: rules.length, schedules };
}
