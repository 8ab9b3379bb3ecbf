import type { Db } from '../../platform/database/db.ts';

/** Two first set-ups at one moment take turns; held until the transaction ends. */
export async function lockSetUp(db: Db): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(hashtextextended('first set-up', 0))`);
}

export interface FirstClinic {
  readonly tenantId: number;
  readonly clinicName: string;
  readonly officeId: string;
  readonly officeName: string;
  readonly zone: string;
  readonly administratorId: string;
  readonly username: string;
  readonly displayName: string;
  readonly passwordHash: string;
}

/** As emr_import, for the tenant in force.. */
export async function insertClinic(db: Db, clinic: FirstClinic): Promise<void> {
  const { tenantId, officeId, administratorId } = clinic;
  await db.query('insert into tenant (tenant_id, name) values ($1, $2)', [tenantId, clinic.clinicName]);
  await db.query('insert into office (tenant_id, office_id, name, zone) values ($1, $2, $3, $4)', [
    tenantId,
    officeId,
    clinic.officeName,
    clinic.zone,
  ]);
  await db.query(
    `insert into app_user (tenant_id, user_id, kind, username, display_name, password_hash)
     values ($1, $2, 'administrator', $3, $4, $5)`,
    [tenantId, administratorId, clinic.username, clinic.displayName, clinic.passwordHash],
  );
  await db.query('insert into office_membership (tenant_id, user_id, office_id) values ($1, $2, $3)', [
    tenantId,
    administratorId,
    officeId,
  ]);
}
