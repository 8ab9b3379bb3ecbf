import type { Readable } from 'node:stream';
import type { PoolClient } from 'pg';
import { copyTo } from '../../platform/database/copy.ts';
import type { Db } from '../../platform/database/db.ts';
import type { ExportRequest } from './export-request.ts';
import { type Bind, conditionSql, type Reader, visibleSql } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';

export interface ExportJob {
  readonly exportId: string;
  readonly request: ExportRequest;
  readonly permissionVersion: string;
  /** FHIR instant. */
  readonly transactionTime: string;
  readonly expiresAt: Date;
}

/**
 * Keeps the request with the permission version of now and the instant up to which every change is committed: a later `_since` of it
 * overlaps, and misses none. Clears away what has expired.
 */
export async function insertExport(
  db: Db,
  reader: Reader,
  job: { readonly exportId: string; readonly request: ExportRequest; readonly expiresAt: Date; readonly now: Date },
): Promise<void> {
  await db.query(
    `with expired as (delete from export_job where tenant_id = $1 and expires_at <= $6)
     insert into export_job (tenant_id, export_id, user_id, request, permission_version, transaction_time, expires_at)
     values ($1, $2, $3, $4, permission_version($1, $3), changes_settled_until(), $5)`,
    [reader.tenantId, job.exportId, reader.userId, JSON.stringify(job.request), job.expiresAt, job.now],
  );
}

/** Of this user alone; undefined when there is none or it has expired. */
export async function findExport(db: Db, reader: Reader, exportId: string, now: Date): Promise<ExportJob | undefined> {
  const { rows } = await db.query<ExportJob>(
    `select export_id as "exportId", request, permission_version as "permissionVersion",
            (to_json(timezone('UTC', transaction_time))#>>'{}') || 'Z' as "transactionTime", expires_at as "expiresAt"
       from export_job
      where tenant_id = $1 and export_id = $2 and user_id = $3 and expires_at > $4`,
    [reader.tenantId, exportId, reader.userId, now],
  );
  return rows[0];
}

export async function deleteExport(db: Db, reader: Reader, exportId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'delete from export_job where tenant_id = $1 and export_id = $2 and user_id = $3',
    [reader.tenantId, exportId, reader.userId],
  );
  return rowCount === 1;
}

/** What of a type was deleted since the request's `_since`, as Bulk Data 2.0 has it: transaction Bundles that delete, one a line. */
const deletionJson = (type: ResourceType): string =>
  `'{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"${type}/' || ${resources[type].id} || '"}}]}'`;

/** Types of which deletions are kept. */
export const deletableTypes: readonly ResourceType[] = ['Appointment'];

/**
 * The resources of one type as NDJSON, straight from COPY. JSON text holds no control characters (to_json escapes them), so with
 * two of them as CSV's delimiter and quote nothing is ever quoted, and a line is the resource as it was built. COPY takes no
 * parameters: pg quotes the values as literals.
 */
export function copyResources(tx: PoolClient, reader: Reader, type: ResourceType, request: ExportRequest): Readable {
  return copySelected(tx, type, request, (bind) => `select ${resources[type].json} ${visibleSql(type, reader, bind)}`);
}

/** Deletions under the same predicate and filters, by the pair that each booking was on. What has come back is not deleted. */
export function copyDeletions(tx: PoolClient, reader: Reader, type: ResourceType, request: ExportRequest): Readable {
  const { historyFrom } = resources[type];
  return copySelected(
    tx,
    type,
    request,
    (bind) => `select ${deletionJson(type)} ${visibleSql(type, reader, bind, historyFrom!)} and a.deleted
      and not exists (select from appointment n where n.tenant_id = a.tenant_id and n.appointment_id = a.appointment_id)`,
  );
}

function copySelected(
  tx: PoolClient,
  type: ResourceType,
  request: ExportRequest,
  select: (bind: Bind) => string,
): Readable {
  const bind: Bind = (value) => (typeof value === 'string' ? tx.escapeLiteral(value) : String(value));
  const { lastUpdated } = resources[type];
  const since =
    request.since === undefined || lastUpdated === undefined
      ? ''
      : ` and ${lastUpdated} >= ${bind(request.since)}::timestamptz`;
  const filters = request.filters
    .filter((filter) => filter.type === type)
    .map(({ conditions }) =>
      conditions.length === 0 ? 'true' : conditions.map((one) => conditionSql(type, one, bind)).join(' and '),
    );
  const filtered = filters.length === 0 ? '' : ` and ((${filters.join(') or (')}))`;
  return copyTo(
    tx,
    `copy (${select(bind)}${since}${filtered}) to stdout with (format csv, delimiter E'\\x01', quote E'\\x02')`,
  );
}
