// An EMR that fails is left alone by what nobody asked for, and holds up nobody else.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createSyncWorker, type SyncWorker } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { sealSecret } from '../src/platform/sealed.ts';
import { all, type SyncClinic, syncClinic } from './sync-clinic.ts';
import { sealingKey, siteId } from './sync-portal.ts';

let clinic: SyncClinic;
let worker: SyncWorker;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  await clinic.sync('full');
  worker = workerThat(1000);
});
afterEach(async () => {
  await worker.stop();
  await clinic.close();
});

/** Waits as long as it ever may. */
const workerThat = (firstWaitMs: number, key = sealingKey) =>
  createSyncWorker({
    syncUrl: clinic.syncUrl,
    sealingKey: key,
    clock: systemClock,
    log: createLog({ level: 'fatal', name: 'test' }),
    random: () => 1,
    intervals: { firstWaitMs, lookMs: 50 },
  });

/** What became of a run that nobody asked for; `asked`: that a person did. */
const outcome = async (cause: 'announced' | 'asked') => {
  const runId = await clinic.ask('recent', { cause });
  await worker.drain();
  return clinic.run(runId);
};
const restSeconds = async () => {
  const { rows } = await clinic.portal.query<{ seconds: number }>(
    `select round(extract(epoch from rest_until - now()))::integer as seconds from connect.connection where rest_until > now()`,
  );
  return rows[0]?.seconds ?? 0;
};
const restIsOver = () => clinic.portal.query(`update connect.connection set rest_until = now() - interval '1 second'`);

describe('an EMR that failed', () => {
  beforeEach(() => {
    clinic.proxy.mishap = () => ({ status: 401 });
  });

  test('is left alone ever longer, until it is well; a person’s run goes at once', async () => {
    expect(await outcome('announced')).toMatchObject({ state: 'failed' });
    clinic.proxy.seen.length = 0;
    expect(await outcome('announced')).toMatchObject({ state: 'queued' });
    expect(clinic.proxy.seen).toEqual([]);
    const waits = [await restSeconds()];
    for (let again = 0; again < 5; again += 1) {
      await restIsOver();
      expect(await outcome('announced')).toMatchObject({ state: 'failed' });
      waits.push(await restSeconds());
    }
    expect(waits.map((seconds) => Math.round(seconds / 60))).toEqual([1, 2, 4, 8, 10, 10]);
    expect(await outcome('asked')).toMatchObject({ state: 'failed' });

    clinic.proxy.mishap = () => undefined;
    expect(await outcome('announced')).toMatchObject({ state: 'queued' });
    expect(await outcome('asked')).toMatchObject({ state: 'complete' });
    expect(await restSeconds()).toBe(0);
    expect(await outcome('announced')).toMatchObject({ state: 'complete' });
  });

  test('is asked at once by who asks for a run that waits for it, and by whoever saves other settings', async () => {
    await outcome('announced');
    const waiting = await clinic.ask('recent', { cause: 'announced' });
    const { statusCode } = await clinic.askConnect('POST', '/api/sync-runs', { mode: 'recent' });
    expect(statusCode).toBe(202);
    expect((await clinic.askConnect('POST', '/api/sync-runs', { mode: 'recent' })).statusCode).toBe(409);
    await worker.drain();
    expect(await clinic.run(waiting)).toMatchObject({ state: 'failed' });
    const { state, runId } = await outcome('announced');
    expect(state).toBe('queued');
    await clinic.select(['abel', 'baker', 'cho']);
    await worker.drain();
    expect(await clinic.run(runId)).toMatchObject({ state: 'failed' });
  });
});

test('an EMR that asks for a long wait gets it: one request, and none for so long', async () => {
  clinic.proxy.mishap = (path) =>
    path.includes('permission-coverage') ? { status: 429, headers: { 'retry-after': '1800' } } : undefined;
  clinic.proxy.seen.length = 0;
  expect(await outcome('announced')).toMatchObject({
    state: 'failed',
    problem: { key: 'sync.emr.asks-to-wait', params: { status: 429, minutes: 30 } },
  });
  expect(clinic.proxy.seen.filter((path) => path.includes('permission-coverage')).length).toBe(1);
  const wait = await restSeconds();
  expect(wait).toBeGreaterThan(1790);
  expect(wait).toBeLessThan(1800 + 70);
  await clinic.portal.query('update connect.connection set next_run_at = now()');
  const { nextRunAt } = await clinic.status();
  expect(Date.parse(nextRunAt!) - Date.now()).toBeGreaterThan((wait - 60) * 1000);
});

test('a secret that does not open with the installation’s key is said, and the EMR is not asked', async () => {
  await worker.stop();
  worker = workerThat(1000, Buffer.alloc(32, 8));
  clinic.proxy.seen.length = 0;
  expect(await outcome('asked')).toMatchObject({
    state: 'failed',
    problem: { key: 'connect.settings.secret-unreadable' },
  });
  expect(clinic.proxy.seen).toEqual([]);
});

describe('EMRs that hang', () => {
  let hanging: Server;
  let held = 0;
  beforeEach(async () => {
    held = 0;
    hanging = createServer(() => {
      held += 1;
    });
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    hanging.close();
    hanging.closeAllConnections();
  });

  test('four that failed before leave a worker of four room for one that is well', async () => {
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/fhir`;
    for (const id of ['one', 'two', 'three', 'four']) {
      await clinic.portal.query(
        `insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, features, failures,
                                         next_run_at)
         select site_id, $1, $1, $2, client_id, auth_method, $3, features, 1, now() + interval '1 day' from connect.connection where name = 'main'`,
        [id, url, sealSecret('a secret', sealingKey, id)],
      );
      await clinic.portal.query(
        `insert into connect.sync_run (site_id, connection_id, run_id, mode, state, step, cause, requested_at)
         values ($1, $2, $2, 'full', 'queued', 'queued', 'interval', now() - interval '1 hour')`,
        [siteId, id],
      );
    }
    const runId = await clinic.ask('recent');
    await worker.start();
    await expect.poll(async () => (await clinic.run(runId)).state, { timeout: 10_000 }).toBe('complete');
    await expect.poll(() => held).toBe(2);
    const { rows } = await clinic.portal.query(`select run_id from connect.sync_run where state = 'running'`);
    expect(rows.length).toBe(2);
  });
});
