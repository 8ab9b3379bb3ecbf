// The second factor of the person in force, and what his session is offered.
import type { Db } from '../../platform/database/db.ts';
import type { NewFactor, StoredFactor } from '../../platform/session/second-factor.ts';

export async function findFactor(db: Db, userId: string): Promise<StoredFactor | undefined> {
  const { rows } = await db.query<StoredFactor>(
    'select secret_sealed as "secretSealed", enrolled_at as "enrolledAt" from second_factor where user_id = $1',
    [userId],
  );
  return rows[0];
}

export async function insertFactor(tx: Db, userId: string, factor: NewFactor): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into second_factor (user_id, secret_sealed, enrolled_at, last_step) values ($1, $2, $3, $4)
     on conflict (user_id) do nothing`,
    [userId, factor.secretSealed, factor.enrolledAt, factor.lastStep],
  );
  return rowCount === 1;
}

export async function takeStep(tx: Db, userId: string, step: number): Promise<boolean> {
  const { rowCount } = await tx.query('update second_factor set last_step = $2 where user_id = $1 and last_step < $2', [
    userId,
    step,
  ]);
  return rowCount === 1;
}

export async function takeRecoveryCode(tx: Db, userId: string, hash: Buffer, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update recovery_code set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null',
    [userId, hash, now],
  );
  return rowCount === 1;
}

export async function replaceRecoveryCodes(tx: Db, userId: string, hashes: readonly Buffer[]): Promise<void> {
  await tx.query('delete from recovery_code where user_id = $1', [userId]);
  await tx.query('insert into recovery_code (user_id, code_hash) select $1, hash from unnest($2::bytea[]) hash', [
    userId,
    hashes,
  ]);
}

export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select count(*)::integer as count from recovery_code where user_id = $1 and used_at is null',
    [userId],
  );
  return rows[0]!.count;
}

/** False where there was none. */
export async function deleteFactor(tx: Db, userId: string): Promise<boolean> {
  await tx.query('delete from recovery_code where user_id = $1', [userId]);
  const { rowCount } = await tx.query('delete from second_factor where user_id = $1', [userId]);
  return rowCount === 1;
}

export async function lockOffer(tx: Db, tokenHash: Buffer): Promise<Buffer | null | undefined> {
  const { rows } = await tx.query<{ offeredSealed: Buffer | null }>(
    'select offered_sealed as "offeredSealed" from portal_session where token_hash = $1 for update',
    [tokenHash],
  );
  return rows[0]?.offeredSealed;
}

export async function keepOffer(tx: Db, tokenHash: Buffer, sealed: Buffer): Promise<void> {
  await tx.query('update portal_session set offered_sealed = $2 where token_hash = $1', [tokenHash, sealed]);
}

export async function completeSession(tx: Db, tokenHash: Buffer, now: Date): Promise<void> {
  await tx.query('update portal_session set second_factor_at = $2, offered_sealed = null where token_hash = $1', [
    tokenHash,
    now,
  ]);
}
