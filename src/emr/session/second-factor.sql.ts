import type { Db } from '../../platform/database/db.ts';
import type { NewFactor, StoredFactor } from '../../platform/session/second-factor.ts';

export async function findFactor(db: Db, tenantId: number, userId: string): Promise<StoredFactor | undefined> {
  const { rows } = await db.query<StoredFactor>(
    `select secret_sealed as "secretSealed", enrolled_at as "enrolledAt"
       from second_factor where tenant_id = $1 and user_id = $2`,
    [tenantId, userId],
  );
  return rows[0];
}

/** False where the user has one already, whoever was quicker. */
export async function insertFactor(
  db: Db,
  factor: NewFactor & { readonly tenantId: number; readonly userId: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into second_factor (tenant_id, user_id, secret_sealed, enrolled_at, last_step) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, user_id) do nothing`,
    [factor.tenantId, factor.userId, factor.secretSealed, factor.enrolledAt, factor.lastStep],
  );
  return rowCount === 1;
}

/** True the first time only that a code of this step, or of a later one, is given: of two at once, one. */
export async function takeStep(db: Db, tenantId: number, userId: string, step: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'update second_factor set last_step = $3 where tenant_id = $1 and user_id = $2 and last_step < $3',
    [tenantId, userId, step],
  );
  return rowCount === 1;
}

/** True the first time only. */
export async function takeRecoveryCode(
  db: Db,
  tenantId: number,
  userId: string,
  { hash, now }: { readonly hash: Buffer; readonly now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update recovery_code set used_at = $4 where tenant_id = $1 and user_id = $2 and code_hash = $3 and used_at is null`,
    [tenantId, userId, hash, now],
  );
  return rowCount === 1;
}

/** Makes the user's recovery codes exactly these, none of them used. */
export async function replaceRecoveryCodes(
  db: Db,
  tenantId: number,
  userId: string,
  hashes: readonly Buffer[],
): Promise<void> {
  await db.query('delete from recovery_code where tenant_id = $1 and user_id = $2', [tenantId, userId]);
  await db.query(
    'insert into recovery_code (tenant_id, user_id, code_hash) select $1, $2, hash from unnest($3::bytea[]) hash',
    [tenantId, userId, hashes],
  );
}

export async function countRecoveryCodes(db: Db, tenantId: number, userId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from recovery_code where tenant_id = $1 and user_id = $2 and used_at is null`,
    [tenantId, userId],
  );
  return rows[0]!.count;
}

/** False where there was none. */
export async function deleteFactor(db: Db, tenantId: number, userId: string): Promise<boolean> {
  await db.query('delete from recovery_code where tenant_id = $1 and user_id = $2', [tenantId, userId]);
  const { rowCount } = await db.query('delete from second_factor where tenant_id = $1 and user_id = $2', [
    tenantId,
    userId,
  ]);
  return rowCount === 1;
}

/** The secret that a session is offered; locked, so that two requests of one session are offered one. */
export async function lockOffer(db: Db, tenantId: number, sessionId: string): Promise<Buffer | null | undefined> {
  const { rows } = await db.query<{ offeredSealed: Buffer | null }>(
    'select offered_sealed as "offeredSealed" from session where tenant_id = $1 and session_id = $2 for update',
    [tenantId, sessionId],
  );
  return rows[0]?.offeredSealed;
}

export async function keepOffer(db: Db, tenantId: number, sessionId: string, sealed: Buffer): Promise<void> {
  await db.query('update session set offered_sealed = $3 where tenant_id = $1 and session_id = $2', [
    tenantId,
    sessionId,
    sealed,
  ]);
}

/** From now on the session is signed in; what it was offered is forgotten. */
export async function completeSession(db: Db, tenantId: number, sessionId: string, now: Date): Promise<void> {
  await db.query(
    'update session set second_factor_at = $3, offered_sealed = null where tenant_id = $1 and session_id = $2',
    [tenantId, sessionId, now],
  );
}
