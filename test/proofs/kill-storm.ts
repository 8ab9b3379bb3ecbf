// The storm of the kill proof. The EMR, a worker, the portal and PostgreSQL are killed in turn, at every named step and at random times, while
// two workers run, bookings change at the EMR's desk and people press at the portal. Whenever it is quiet again the checkers, which know
// nothing of the product, compare both databases: nothing lost, nothing twice, no write-back lost or done twice.
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { deliverySteps, steps } from '../../src/connect/index.ts';
import type { ProofOptions, ProofResult, Saboteur } from './proof.ts';
import { insist, type StormWorld, stormWorld, type Victim, victims } from './storm-world.ts';
import { type Books, checkState, countStaged } from './sync-checker.ts';
import { checkWriteBacks, type Pressed } from './write-back-checker.ts';

interface Kill {
  readonly victim: Victim;
  /** `run:STEP` or `delivery:STEP` of a worker; else a random time. */
  readonly at: string | undefined;
  readonly seed: number;
}

/** Bookings of the storm's clinic: each is pressed at most once. */
const bookings = 480;
/** Kills between two quiet moments. */
const atOnce = 5;
const latestMs = 1500;

/** With the 45 kills at the steps of a run that the proof makes of a worker: more than 200 in all. */
function killsOf({ full, seed }: ProofOptions): Kill[] {
  const others = victims.filter((victim) => victim !== 'worker');
  const runSteps = steps.map((step) => `run:${step}`);
  const deliveries = deliverySteps.map((step) => `delivery:${step}`);
  const times = <T>(count: number, make: () => readonly T[]): T[] => Array.from({ length: count }, make).flat();
  const at = (all: readonly string[], of: readonly Victim[]) =>
    all.flatMap((step) => of.map((victim) => ({ victim, at: step as string | undefined })));
  const kills = full
    ? [
        ...times(2, () => at(runSteps, others)),
        ...times(5, () => at(deliveries, ['worker'])),
        ...at(deliveries, others),
        ...times(12, () => victims.map((victim) => ({ victim, at: undefined }))),
      ]
    : [
        ...victims.map((victim) => ({ victim, at: undefined })),
        { victim: others[seed % others.length]!, at: runSteps[seed % runSteps.length] },
        { victim: 'worker' as const, at: deliveries[seed % deliveries.length] },
      ];
  return shuffled(kills, seed).map((kill, index) => ({ ...kill, seed: seed + index }));
}

const shuffled = <T>(all: readonly T[], seed: number): T[] =>
  fc.sample(fc.shuffledSubarray([...all], { minLength: all.length }), { seed, numRuns: 1 })[0]!;

interface Storm {
  readonly world: StormWorld;
  readonly books: Books;
  readonly pressed: Pressed[];
  /** Bookings that nobody has pressed yet. */
  readonly free: string[];
}

export async function proveStorm(options: ProofOptions): Promise<ProofResult> {
  const storm = await openStorm(options.seed);
  const failures: string[] = [];
  try {
    const kills = killsOf(options);
    const dealt = new Map<string, number>();
    for (let first = 0; first < kills.length; first += atOnce) {
      const some = kills.slice(first, first + atOnce);
      for (const kill of some) {
        await killed(storm, kill);
        dealt.set(kill.victim, (dealt.get(kill.victim) ?? 0) + 1);
      }
      const named = some.map(({ victim, at = 'random' }) => `${victim} at ${at}`).join(', ');
      const wrong = await whatIsWrong(storm);
      options.say(
        `${first + some.length} of ${kills.length}: ${named}: ${wrong.length === 0 ? 'whole' : wrong.join('; ')}`,
      );
      if (wrong.length > 0) failures.push(`${named}, seed ${some[0]!.seed}: ${wrong.slice(0, 5).join('; ')}`);
    }
    for (const victim of victims) if (!dealt.has(victim)) failures.push(`the ${victim} was never killed`);
    const { rows } = await storm.world.portal.query<{ state: string; n: number }>(
      'select state, count(*) as n from write_back group by state',
    );
    options.say(`${storm.pressed.length} presses: ${JSON.stringify(rows)}`);
    if (!rows.some(({ state, n }) => state === 'acknowledged' && n > 0)) failures.push('no press was acknowledged');
    return { cases: kills.length, failures, saboteurs: await trySaboteurs(storm, options) };
  } finally {
    await storm.world.close();
  }
}

async function openStorm(seed: number): Promise<Storm> {
  const world = await stormWorld({ bookings });
  try {
    const { clinic, emr, portal } = world;
    const { rows } = await emr.query<{ id: string }>('select appointment_id as id from appointment order by 1');
    const storm: Storm = {
      world,
      books: { emr, portal, tenantId: clinic.tenantId, userId: clinic.serviceUserId },
      pressed: [],
      free: shuffled(
        rows.map(({ id }) => id),
        seed,
      ),
    };
    await untilEnded(storm, await world.ask('full'));
    return storm;
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** Something goes on in all four; then one of them is dead, and comes back. */
async function killed(storm: Storm, { victim, at, seed }: Kill): Promise<void> {
  const { world } = storm;
  await changeAtTheDesk(storm, seed);
  const isDelivery = at?.startsWith('delivery:');
  if (at === undefined) {
    await world.ask(seed % 3 === 0 ? 'recent' : 'full');
    const presses = press(storm, 2);
    await sleep(fc.sample(fc.integer({ min: 0, max: latestMs }), { seed, numRuns: 1 })[0]);
    await world.kill(victim);
    await world.revive(victim);
    await presses;
    return;
  }
  const reached = world.hold(at);
  reached.catch(() => {});
  const presses = isDelivery ? press(storm, 1) : Promise.resolve();
  if (!isDelivery) await world.ask('full');
  const worker = await reached;
  await world.kill(victim, worker);
  world.go();
  await world.revive(victim);
  await presses;
}

/** So many presses that the portal took. A booking that was cancelled or changed at the desk meanwhile is refused, and another one pressed. */
async function press({ world, pressed, free }: Storm, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      for (;;) {
        const bookingId = free.shift();
        if (bookingId === undefined) throw new Error('no booking is left to be pressed');
        const one = await world.press(bookingId);
        if (!one) continue;
        pressed.push(one);
        return;
      }
    }),
  );
}

/** Of the bookings that are not pressed, so that each press is answered by what the EMR had; and of a few that will be. */
async function changeAtTheDesk({ books: { emr, tenantId }, free }: Storm, seed: number): Promise<void> {
  const [moved, cancelled, arrived] = shuffled(free.slice(60), seed);
  const touch = 'version_id = version_id + 1, last_updated = clock_timestamp()';
  const of = (id: string | undefined) => `where tenant_id = ${tenantId} and appointment_id = '${id}'`;
  await insist(() =>
    emr.query(
      `update appointment set start_at = start_at + interval '5 minutes', end_at = end_at + interval '5 minutes', ${touch} ${of(moved)};
       update appointment set status = 'cancelled', ${touch} ${of(cancelled)};
       update appointment set status = case status when 'booked' then 'arrived' else 'booked' end, ${touch} ${of(arrived)} and status <> 'cancelled'`,
    ),
  );
}

async function untilEnded({ world: { portal } }: Storm, runId: string, patienceMs = 60_000): Promise<void> {
  await until(async () => {
    const { rows } = await portal.query<{ open: boolean }>(
      `select state in ('queued', 'running') as open from connect.sync_run where run_id = $1`,
      [runId],
    );
    return rows[0]?.open === false;
  }, patienceMs);
}

/** false: it was not so for as long as anybody waits. */
async function until(isSo: () => Promise<boolean>, patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    if (await insist(isSo)) return true;
    await sleep(50);
  }
  return false;
}

/** Waits until every run has ended and every press rests, and has the checkers look. */
async function whatIsWrong(storm: Storm, patienceMs = 60_000): Promise<string[]> {
  const { world, books, pressed } = storm;
  const { portal } = world;
  const rests = async () => {
    // What waits for a later try comes due: nobody is sick any more.
    await portal.query(`update write_back set next_attempt_at = now() where state = 'retrying'`);
    await portal.query('update connect.write_back_breaker set open_until = null');
    const { rows } = await portal.query<{ open: number }>(
      `select (select count(*) from write_back where state not in ('acknowledged', 'task'))
            + (select count(*) from connect.sync_run where state in ('queued', 'running')) as open`,
    );
    return Number(rows[0]!.open) === 0;
  };
  const wrong: string[] = [];
  if (!(await until(rests, patienceMs))) wrong.push('it never came to rest');
  await untilEnded(storm, await world.ask('full'), patienceMs);
  if (wrong.length === 0 && !(await until(rests, patienceMs))) wrong.push('it never came to rest again');
  wrong.push(...(await checkState(books)), ...(await checkWriteBacks(books, pressed)));
  if (!(await until(async () => (await countStaged(books)) === 0, 5_000))) wrong.push('something is still staged');
  return wrong;
}

interface Sabotage {
  readonly name: string;
  readonly kill: Pick<Kill, 'victim' | 'at'>;
  /** Where it is planted, how, and how it is taken away. */
  readonly database: 'emr' | 'portal';
  readonly plant: string;
  readonly undo: string;
  /** Done once it is quiet. */
  readonly after?: (storm: Storm) => Promise<unknown>;
}

const sabotages: readonly Sabotage[] = [
  {
    name: 'the EMR forgets which requests it has answered',
    kill: { victim: 'worker', at: 'delivery:answered' },
    database: 'emr',
    plant: `create function spoil() returns trigger language plpgsql as $$ begin new.expires_at := '-infinity'; return new; end $$;
            create trigger spoil before insert on write_key for each row execute function spoil()`,
    undo: 'drop function if exists spoil() cascade',
  },
  {
    name: 'a dead worker keeps what it held',
    kill: { victim: 'worker', at: 'delivery:kept' },
    database: 'portal',
    plant: `create function spoil() returns trigger language plpgsql as $$
              begin if new.state = 'sending' then new.lease_until := 'infinity'; end if; return new; end $$;
            create trigger spoil before update on write_back for each row execute function spoil()`,
    undo: `drop function if exists spoil() cascade; update write_back set lease_until = now() where lease_until = 'infinity'`,
  },
  {
    name: 'what changed is not written',
    kill: { victim: 'emr', at: 'run:bookings-staged' },
    database: 'portal',
    plant: `create function spoil() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger spoil before update on booking for each row execute function spoil()`,
    undo: 'drop function if exists spoil() cascade',
  },
  {
    name: 'a press that was taken is gone after the crash',
    kill: { victim: 'postgres', at: 'delivery:claimed' },
    database: 'portal',
    plant: 'select',
    undo: 'select',
    after: async ({ world: { portal }, pressed }) => {
      const last = pressed.at(-1)!;
      await portal.query(
        `with gone as (select write_back_id from write_back where press_id = $1),
              tasks as (delete from staff_task using gone where staff_task.write_back_id = gone.write_back_id)
         delete from write_back using gone where write_back.write_back_id = gone.write_back_id`,
        [last.pressId],
      );
    },
  },
];

/** Each on the storm's own world, which nobody needs afterwards: what it spoilt before is not counted again. */
async function trySaboteurs(storm: Storm, { say, seed }: ProofOptions): Promise<Saboteur[]> {
  const saboteurs: Saboteur[] = [];
  let known = new Set<string>();
  for (const [index, { name, kill, database, plant, undo, after }] of sabotages.entries()) {
    await storm.world[database].query(plant);
    await killed(storm, { ...kill, seed: seed + 1000 + index });
    let wrong = await whatIsWrong(storm, 6_000);
    await after?.(storm);
    if (after) wrong = await whatIsWrong(storm, 6_000);
    const found = wrong.filter((one) => !known.has(one));
    say(`saboteur, ${name}: ${found[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: found.length > 0 });
    await storm.world[database].query(undo);
    known = new Set(await whatIsWrong(storm));
  }
  return saboteurs;
}
