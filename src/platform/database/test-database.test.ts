import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { checkRuntimeRole } from './check-roles.ts';
import { createPool } from './db.ts';
import { testDatabase } from './test-database.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidegate-test-database-'));
const options = {
  adminUrl: inject('adminUrl'),
  organisation: 'template_test',
  migrations: directory,
  roles: ['template_test_app'],
};
const admin = createPool(inject('adminUrl'), { max: 1, applicationName: 'test' });
const templates = async (): Promise<number> =>
  (
    await admin.query(
      `select count(*) as n from pg_database where datname like 'template_template_test_%' and datistemplate`,
    )
  ).rows[0].n;

afterAll(async () => {
  await admin.end();
  rmSync(directory, { recursive: true, force: true });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const pool = createPool(url, { max: 1, applicationName: 'test' });
  try {
    return (await pool.query(text)).rows;
  } finally {
    await pool.end();
  }
}

test('each caller gets a database of its own, from one template, that its run-time role may use and does not own', async () => {
  writeFileSync(
    join(directory, '0001-a.sql'),
    'create table a (id int); grant select, insert on a to template_test_app;',
  );
  const both = await Promise.all([testDatabase(options), testDatabase(options)]);
  const [first, second] = both;
  expect(await templates()).toBe(1);
  await query(first.urlFor('template_test_app'), 'insert into a values (1)');
  expect(await query(first.urlFor('template_test_app'), 'select id from a')).toEqual([{ id: 1 }]);
  expect(await query(second.ownerUrl, 'select id from a')).toEqual([]);
  const runtime = createPool(first.urlFor('template_test_app'), { max: 1, applicationName: 'test' });
  await checkRuntimeRole(runtime, 'test');
  await runtime.end();
  for (const one of both) await one.drop();
  await expect(query(first.ownerUrl, 'select 1')).rejects.toThrow('does not exist');
});

test('a changed migration makes another template', async () => {
  const before = await templates();
  writeFileSync(join(directory, '0002-b.sql'), 'create table b (id int);');
  const made = await testDatabase(options);
  expect(await query(made.ownerUrl, 'select id from b')).toEqual([]);
  expect(await templates()).toBe(before + 1);
  await made.drop();
});
