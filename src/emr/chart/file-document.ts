import type { PoolClient } from 'pg';
import { columnsNeeded } from '../../fhir/columns.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { FileDocumentRequest } from '../contract/chart.ts';
import { requirePair } from '../permissions/require-pair.ts';
import * as sql from './chart.sql.ts';
import { markFiled } from './content.sql.ts';
import { requirePatient } from './patient.sql.ts';

/** Files content that has arrived. 403 names the cell; 400 where the patient or the upload is not there for this user and pair. */
export async function fileDocument(
  tx: PoolClient,
  { publicUrl, clock }: Pick<EmrContext, 'publicUrl' | 'clock'>,
  actor: sql.Actor,
  request: FileDocumentRequest & { readonly patientId: string },
  requestId?: string,
): Promise<{ readonly documentId: string }> {
  const { patientId, officeId, providerId, uploadId, folder, title } = request;
  const pair = { officeId, providerId };
  const now = clock.now();
  await requirePair(tx, publicUrl, actor, pair, columnsNeeded.DocumentReference);
  await requirePatient(tx, actor, patientId, pair, columnsNeeded.DocumentReference);
  const content = await markFiled(tx, actor, { binaryId: uploadId, pair, now });
  if (!content) {
    throw problem('invalid', 'chart.problem.no-such-upload', {}, { where: 'body', fields: [{ path: 'uploadId' }] });
  }
  const documentId = newId();
  await sql.insertDocument(tx, actor, { documentId, binaryId: uploadId, patientId, ...pair, folder, title, now });
  await recordAudit(tx, {
    ...actor,
    action: 'file',
    entity: 'document',
    entityId: documentId,
    after: { patientId, ...pair, mediaType: content.mediaType, bytes: content.bytes },
    requestId,
  });
  return { documentId };
}
