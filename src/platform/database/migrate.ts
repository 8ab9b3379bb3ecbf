// Forward only. A migration runs once, in a transaction of its own, and may not change afterwards: what a clinic's
// database is must be readable from the files. Several processes may start at once; an advisory lock lets one work.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from '../log.ts';
import { createPool, type PoolClient } from './db.ts';
import { ensureLoginRole, type LoginRole } from './login-role.ts';

export interface MigrationFile {
  readonly number: number;
  /** `0001-people.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256, hex, with line ends as LF: a checkout on another system is the same migration. */
  readonly checksum: string;
}

/** The migrations of a folder in their order. Throws when a name is not `0001-name.sql` or a number is missing or doubled. */
export async function readMigrations(directory: string): Promise<MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = index + 1;
      if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name)) throw new Error(`${name}: a migration is named like 0001-name.sql`);
      if (Number(name.slice(0, 4)) !== number) {
        throw new Error(`${name}: migrations are numbered without a gap; number ${number} was expected here`);
      }
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

export interface MigrateOptions {
  /** Of the role that owns the database. It needs CREATEROLE only where run-time roles are missing. */
  readonly ownerUrl: string;
  readonly directory: string;
  readonly log: Log;
  /** Login roles that the migrations grant to; made first when missing. */
  readonly roles?: readonly LoginRole[];
}

export interface Migrated {
  /** The names that ran now. */
  readonly applied: readonly string[];
  /** The number of the last migration that the database has. */
  readonly version: number;
}

/** Brings the database to the folder's state. Throws, with that migration undone, at the first one that fails. */
export async function migrate({ ownerUrl, directory, log, roles = [] }: MigrateOptions): Promise<Migrated> {
  const files = await readMigrations(directory);
  const pool = createPool(ownerUrl, { max: 1, applicationName: 'tidegate migrate', log });
  try {
    const client = await pool.connect();
    try {
      // Held by the session, not a transaction: it must span all of them. 'tide' as a number.
      await client.query('select pg_advisory_lock(1953064037)');
      await prepare(client, roles);
      return await runMissing(client, files, log);
    } finally {
      // Closing the session gives the lock back whatever happened.
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

async function prepare(client: PoolClient, roles: readonly LoginRole[]): Promise<void> {
  for (const role of roles) await ensureLoginRole(client, role);
  await client.query(`
    create table if not exists public.tidegate_migration (
      number integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      ms integer not null
    )`);
  await client.query('revoke create on schema public from public');
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const database = pg.escapeIdentifier(rows[0]!.name);
  // By default every role of the server may connect to every database: the EMR's to the portal's and the other way.
  await client.query(`revoke connect, temporary on database ${database} from public`);
  if (roles.length > 0) {
    const names = roles.map((role) => pg.escapeIdentifier(role.name)).join(', ');
    await client.query(`grant connect on database ${database} to ${names}`);
  }
}

async function runMissing(client: PoolClient, files: readonly MigrationFile[], log: Log): Promise<Migrated> {
  const done = await client.query<{ number: number; name: string; checksum: string }>(
    'select number, name, checksum from public.tidegate_migration order by number',
  );
  for (const row of done.rows) {
    const file = files.find((one) => one.number === row.number);
    if (!file) {
      throw new Error(`the database has migration ${row.name}, which this version does not know: it is newer`);
    }
    if (file.checksum !== row.checksum) {
      throw new Error(`${file.name} was changed after it ran on this database; put it back and add a new migration`);
    }
  }
  const missing = files.slice(done.rows.length);
  for (const file of missing) await runOne(client, file, log);
  return { applied: missing.map((file) => file.name), version: files.length };
}

async function runOne(client: PoolClient, file: MigrationFile, log: Log): Promise<void> {
  const began = performance.now();
  await client.query('begin');
  try {
    await client.query(file.sql);
    const ms = Math.round(performance.now() - began);
    await client.query('insert into public.tidegate_migration (number, name, checksum, ms) values ($1, $2, $3, $4)', [
      file.number,
      file.name,
      file.checksum,
      ms,
    ]);
    await client.query('commit');
    log.info({ migration: file.name, ms }, 'migrated');
  } catch (error) {
    await client.query('rollback');
    const line = lineOf(file.sql, error);
    throw new Error(`${file.name}${line ? `, line ${line}` : ''}: ${(error as Error).message}`, { cause: error });
  }
}

function lineOf(sql: string, error: unknown): number | undefined {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  return Number.isNaN(position) ? undefined : sql.slice(0, position).split('\n').length;
}
