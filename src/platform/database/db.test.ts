import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectionUrl, createPool, inTransaction, type Pool, sqlState } from './db.ts';
import type {} from './test-database.ts';

const name = `db_test_${randomBytes(4).toString('hex')}`;
let pool: Pool;

beforeAll(async () => {
  const admin = createPool(inject('adminUrl'), { max: 1, applicationName: 'test' });
  await admin.query(`create database ${name}`);
  // A server whose own habits are others than ours.
  await admin.query(`alter database ${name} set timezone = 'America/Toronto'`);
  await admin.query(`alter database ${name} set datestyle = 'German'`);
  await admin.end();
  pool = createPool(connectionUrl(inject('adminUrl'), { database: name }), { max: 2, applicationName: 'db test' });
  await pool.query('create table note (id int primary key)');
});
afterAll(async () => {
  await pool.end();
  const admin = createPool(inject('adminUrl'), { max: 1, applicationName: 'test' });
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

const notes = async (): Promise<number[]> =>
  (await pool.query<{ id: number }>('select id from note order by id')).rows.map((row) => row.id);

test('counts are numbers, dates are text, instants are dates, whatever the server prefers', async () => {
  const { rows } = await pool.query(`
    select 9007199254740991::int8 as whole, array[1, null, 3]::int8[] as wholes, '2026-11-24'::date as day,
           array['2026-11-24', null]::date[] as days, '2026-11-24T12:00:00-05:00'::timestamptz as instant,
           to_jsonb('2026-11-24T12:00:00-05:00'::timestamptz) as json`);
  expect(rows[0]).toEqual({
    whole: 9007199254740991,
    wholes: [1, null, 3],
    day: '2026-11-24',
    days: ['2026-11-24', null],
    instant: new Date('2026-11-24T17:00:00Z'),
    json: '2026-11-24T17:00:00+00:00',
  });
});

test('a whole number beyond 2^53 is an error and not another number', async () => {
  await expect(pool.query('select 9007199254740993::int8')).rejects.toThrow(RangeError);
  expect((await pool.query('select 1 as fine')).rows).toEqual([{ fine: 1 }]);
});

test('a transaction is kept when its work returns and undone when it throws', async () => {
  expect(await inTransaction(pool, async (tx) => (await tx.query('insert into note values (1)')).rowCount)).toBe(1);
  const failing = inTransaction(pool, async (tx) => {
    await tx.query('insert into note values (2)');
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await notes()).toEqual([1]);
});

test('work that swallows the error of a statement is not taken for saved', async () => {
  const swallowing = inTransaction(pool, async (tx) => {
    await tx.query('insert into note values (3)');
    await tx.query('insert into note values (3)').catch(() => {});
  });
  await expect(swallowing).rejects.toThrow('the transaction had failed and was rolled back');
  expect(await notes()).not.toContain(3);
});

test('settings hold inside their transaction, all of them, and not one statement longer', async () => {
  const read = `select current_setting('tidegate.user_id', true) as "user", current_setting('tidegate.tenant_id', true) as tenant`;
  const settings = { 'tidegate.user_id': `o'brien; drop table note`, 'tidegate.tenant_id': '7' };
  const one = createPool(connectionUrl(inject('adminUrl'), { database: name }), { max: 1, applicationName: 'test' });
  const inside = await inTransaction(one, async (tx) => (await tx.query(read)).rows[0], { settings });
  expect(inside).toEqual({ user: `o'brien; drop table note`, tenant: '7' });
  const after = (await one.query(read)).rows[0];
  expect([after.user || null, after.tenant || null]).toEqual([null, null]);
  await one.end();
});

test('a read-only transaction refuses to write, and a repeatable one keeps its picture', async () => {
  const writing = inTransaction(pool, (tx) => tx.query('insert into note values (4)'), { readOnly: true });
  expect(sqlState(await writing.catch((error) => error))).toBe('25006');
  const counts = await inTransaction(
    pool,
    async (tx) => {
      const count = async () => (await tx.query('select count(*) as n from note')).rows[0].n;
      const before = await count();
      await pool.query('insert into note values (5)');
      return [before, await count()];
    },
    { isolation: 'repeatable read' },
  );
  expect(counts[0]).toBe(counts[1]);
});

test('a connection that breaks in a transaction fails that work and is not used again', async () => {
  const broken = inTransaction(pool, async (tx) => {
    const { rows } = await tx.query('select pg_backend_pid() as pid');
    await pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    await tx.query('select 1');
  });
  await expect(broken).rejects.toThrow();
  for (let i = 0; i < 4; i += 1) expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
  expect(pool.totalCount).toBe(pool.idleCount);
});

test('an idle connection that the server closes does not end the process', async () => {
  const victim = createPool(connectionUrl(inject('adminUrl'), { database: name }), {
    max: 1,
    applicationName: 'victim',
  });
  await victim.query('select 1');
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`);
  await expect.poll(() => victim.totalCount).toBe(0);
  expect((await victim.query('select 1 as fine')).rows[0].fine).toBe(1);
  await victim.end();
});

test('the state of a database error is told, of any other error not', async () => {
  const error = await pool.query('insert into note values (1)').catch((reason) => reason);
  expect(error).toBeInstanceOf(pg.DatabaseError);
  expect(sqlState(error)).toBe('23505');
  expect(sqlState(Object.assign(new Error('no'), { code: '23505' }))).toBeUndefined();
});

test('a URL for another user keeps server and options, and survives any password', async () => {
  const made = connectionUrl('postgres://a:b@127.0.0.1:5432/emr?sslmode=require', {
    user: 'x',
    password: 'p@ss/w:rd?',
  });
  expect(made).toBe('postgres://x:p%40ss%2Fw%3Ard%3F@127.0.0.1:5432/emr?sslmode=require');
});
