import type { Pool, PoolClient } from 'pg';
import { type Db, inTransaction } from '../platform/database/db.ts';
import type { UserKind } from './contract/session.ts';

/** Who asks, as the credential alone says it: a session's cookie or an access token. */
export interface Principal {
  readonly tenantId: number;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
}

export interface ReadingOptions {
  /** 'roster' opens the list of offices and providers; patients and appointments stay behind the grants. */
  readonly scope?: 'roster';
  readonly readOnly?: boolean;
  readonly isolation?: 'read committed' | 'repeatable read';
}

/**
 * One transaction in which row-level security knows who asks. Whatever a statement forgets, the database answers with what this
 * principal holds and nothing else.
 */
export function asPrincipal<T>(
  pool: Pool,
  principal: Pick<Principal, 'tenantId' | 'userId'>,
  work: (tx: PoolClient) => Promise<T>,
  { scope, ...options }: ReadingOptions = {},
): Promise<T> {
  return inTransaction(pool, work, {
    ...options,
    settings: {
      'tidegate.tenant_id': String(principal.tenantId),
      'tidegate.user_id': principal.userId,
      'tidegate.scope': scope ?? '',
    },
  });
}

/** Opens the roster for `work` alone: what the rest of the transaction reads stays as narrow as it was. */
export async function withRoster<T>(tx: Db, work: () => Promise<T>): Promise<T> {
  const { rows } = await tx.query<{ scope: string | null }>(
    // The scope is read in an inner query, so before it is set.
    `select b.scope, set_config('tidegate.scope', 'roster', true)
       from (select current_setting('tidegate.scope', true) as scope offset 0) b`,
  );
  const setBack = () => tx.query(`select set_config('tidegate.scope', $1, true)`, [rows[0]?.scope ?? '']);
  try {
    const result = await work();
    await setBack();
    return result;
  } catch (error) {
    // Where a statement failed, the transaction has ended and this fails too; what counts is the first error.
    await setBack().catch(() => undefined);
    throw error;
  }
}
