// Which of the changes that wait a subscription's user may hear of, at the moment when he is told: those that a search of his, with the
// subscription's criteria, finds now. The predicate is the search's own.
import type { Db } from '../../platform/database/db.ts';
import { conditionSql, type Reader, statement, visibleSql } from '../fhir/resources.sql.ts';
import { resources } from '../fhir/resources.ts';
import type { Criteria } from './criteria.ts';
import type { QueuedChange } from './subscriptions.sql.ts';

type ResourceCriteria = Exclude<Criteria, { readonly watches: 'permissions' }>;

/** The changes, in their order. `'*'` stands for more than are named, and is told where one of them may be seen. */
export async function tellable(
  db: Db,
  reader: Reader,
  criteria: ResourceCriteria,
  changes: readonly QueuedChange[],
): Promise<QueuedChange[]> {
  const many = changes.filter(({ resourceId }) => resourceId === '*');
  const gone = changes.filter(({ deleted }) => deleted);
  const there = changes.filter((change) => !many.includes(change) && !gone.includes(change));
  const seen = new Set([
    ...(await visibleIds(db, reader, criteria, there)),
    ...(await goneIds(db, reader, criteria, gone)),
    ...((await anyVisibleSince(db, reader, criteria, many)) ? ['*'] : []),
  ]);
  return changes.filter(({ resourceId }) => seen.has(resourceId));
}

const matching = ({ watches, conditions }: ResourceCriteria, bind: ReturnType<typeof statement>['bind']): string =>
  conditions.map((condition) => ` and ${conditionSql(watches, condition, bind)}`).join('');

async function visibleIds(
  db: Db,
  reader: Reader,
  criteria: ResourceCriteria,
  changes: readonly QueuedChange[],
): Promise<string[]> {
  if (changes.length === 0) return [];
  const { values, bind } = statement();
  const { id } = resources[criteria.watches];
  const ids = changes.map(({ resourceId }) => bind(resourceId)).join(', ');
  const { rows } = await db.query<{ id: string }>(
    `select ${id} as id ${visibleSql(criteria.watches, reader, bind)} and ${id} in (${ids})${matching(criteria, bind)}`,
    values,
  );
  return rows.map((row) => row.id);
}

/** Judged on the pair that it was deleted from, as its tombstone is in the history. */
async function goneIds(
  db: Db,
  reader: Reader,
  criteria: ResourceCriteria,
  changes: readonly QueuedChange[],
): Promise<string[]> {
  const { id, historyFrom, lastUpdated } = resources[criteria.watches];
  if (changes.length === 0 || historyFrom === undefined) return [];
  const { values, bind } = statement();
  const alias = lastUpdated!.split('.')[0]!;
  const ids = changes.map(({ resourceId }) => bind(resourceId)).join(', ');
  const { rows } = await db.query<{ id: string }>(
    `select distinct ${id} as id ${visibleSql(criteria.watches, reader, bind, historyFrom)} and ${id} in (${ids})
        and ${alias}.deleted${matching(criteria, bind)}`,
    values,
  );
  return rows.map((row) => row.id);
}

async function anyVisibleSince(
  db: Db,
  reader: Reader,
  criteria: ResourceCriteria,
  [many]: readonly QueuedChange[],
): Promise<boolean> {
  if (!many) return false;
  const { values, bind } = statement();
  const { rows } = await db.query(
    `select ${visibleSql(criteria.watches, reader, bind)} and ${resources[criteria.watches].lastUpdated} >= ${bind(many.queuedAt.toISOString())}::timestamptz
        ${matching(criteria, bind)} limit 1`,
    values,
  );
  return rows.length > 0;
}
