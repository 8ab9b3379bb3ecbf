import pg, { type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import type { Log } from '../log.ts';

export type { Pool, PoolClient } from 'pg';

/** What a statement needs: a pool, or the client of the transaction that it belongs to. Always the first parameter. */
export interface Db {
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
  query<R extends QueryResultRow = QueryResultRow>(statement: PreparedStatement): Promise<QueryResult<R>>;
}

/**
 * One that a connection plans once and not each time. For what every write asks, where planning, with the walls in it, costs more than
 * the answer; not where the best plan depends on the values.
 */
export interface PreparedStatement {
  /** One name, one text. */
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

const { getTypeParser, builtins } = pg.types;
const parseTextArray = getTypeParser(1009 as never, 'text') as (text: string) => (string | null)[];

function safeInteger(text: string): number {
  const number = Number(text);
  // Rather an error here than a count or a version that is silently another one.
  if (!Number.isSafeInteger(number)) throw new RangeError('a bigint of the database is beyond 2^53');
  return number;
}

// pg turns a `date` into midnight of the process's own zone and gives int8 as text. Both are wrong for us: a date is a
// calendar date ('YYYY-MM-DD'), and our int8 are counts and versions. `timestamptz` stays a Date.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, safeInteger],
  [builtins.DATE, (text) => text],
  [builtins.TIMESTAMP, (text) => text],
  [1016, (text) => parseTextArray(text).map((one) => (one === null ? null : safeInteger(one)))], // int8[]
  [1182, parseTextArray], // date[]
]);

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const own = format === 'binary' ? undefined : parsers.get(oid);
    return own ?? getTypeParser(oid as never, format as never);
  },
};

export interface PoolOptions {
  readonly max: number;
  /** Shown in pg_stat_activity: which service holds this connection. */
  readonly applicationName: string;
  readonly log?: Log;
}

/**
 * Connections to `url`. int8 arrives as number (RangeError beyond 2^53), date and timestamp as text, timestamptz as
 * Date. The session speaks UTC and ISO whatever the server's defaults are, because statements build JSON themselves.
 */
export function createPool(url: string, { max, applicationName, log }: PoolOptions): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    options: '-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601',
    types: types as never,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that the server closes would otherwise end the process; the pool makes a new one by itself.
  // A pool that was ended says so before its last sockets are closed; what a stopping server says to those was not lost.
  pool.on('error', (error) => {
    if (!pool.ending) log?.warn({ err: error }, 'an idle database connection was lost');
  });
  return pool;
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read';
  readonly readOnly?: boolean;
  /** Settings of this transaction only, such as the signed-in user that the row-level policies read. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Runs `work` in one transaction: commits when it returns, rolls back when it throws, and throws on. A connection whose
 * rollback fails is closed, never given to the next request.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (tx: PoolClient) => Promise<T>,
  { isolation = 'read committed', readOnly = false, settings = {} }: TransactionOptions = {},
): Promise<T> {
  const tx = await pool.connect();
  // A connection that breaks while it is out of the pool emits 'error' as well as failing its query; without a listener
  // that ends the process.
  const alreadyReported = () => {};
  tx.on('error', alreadyReported);
  let broken: Error | undefined;
  try {
    // One message to the server: a request that does little spends most of its time on the way.
    const set = Object.entries(settings).map(
      ([name, value]) => `; select set_config(${tx.escapeLiteral(name)}, ${tx.escapeLiteral(value)}, true)`,
    );
    await tx.query(`begin isolation level ${isolation}${readOnly ? ' read only' : ''}${set.join('')}`);
    const result = await work(tx);
    const { command } = await tx.query('commit');
    // PostgreSQL answers a COMMIT of a failed transaction with ROLLBACK and no error. That happens when `work` caught
    // the error of a statement: nothing was saved, and the caller must not believe otherwise.
    if (command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back');
    return result;
  } catch (error) {
    await tx.query('rollback').catch((reason: Error) => {
      broken = reason;
    });
    throw error;
  } finally {
    tx.off('error', alreadyReported);
    tx.release(broken);
  }
}

/** The SQLSTATE of a database error ('23505' unique violation …), undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** `url` with another user, password or database. */
export function connectionUrl(
  url: string,
  other: { readonly user?: string; readonly password?: string; readonly database?: string },
): string {
  const made = new URL(url);
  if (other.user !== undefined) made.username = encodeURIComponent(other.user);
  if (other.password !== undefined) made.password = encodeURIComponent(other.password);
  if (other.database !== undefined) made.pathname = `/${encodeURIComponent(other.database)}`;
  return made.href;
}
