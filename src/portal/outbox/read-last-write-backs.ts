import type { Db } from '../../platform/database/db.ts';
import { localText } from '../../platform/zones.ts';
import { type ListedWriteBack, type TaskReason, taskReasons } from '../contract/write-backs.ts';
import { gapIdsAt, type OpenGap } from '../gaps/open-gaps.sql.ts';
import { type LastWriteBack, listLast } from './outbox.sql.ts';

export interface LastWriteBacksOf {
  readonly siteId: number;
  /** Of the site. */
  readonly zone: string;
  readonly bookingIds: readonly string[];
  /** Acknowledged before this, there is nothing more to say about it. */
  readonly since: Date;
  /** By slice. */
  readonly gaps: ReadonlyMap<string, readonly OpenGap[]>;
}

/** What lists say beside a booking, by its id. */
export async function readLastWriteBacks(
  tx: Db,
  { siteId, zone, bookingIds, since, gaps }: LastWriteBacksOf,
): Promise<Map<string, ListedWriteBack>> {
  const rows = await listLast(tx, siteId, bookingIds, since);
  return new Map(rows.map((row) => [row.bookingId, listedWriteBack(row, zone, gaps)]));
}

function listedWriteBack(row: LastWriteBack, zone: string, gaps: LastWriteBacksOf['gaps']): ListedWriteBack {
  const { writeBackId, kind, state, already, taskId } = row;
  const reason = taskReasons.find((one: TaskReason) => one === row.reason);
  return {
    writeBackId,
    kind,
    state,
    since: localText(zone, row.stateSince),
    already,
    missing:
      state === 'parked'
        ? {
            columns: row.missingColumns,
            officeId: row.officeId,
            officeName: row.officeName ?? row.officeId,
            providerId: row.providerId,
            providerDisplay: row.providerDisplay ?? row.providerId,
            gapIds: gapIdsAt(gaps, row),
          }
        : null,
    task: taskId !== null && reason ? { taskId, reason } : null,
  };
}
