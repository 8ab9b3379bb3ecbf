import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../platform/clock.ts';
import { inTransaction, type TransactionOptions } from '../platform/database/db.ts';
import { sha256 } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';

/** What the portal's use cases and routes are given. */
export interface PortalContext {
  /** Role portal_app: serves requests, bound to one site by row-level security. */
  readonly pool: Pool;
  /** Role portal_sync: the first set-up of a site. Serves no request about people's data. */
  readonly syncPool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** 32 bytes that seal people's second factors. */
  readonly sealingKey: Buffer;
  readonly publicUrl: string;
  /** Where Site Admins find Cloud Connect; null: nowhere that is known. */
  readonly cloudConnectUrl: string | null;
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

/** One transaction in which row-level security knows the site and, beside it, a person of it: what is his at every site. */
export function asSiteOfPerson<T>(
  pool: Pool,
  { siteId, userId }: { readonly siteId: number; readonly userId: string },
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, work, { settings: { 'tidegate.site_id': String(siteId), 'tidegate.user_id': userId } });
}

/** One transaction in which row-level security knows the session, before it is known whose it is. */
export function asSession<T>(pool: Pool, tokenHash: Buffer, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, { settings: { 'tidegate.session': tokenHash.toString('hex') } });
}

/** One transaction in which row-level security knows the address that somebody typed to sign in, and its hash: failures are kept by that. */
export function asSignIn<T>(
  pool: Pool,
  email: string,
  work: (tx: PoolClient, emailHash: Buffer) => Promise<T>,
): Promise<T> {
  const emailHash = sha256(email.toLowerCase());
  return inTransaction(pool, (tx) => work(tx, emailHash), {
    settings: { 'tidegate.email': email, 'tidegate.sign_in': emailHash.toString('hex') },
  });
}

/** One transaction in which row-level security knows the token of a link to an account, and more where that is known by it. */
export function asAccountLink<T>(
  pool: Pool,
  { tokenHash, siteId, userId }: { readonly tokenHash: Buffer; readonly siteId?: number; readonly userId?: string },
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, work, {
    settings: {
      'tidegate.account_link': tokenHash.toString('hex'),
      ...(siteId !== undefined && { 'tidegate.site_id': String(siteId) }),
      ...(userId !== undefined && { 'tidegate.user_id': userId }),
    },
  });
}

/** One transaction in which row-level security knows the token of a patient's link, and nothing else. */
export function asLink<T>(pool: Pool, tokenHash: Buffer, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, { readOnly: true, settings: { 'tidegate.link': tokenHash.toString('hex') } });
}

/** One transaction in which row-level security knows the token of an address for opting out, and no site. */
export function asOptOut<T>(pool: Pool, tokenHash: Buffer, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, work, { settings: { 'tidegate.opt_out': tokenHash.toString('hex') } });
}
