import type { Pool, PoolClient } from 'pg';
import { type Db, inTransaction } from '../platform/database/db.ts';
import { noteReading } from './audit/access.sql.ts';
import { accessInForce, noteWho } from './audit/access.ts';
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
 * principal holds and nothing else. What a request for a list reads is one snapshot, and the request's record says which.
 */
export function asPrincipal<T>(
  pool: Pool,
  principal: Pick<Principal, 'tenantId' | 'userId'>,
  work: (tx: PoolClient) => Promise<T>,
  { scope, ...options }: ReadingOptions = {},
): Promise<T> {
  const access = accessInForce();
  noteWho(principal);
  const readFrom = async (tx: PoolClient): Promise<T> => {
    const result = await work(tx);
    if (access?.readIn !== tx) await noteReading(tx, principal, access!);
    return result;
  };
  return inTransaction(pool, access?.isList ? readFrom : work, {
    ...options,
    ...(access?.isList && options.readOnly ? { isolation: 'repeatable read' as const } : {}),
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
