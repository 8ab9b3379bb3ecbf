// A worker is killed at every named step, and another one goes on: afterwards the portal holds what the EMR permits, nothing twice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { steps } from '../src/connect/index.ts';
import { all, type SyncClinic, sealingKey, slices, syncClinic } from './sync-clinic.ts';

let clinic: SyncClinic;
beforeAll(async () => {
  clinic = await syncClinic();
  await clinic.grantAll(all);
});
afterAll(() => clinic.close());

async function killedAt(step: string): Promise<void> {
  const worker = spawn(
    process.execPath,
    [fileURLToPath(new URL('./kill-worker.ts', import.meta.url)), clinic.syncUrl, sealingKey.toString('hex'), step],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = (await once(worker.stdout, 'data')) as [Buffer];
  expect(said.toString()).toContain('reached');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

const ended = async (runId: string): Promise<string> => {
  for (let tries = 0; tries < 100; tries += 1) {
    await clinic.worker.drain();
    const { state } = await clinic.run(runId);
    if (state !== 'running' && state !== 'queued') return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return 'never';
};

describe.each(steps.map((step, index) => [step, index] as const))('killed at %s', (step, index) => {
  test('the run ends as if nothing had been, by the hands of another worker', async () => {
    // Each time something else is to be done: changes, a grant that went and one that came back.
    const slice = slices[index % slices.length]!;
    await clinic.emr.query(
      `update appointment set status = case status when 'booked' then 'arrived' else 'booked' end, version_id = version_id + 1,
              last_updated = clock_timestamp() where appointment_id like '%-' || $1 or appointment_id like '%-2' || $1`,
      [String(index % 10)],
    );
    await clinic.grantAll(all);
    await clinic.grant(slice, index % 3 === 0 ? 0 : all);
    const runId = await clinic.ask('full');
    await killedAt(step);
    expect(['complete', 'complete-with-gaps']).toContain(await ended(runId));
    expect(await clinic.listed()).toEqual(await clinic.permitted());
    const { rows } = await clinic.portal.query(
      `select (select count(*) from connect.sync_run where state in ('running', 'queued')) as open,
              (select count(distinct run_id) from connect.slice_ledger where run_id = $1) as ledgers,
              (select count(*) from booking where status = 'cancelled') as cancelled`,
      [runId],
    );
    expect(rows).toEqual([{ open: 0, ledgers: 1, cancelled: 0 }]);
  });
});
