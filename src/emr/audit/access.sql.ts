import type { Pool } from 'pg';
import { type Db, inTransaction } from '../../platform/database/db.ts';
import { storableJson } from '../../platform/database/storable.ts';
import type { Access } from './access.ts';

interface Reader {
  readonly tenantId: number;
  readonly userId: string;
}

const keptAtMost = 10_000;

const keyOf = ({ tenantId, userId }: Reader, version: string): string => `${tenantId} ${userId} ${version}`;

/**
 * Notes under what this transaction reads: its permission version and its snapshot; with them, once for each version, the pairs. Answers
 * the version, which a search says in its header anyway, so that it costs no statement of its own there.
 */
export async function noteReading(tx: Db, reader: Reader, access: Access): Promise<string> {
  const { rows } = await tx.query<{ version: string | null; snapshot: string; readAt: string }>(
    `select permission_version($1, $2) as version, pg_current_snapshot()::text as snapshot, now()::text as "readAt"`,
    [reader.tenantId, reader.userId],
  );
  const { version, snapshot, readAt } = rows[0]!;
  const permissionVersion = version ?? '';
  access.reading = { permissionVersion, snapshot, readAt };
  access.readIn = tx;
  delete access.pairs;
  if (!access.kept?.has(keyOf(reader, permissionVersion))) {
    const held = await tx.query<{ pairs: string }>(
      `select coalesce(jsonb_agg(jsonb_build_array(office_id, provider_id, columns) order by office_id, provider_id), '[]')::text as pairs
         from held_grant where tenant_id = $1 and user_id = $2`,
      [reader.tenantId, reader.userId],
    );
    access.pairs = held.rows[0]!.pairs;
  }
  return permissionVersion;
}

const columnsOf = (access: Access) => ({
  event_id: access.eventId,
  request_id: access.requestId,
  user_id: access.userId ?? null,
  client_id: access.clientId ?? null,
  door: access.door,
  kind: access.kind,
  route: access.route,
  status: access.status,
  entity_type: access.entityType,
  entity_id: access.entityId,
  patient_id: access.patientId,
  office_id: access.officeId,
  provider_id: access.providerId,
  query: access.query,
  page_end: access.pageEnd,
  shown: access.shown,
  permission_version: access.reading?.permissionVersion,
  snapshot: access.reading?.snapshot,
  read_at: access.reading?.readAt,
});

const names = `event_id, request_id, user_id, client_id, door, kind, route, status, entity_type, entity_id, patient_id, office_id, provider_id,
  query, page_end, shown, permission_version, snapshot, read_at`;

// The tenant is put in force in an inner query, so before the first row is judged by the policy. A tenant that there is not has no row.
const insertEvents = `insert into access_event (tenant_id, ${names})
  select t.tenant_id, ${names
    .split(',')
    .map((name) => `e.${name.trim()}`)
    .join(', ')}
    from (select set_config('tidegate.tenant_id', $1::text, true) offset 0) s
    cross join lateral (select t.tenant_id from tenant t where t.tenant_id = $1::integer) t
    cross join jsonb_to_recordset($2::jsonb) as e (event_id text, request_id text, user_id text, client_id text, door text, kind text,
      route text, status smallint, entity_type text, entity_id text, patient_id text, office_id text, provider_id text, query text,
      page_end text, shown text[], permission_version text, snapshot text, read_at timestamptz)`;

/** One statement, a transaction by itself, whatever number of entries a Bundle has; two in the first list under a permission version. */
export async function insertAccesses(pool: Pool, tenantId: number, accesses: readonly Access[]): Promise<void> {
  const values = [tenantId, storableJson(accesses.map(columnsOf))];
  const states = accesses.filter(({ pairs }) => pairs !== undefined);
  if (states.length === 0) {
    await pool.query({ name: 'insert-access-events', text: insertEvents, values });
    return;
  }
  await inTransaction(
    pool,
    async (tx) => {
      for (const { userId, reading, pairs } of states) {
        await tx.query(
          `insert into permission_state (tenant_id, user_id, permission_version, pairs) values ($1, $2, $3, $4)
           on conflict do nothing`,
          [tenantId, userId, reading!.permissionVersion, pairs],
        );
      }
      await tx.query(insertEvents, values);
    },
    { settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
  for (const { userId, reading, kept } of states) {
    if (kept && kept.size > keptAtMost) kept.clear();
    kept?.add(keyOf({ tenantId, userId: userId! }, reading!.permissionVersion));
  }
}
