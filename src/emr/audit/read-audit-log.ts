import type { Db } from '../../platform/database/db.ts';
import type { LogPosition } from '../../platform/http/page-position.ts';
import { findLogRows, findPairsOf, type LogFilter, type LogRow, type Target } from './audit-log.sql.ts';
import { discloses } from './discloses.ts';

interface Reader {
  readonly tenantId: number;
  readonly userId: string;
}

export interface LogRequest {
  readonly filter: Omit<LogFilter, 'target'>;
  /** A record: who saw it. */
  readonly about?: Pick<Target, 'patientId' | 'entity'> | undefined;
  readonly before?: LogPosition | undefined;
  readonly count: number;
  readonly withChanges: boolean;
}

export interface LogPage {
  readonly rows: readonly LogRow[];
  readonly more: LogPosition | null;
  /** The reader may not see the record, so which lists showed it cannot be told; none is among the rows. */
  readonly listsUnknown: boolean;
}

/** So many rows are looked at for one page; lists that showed something else are many, and the page then ends early with `more`. */
const lookedAtMost = 2000;

/** Bound to the tenant. Who may ask is decided by whoever calls; what the record itself says is read under the reader's own grants. */
export async function readAuditLog(
  tx: Db,
  reader: Reader,
  baseUrl: string,
  { filter, about, before, count, withChanges }: LogRequest,
): Promise<LogPage> {
  const pairs = about ? await findPairsOf(tx, reader, about) : [];
  const target: Target | undefined = about && { ...about, pairs };
  const rows: LogRow[] = [];
  let position = before;
  for (let looked = 0; looked < lookedAtMost; ) {
    const wanted = target ? Math.max(count, 200) : count + 1;
    const found = await findLogRows(
      tx,
      reader,
      { ...filter, target },
      { before: position, limit: wanted, withChanges },
    );
    for (const [index, row] of found.entries()) {
      const { readAt } = row;
      const isShown =
        row.isDirect ||
        (target !== undefined && readAt !== null && (await discloses(tx, reader, { ...row, readAt }, target, baseUrl)));
      if (isShown) rows.push(row);
      position = { at: row.key, id: row.id };
      const isLast = index === found.length - 1 && found.length < wanted;
      if (rows.length === count) return { rows, more: isLast ? null : position, listsUnknown: isUnknown(target) };
    }
    if (found.length < wanted) return { rows, more: null, listsUnknown: isUnknown(target) };
    looked += found.length;
  }
  return { rows, more: position ?? null, listsUnknown: isUnknown(target) };
}

const isUnknown = (target: Target | undefined): boolean => target !== undefined && target.pairs.length === 0;
