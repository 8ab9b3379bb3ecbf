// What documents consist of, chunk by chunk. Reads join held_grant on the document's pair; row-level security stands behind.
import type { Db } from '../../platform/database/db.ts';
import type { MediaType } from '../../platform/media.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** Takes away what was sent before `before` and never filed, whoever sent it. */
export async function sweepUnfiled(db: Db, tenantId: number, before: Date): Promise<void> {
  await db.query('delete from binary_content where tenant_id = $1 and filed_at is null and begun_at < $2', [
    tenantId,
    before,
  ]);
}

export async function insertContent(
  db: Db,
  { tenantId, userId }: Actor,
  content: { readonly binaryId: string; readonly pair: Pair; readonly mediaType: MediaType; readonly now: Date },
): Promise<void> {
  await db.query(
    `insert into binary_content (tenant_id, binary_id, office_id, provider_id, media_type, begun_by, begun_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tenantId,
      content.binaryId,
      content.pair.officeId,
      content.pair.providerId,
      content.mediaType,
      userId,
      content.now,
    ],
  );
}

export async function insertChunk(
  db: Db,
  tenantId: number,
  chunk: { readonly binaryId: string; readonly n: number; readonly bytes: Buffer },
): Promise<void> {
  await db.query('insert into binary_chunk (tenant_id, binary_id, n, bytes) values ($1, $2, $3, $4)', [
    tenantId,
    chunk.binaryId,
    chunk.n,
    chunk.bytes,
  ]);
}

/** From here on nothing can be added. */
export async function markArrived(
  db: Db,
  { tenantId, userId }: Actor,
  content: { readonly binaryId: string; readonly bytes: number; readonly sha256: Buffer; readonly now: Date },
): Promise<void> {
  const { rowCount } = await db.query(
    `update binary_content set bytes = $4, sha256 = $5, arrived_at = $6
      where tenant_id = $1 and binary_id = $2 and begun_by = $3 and arrived_at is null`,
    [tenantId, content.binaryId, userId, content.bytes, content.sha256, content.now],
  );
  if (rowCount !== 1) throw new Error('a content was swept while it arrived');
}

export async function deleteUnfiled(db: Db, tenantId: number, binaryId: string): Promise<void> {
  await db.query('delete from binary_content where tenant_id = $1 and binary_id = $2 and filed_at is null', [
    tenantId,
    binaryId,
  ]);
}

export interface FiledContent {
  readonly mediaType: MediaType;
  readonly bytes: number;
}

/** Once, by whoever sent it, for the pair that it was sent for; undefined otherwise. */
export async function markFiled(
  db: Db,
  { tenantId, userId }: Actor,
  content: { readonly binaryId: string; readonly pair: Pair; readonly now: Date },
): Promise<FiledContent | undefined> {
  const { rows } = await db.query<FiledContent>(
    `update binary_content set filed_at = $6, last_updated = clock_timestamp()
      where tenant_id = $1 and binary_id = $2 and begun_by = $3 and office_id = $4 and provider_id = $5
        and arrived_at is not null and filed_at is null
     returning media_type as "mediaType", bytes`,
    [tenantId, content.binaryId, userId, content.pair.officeId, content.pair.providerId, content.now],
  );
  return rows[0];
}

export interface ReadableContent {
  readonly binaryId: string;
  readonly documentId: string;
  readonly patientId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly title: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly sha256: Buffer;
}

const heldContent = `
  from document d
  join held_grant h on h.tenant_id = d.tenant_id and h.office_id = d.office_id and h.provider_id = d.provider_id
                   and h.user_id = $2 and (h.columns & 8) = 8
  join binary_content b on b.tenant_id = d.tenant_id and b.binary_id = d.binary_id`;

export async function findContent(
  db: Db,
  { tenantId, userId }: Actor,
  which: { readonly documentId: string } | { readonly binaryId: string },
): Promise<ReadableContent | undefined> {
  const [column, id] = 'documentId' in which ? ['document_id', which.documentId] : ['binary_id', which.binaryId];
  const { rows } = await db.query<ReadableContent>(
    `select b.binary_id as "binaryId", d.document_id as "documentId", d.patient_id as "patientId",
            d.office_id as "officeId", d.provider_id as "providerId", d.title, b.media_type as "mediaType", b.bytes, b.sha256
       ${heldContent} where d.tenant_id = $1 and d.${column} = $3`,
    [tenantId, userId, id],
  );
  return rows[0];
}

/** undefined after the last, and when the reader may no longer read it. */
export async function findChunk(
  db: Db,
  { tenantId, userId }: Actor,
  binaryId: string,
  n: number,
): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ bytes: Buffer }>(
    `select c.bytes ${heldContent} join binary_chunk c on c.tenant_id = b.tenant_id and c.binary_id = b.binary_id
      where d.tenant_id = $1 and d.binary_id = $3 and c.n = $4`,
    [tenantId, userId, binaryId, n],
  );
  return rows[0]?.bytes;
}
