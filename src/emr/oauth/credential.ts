import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../platform/database/db.ts';

/** The tenant that a client id (`1042-…`) or an access token (`1042.…`) names; undefined when it names none. */
export function tenantOfCredential(credential: string): number | undefined {
  const match = /^([1-9]\d{0,8})[.-]/.exec(credential);
  return match ? Number(match[1]) : undefined;
}

/** One transaction in which the tenant is in force and no user is: for what comes before anybody is known. */
export function asTenant<T>(pool: Pool, tenantId: number, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, {
    settings: { 'tidegate.tenant_id': String(tenantId), 'tidegate.user_id': '', 'tidegate.scope': '' },
  });
}
