// A worker in a process of its own, synchroniser and deliverer: `node test/proofs/storm-worker.ts <url> <key>`. Says each step on standard
// output; told `hold STEP` on standard input it stops at that step until it is told `go`. Ends with whoever started it.
import { createInterface } from 'node:readline';
import { createSyncWorker, createWriteBackWorker } from '../../src/connect/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';

const [syncUrl = '', key = ''] = process.argv.slice(2);
let held = '';
let letGo = () => {};

const onStep = (of: string) => async (reached: string) => {
  const step = `${of}:${reached}`;
  process.stdout.write(`${step}\n`);
  if (step !== held) return;
  held = '';
  await new Promise<void>((resolve) => {
    letGo = resolve;
  });
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('hold ')) held = line.slice(5);
    else {
      held = '';
      letGo();
    }
  })
  .on('close', () => process.exit());

const options = {
  syncUrl,
  sealingKey: Buffer.from(key, 'hex'),
  clock: systemClock,
  log: createLog({ level: 'silent', name: 'storm-worker' }),
  intervals: { leaseMs: 1500, lookMs: 200, firstWaitMs: 100 },
};
const workers = [
  createSyncWorker({ ...options, onStep: onStep('run') }),
  createWriteBackWorker({ ...options, onStep: onStep('delivery') }),
];
for (const worker of workers) await worker.start();
process.stdout.write('started\n');
