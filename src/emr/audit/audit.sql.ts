import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';

export interface AuditEntry {
  readonly tenantId: number;
  /** Who acted; null: the installation itself (set-up, import). */
  readonly userId: string | null;
  readonly action: string;
  readonly entity: string;
  readonly entityId: string;
  /** Ids, columns and dates; never a patient's name or contact. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly requestId?: string | undefined;
}

/** Belongs into the transaction of the change that it records: either both are there or neither. */
export function recordAudit(tx: Db, entry: AuditEntry): Promise<void> {
  return recordAudits(tx, [entry]);
}

/** One entry for each change of a statement that made several. */
export async function recordAudits(tx: Db, entries: readonly AuditEntry[]): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await tx.query(
    `insert into audit_event (tenant_id, audit_id, user_id, action, entity, entity_id, before, after, request_id)
     select * from unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[])`,
    [
      entries.map(({ tenantId }) => tenantId),
      entries.map(() => newId()),
      entries.map(({ userId }) => userId),
      entries.map(({ action }) => action),
      entries.map(({ entity }) => entity),
      entries.map(({ entityId }) => entityId),
      entries.map(({ before }) => json(before)),
      entries.map(({ after }) => json(after)),
      entries.map(({ requestId }) => requestId ?? null),
    ],
  );
}
