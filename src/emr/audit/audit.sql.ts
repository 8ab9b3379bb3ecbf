import type { Db } from '../../platform/database/db.ts';
import { storableJson } from '../../platform/database/storable.ts';
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
  const rows = entries.map(({ tenantId, userId, action, entity, entityId, before, after, requestId }) => ({
    tenant_id: tenantId,
    audit_id: newId(),
    user_id: userId,
    action,
    entity,
    entity_id: entityId,
    before,
    after,
    request_id: requestId,
  }));
  await tx.query(
    `insert into audit_event (tenant_id, audit_id, user_id, action, entity, entity_id, before, after, request_id)
     select * from jsonb_to_recordset($1::jsonb) as e (tenant_id integer, audit_id text, user_id text, action text, entity text,
       entity_id text, before jsonb, after jsonb, request_id text)`,
    [storableJson(rows)],
  );
}
