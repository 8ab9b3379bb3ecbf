import { bitOf } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import {
  addDays,
  clockChangeOn,
  endOfDay,
  localDateTime,
  startOfDay,
  todayIn,
  weekdayOf,
} from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import type { DaySchedule, MyOffice, OpenSpan, SchedulerDay, SchedulerWeek } from '../contract/scheduler.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { takesTime } from './bookings.ts';
import { listOpenSchedules } from './open-hours.sql.ts';
import { presented } from './present-booking.ts';
import { type AppointmentRow, listDay, listVisibleSchedules } from './scheduling.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** The office with its today; 404 where the user does not belong to it. */
async function ownOffice(
  tx: Db,
  { clock }: EmrContext,
  { tenantId, userId }: Actor,
  officeId: string,
): Promise<MyOffice> {
  const found = (await listOwnOffices(tx, tenantId, userId)).find((office) => office.officeId === officeId);
  if (!found) throw problem('not-found', 'emr.problem.not-your-office');
  return { ...found, today: todayIn(found.zone, clock) };
}

/** What stands over the column of a day. */
const dayOf = ({ clock }: EmrContext, { zone, today }: MyOffice, date: string) => ({
  date,
  now: today === date ? localDateTime(zone, clock.now()).time : null,
  clockChange: clockChangeOn(zone, date) ?? null,
});

/** Open hours of a weekday, by provider; a provider who has none at all is not in it: then nobody has said when he is in. */
async function openHoursOf(
  tx: Db,
  { tenantId, userId }: Actor,
  officeId: string,
): Promise<(providerId: string, date: string) => OpenSpan[] | null> {
  const schedules = (await listOpenSchedules(tx, tenantId, userId, null)).filter((one) => one.officeId === officeId);
  return (providerId, date) => {
    const hours = schedules.find((one) => one.providerId === providerId)?.hours;
    return (
      hours?.filter(({ weekday }) => weekday === weekdayOf(date)).map(({ from, until }) => ({ from, until })) ?? null
    );
  };
}

/** One office's day: every schedule that the user may see, with the bookings of those on which he holds Scheduling. */
export function readDay(
  context: EmrContext,
  actor: Actor,
  { officeId, date }: { readonly officeId: string; readonly date: string },
): Promise<SchedulerDay> {
  const { tenantId, userId } = actor;
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const office = await ownOffice(tx, context, actor, officeId);
      const { zone } = office;
      const schedules = await listVisibleSchedules(tx, tenantId, userId, officeId);
      const open = await openHoursOf(tx, actor, officeId);
      const range = { officeId, from: startOfDay(zone, date), to: endOfDay(zone, date) };
      const appointments = await listDay(tx, tenantId, userId, range);
      return {
        office,
        ...dayOf(context, office, date),
        schedules: schedules.map(({ providerId, display, columns }) => ({
          providerId,
          display,
          bookingsWithheld: (columns & bitOf.Scheduling) === 0,
          appointments: appointments.filter((row) => row.providerId === providerId).map((row) => presented(row, zone)),
          open: open(providerId, date),
        })),
      };
    },
    { readOnly: true, isolation: 'repeatable read' },
  );
}

export interface WeekAsked {
  readonly officeId: string;
  /** Any day of the week. */
  readonly date: string;
  readonly providerId?: string | undefined;
}

/** The week from Monday to Sunday, each day from midnight to midnight by the clock of the office. */
export function readWeek(
  context: EmrContext,
  actor: Actor,
  { officeId, date, providerId }: WeekAsked,
): Promise<SchedulerWeek> {
  const { tenantId, userId } = actor;
  const monday = addDays(date, 1 - weekdayOf(date));
  const dates = Array.from({ length: 7 }, (_, day) => addDays(monday, day));
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const office = await ownOffice(tx, context, actor, officeId);
      const { zone } = office;
      const schedules = await listVisibleSchedules(tx, tenantId, userId, officeId);
      const range = { officeId, from: startOfDay(zone, monday), to: endOfDay(zone, dates[6]!) };
      const rows = await listDay(tx, tenantId, userId, range);
      const on = (row: AppointmentRow) => localDateTime(zone, row.startAt).date;
      const asked = schedules.find((one) => one.providerId === providerId);
      const open = asked && (await openHoursOf(tx, actor, officeId));
      return {
        office,
        days: dates.map((one) => dayOf(context, office, one)),
        schedules: schedules.map(({ providerId: of, display, columns }) => {
          const taking = rows.filter((row) => row.providerId === of && takesTime(row.status)).map(on);
          const bookingsWithheld = (columns & bitOf.Scheduling) === 0;
          const counted = dates.map((one) => taking.filter((day) => day === one).length);
          return { providerId: of, display, bookingsWithheld, booked: bookingsWithheld ? null : counted };
        }),
        provider:
          asked && open
            ? dates.map(
                (one): DaySchedule => ({
                  providerId: asked.providerId,
                  display: asked.display,
                  bookingsWithheld: (asked.columns & bitOf.Scheduling) === 0,
                  appointments: rows
                    .filter((row) => row.providerId === asked.providerId && on(row) === one)
                    .map((row) => presented(row, zone)),
                  open: open(asked.providerId, one),
                }),
              )
            : null,
      };
    },
    { readOnly: true, isolation: 'repeatable read' },
  );
}
