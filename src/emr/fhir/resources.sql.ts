// Every statement that reads resources, made from the table in resources.ts and the conditions of a request. Text of SQL comes
// from that table alone; whatever a client wrote arrives as a bound value. `Bind` says how: as a parameter of a statement, or,
// for COPY, which takes none, as a literal that pg has quoted.
import type { DateCondition } from '../../fhir/dates.ts';
import type { Db } from '../../platform/database/db.ts';
import { noteReading } from '../audit/access.sql.ts';
import { accessInForce } from '../audit/access.ts';
import { type ResourceType, resources } from './resources.ts';
import type { Condition, SearchRequest, Sort } from './search-request.ts';

export interface Reader {
  readonly tenantId: number;
  readonly userId: string;
}

/** Takes a value and gives the SQL that stands for it. */
export type Bind = (value: string | number | boolean) => string;

const instantSql = (bind: Bind, text: string): string => `${bind(text)}::timestamptz`;

function dateSql(column: string, { prefix, from, until }: DateCondition, bind: Bind): string {
  switch (prefix) {
    case 'eq':
      return `(${column} >= ${instantSql(bind, from)} and ${column} < ${instantSql(bind, until)})`;
    case 'ne':
      return `(${column} < ${instantSql(bind, from)} or ${column} >= ${instantSql(bind, until)})`;
    case 'ge':
      return `${column} >= ${instantSql(bind, from)}`;
    case 'gt':
      return `${column} >= ${instantSql(bind, until)}`;
    case 'lt':
      return `${column} < ${instantSql(bind, from)}`;
    case 'le':
      return `${column} < ${instantSql(bind, until)}`;
  }
}

// A list of single values and not one array: the planner then sees how many there are and what they are.
const isOneOf = (column: string, values: readonly (string | boolean)[], bind: Bind): string =>
  `${column} in (${values.map((value) => bind(value)).join(', ')})`;

const anyOf = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`);

export function conditionSql(type: ResourceType, condition: Condition, bind: Bind): string {
  switch (condition.kind) {
    case 'id':
      return isOneOf(resources[type].id, condition.values, bind);
    case 'token':
    case 'boolean':
      return isOneOf(condition.column, condition.values, bind);
    case 'identifier':
      return condition.values.length === 0 ? 'false' : isOneOf(condition.column, condition.values, bind);
    case 'string':
      return anyOf(
        condition.columns.flatMap((column) =>
          condition.values.map((value) =>
            condition.exact
              ? `${column} = ${bind(value)}`
              : `lower(${column}) like ${bind(`${value.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`)}`,
          ),
        ),
      );
    case 'date':
      return anyOf(condition.values.map((one) => dateSql(condition.column, one, bind)));
    case 'reference': {
      const parts = Object.entries(condition.columns).flatMap(([target, column]) => {
        const ids = condition.values.filter(({ type: of }) => of === undefined || of === target).map(({ id }) => id);
        return ids.length === 0 ? [] : [isOneOf(column, ids, bind)];
      });
      return anyOf(parts);
    }
  }
}

/** `from … where …` of all that the reader may see of a type; the first wall is in every statement that this makes. */
export function visibleSql(
  type: ResourceType,
  reader: Reader,
  bind: Bind,
  from: string = resources[type].from,
): string {
  const tenant = `${bind(reader.tenantId)}::integer`;
  const user = `${bind(reader.userId)}::text`;
  return `from ${from} where ${resources[type].where}`
    .replaceAll('$tenant', () => tenant)
    .replaceAll('$user', () => user);
}

interface Statement {
  readonly values: (string | number | boolean)[];
  readonly bind: Bind;
}

export function statement(): Statement {
  const values: (string | number | boolean)[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

const conditionsSql = (type: ResourceType, conditions: readonly Condition[], bind: Bind): string =>
  conditions.map((condition) => ` and ${conditionSql(type, condition, bind)}`).join('');

/** A resource as JSON text. */
export interface ResourceText {
  readonly id: string;
  readonly json: string;
}

export interface ResourceRow extends ResourceText {
  readonly version: number | null;
  readonly lastUpdated: Date | null;
}

/** A page as one text: a thousand rows cost more on their way through the driver than their text costs to write. */
export interface Page {
  /** Entries of a searchset Bundle, in the order asked for, with commas between them; '' where there are none. */
  readonly entries: string;
  readonly count: number;
  /** Where it ended, if there is more; `key` is the sort's instant, null when sorted by id. */
  readonly next: { readonly key: string | null; readonly id: string } | null;
  /** What the includes ask for, in their order: ids, each once. */
  readonly included: readonly (readonly string[])[];
  /** Ids of the page, where the reader wants them. */
  readonly ids: readonly string[];
}

export type EntryMode = 'match' | 'include';

export interface PageOptions {
  readonly baseUrl: string;
  readonly mode?: EntryMode;
  readonly withIds?: boolean;
}

/** One entry of a searchset, as SQL: the same text that `entryText` makes of a resource that was read alone. */
const entrySql = (type: ResourceType, bind: Bind, { baseUrl, mode = 'match' }: PageOptions): string => {
  const { id, json } = resources[type];
  return `'{"fullUrl":"' || ${bind(`${baseUrl}/${type}/`)}::text || ${id} || '","resource":' || ${json} || ',"search":{"mode":"${mode}"}}'`;
};

/** One page; a row more is looked for, to know whether there is one. */
export async function findPage(
  db: Db,
  reader: Reader,
  request: Pick<SearchRequest, 'type' | 'conditions' | 'sort' | 'cursor' | 'includes' | 'count'>,
  options: PageOptions,
): Promise<Page> {
  const { type, sort, cursor, includes } = request;
  const { values, bind } = statement();
  const { id } = resources[type];
  const { column, order, after } = keysetSql(type, sort, cursor, bind);
  const count = `${bind(request.count)}::integer`;
  const own = (aggregate: string) => `${aggregate} filter (where page.n <= ${count})`;
  const last = (one: string) => `max(${one}) filter (where page.n = ${count})`;
  const { rows } = await db.query<{
    entries: string | null;
    found: number;
    lastKey: string | null;
    lastId: string | null;
    ids?: string[] | null;
    [included: `i${number}`]: string[] | null;
  }>(
    // The aggregate takes the rows as the inner query orders them: nothing stands between the two that could change it.
    `select ${own(`string_agg(page.entry, ',')`)} as entries, count(*) as found, ${last('page.id')} as "lastId",
            ${column === null ? 'null::text' : instantText(last('page.key'))} as "lastKey"
            ${options.withIds ? `, ${own('array_agg(page.id)')} as ids` : ''}
            ${includes.map((_, index) => `, array_agg(distinct page.i${index}) filter (where page.n <= ${count} and page.i${index} is not null) as i${index}`).join('')}
       from (select row_number() over (order by ${order}) as n, ${id} as id, ${entrySql(type, bind, options)} as entry
                    ${column === null ? '' : `, ${column} as key`}
                    ${includes.map((one, index) => `, ${one.column}::text as i${index}`).join('')}
               ${visibleSql(type, reader, bind)}${conditionsSql(type, request.conditions, bind)}${after}
              order by ${order} limit ${count} + 1) page`,
    values,
  );
  const { entries, found, lastKey, lastId, ids, ...rest } = rows[0]!;
  return {
    entries: entries ?? '',
    count: Math.min(found, request.count),
    next: found > request.count ? { key: lastKey, id: lastId! } : null,
    included: includes.map((_, index) => rest[`i${index}`] ?? []),
    ids: ids ?? [],
  };
}

const instantText = (expression: string): string => `(to_json(timezone('UTC', ${expression}))#>>'{}') || 'Z'`;

export function keysetSql(type: ResourceType, sort: Sort, cursor: SearchRequest['cursor'], bind: Bind) {
  const { id, sorts } = resources[type];
  const direction = sort.descending ? 'desc' : 'asc';
  const than = sort.descending ? '<' : '>';
  if (sort.name === '_id') {
    const after = cursor ? ` and ${id} ${than} ${bind(cursor.id)}` : '';
    return { column: null, order: `${id} ${direction}`, after };
  }
  const column = sorts[sort.name]!;
  return {
    column,
    order: `${column} ${direction}, ${id} ${direction}`,
    after: cursor ? ` and (${column}, ${id}) ${than} (${instantSql(bind, cursor.key!)}, ${bind(cursor.id)})` : '',
  };
}

export async function countAll(db: Db, reader: Reader, request: SearchRequest): Promise<number> {
  const { values, bind } = statement();
  const { rows } = await db.query<{ total: number }>(
    `select count(*) as total ${visibleSql(request.type, reader, bind)}${conditionsSql(request.type, request.conditions, bind)}`,
    values,
  );
  return rows[0]!.total;
}

/** Those of `ids` that the reader may see, in the order of their ids. For reads and includes. */
export async function findByIds(
  db: Db,
  reader: Reader,
  type: ResourceType,
  ids: readonly string[],
): Promise<ResourceRow[]> {
  return ids.length === 0 ? [] : findWhere(db, reader, type, (bind) => isOneOf(resources[type].id, ids, bind));
}

export type VersionRow = Pick<ResourceRow, 'id' | 'version' | 'lastUpdated'>;

/** As findByIds, for whoever wants to know no more of them than which version they are. */
export async function findVersionsByIds(
  db: Db,
  reader: Reader,
  type: ResourceType,
  ids: readonly string[],
): Promise<VersionRow[]> {
  if (ids.length === 0) return [];
  const { values, bind } = statement();
  const { rows } = await db.query<VersionRow>(
    `select ${resources[type].id} as id, ${versionSql(type)}
       ${visibleSql(type, reader, bind)} and ${isOneOf(resources[type].id, ids, bind)}`,
    values,
  );
  return rows;
}

/** Resources whose `column` holds one of the ids; one more than `limit`, if there is one. For reverse includes. */
export async function findReferring(
  db: Db,
  reader: Reader,
  type: ResourceType,
  column: string,
  ids: readonly string[],
  limit: number,
): Promise<ResourceRow[]> {
  return ids.length === 0 ? [] : findWhere(db, reader, type, (bind) => isOneOf(column, ids, bind), limit + 1);
}

function versionSql(type: ResourceType): string {
  const { lastUpdated } = resources[type];
  const version = lastUpdated ? lastUpdated.replace('last_updated', 'version_id') : 'null::integer';
  return `${lastUpdated ?? 'null::timestamptz'} as "lastUpdated", ${version} as version`;
}

async function findWhere(
  db: Db,
  reader: Reader,
  type: ResourceType,
  condition: (bind: Bind) => string,
  limit?: number,
): Promise<ResourceRow[]> {
  const { values, bind } = statement();
  const { id, json } = resources[type];
  const { rows } = await db.query<ResourceRow>(
    `select ${id} as id, ${json} as json, ${versionSql(type)}
       ${visibleSql(type, reader, bind)} and ${condition(bind)}
      order by ${id} limit ${limit === undefined ? 'all' : bind(limit)}`,
    values,
  );
  return rows;
}

/** The version of everything that decides what this user sees; noted, with the snapshot, in the record of a request that lists. */
export async function permissionVersion(db: Db, reader: Reader): Promise<string> {
  const access = accessInForce();
  if (access?.isList) return noteReading(db, reader, access);
  const { rows } = await db.query<{ version: string | null }>('select permission_version($1, $2) as version', [
    reader.tenantId,
    reader.userId,
  ]);
  return rows[0]?.version ?? '';
}

/** Whoever writes under the same condition takes turns, so that none of them overlooks what another is about to make. */
export async function lockCondition(db: Db, tenantId: number, condition: string): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [`${tenantId}/${condition}`]);
}
