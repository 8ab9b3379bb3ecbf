// A lease at its edges: a worker that is slow after its end, and one that meets its own run again.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createSyncWorker, type Step, type SyncWorker } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { all, type SyncClinic, syncClinic } from './sync-clinic.ts';
import { sealingKey } from './sync-portal.ts';

let clinic: SyncClinic;
let worker: SyncWorker;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
});
afterEach(async () => {
  await worker.stop();
  await clinic.close();
});

function workerThat(onStep: (step: Step) => Promise<void>): SyncWorker {
  const log = createLog({ level: 'fatal', name: 'test' });
  const { syncUrl } = clinic;
  return createSyncWorker({
    syncUrl,
    sealingKey,
    clock: systemClock,
    log,
    onStep,
    intervals: { leaseMs: 60, firstWaitMs: 5 },
  });
}

test.each([
  ['its end is written', 'full'],
  ['it failed', 'failing'],
])('a worker whose lease is looked at after %s still empties what it staged', async (_when, how) => {
  const reached: Step[] = [];
  worker = workerThat(async (step) => {
    reached.push(step);
    // Some beats of the lease go by.
    if (step === 'committed' || step === 'patients-staged') await sleep(200);
  });
  if (how === 'failing') {
    clinic.proxy.mishap = (path) => (path.includes('Appointment.ndjson') ? { status: 401 } : undefined);
  }
  const runId = await clinic.ask('full');
  await worker.drain();
  expect((await clinic.run(runId)).state).toBe(how === 'failing' ? 'failed' : 'complete');
  expect(reached).toContain('cleaned');
  const { rows } = await clinic.portal.query(
    'select (select count(*) from intake.staged_booking) + (select count(*) from intake.staged_patient) as n',
  );
  expect(rows).toEqual([{ n: 0 }]);
});

test('a worker that claims its own run again after a standstill is another owner, and the first attempt writes nothing more', async () => {
  const owners = new Set<string>();
  const reached: Step[] = [];
  let stoodStill = false;
  worker = workerThat(async (step) => {
    reached.push(step);
    const { rows } = await clinic.portal.query<{ owner: string }>(
      `select lease_owner as owner from connect.sync_run where state = 'running'`,
    );
    for (const { owner } of rows) owners.add(owner);
    if (step !== 'coverage-after' || stoodStill) return;
    stoodStill = true;
    for (let tries = 0; tries < 20 && owners.size < 2; tries += 1) {
      await clinic.portal.query(
        `update connect.sync_run set lease_until = now() - interval '1 hour' where state = 'running'`,
      );
      await worker.drain();
    }
  });
  const runId = await clinic.ask('full');
  await worker.drain();
  expect(owners.size).toBe(2);
  expect((await clinic.run(runId)).state).toBe('complete');
  expect(await clinic.listed()).toEqual(await clinic.permitted());
  expect(reached.filter((step) => step === 'committed')).toHaveLength(1);
  const { rows } = await clinic.portal.query('select count(distinct run_id) as n from connect.slice_ledger');
  expect(rows).toEqual([{ n: 1 }]);
});
