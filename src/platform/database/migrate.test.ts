import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createLog } from '../log.ts';
import { checkRuntimeRole } from './check-roles.ts';
import { connectionUrl, createPool, sqlState } from './db.ts';
import { ensureLoginRole, scramVerifier } from './login-role.ts';
import { migrate } from './migrate.ts';
import { prepareDatabase } from './organisation-database.ts';
import type {} from './test-database.ts';

const log = createLog({ level: 'silent', name: 'test' });
const tag = randomBytes(4).toString('hex');
const role = (what: string): string => `${what}_${tag}`;
const databases: string[] = [];
let directory: string;
let ownerUrl: string;

const admin = createPool(inject('adminUrl'), { max: 2, applicationName: 'test' });
const put = (name: string, sql: string): void => writeFileSync(join(directory, name), sql);
const run = () => migrate({ ownerUrl, directory, log, roles: [{ name: role('app'), password: 'first' }] });
async function asRole<T>(user: string, password: string, text: string): Promise<T[]> {
  const pool = createPool(connectionUrl(ownerUrl, { user, password }), { max: 1, applicationName: 'test' });
  try {
    return (await pool.query(text)).rows as T[];
  } finally {
    await pool.end();
  }
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-migrations-'));
  const database = `migrate_${tag}_${databases.length}`;
  databases.push(database);
  ownerUrl = await prepareDatabase({
    adminUrl: inject('adminUrl'),
    database,
    owner: { name: role('owner'), password: 'owner' },
  });
  put('0001-people.sql', `create table person (id int primary key);\ngrant select on person to ${role('app')};`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
afterAll(async () => {
  for (const database of databases) await admin.query(`drop database if exists ${database} with (force)`);
  const { rows } = await admin.query(`select rolname from pg_roles where rolname like '%' || $1`, [tag]);
  for (const { rolname } of rows) await admin.query(`drop role ${rolname}`);
  await admin.end();
});

test('migrations run once, in their order, and the roles that they grant to are there first', async () => {
  put('0002-offices.sql', 'create table office (id int references person);');
  expect(await run()).toEqual({ applied: ['0001-people.sql', '0002-offices.sql'], version: 2 });
  expect(await run()).toEqual({ applied: [], version: 2 });
  put('0003-more.sql', 'alter table office add column name text;');
  expect(await run()).toEqual({ applied: ['0003-more.sql'], version: 3 });
  expect(await asRole(role('app'), 'first', 'select count(*) as n from person')).toEqual([{ n: 0 }]);
});

test('several that start at once do the work once', async () => {
  put('0002-slow.sql', 'select pg_sleep(0.2); create table slow (id int);');
  const all = await Promise.all([run(), run(), run()]);
  expect(all.flatMap((one) => one.applied).sort()).toEqual(['0001-people.sql', '0002-slow.sql']);
});

test('a migration that was changed after it ran stops the start and is named', async () => {
  await run();
  put('0001-people.sql', `create table person (id bigint primary key);\ngrant select on person to ${role('app')};`);
  await expect(run()).rejects.toThrow('0001-people.sql was changed after it ran');
});

test('other line ends are not a change', async () => {
  await run();
  put('0001-people.sql', `create table person (id int primary key);\r\ngrant select on person to ${role('app')};`);
  expect((await run()).applied).toEqual([]);
});

test('a database that is newer than the program is left alone', async () => {
  put('0002-newer.sql', 'create table newer (id int);');
  await run();
  rmSync(join(directory, '0002-newer.sql'));
  await expect(run()).rejects.toThrow('it is newer');
});

test('a migration that fails is undone whole and told with its line; those before it stay', async () => {
  put('0002-broken.sql', 'create table half (id int);\n\ncreate table half_two (id nonsense);\n');
  await expect(run()).rejects.toThrow('0002-broken.sql, line 3: type "nonsense" does not exist');
  put('0002-broken.sql', 'create table half (id int);');
  expect((await run()).applied).toEqual(['0002-broken.sql']);
});

test('names and numbers without a gap are insisted on', async () => {
  put('0003-gap.sql', 'select 1;');
  await expect(run()).rejects.toThrow(
    '0003-gap.sql: migrations are numbered without a gap; number 2 was expected here',
  );
  rmSync(join(directory, '0003-gap.sql'));
  put('0002_Wrong.sql', 'select 1;');
  await expect(run()).rejects.toThrow('is named like 0001-name.sql');
});

test('a run-time role may not create anything, and the other organisation may not even connect', async () => {
  await run();
  await ensureLoginRole(admin, { name: role('stranger'), password: 'x' });
  const create = await asRole(role('app'), 'first', 'create table mine (id int)').catch(sqlState);
  const temporary = await asRole(role('app'), 'first', 'create temporary table mine (id int)').catch(sqlState);
  const stranger = await asRole(role('stranger'), 'x', 'select 1').catch(sqlState);
  expect([create, temporary, stranger]).toEqual(['42501', '42501', '42501']);
});

test('a password that is given is set anew at each start, and none is ever sent as it is', async () => {
  await run();
  await migrate({ ownerUrl, directory, log, roles: [{ name: role('app'), password: 'second' }] });
  expect(await asRole(role('app'), 'first', 'select 1').catch(sqlState)).toBe('28P01');
  expect(await asRole(role('app'), 'second', 'select 1 as fine')).toEqual([{ fine: 1 }]);
  // The vector of RFC 7677: user "user", password "pencil".
  const vector = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  expect(vector).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('preparing a database twice, and twice at once, is the same as once', async () => {
  const options = {
    adminUrl: inject('adminUrl'),
    database: `migrate_${tag}_twice`,
    owner: { name: role('owner'), password: 'owner' },
  };
  databases.push(options.database);
  const urls = await Promise.all([prepareDatabase(options), prepareDatabase(options), prepareDatabase(options)]);
  expect(new Set(urls).size).toBe(1);
  const { rows } = await admin.query(
    'select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = $1',
    [role('owner')],
  );
  expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: true }]);
});

async function refusal(user: string, password: string): Promise<string> {
  const pool = createPool(connectionUrl(ownerUrl, { user, password }), { max: 1, applicationName: 'test' });
  try {
    return await checkRuntimeRole(pool, 'EMR').then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  } finally {
    await pool.end();
  }
}

test('a run-time role that row-level security would not bind is refused, and the reason said', async () => {
  await run();
  expect(await refusal(role('app'), 'first')).toBe('accepted');

  const make = async (name: string, attributes: string) => {
    await admin.query(`create role ${role(name)} login password 'x' ${attributes}`);
    await admin.query(`grant connect on database ${new URL(ownerUrl).pathname.slice(1)} to ${role(name)}`);
  };
  await make('superuser', 'superuser');
  await make('bypassing', 'bypassrls');
  await make('member', `in role ${role('owner')}`);
  await make('member_of_bypassing', `noinherit in role ${role('bypassing')}`);
  await make('member_of_superuser', `noinherit in role ${role('superuser')}`);
  expect(await refusal(role('superuser'), 'x')).toContain(`"${role('superuser')}" is a superuser;`);
  expect(await refusal(role('bypassing'), 'x')).toContain(`"${role('bypassing')}" has BYPASSRLS;`);
  expect(await refusal(role('owner'), 'owner')).toMatch(/owns the table \S+;/);
  expect(await refusal(role('member'), 'x')).toContain(`, as a member of "${role('owner')}"`);
  expect(await refusal(role('member_of_bypassing'), 'x')).toContain(
    `has BYPASSRLS, as a member of "${role('bypassing')}"`,
  );
  expect(await refusal(role('member_of_superuser'), 'x')).toContain('is a superuser, as a member of');

  // A role that owns nothing but one view or table of its own is an owner too.
  await asRole(role('owner'), 'owner', `grant create on schema public to ${role('app')}`);
  await asRole(role('app'), 'first', 'create view mine as select 1 as one');
  expect(await refusal(role('app'), 'first')).toMatch(/owns the table mine;/);
});
