// A database for one test file, copied from a template that is migrated once for each state of the migrations.
// Only tests import this; it stands here because both organisations need it and neither may know `test/`.
import { createHash } from 'node:crypto';
import pg from 'pg';
import { randomToken } from '../ids.ts';
import { createLog } from '../log.ts';
import { connectionUrl, createPool, type Pool } from './db.ts';
import { ensureLoginRole } from './login-role.ts';
import { migrate, readMigrations } from './migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the run's own PostgreSQL: `inject('adminUrl')`, provided by test/database-server.ts. */
    adminUrl: string;
  }
}

export interface TestDatabaseOptions {
  /** `inject('adminUrl')` */
  readonly adminUrl: string;
  /** `emr` or `portal`: part of the names of template and owner. */
  readonly organisation: string;
  /** Folder of the migrations. */
  readonly migrations: string;
  /** Run-time roles that the migrations grant to. */
  readonly roles: readonly string[];
}

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  urlFor(role: string): string;
  /** Drops the database, closing whoever is still connected. */
  drop(): Promise<void>;
}

const passwordOf = (role: string): string => `password-of-${role}`;

/** A fresh database with all migrations applied. About 50 ms once the template exists. */
export async function testDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const { adminUrl, organisation } = options;
  const owner = `${organisation}_owner`;
  const name = `test_${organisation}_${randomToken(9)
    .replaceAll(/[^a-zA-Z0-9]/g, '')
    .toLowerCase()}`;
  const pool = createPool(adminUrl, { max: 1, applicationName: 'test' });
  try {
    const template = await ensureTemplate(pool, options, owner);
    await pool.query(
      `create database ${pg.escapeIdentifier(name)} owner ${pg.escapeIdentifier(owner)} template ${pg.escapeIdentifier(template)}`,
    );
  } finally {
    await pool.end();
  }
  const urlOf = (role: string) => connectionUrl(adminUrl, { user: role, password: passwordOf(role), database: name });
  return {
    name,
    ownerUrl: urlOf(owner),
    urlFor: urlOf,
    drop: async () => {
      const admin = createPool(adminUrl, { max: 1, applicationName: 'test' });
      try {
        await admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      } finally {
        await admin.end();
      }
    },
  };
}

async function ensureTemplate(pool: Pool, options: TestDatabaseOptions, owner: string): Promise<string> {
  const { adminUrl, organisation, migrations, roles } = options;
  const files = await readMigrations(migrations);
  const state = createHash('sha256')
    .update(JSON.stringify([files, roles]))
    .digest('hex')
    .slice(0, 16);
  const template = `template_${organisation}_${state}`;
  // Test files run in several processes at once: one builds the template, the others wait for it.
  await pool.query(`select pg_advisory_lock(hashtext('tidegate test template'))`);
  try {
    const { rows } = await pool.query<{ ready: boolean }>(
      'select datistemplate as ready from pg_database where datname = $1',
      [template],
    );
    if (rows[0]?.ready) return template;
    const quoted = pg.escapeIdentifier(template);
    // Left by a run that was stopped half-way.
    if (rows.length > 0) await pool.query(`drop database ${quoted} with (force)`);
    for (const role of roles) await ensureLoginRole(pool, { name: role, password: passwordOf(role) });
    await ensureLoginRole(pool, { name: owner, password: passwordOf(owner) }, { createRole: true });
    await pool.query(`create database ${quoted} owner ${pg.escapeIdentifier(owner)} template template0`);
    const ownerUrl = connectionUrl(adminUrl, { user: owner, password: passwordOf(owner), database: template });
    const log = createLog({ level: 'warn', name: 'test' });
    await migrate({ ownerUrl, directory: migrations, log, roles: roles.map((role) => ({ name: role })) });
    await pool.query(`alter database ${quoted} is_template true`);
    return template;
  } finally {
    await pool.query(`select pg_advisory_unlock(hashtext('tidegate test template'))`);
  }
}
