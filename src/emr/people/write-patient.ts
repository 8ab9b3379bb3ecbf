import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { requireVersion } from '../if-match.ts';
import { needsPatient, type Pair, requirePair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';
import * as sql from './patients.sql.ts';

export interface WritePatient {
  readonly publicUrl: string;
  readonly patientId: string;
  readonly demographics: sql.Demographics;
  readonly requestId?: string | undefined;
}

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** Makes a patient who is attached to the pair, which needs Patient. The refusal names what lacks. */
export async function createPatient(
  tx: Db,
  actor: Actor,
  { publicUrl, patientId, demographics, pair, requestId }: WritePatient & { readonly pair: Pair },
): Promise<void> {
  await requirePair(tx, publicUrl, actor, pair, needsPatient);
  const { tenantId, userId } = actor;
  await sql.insertPatient(tx, tenantId, patientId, demographics, pair);
  await recordAudit(tx, {
    tenantId,
    userId,
    action: 'create-patient',
    entity: 'patient',
    entityId: patientId,
    after: { officeId: pair.officeId, providerId: pair.providerId },
    requestId,
  });
}

/**
 * Writes the demographics as they are to be, and attaches the patient where a pair is named, which then is judged first, whether or not
 * there is such a patient. Resolves to his version, the old one where nothing is different. 403, 404, 412 with extra.version.
 */
export async function changePatient(
  tx: Db,
  actor: Actor,
  {
    publicUrl,
    patientId,
    demographics,
    pair,
    versions,
    requestId,
  }: WritePatient & { readonly pair: Pair | undefined; readonly versions: readonly number[] | null },
): Promise<number> {
  const { tenantId, userId } = actor;
  if (pair) await requirePair(tx, publicUrl, actor, pair, needsPatient);
  const before = await sql.lockPatient(tx, tenantId, userId, patientId);
  if (!before) throw problem('not-found', 'problem.not-found');
  requireVersion(before.version, versions);
  const names = Object.keys(demographics) as (keyof sql.Demographics)[];
  const changed: string[] = names.filter((name) => before[name] !== demographics[name]);
  const version =
    changed.length === 0 ? before.version : await sql.updatePatient(tx, tenantId, patientId, demographics);
  if (pair && (await sql.attachPatient(tx, tenantId, userId, patientId, pair))) changed.push('attached');
  if (changed.length === 0) return version;
  await recordAudit(tx, {
    tenantId,
    userId,
    action: 'change-patient',
    entity: 'patient',
    entityId: patientId,
    before: { version: before.version },
    // Which parts, and never what they said: the versions hold that.
    after: { version, changed, ...(pair ? { officeId: pair.officeId, providerId: pair.providerId } : {}) },
    requestId,
  });
  return version;
}
