import pg from 'pg';
import { connectionUrl, createPool, sqlState } from './db.ts';
import { ensureLoginRole } from './login-role.ts';

export interface DatabaseOptions {
  /** Of a superuser, or of a role with CREATEDB and CREATEROLE, on any database of the server. */
  readonly adminUrl: string;
  /** The organisation's database: `emr`, `portal`. */
  readonly database: string;
  readonly owner: { readonly name: string; readonly password: string };
}

/**
 * Makes the organisation's database and the role that owns it, where they are missing. The owner may create the run-time
 * roles and is otherwise nobody. Resolves to the owner's URL, which migrations use and nothing else.
 */
export async function prepareDatabase({ adminUrl, database, owner }: DatabaseOptions): Promise<string> {
  const pool = createPool(adminUrl, { max: 1, applicationName: 'tidegate prepare' });
  const name = pg.escapeIdentifier(database);
  try {
    // Two commands may start at once, and PostgreSQL refuses to change one role twice at a time. The session ends below.
    await pool.query('select pg_advisory_lock(1953064037)');
    await ensureLoginRole(pool, owner, { createRole: true });
    const known = await pool.query('select from pg_database where datname = $1', [database]);
    if (known.rows.length === 0) {
      try {
        await pool.query(
          `create database ${name} owner ${pg.escapeIdentifier(owner.name)} encoding 'UTF8' template template0`,
        );
      } catch (error) {
        if (!['42P04', '23505'].includes(sqlState(error) ?? '')) throw error;
      }
    }
    return connectionUrl(adminUrl, { user: owner.name, password: owner.password, database });
  } finally {
    await pool.end();
  }
}
