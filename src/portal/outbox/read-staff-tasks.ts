import type { Db } from '../../platform/database/db.ts';
import { localText } from '../../platform/zones.ts';
import type { StaffTask, StaffTasks } from '../contract/write-backs.ts';
import { readSite } from '../patients/patients.sql.ts';
import { listOpenTasks, type OpenTask } from './staff-tasks.sql.ts';

/** More than these nobody works off in a day; the oldest come first. */
const tasksAtMost = 500;

export async function readStaffTasks(tx: Db, siteId: number): Promise<StaffTasks> {
  const { zone } = await readSite(tx, siteId);
  const tasks = await listOpenTasks(tx, siteId, tasksAtMost);
  return { zone, tasks: tasks.map((one) => staffTask(one, zone)) };
}

function staffTask(one: OpenTask, zone: string): StaffTask {
  const { taskId, reason, kind, bookingId, officeName, providerDisplay, requestedBy } = one;
  return {
    taskId,
    reason,
    kind,
    createdAt: localText(zone, one.createdAt),
    bookingId,
    officeName,
    providerDisplay,
    seen: { start: localText(one.officeZone, one.seenStartAt), status: one.seenStatus },
    found:
      one.foundStatus === null || one.foundStartAt === null
        ? null
        : {
            start: localText(one.foundOfficeZone ?? one.officeZone, one.foundStartAt),
            status: one.foundStatus,
            officeName: one.foundOfficeName ?? officeName,
            providerDisplay: one.foundProviderDisplay ?? providerDisplay,
          },
    patientDisplay: one.family === null ? null : [one.given, one.family].filter(Boolean).join(' '),
    requestedBy,
  };
}
