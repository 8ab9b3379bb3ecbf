import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';

export interface StoredCertificate {
  readonly certificateId: string;
  readonly gapId: string;
  readonly issuedAt: Date;
  readonly document: string;
}

export async function insertCertificate(tx: Db, key: ConnectionKey, one: StoredCertificate): Promise<void> {
  await tx.query(
    `insert into connect.certificate (site_id, connection_id, certificate_id, gap_id, issued_at, document)
     values ($1, $2, $3, $4, $5, $6)`,
    [key.siteId, key.connectionId, one.certificateId, one.gapId, one.issuedAt, one.document],
  );
}

export async function findCertificate(
  db: Db,
  siteId: number,
  certificateId: string,
): Promise<StoredCertificate | undefined> {
  const { rows } = await db.query<StoredCertificate & Record<string, unknown>>(
    `select certificate_id as "certificateId", gap_id as "gapId", issued_at as "issuedAt", document from connect.certificate
      where site_id = $1 and certificate_id = $2`,
    [siteId, certificateId],
  );
  return rows[0];
}
