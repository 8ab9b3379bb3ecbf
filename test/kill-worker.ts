// A worker in a process of its own that stops at a named step and waits there to be killed: `node test/kill-worker.ts <url> <key> <step>`.
import { createSyncWorker, type Step } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';

const [syncUrl = '', key = '', step = ''] = process.argv.slice(2);

const worker = createSyncWorker({
  syncUrl,
  sealingKey: Buffer.from(key, 'hex'),
  clock: systemClock,
  log: createLog({ level: 'error', name: 'kill-worker' }),
  intervals: { leaseMs: 600 },
  onStep: async (reached: Step) => {
    if (reached !== step) return;
    process.stdout.write('reached\n');
    await new Promise(() => {});
  },
});
await worker.start();
