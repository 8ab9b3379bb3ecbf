import type { PoolClient } from 'pg';
import { problem } from '../../platform/problem.ts';
import { noteAccess } from '../audit/access.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import * as sql from './chart.sql.ts';

export interface WithdrawEntry {
  readonly kind: sql.Withdrawable;
  readonly entryId: string;
  /** The version that the caller saw. */
  readonly version: string;
  readonly reason: string;
}

const fhirTypes: Readonly<Record<sql.Withdrawable, string>> = {
  document: 'DocumentReference',
  note: 'Encounter',
  result: 'DiagnosticReport',
  charge: 'ChargeItem',
};

/**
 * Marks an entry as entered in error. It stays, and says so wherever it is read. 404 where there is none or the user may not see it;
 * 412 with extra.version when it was changed since; 409 when it is marked already. What was paid on a charge stays as it is recorded.
 */
export async function withdrawEntry(
  tx: PoolClient,
  actor: sql.Actor,
  { kind, entryId, version, reason }: WithdrawEntry,
  requestId?: string,
): Promise<void> {
  const { tenantId } = actor;
  const before = await sql.lockEntry(tx, actor, kind, entryId);
  noteAccess({ entityType: fhirTypes[kind] });
  if (!before) throw problem('not-found', 'problem.not-found');
  const { patientId, officeId, providerId } = before;
  noteAccess({ patientId, officeId, providerId });
  if (before.status === 'entered-in-error') throw problem('conflict', 'chart.problem.withdrawn-already');
  if (String(before.version) !== version) {
    throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
  }
  await sql.markEnteredInError(tx, tenantId, kind, entryId);
  if (kind === 'charge') await sql.touchAccountOf(tx, tenantId, entryId);
  await recordAudit(tx, {
    ...actor,
    action: 'withdraw',
    entity: sql.withdrawable[kind].table,
    entityId: entryId,
    before: { status: before.status },
    after: { status: 'entered-in-error', reason },
    requestId,
  });
}
