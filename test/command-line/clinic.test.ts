// One demo clinic, walked on the command line from its first start to its end. The tests build on one another, in this order.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../installation.ts';
import { endAll, type Going, launch, newPlace, type Place, processesOf, tidegate } from './tidegate.ts';

let place: Place;
let clinic: Going;

beforeAll(async () => {
  place = await newPlace();
});
afterAll(async () => {
  await endAll();
  const memory = join(place.dataDir, 'postgres.json');
  const { elsewhere } = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  rmSync(dirname(place.dataDir), { recursive: true, force: true });
});

/** The first start makes a clinic of some thousand people. */
const firstStart = 180_000;

test('Ctrl-C during the first start lets the demo be completed, and then nothing is left running', {
  timeout: firstStart,
}, async () => {
  const first = launch(['start'], place);
  await first.line('First start');
  first.child.kill('SIGINT');
  await first.line('Stopping as soon as the demo clinic is complete');
  const { code, stdout, stderr } = await first.ended;
  expect(stdout).toMatch(/Stopped\.\n$/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(processesOf(place)).toEqual([]);
});

test('the next start prints three addresses that answer, the sign-ins, where to begin, and that it is ready', async () => {
  clinic = launch(['start'], place, true);
  expect(await clinic.line('ready in')).toMatch(/^ready in \d+\.\d s$/);
  expect(processesOf(place).length).toBeGreaterThan(1);
  for (const url of Object.values(place.urls)) {
    await clinic.line(
      url.includes(place.environment['EMR_PORT']!)
        ? 'EMR '
        : url.includes(place.environment['CONNECT_PORT']!)
          ? 'Cloud Connect '
          : 'Portal ',
    );
    expect((await fetch(url)).status).toBe(200);
  }
  await clinic.line('Sign-ins of the demo');
  await clinic.line('Where to begin:');
});

test('a second start on the same data directory is refused, and told by which process', async () => {
  const ports = {
    EMR_PORT: `${await freePort()}`,
    CONNECT_PORT: `${await freePort()}`,
    PORTAL_PORT: `${await freePort()}`,
  };
  const { code, stderr } = await tidegate(['start'], { environment: { ...place.environment, ...ports } });
  expect(stderr).toMatch(
    new RegExp(`^The data directory ${place.dataDir}\\S* is in use by process \\d+\\. Stop that process`),
  );
  expect(Number(/process (\d+)/.exec(stderr)![1])).toBeOneOf(processesOf(place));
  expect(code).toBe(1);
});

test('a full sync beside the running clinic ends with one line of JSON', async () => {
  const { code, stdout, stderr } = await tidegate(
    ['sync', '--connection', 'saltmarsh', '--mode', 'full', '--json'],
    place,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const run = JSON.parse(stdout);
  expect(run).toMatchObject({ mode: 'full', state: 'complete-with-gaps', created: 0 });
  expect(run.fetched).toBeGreaterThan(100);
  expect(stdout.trim().split('\n').length).toBe(1);
});

test('a recent sync says in words how it ended; a connection that is not there is answered with those that are', async () => {
  const { code, stdout } = await tidegate(['sync', '--connection', 'saltmarsh', '--mode', 'recent'], place);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Run \S+: (Complete|With gaps)\. \d+ read, 0 new, 0 changed\.\n$/);
  const other = await tidegate(['sync', '--connection', 'pebble', '--mode', 'full'], place);
  expect(other.stderr).toContain('There is no connection pebble. There are: saltmarsh.');
  expect(other.code).toBe(2);
});

test('connections and the ledger say how things stand, and one schedule is read by itself', async () => {
  const listed = JSON.parse((await tidegate(['connections', '--json'], place)).stdout).connections;
  expect(listed).toMatchObject([
    { name: 'saltmarsh', certainty: 'proved', isRunning: false, last: { mode: 'recent' } },
  ]);
  expect(listed[0].gaps).toBeGreaterThan(0);
  const words = await tidegate(['connections'], place);
  expect(words.stdout).toMatch(
    /^saltmarsh \(http\S+\): (Complete|With gaps)\. \d+ schedules, \d+ with gaps; \d+ bookings listed; not every selected schedule was read yet\.\n$/,
  );

  const ledger = JSON.parse((await tidegate(['ledger', '--connection', 'saltmarsh', '--json'], place)).stdout);
  expect(ledger).toMatchObject({ mode: 'recent', certainty: 'proved' });
  const selected = ledger.slices.filter((one: { outcome: string }) => one.outcome !== 'not-selected');
  expect(selected.length).toBe(listed[0].schedules);
  const whole = ledger.slices.find((one: { outcome: string }) => one.outcome === 'complete');
  const lacking = ledger.slices.find((one: { missing: string[] }) => one.missing.length > 0);
  const { stdout } = await tidegate(['ledger', '--connection', 'saltmarsh', '--run', ledger.runId], place);
  expect(stdout).toContain(`Run ${ledger.runId}, Sync Recent Appointments, ended`);
  expect(stdout).toContain(`${lacking.providerDisplay}, ${lacking.officeName}: `);
  expect(stdout).toContain(`Missing in the EMR: ${lacking.missing.join(', ')}.`);
  expect((await tidegate(['ledger', '--connection', 'saltmarsh', '--run', 'another'], place)).code).toBe(1);

  const slice = ['--office', whole.officeId, '--provider', whole.providerId];
  const run = await tidegate(['sync', '--connection', 'saltmarsh', '--mode', 'slice', ...slice, '--json'], place);
  expect(JSON.parse(run.stdout)).toMatchObject({ mode: 'slice', state: 'complete' });
  expect(
    JSON.parse((await tidegate(['ledger', '--connection', 'saltmarsh', '--json'], place)).stdout).slices,
  ).toMatchObject([{ officeId: whole.officeId, providerId: whole.providerId, outcome: 'complete' }]);
  const without = await tidegate(['sync', '--connection', 'saltmarsh', '--mode', 'slice'], place);
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('wants --office and --provider') });
  const nowhere = await tidegate(
    ['sync', '--connection', 'saltmarsh', '--mode', 'slice', '--office', 'nowhere', '--provider', 'nobody'],
    place,
  );
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is known yet') });
});

test('the doctor names each gap, whose job it is and what to do, and ends with 1 while there is one', async () => {
  const { stdout, code } = await tidegate(['doctor', '--connection', 'saltmarsh', '--json'], place);
  expect(code).toBe(1);
  const { gaps, evidence } = JSON.parse(stdout);
  expect(evidence.certainty).toBe('proved');
  expect(gaps.length).toBeGreaterThan(3);
  const words = await tidegate(['doctor', '--connection', 'saltmarsh'], place);
  expect(words.code).toBe(1);
  for (const { gapId, title } of gaps) {
    expect(words.stdout).toContain(`${gapId} ${title} (for an EMR administrator)`);
  }
});

test('an import beside the running clinic takes a folder and gzip, tells its progress, and twice changes nothing', async () => {
  const folder = join(place.dataDir, 'demo');
  const zipped = join(dirname(place.dataDir), 'zipped');
  mkdirSync(zipped);
  const files = readdirSync(folder).filter((name) => !/Patient|Appointment/.test(name));
  expect(files.length).toBeGreaterThan(2);
  for (const name of files) writeFileSync(join(zipped, `${name}.gz`), gzipSync(readFileSync(join(folder, name))));
  const { code, stdout, stderr } = await tidegate(['import', zipped, '--json'], place);
  const { types, broken } = JSON.parse(stdout);
  expect(stderr).toMatch(/resources? read; writing to the record/);
  expect({ code, broken: broken.total }).toEqual({ code: 0, broken: 0 });
  for (const [type, { created, updated, read }] of Object.entries(types) as [string, Record<string, number>][]) {
    expect({ type, created, updated, some: read! > 0 }).toEqual({ type, created: 0, updated: 0, some: true });
  }
});

test('a broken line is reported with file and line, the rest is used, and the exit says that something was wrong', async () => {
  const file = join(dirname(place.dataDir), 'broken.ndjson');
  const office = { resourceType: 'Location', id: 'added', name: 'Added Office', address: { city: 'Victoria' } };
  writeFileSync(file, `${JSON.stringify(office)}\n{ not json\n`);
  const { code, stdout } = await tidegate(['import', file], place);
  expect(stdout).toContain('broken.ndjson');
  expect(stdout).toMatch(/\b2\b/);
  expect(code).toBe(1);
  const missing = await tidegate(['import', '/nowhere/at-all'], place);
  expect(missing.stderr).toContain('/nowhere/at-all');
  expect(missing.code).toBe(1);
});

test('the audit log is compared with its chain beside the running clinic; without its checkpoints it is no proof', async () => {
  const whole = await tidegate(['audit', 'verify', '--json'], place);
  expect({ code: whole.code, stderr: whole.stderr }).toEqual({ code: 0, stderr: '' });
  const verified = JSON.parse(whole.stdout);
  expect(verified.findings).toEqual([]);
  expect(verified.entries).toBeGreaterThan(10);
  expect(verified.checkpoints).toBeGreaterThan(0);
  expect((await tidegate(['audit', 'verify'], place)).stdout).toContain('The audit log is whole');
  const elsewhere = { environment: { ...place.environment, AUDIT_DIR: join(dirname(place.dataDir), 'nowhere') } };
  const unproved = await tidegate(['audit', 'verify'], elsewhere);
  expect(unproved.stdout).toContain('There is no checkpoint');
  expect(unproved.code).toBe(1);
  expect((await tidegate(['audit'], place)).code).toBe(2);
});

test('a SIGTERM to the npm that started it stops everything, PostgreSQL too', async () => {
  clinic.child.kill('SIGTERM');
  const { stdout } = await clinic.ended;
  expect(stdout).toMatch(/Stopping…\nStopped\.\n$/);
  await expect.poll(() => processesOf(place)).toEqual([]);
  await expect(fetch(place.urls.emr)).rejects.toThrow();
});
