import type { Db } from '../../platform/database/db.ts';
import { localText } from '../../platform/zones.ts';
import {
  type StaffTask,
  type StaffTasks,
  type TaskAbout,
  type TasksQuery,
  taskAbouts,
} from '../contract/staff-tasks.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps, type OpenGap } from '../gaps/open-gaps.sql.ts';
import { readSite } from '../patients/patients.sql.ts';
import { countOpenTasks, listTasks, type TaskRow } from './staff-tasks.sql.ts';

/** More than these nobody works off in a day. */
const tasksAtMost = 500;

/** One list of what needs a person: what could not be done, what waits, what is locked; or what was dealt with, and by whom. */
export async function readStaffTasks(
  tx: Db,
  { siteId, now, show, about }: TasksQuery & { readonly siteId: number; readonly now: Date },
): Promise<StaffTasks> {
  const { zone } = await readSite(tx, siteId);
  const counted = new Map((await countOpenTasks(tx, siteId)).map((one) => [one.about, one.count]));
  const rows = await listTasks(tx, { siteId, done: show === 'done', about: about ?? null, limit: tasksAtMost + 1 });
  const gaps = gapsBySchedule(await listOpenGaps(tx, siteId));
  return {
    zone,
    today: localText(zone, now).slice(0, 10),
    counts: Object.fromEntries(taskAbouts.map((one) => [one, counted.get(one) ?? 0])) as Record<TaskAbout, number>,
    tasks: rows.slice(0, tasksAtMost).map((one) => staffTask(one, zone, gaps)),
    more: rows.length > tasksAtMost,
  };
}

function staffTask(one: TaskRow, zone: string, gaps: ReadonlyMap<string, readonly OpenGap[]>): StaffTask {
  const { taskId, about, reason, kind, requestedBy, missingColumns, mailId, recipient } = one;
  const booking = bookingOf(one);
  return {
    taskId,
    about,
    reason,
    kind,
    createdAt: localText(zone, one.createdAt),
    booking,
    found:
      one.foundStatus === null || one.foundStartAt === null || booking === null
        ? null
        : {
            start: localText(one.foundOfficeZone ?? one.officeZone, one.foundStartAt),
            status: one.foundStatus,
            officeName: one.foundOfficeName ?? booking.officeName,
            providerDisplay: one.foundProviderDisplay ?? booking.providerDisplay,
          },
    patientDisplay: one.family === null ? null : [one.given, one.family].filter(Boolean).join(' '),
    requestedBy,
    missingColumns,
    waits: waitsOf(one, gaps),
    mail: mailId === null ? null : { mailId, recipient },
    done: one.doneAt === null ? null : { at: localText(zone, one.doneAt), by: one.doneBy },
    acts: actsOn(one),
  };
}

function waitsOf(one: TaskRow, gaps: ReadonlyMap<string, readonly OpenGap[]>): StaffTask['waits'] {
  const { reason, officeId, providerId, officeName, providerDisplay } = one;
  if (reason !== 'parked' || officeId === null || providerId === null) return null;
  return {
    ...{ officeId, providerId, officeName: officeName ?? officeId, providerDisplay: providerDisplay ?? providerId },
    gapIds: gapIdsAt(gaps, { officeId, providerId }),
  };
}

function bookingOf(one: TaskRow): StaffTask['booking'] {
  const { bookingId, officeName, providerDisplay, officeZone, seenStartAt, seenStatus: status } = one;
  if (bookingId === null || seenStartAt === null) return null;
  return {
    bookingId,
    officeName: officeName ?? '',
    providerDisplay: providerDisplay ?? '',
    start: localText(officeZone, seenStartAt),
    status,
  };
}

function actsOn({ about, reason, doneAt }: TaskRow): StaffTask['acts'] {
  // A decision about a run is made in Cloud Connect.
  if (about === 'waiting' || about === 'guard') return [];
  if (about === 'link') return doneAt === null ? ['unlock'] : [];
  // Whether it arrived nobody but a person can say, and what was said is not taken back.
  if (reason === 'mail-uncertain') return doneAt === null ? ['was-sent', 'send-again'] : [];
  return doneAt === null ? ['close'] : ['reopen'];
}
