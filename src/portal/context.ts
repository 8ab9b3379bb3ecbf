import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../platform/clock.ts';
import { inTransaction, type TransactionOptions } from '../platform/database/db.ts';
import type { Log } from '../platform/log.ts';

/** What the portal's use cases and routes are given. */
export interface PortalContext {
  /** Role portal_app: serves requests, bound to one site by row-level security. */
  readonly pool: Pool;
  /** Role portal_sync: the first set-up of a site. Serves no request about people's data. */
  readonly syncPool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string;
  readonly version: string;
}

/** One transaction in which row-level security knows the site. */
export function asSite<T>(
  pool: Pool,
  siteId: number,
  work: (tx: PoolClient) => Promise<T>,
  options: Omit<TransactionOptions, 'settings'> = {},
): Promise<T> {
  return inTransaction(pool, work, { ...options, settings: { 'tidegate.site_id': String(siteId) } });
}

/** One transaction in which row-level security knows the person, before a site is chosen. */
export function asPerson<T>(pool: Pool, userId: string, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, { settings: { 'tidegate.user_id': userId } });
}

/** One transaction in which row-level security knows the session, before it is known whose it is. */
export function asSession<T>(pool: Pool, tokenHash: Buffer, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, { settings: { 'tidegate.session': tokenHash.toString('hex') } });
}

/** One transaction in which row-level security knows the address that somebody typed to sign in, and its hash. */
export function asSignIn<T>(
  pool: Pool,
  { email, emailHash }: { readonly email: string; readonly emailHash: Buffer },
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, work, {
    settings: { 'tidegate.email': email, 'tidegate.sign_in': emailHash.toString('hex') },
  });
}
