// A deliverer in a process of its own that stops at a named step and waits there to be killed:
// `node test/proofs/kill-deliverer.ts <url> <key> <step>`; at a step that there is not it goes on until it is killed elsewhere.
import { createWriteBackWorker, type DeliveryStep } from '../../src/connect/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';

const [syncUrl = '', key = '', step = ''] = process.argv.slice(2);

const worker = createWriteBackWorker({
  syncUrl,
  sealingKey: Buffer.from(key, 'hex'),
  clock: systemClock,
  log: createLog({ level: 'error', name: 'kill-deliverer' }),
  intervals: { leaseMs: 600 },
  onStep: async (reached: DeliveryStep) => {
    if (reached !== step) return;
    process.stdout.write('reached\n');
    await new Promise(() => {});
  },
});
await worker.start();
