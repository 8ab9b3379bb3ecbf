// Versions of resources. Each is judged on the pair that it had, by the same predicate as the resources themselves.
import type { Db } from '../../platform/database/db.ts';
import { type Reader, statement, visibleSql } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';

export interface VersionRow {
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  readonly deleted: boolean;
  /** The resource as JSON text; of a tombstone, what it was before. */
  readonly json: string;
  /** lastUpdated with microseconds, for the next page's cursor. */
  readonly key: string;
}

export interface HistoryRequest {
  readonly type: ResourceType;
  /** null: of every resource of the type. */
  readonly id: string | null;
  readonly version: number | null;
  /** FHIR instant. */
  readonly since: string | null;
  readonly count: number;
  readonly cursor: { readonly key: string; readonly id: string; readonly version: number } | null;
}

/** Latest first; one more than a page, if there is one. The type keeps versions (`historyFrom`). */
export async function findVersions(db: Db, reader: Reader, request: HistoryRequest): Promise<VersionRow[]> {
  const { type, id, version, since, count, cursor } = request;
  const { values, bind } = statement();
  const resource = resources[type];
  const lastUpdated = resource.lastUpdated!;
  const alias = lastUpdated.split('.')[0]!;
  const conditions = [
    id === null ? '' : ` and ${resource.id} = ${bind(id)}`,
    version === null ? '' : ` and ${alias}.version_id = ${bind(version)}`,
    since === null ? '' : ` and ${lastUpdated} >= ${bind(since)}::timestamptz`,
    cursor === null
      ? ''
      : ` and (${lastUpdated}, ${resource.id}, ${alias}.version_id) < (${bind(cursor.key)}::timestamptz, ${bind(cursor.id)}, ${bind(cursor.version)})`,
  ].join('');
  const { rows } = await db.query<VersionRow>(
    `select ${resource.id} as id, ${alias}.version_id as version, ${lastUpdated} as "lastUpdated", ${alias}.deleted,
            ${resource.json} as json, (to_json(timezone('UTC', ${lastUpdated}))#>>'{}') || 'Z' as key
       ${visibleSql(type, reader, bind, resource.historyFrom!)}${conditions}
      order by ${lastUpdated} desc, ${resource.id} desc, ${alias}.version_id desc
      limit ${bind(count + 1)}::integer`,
    values,
  );
  return rows;
}

/** One version that the reader may see. */
export async function findVersion(
  db: Db,
  reader: Reader,
  type: ResourceType,
  id: string,
  version: number,
): Promise<VersionRow | undefined> {
  const rows = await findVersions(db, reader, { type, id, version, since: null, count: 1, cursor: null });
  return rows[0];
}
