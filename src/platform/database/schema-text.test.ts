import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createPool, type Pool } from './db.ts';
import { schemaText } from './schema-text.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

const migration = `
  create schema intake;
  create type colour as enum ('blue', 'green');
  create function tenant_in_force() returns int language sql stable return nullif(current_setting('tidegate.tenant_id', true), '')::int;
  create table person (
    tenant_id int not null,
    id uuid not null,
    family text collate "C" not null default 'x',
    upper_family text generated always as (upper(family)) stored,
    shade colour,
    primary key (tenant_id, id),
    check (family <> '')
  );
  create unique index person_by_family on person (tenant_id, lower(family)) where shade is not null;
  create table intake."Staged" (tenant_id int references intake."Staged" (tenant_id), primary key (tenant_id));
  create view seen with (security_invoker = true) as select id from person;
  alter table person enable row level security;
  alter table person force row level security;
  create policy of_tenant on person for select to schema_test_app using (tenant_id = tenant_in_force());
  grant usage on schema intake to schema_test_app;
  grant select, update (family, shade) on person to schema_test_app;
`;
const roles = ['schema_test_app'];
const directory = mkdtempSync(join(tmpdir(), 'tidegate-schema-test-'));
let made: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  writeFileSync(join(directory, '0001-all.sql'), migration);
  made = await testDatabase({
    adminUrl: inject('adminUrl'),
    organisation: 'schema_test',
    migrations: directory,
    roles,
  });
  pool = createPool(made.ownerUrl, { max: 1, applicationName: 'test' });
});
afterAll(async () => {
  await pool.end();
  await made.drop();
  rmSync(directory, { recursive: true, force: true });
});

test('the text has tables, keys, checks, indexes, views, functions, types, policies, grants and roles, and counts them', async () => {
  const { text, counts } = await schemaText(pool, roles);
  for (const line of [
    'create role schema_test_app login nosuperuser nobypassrls;',
    'create schema intake;',
    "create type public.colour as enum ('blue', 'green');",
    `  family text collate "C" default 'x'::text not null,`,
    '  upper_family text generated always as (upper(family)) stored,',
    '  shade public.colour,',
    '  constraint person_pkey PRIMARY KEY (tenant_id, id),',
    'CREATE UNIQUE INDEX person_by_family ON public.person USING btree (tenant_id, lower(family)) WHERE (shade IS NOT NULL);',
    'create table intake."Staged" (',
    '-- row-level security: off',
    'alter table public.person enable row level security;',
    'alter table public.person force row level security;',
    'create policy of_tenant on public.person for select to schema_test_app',
    '  using (tenant_id = public.tenant_in_force());',
    'create view public.seen with (security_invoker=true) as',
    'grant usage on schema intake to schema_test_app;',
    'grant select, update (family, shade) on public.person to schema_test_app;',
    'grant execute on function public.tenant_in_force() to public;',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('tidegate_migration');
  expect(text).not.toMatch(/[ \t]\n/);
  expect(counts).toMatchObject({ schemas: 2, tables: 2, views: 1, functions: 1, policies: 1 });
});

test('the same migrations give the same text in another database, and asking changes nothing', async () => {
  const other = await testDatabase({
    adminUrl: inject('adminUrl'),
    organisation: 'schema_test',
    migrations: directory,
    roles,
  });
  const otherPool = createPool(other.ownerUrl, { max: 1, applicationName: 'test' });
  expect((await schemaText(otherPool, roles)).text).toBe((await schemaText(pool, roles)).text);
  expect((await pool.query('show search_path')).rows[0].search_path).toBe('"$user", public');
  await otherPool.end();
  await other.drop();
});

// Each of these is a change that a reviewer must see.
test.each([
  'alter table person no force row level security',
  'alter table person disable row level security',
  'drop policy of_tenant on person',
  'alter policy of_tenant on person using (true)',
  'alter policy of_tenant on person to public',
  'grant delete on person to schema_test_app',
  'grant update (id) on person to schema_test_app',
  'revoke usage on schema intake from schema_test_app',
  'alter view seen set (security_invoker = false)',
  'alter table person alter family drop not null',
  'alter table person alter family set default null',
  'drop index person_by_family',
  'alter table person drop constraint person_family_check',
  'create or replace function tenant_in_force() returns int language sql stable return 1',
  `alter type colour add value 'red'`,
])('%s is a difference', async (change) => {
  const before = (await schemaText(pool, roles)).text;
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(change);
    expect((await schemaText(client, roles)).text).not.toBe(before);
  } finally {
    await client.query('rollback');
    client.release();
  }
});
