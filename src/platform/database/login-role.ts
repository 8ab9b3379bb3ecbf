import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Db, sqlState } from './db.ts';

export interface LoginRole {
  readonly name: string;
  /** Set when given. Without it an existing role keeps its password, and a new one cannot sign in. */
  readonly password?: string;
}

/**
 * What PostgreSQL stores for a password (RFC 5803). Computed here, so that the password itself is in no statement and so
 * in no log of the server. The password must be ASCII, as generated ones are: there is no SASLprep here.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}

/**
 * Makes the login role if it is missing, never with rights beyond its grants, and sets its password if one is given.
 * `createRole` is for an owner, who makes the run-time roles of its database.
 */
export async function ensureLoginRole(db: Db, role: LoginRole, { createRole = false } = {}): Promise<void> {
  const name = pg.escapeIdentifier(role.name);
  const password = role.password === undefined ? '' : ` password ${pg.escapeLiteral(scramVerifier(role.password))}`;
  const known = await db.query<{ rolsuper: boolean }>('select rolsuper from pg_roles where rolname = $1', [role.name]);
  if (known.rows.length === 0) {
    try {
      await db.query(
        `create role ${name} login nosuperuser nobypassrls nocreatedb ${createRole ? 'createrole' : 'nocreaterole'}${password}`,
      );
      return;
    } catch (error) {
      // Roles belong to the whole server: another database's start may have made this one in between.
      if (!['42710', '23505'].includes(sqlState(error) ?? '')) throw error;
    }
  }
  // The owner may not touch a superuser, and row-level security would not bind one: said here, since it comes up here first.
  if (known.rows[0]?.rolsuper && !createRole) {
    throw new Error(
      `the database role "${role.name}" is a superuser; row-level security would not bind it. Take that away from it.`,
    );
  }
  if (password) await db.query(`alter role ${name} login${password}`);
}
