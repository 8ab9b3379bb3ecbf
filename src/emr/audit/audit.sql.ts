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
export async function recordAudit(tx: Db, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into audit_event (tenant_id, audit_id, user_id, action, entity, entity_id, before, after, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      entry.tenantId,
      newId(),
      entry.userId,
      entry.action,
      entry.entity,
      entry.entityId,
      entry.before === undefined ? null : JSON.stringify(entry.before),
      entry.after === undefined ? null : JSON.stringify(entry.after),
      entry.requestId ?? null,
    ],
  );
}
