import type { PoolClient } from 'pg';
import { columnsNeeded } from '../../fhir/columns.ts';
import { newId } from '../../platform/ids.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { WriteNoteRequest } from '../contract/chart.ts';
import { requirePair } from '../permissions/require-pair.ts';
import * as sql from './chart.sql.ts';
import { requirePatient } from './patient.sql.ts';
import { instantAt } from './place.ts';

/** 403 names the cell; 400 where there is no such patient for this user and pair, or the office's clock skips the time. */
export async function writeNote(
  tx: PoolClient,
  { publicUrl }: Pick<EmrContext, 'publicUrl'>,
  actor: sql.Actor,
  request: WriteNoteRequest & { readonly patientId: string },
  requestId?: string,
): Promise<{ readonly noteId: string }> {
  const { patientId, officeId, providerId, type, note } = request;
  const pair = { officeId, providerId };
  const { zone } = await requirePair(tx, publicUrl, actor, pair, columnsNeeded.Encounter);
  await requirePatient(tx, actor, patientId, pair, columnsNeeded.Encounter);
  const startAt = instantAt(zone, request);
  const noteId = newId();
  await sql.insertNote(tx, actor, { noteId, patientId, ...pair, type: type || null, note, startAt });
  await recordAudit(tx, {
    ...actor,
    action: 'write',
    entity: 'encounter',
    entityId: noteId,
    after: { patientId, ...pair, startAt },
    requestId,
  });
  return { noteId };
}
