// A worker in a process of its own that stops at a named step and waits there to be killed:
// `node test/proofs/kill-worker.ts <url> <key> <step> [in-two-transactions]`.
import pg from 'pg';
import { createSyncWorker, type Step } from '../../src/connect/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';

const [syncUrl = '', key = '', step = '', saboteur = ''] = process.argv.slice(2);

if (saboteur === 'in-two-transactions') {
  // What a worker would do that commits its bookings before its ledger: after them the transaction ends and a second one begins.
  const query = pg.Client.prototype.query as (this: pg.Client, ...asked: unknown[]) => Promise<pg.QueryResult>;
  const inTwo = async (client: pg.Client, asked: unknown[]) => {
    const answer = await query.apply(client, asked);
    const { rows } = await query.call(client, `select current_setting('tidegate.site_id') as site`);
    await query.call(client, 'commit');
    await query.call(client, 'begin');
    await query.call(client, `select set_config('tidegate.site_id', $1, true)`, [rows[0].site]);
    return answer;
  };
  pg.Client.prototype.query = function (this: pg.Client, ...asked: unknown[]) {
    const isOfBookings = typeof asked[0] === 'string' && asked[0].includes('insert into booking');
    return isOfBookings ? inTwo(this, asked) : query.apply(this, asked);
  } as typeof pg.Client.prototype.query;
}

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
