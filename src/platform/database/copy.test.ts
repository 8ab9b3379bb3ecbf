import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { copyFrom, copyTo } from './copy.ts';
import { connectionUrl, createPool, inTransaction, type Pool, sqlState } from './db.ts';
import type {} from './test-database.ts';

const name = `copy_test_${randomBytes(4).toString('hex')}`;
const endless = `copy (select repeat('x', 1000), generate_series(1, 100000000) as endless) to stdout`;
// Computes for a long time before it sends anything.
const silent = `copy (select count(*) as endless from generate_series(1, 1000000) a, generate_series(1, 1000000) b) to stdout`;
let pool: Pool;

beforeAll(async () => {
  const admin = createPool(inject('adminUrl'), { max: 1, applicationName: 'test' });
  await admin.query(`create database ${name}`);
  await admin.end();
  pool = createPool(connectionUrl(inject('adminUrl'), { database: name }), { max: 2, applicationName: name });
  await pool.query('create table staged (id int primary key, text text)');
});
afterAll(async () => {
  await pool.end();
  const admin = createPool(inject('adminUrl'), { max: 1, applicationName: 'test' });
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

const running = async (): Promise<number> => {
  const found = `select count(*) as n from pg_stat_activity where application_name = $1 and query like 'copy%endless%' and state = 'active'`;
  return (await pool.query(found, [name])).rows[0].n;
};
const into = 'copy staged (id, text) from stdin';
const staged = async (): Promise<number> => (await pool.query('select count(*) as n from staged')).rows[0].n;
async function* rows(from: number, to: number) {
  for (let id = from; id <= to; id += 1) yield `${id}\tligne ${id} é\n`;
}

test('rows go in and come out again', async () => {
  expect(await inTransaction(pool, (tx) => copyFrom(tx, into, rows(1, 20_000)))).toBe(20_000);
  const text = await inTransaction(pool, async (tx) => {
    const chunks: Buffer[] = [];
    for await (const chunk of copyTo(tx, 'copy (select id, text from staged order by id) to stdout'))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  });
  expect(text.split('\n').length).toBe(20_001);
  expect(text.endsWith('20000\tligne 20000 é\n')).toBe(true);
  await pool.query('truncate staged');
});

test('a row that the table refuses is an error with its state, and nothing stays', async () => {
  async function* doubled() {
    yield* rows(1, 5000);
    yield '1\tagain\n';
    yield* rows(5001, 10_000);
  }
  const failed = await inTransaction(pool, (tx) => copyFrom(tx, into, doubled())).catch((error) => error);
  expect(sqlState(failed)).toBe('23505');
  expect(await staged()).toBe(0);
  expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
});

test('a source that fails half-way fails the copy with its own error, and nothing stays', async () => {
  async function* truncated() {
    yield* rows(1, 5000);
    throw new Error('the other side hung up');
  }
  await expect(inTransaction(pool, (tx) => copyFrom(tx, into, truncated()))).rejects.toThrow('the other side hung up');
  expect(await staged()).toBe(0);
  expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
});

test('an abort ends a copy that waits for its source, and nothing stays', async () => {
  const abort = new AbortController();
  async function* stuck() {
    yield* rows(1, 10);
    setTimeout(() => abort.abort(), 50);
    await sleep(30_000, undefined, { signal: abort.signal });
  }
  const copying = inTransaction(pool, (tx) => copyFrom(tx, into, stuck(), { signal: abort.signal }));
  await expect(copying).rejects.toThrow(/abort/i);
  expect(await staged()).toBe(0);
});

test('an error of the statement reaches the reader, and the connection is still good', async () => {
  const failed = await inTransaction(pool, async (tx) => {
    for await (const _ of copyTo(tx, 'copy (select 1 / (i - 5000) from generate_series(1, 10000) i) to stdout'));
  }).catch((error) => error);
  expect(sqlState(failed)).toBe('22012');
  expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
});

test('a reader that goes away ends the statement at the server, and the connection is not used again', async () => {
  const leaving = inTransaction(pool, async (tx) => {
    let bytes = 0;
    await pipeline(copyTo(tx, endless), async (source) => {
      for await (const chunk of source) {
        bytes += (chunk as Buffer).length;
        if (bytes > 2 ** 20) throw new Error('the browser was closed');
      }
    });
  });
  await expect(leaving).rejects.toThrow('the browser was closed');
  await expect.poll(running, { timeout: 10_000 }).toBe(0);
  expect(pool.totalCount).toBe(pool.idleCount);
  expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
});

test('a reader that goes away before the first byte ends even a statement that only computes', async () => {
  const leaving = inTransaction(pool, async (tx) => {
    const out = copyTo(tx, silent);
    await expect.poll(running).toBe(1);
    out.destroy();
    throw new Error('nobody listens');
  });
  await expect(leaving).rejects.toThrow('nobody listens');
  await expect.poll(running, { timeout: 10_000 }).toBe(0);
  expect((await pool.query('select 1 as fine')).rows[0].fine).toBe(1);
});
