import type { PoolClient } from 'pg';
import { columnsNeeded } from '../../fhir/columns.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { noteAccess } from '../audit/access.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { AddCoverageRequest, BillRequest } from '../contract/chart.ts';
import { requirePair } from '../permissions/require-pair.ts';
import * as sql from './chart.sql.ts';
import { requirePatient } from './patient.sql.ts';

type Ground = Pick<EmrContext, 'publicUrl'>;

/** Charges to the patient's account at the pair, which is made with the first. 403 names the cell; 400 where there is no such patient. */
export async function bill(
  tx: PoolClient,
  { publicUrl }: Ground,
  actor: sql.Actor,
  request: BillRequest & { readonly patientId: string },
  requestId?: string,
): Promise<{ readonly accountId: string; readonly chargeItemIds: readonly string[] }> {
  const { patientId, officeId, providerId } = request;
  const pair = { officeId, providerId };
  const at = { patientId, ...pair };
  // First of all, so that what is judged below is what holds after the wait.
  await sql.lockAccount(tx, actor.tenantId, at);
  await requirePair(tx, publicUrl, actor, pair, columnsNeeded.ChargeItem);
  await requirePatient(tx, actor, patientId, pair, columnsNeeded.ChargeItem);
  const known = await sql.touchAccount(tx, actor, at);
  const accountId = known ?? newId();
  if (!known) await sql.insertAccount(tx, actor.tenantId, { ...at, accountId });
  const charges = request.charges.map((one) => ({ ...one, chargeItemId: newId() }));
  await sql.insertCharges(tx, actor, { ...at, accountId, charges });
  await recordAudit(tx, {
    ...actor,
    action: 'bill',
    entity: 'account',
    entityId: accountId,
    after: {
      ...at,
      charges: charges.map(({ chargeItemId, occurredOn, quantity, amountCents }) => ({
        chargeItemId,
        occurredOn,
        quantity,
        amountCents,
      })),
    },
    requestId,
  });
  return { accountId, chargeItemIds: charges.map(({ chargeItemId }) => chargeItemId) };
}

/**
 * What was paid on a charge. 404 where there is none or the user may not see it; 412 with extra.version when it was changed since; 409
 * where nothing is owed or less than that.
 */
export async function payCharge(
  tx: PoolClient,
  actor: sql.Actor,
  { chargeItemId, version, cents }: { readonly chargeItemId: string; readonly version: string; readonly cents: number },
  requestId?: string,
): Promise<{ readonly patientId: string }> {
  const { tenantId } = actor;
  const before = await sql.lockEntry(tx, actor, 'charge', chargeItemId);
  if (!before) throw problem('not-found', 'problem.not-found');
  noteAccess({ patientId: before.patientId, officeId: before.officeId, providerId: before.providerId });
  if (String(before.version) !== version) {
    throw problem('precondition-failed', 'problem.precondition-failed', {}, { version: before.version });
  }
  if (before.status !== 'billed' && before.status !== 'billable') throw problem('conflict', 'chart.problem.not-owed');
  if (!(await sql.pay(tx, tenantId, chargeItemId, cents))) throw problem('conflict', 'chart.problem.more-than-owed');
  await sql.touchAccountOf(tx, tenantId, chargeItemId);
  await recordAudit(tx, {
    ...actor,
    action: 'pay',
    entity: 'charge_item',
    entityId: chargeItemId,
    after: { cents },
    requestId,
  });
  return { patientId: before.patientId };
}

export async function addCoverage(
  tx: PoolClient,
  { publicUrl }: Ground,
  actor: sql.Actor,
  request: AddCoverageRequest & { readonly patientId: string },
  requestId?: string,
): Promise<{ readonly coverageId: string }> {
  const { patientId, officeId, providerId, payor, type, subscriberNumber, startOn, endOn } = request;
  const pair = { officeId, providerId };
  const at = { patientId, ...pair };
  await requirePair(tx, publicUrl, actor, pair, columnsNeeded.Coverage);
  await requirePatient(tx, actor, patientId, pair, columnsNeeded.Coverage);
  const coverageId = newId();
  await sql.insertCoverage(tx, actor.tenantId, {
    ...at,
    coverageId,
    payor,
    type: type ?? null,
    subscriberNumber: subscriberNumber ?? null,
    startOn: startOn ?? null,
    endOn: endOn ?? null,
  });
  await recordAudit(tx, {
    ...actor,
    action: 'add',
    entity: 'coverage',
    entityId: coverageId,
    after: { ...at, startOn, endOn },
    requestId,
  });
  return { coverageId };
}
