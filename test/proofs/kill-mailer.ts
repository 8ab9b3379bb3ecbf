// A mailer in a process of its own that stops at a named step and waits there to be killed:
// `node test/proofs/kill-mailer.ts <database url> <smtp url> <step> [marks-nothing]`; at a step that there is not it goes on until it is
// killed elsewhere.
import pg from 'pg';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { createMailWorker, type MailStep } from '../../src/portal/index.ts';

const [syncUrl = '', smtpUrl = '', step = '', saboteur = ''] = process.argv.slice(2);

if (saboteur === 'marks-nothing') {
  // What a mailer would do that writes nothing down before the content leaves.
  const query = pg.Client.prototype.query as (this: pg.Client, ...asked: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...asked: unknown[]) {
    const marks = typeof asked[0] === 'string' && asked[0].includes('set data_at = clock_timestamp()');
    return marks ? Promise.resolve({ rows: [], rowCount: 1 }) : query.apply(this, asked);
  } as typeof pg.Client.prototype.query;
}

const worker = createMailWorker({
  syncUrl,
  smtpUrl,
  from: 'no-reply@harbour.example',
  clock: systemClock,
  log: createLog({ level: 'error', name: 'kill-mailer' }),
  intervals: { leaseMs: 300 },
  onStep: async (reached: MailStep) => {
    if (reached !== step) return;
    process.stdout.write('reached\n');
    await new Promise(() => {});
  },
});
await worker.start();
