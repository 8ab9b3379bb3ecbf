// A PostgreSQL of the user's: another process's, two databases, two owners who may create roles and nothing else.
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectionUrl, createPool, type Pool } from '../../src/platform/database/db.ts';
import { type PostgresServer, startPostgres } from '../../src/platform/database/postgres-server.ts';
import { createLog } from '../../src/platform/log.ts';
import { endAll, type Going, launch, newPlace, type Place, processesOf, tidegate } from './tidegate.ts';

let home: string;
let server: PostgresServer;
let admin: Pool;
let place: Place;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-own-server-'));
  chmodSync(home, 0o711);
  const log = createLog({ level: 'warn', name: 'own server' });
  server = await startPostgres({ dataDir: join(home, 'postgres'), log, settings: { fsync: 'off' } });
  admin = createPool(server.adminUrl('postgres'), { max: 1, applicationName: 'test' });
  for (const name of ['record', 'engagement']) {
    await admin.query(`create role ${name}_owner login createrole password 'of-${name}'`);
    await admin.query(`create database ${name} owner ${name}_owner template template0 encoding 'UTF8'`);
  }
  const urlOf = (database: string) =>
    connectionUrl(server.adminUrl('postgres'), { user: `${database}_owner`, password: `of-${database}`, database });
  const made = await newPlace();
  const own = { EMR_DATABASE_URL: urlOf('record'), PORTAL_DATABASE_URL: urlOf('engagement') };
  place = { ...made, environment: { ...made.environment, ...own } };
});
afterAll(async () => {
  await endAll();
  await admin?.end();
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
  rmSync(dirname(place.dataDir), { recursive: true, force: true });
});

const post = (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(url).origin },
    body: JSON.stringify(body),
  });

async function stop(going: Going): Promise<void> {
  going.child.kill('SIGINT');
  expect((await going.ended).code).toBe(0);
}

test('without the demo it is ready at once, and the EMR and the portal each ask for their first administrator', async () => {
  // Where people reach it is also the origin that its pages are taken from.
  const urls = { EMR_URL: place.urls.emr, CONNECT_URL: place.urls.connect, PORTAL_URL: place.urls.portal };
  const clinic = launch(['start', '--no-demo'], { environment: { ...place.environment, ...urls } });
  await clinic.line('No clinic yet. Open the EMR and the portal');
  await clinic.line('ready in');
  // No PostgreSQL of ours beside the user's.
  expect(existsSync(join(place.dataDir, 'postgres'))).toBe(false);
  expect(processesOf(place)).toEqual([clinic.child.pid]);

  const sync = await tidegate(['sync', '--connection', 'any'], place);
  expect(sync).toMatchObject({ code: 1, stdout: '' });
  expect(sync.stderr).toContain('There is no connection yet.');
  const imported = await tidegate(['import', home], place);
  expect(imported.stderr).toContain('There is no clinic yet.');

  const emr = {
    tenantId: 7,
    clinicName: 'A Clinic',
    officeName: 'Main',
    zone: 'America/Toronto',
    username: 'ada',
    displayName: 'Ada',
    password: 'a long enough password',
  };
  const portal = {
    siteId: 7,
    siteName: 'A Clinic',
    zone: 'America/Toronto',
    email: 'sam@clinic.example',
    displayName: 'Sam',
    password: 'a long enough password',
  };
  for (const [url, body] of [
    [place.urls.emr, emr],
    [place.urls.portal, portal],
  ] as const) {
    const state = async () => (await fetch(`${url}/api/set-up`)).json();
    expect(await state()).toMatchObject({ needed: true });
    expect((await post(`${url}/api/set-up`, body)).ok).toBe(true);
    expect(await state()).toMatchObject({ needed: false });
    // The first administrator is asked for once.
    expect((await post(`${url}/api/set-up`, body)).status).toBe(409);
  }
  await stop(clinic);
  expect(await admin.query('select 1 as up')).toMatchObject({ rowCount: 1 });
});

test('any subset of the services starts, each in a process of its own', async () => {
  const emr = launch(['start', '--services', 'emr'], place);
  const others = launch(['start', '--services', 'worker,portal'], place);
  await Promise.all([emr.line('ready in'), others.line('ready in')]);
  expect((await fetch(place.urls.emr)).status).toBe(200);
  expect((await fetch(place.urls.portal)).status).toBe(200);
  await expect(fetch(place.urls.connect)).rejects.toThrow();
  await Promise.all([stop(emr), stop(others)]);
});

test('a start with the demo beside a clinic of one’s own leaves that clinic alone', async () => {
  const clinic = launch(['start'], place);
  await clinic.line('ready in');
  await stop(clinic);
  expect((await clinic.ended).stdout).not.toContain('Sign-ins');
});

test('a server that is not there and a password that is wrong are said of the setting, without the password', async () => {
  const given = new URL(place.environment['EMR_DATABASE_URL']!);
  given.password = 'secret-guess';
  const refused = await tidegate(['start'], { environment: { ...place.environment, EMR_DATABASE_URL: given.href } });
  expect(refused.stderr).toContain(
    'EMR_DATABASE_URL cannot be used: password authentication failed for user "record_owner"',
  );
  given.port = '1';
  const gone = await tidegate(['start'], { environment: { ...place.environment, PORTAL_DATABASE_URL: given.href } });
  expect(gone.stderr).toContain('PORTAL_DATABASE_URL cannot be used: ');
  expect(gone.stderr).toContain('ECONNREFUSED');
  expect(refused.stderr + gone.stderr).not.toContain('secret-guess');
  expect([refused.code, gone.code]).toEqual([1, 1]);
});

// Each of these would leave row-level security without force, and nobody would see it.
test.each([
  ['is a superuser', 'emr_app', 'emr', 'alter role emr_app superuser', 'alter role emr_app nosuperuser'],
  ['has BYPASSRLS', 'portal_sync', 'worker', 'alter role portal_sync bypassrls', 'alter role portal_sync nobypassrls'],
  [
    'owns the table',
    'connect_app',
    'connect',
    'alter table connect.sync_run owner to connect_app',
    'alter table connect.sync_run owner to engagement_owner',
  ],
])('a run-time role that %s is refused at start: %s', async (why, role, service, plant, remove) => {
  const engagement = createPool(server.adminUrl('engagement'), { max: 1, applicationName: 'test' });
  await engagement.query(plant);
  const { code, stderr } = await tidegate(['start', '--services', service], place);
  await engagement.query(remove);
  await engagement.end();
  expect(stderr).toContain(`the database role "${role}" ${why}`);
  expect(stderr).toContain('row-level security would not bind it');
  expect(code).toBe(1);
});
