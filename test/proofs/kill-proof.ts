// The kill proof. A worker is killed at every named step of a full sync and another one goes on; before it, and for some between the
// two, the EMR changes. Whatever happened: before the commit nothing of the run is to be seen, afterwards the portal holds what the EMR
// permits, nothing twice, nothing cancelled that was not, and the books balance. Then everything else is killed too: kill-storm.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type Step, steps } from '../../src/connect/index.ts';
import { all, type Slice, type SyncClinic, slices, tenantId } from '../sync-clinic.ts';
import { sealingKey } from '../sync-portal.ts';
import { proveStorm } from './kill-storm.ts';
import type { Proof, ProofOptions, ProofResult, Saboteur } from './proof.ts';
import { spoil, unspoil } from './spoil.ts';
import { checkLedger, checkState, countStaged, countThere, fingerprint } from './sync-checker.ts';
import { openWorld, type World } from './sync-world.ts';

const times = { full: 5, reduced: 1 } as const;

/** What changes while no worker is alive: nothing, bookings, permissions, both, or the settings. */
const meanwhile = ['nothing', 'bookings', 'permissions', 'both', 'settings'] as const;
type Meanwhile = (typeof meanwhile)[number];

interface Kill {
  readonly step: Step;
  readonly meanwhile: Meanwhile;
  readonly seed: number;
}

/** The parts wait more than they work, and share nothing: they go on side by side. Each is over before an error of another is thrown. */
export const proveKills: Proof = async (options) => {
  const parts = await Promise.allSettled([proveWorkerKills(options), trySaboteurs(options), proveStorm(options)]);
  const results = parts.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  return {
    cases: results.reduce((sum, { cases }) => sum + cases, 0),
    failures: results.flatMap(({ failures }) => failures),
    saboteurs: results.flatMap(({ saboteurs }) => saboteurs),
  };
};

async function proveWorkerKills(options: ProofOptions): Promise<ProofResult> {
  const count = options.full ? times.full : times.reduced;
  const first = options.seed % meanwhile.length;
  const kills = steps.flatMap((step, index) =>
    Array.from({ length: count }, (_, again): Kill => {
      const nth = index * count + again;
      return { step, meanwhile: meanwhile[(first + index + again) % meanwhile.length]!, seed: options.seed + 7 * nth };
    }),
  );
  const world = await openWorld(options);
  const failures: string[] = [];
  try {
    for (const kill of kills) {
      const wrong = await killed(world, kill);
      const name = `killed at ${kill.step}, meanwhile ${kill.meanwhile}, seed ${kill.seed}`;
      options.say(`${name}: ${wrong.length === 0 ? 'whole' : wrong.join('; ')}`);
      if (wrong.length > 0) failures.push(`${name}: ${wrong.slice(0, 5).join('; ')}`);
    }
  } finally {
    await world.clinic.close();
  }
  return { cases: kills.length, failures, saboteurs: [] };
}

interface Planted {
  /** To be in force from before the kill until after the check. */
  readonly plant?: string;
  /** Done to the portal while no worker is alive. */
  readonly tamper?: (world: World) => Promise<unknown>;
  readonly worker?: 'in-two-transactions';
  /** The permissions are as they have to be already. */
  readonly permissionsStand?: boolean;
}

/** One kill and its end by another worker; what did not fit. */
async function killed(world: World, { step, meanwhile, seed }: Kill, planted: Planted = {}): Promise<string[]> {
  const { clinic, books } = world;
  const wrong: string[] = [];
  const say = (when: string, found: readonly string[]) => wrong.push(...found.map((one) => `${when}: ${one}`));
  if (!planted.permissionsStand) await changePermissions(world, seed);
  await changeBookings(world, seed);
  if (planted.plant) await clinic.portal.query(planted.plant);
  const [before, thereBefore] = [await fingerprint(books), await countThere(books)];
  const runId = await clinic.ask('full');
  await killAt(clinic, step, planted.worker);
  const isCommitted = steps.indexOf(step) >= steps.indexOf('committed');
  if (isCommitted) {
    say('committed', await checkState(books));
    say('committed', await checkLedger(books, runId, thereBefore));
  } else if ((await fingerprint(books)) !== before) wrong.push('something of the run is seen before its end');

  const bookings = meanwhile === 'bookings' || meanwhile === 'both';
  if (meanwhile === 'permissions' || meanwhile === 'both') await changePermissions(world, seed + 1);
  if (bookings) await changeBookings(world, seed + 1);
  if (meanwhile === 'settings') await clinic.select([readableIn(seed)[1], 'cho']);
  await planted.tamper?.(world);
  await endedByAnother(clinic, runId);
  if (!isCommitted) {
    say('taken over', await checkState(books, { stale: bookings }));
    // Settings move bookings out of the lists at once, outside of any run; changes after the reading are in no ledger of it.
    if (meanwhile === 'nothing' || meanwhile === 'permissions')
      say('taken over', await checkLedger(books, runId, thereBefore));
  }
  if (meanwhile === 'settings') await clinic.select(['abel', 'baker', 'cho']);
  const thereAgain = await countThere(books);
  const { runId: nextId } = await clinic.sync('full');
  say('afterwards', await checkState(books));
  say('afterwards', await checkLedger(books, nextId, thereAgain));
  if ((await countStaged(books)) !== 0) wrong.push('afterwards: something is still staged');
  return wrong;
}

async function killAt(clinic: SyncClinic, step: Step, saboteur = ''): Promise<void> {
  const program = fileURLToPath(new URL('./kill-worker.ts', import.meta.url));
  const worker = spawn(
    process.execPath,
    ['--no-warnings', program, clinic.syncUrl, sealingKey.toString('hex'), step, saboteur],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(worker, 'exit');
  const patience = new AbortController();
  const tooLong = setTimeout(() => patience.abort(new Error(`no worker reached ${step}`)), 60_000);
  const said = await Promise.race([once(worker.stdout, 'data', { signal: patience.signal }), ended]).finally(() =>
    clearTimeout(tooLong),
  );
  if (!String(said[0]).includes('reached')) throw new Error(`the worker ended before ${step}`);
  worker.kill('SIGKILL');
  await ended;
}

/** Another worker looks until the dead one's lease has passed and the run has ended. */
async function endedByAnother(clinic: SyncClinic, runId: string): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    await clinic.worker.drain();
    const { state } = await clinic.run(runId);
    if (state !== 'running' && state !== 'queued') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the run ${runId} did not end`);
}

const sample = <T>(seed: number, arbitrary: fc.Arbitrary<T>): T => fc.sample(arbitrary, { seed, numRuns: 1 })[0]!;

const readableIn = (seed: number): Slice => slices[seed % slices.length]!;

/** Each pair has what it had or something else; the first of them is readable, so that there is something to compare. */
async function changePermissions({ clinic }: World, seed: number): Promise<void> {
  const columns = fc.constantFrom(0, 2, 32, 34, 35, 62, all, all);
  const drawn = sample(seed, fc.tuple(...slices.map(() => fc.option(columns))));
  for (const [index, slice] of slices.entries()) {
    const next = slice === readableIn(seed) ? all : drawn[index];
    if (typeof next === 'number') await clinic.grant(slice, next);
  }
}

/** Something of everything that happens at a desk. */
async function changeBookings({ clinic, books: { emr } }: World, seed: number): Promise<void> {
  const { rows: readable } = await emr.query<{ office: string; provider: string }>(
    `select office_id as office, provider_id as provider from permission_grant
      where tenant_id = $1 and user_id = $2 and columns & 34 = 34 order by 1, 2`,
    [tenantId, clinic.serviceId],
  );
  const to: Slice = sample(seed, fc.constantFrom(...readable.map(({ office, provider }): Slice => [office, provider])));
  const digits = sample(seed, fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 7 }));
  const touch = `version_id = version_id + 1, last_updated = clock_timestamp()`;
  /** About one in ten of those in the window, by the last digit of their number. */
  const some = (nth: number, and = 'true') =>
    `where tenant_id = ${tenantId} and appointment_id ~ '[0-9]${digits[nth]}$' and ${and}`;
  // What was cancelled or a mistake stays so: where the portal has it in that state, somebody in the EMR put it there.
  const open = `status not in ('cancelled', 'entered-in-error')`;
  const soon = `start_at < now() + interval '20 days'`;
  const shift = (by: string) =>
    `start_at = start_at ${by} interval '60 days', end_at = end_at ${by} interval '60 days'`;
  await emr.query(
    `update appointment set status = case status when 'booked' then 'arrived' else 'booked' end, ${touch} ${some(0, open)};
     update appointment set status = 'cancelled', ${touch} ${some(1, `${open} and appointment_id like '%1_'`)};
     update appointment set ${shift('+')}, ${touch} ${some(2, soon)};
     update appointment set ${shift('-')}, ${touch} ${some(3, `not (${soon})`)};
     update appointment set status = 'entered-in-error', ${touch} ${some(4, `appointment_id like 'new-%' and ${open}`)};
     update appointment set office_id = '${to[0]}', provider_id = '${to[1]}', ${touch} ${some(5)};
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select distinct tenant_id, patient_id, office_id, provider_id from appointment where patient_id is not null on conflict do nothing;
     update patient set family = family || '-Renamed', ${touch} where tenant_id = ${tenantId} and patient_id like 'patient-%${digits[6]}';
     insert into patient (tenant_id, patient_id, family, given) values (${tenantId}, 'newcomer-${seed}', 'Neu', 'Nina') on conflict do nothing;
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     values (${tenantId}, 'newcomer-${seed}', '${to[0]}', '${to[1]}') on conflict do nothing;
     insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
     select ${tenantId}, 'new-${seed}-1' || n, '${to[0]}', '${to[1]}', 'newcomer-${seed}', 'booked', now() + (n + 1) * interval '5 hours',
            now() + (n + 1) * interval '5 hours' + interval '20 minutes' from generate_series(0, 9, 3) n on conflict do nothing`,
  );
}

/** Lies about what was staged and under what, so that the worker believes what it would otherwise find out. */
const forge = (change: string) => (world: World) =>
  world.clinic.portal.query(`update connect.sync_run set checkpoint = checkpoint || ${change} where state = 'running'`);

interface Sabotage extends Planted {
  readonly name: string;
  readonly step: Step;
  readonly meanwhile: Meanwhile;
  /** What the first and the second pair have before the run, and while it reads. */
  readonly held: readonly [before: readonly [number, number], while_: readonly [number, number]];
  /** What the first pair is given while no worker is alive. */
  readonly regained?: number;
}

const sabotages: readonly Sabotage[] = [
  {
    name: 'bookings are committed before their ledger',
    step: 'before-commit',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [all, all],
    ],
    worker: 'in-two-transactions',
  },
  {
    name: 'staging is used under permissions that it was not read under',
    step: 'bookings-staged',
    meanwhile: 'nothing',
    held: [
      [0, all],
      [0, all],
    ],
    regained: all,
    tamper: async (world) => {
      const { emr, userId } = world.books;
      // Known bookings would be asked for one by one; this one nobody knows.
      await emr.query(
        `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
         select tenant_id, 'new-unknown', $2, $3, 'booked', now() + interval '2 days', now() + interval '49 hours' from tenant where tenant_id = $1`,
        [tenantId, ...slices[0]],
      );
      const { rows } = await emr.query('select permission_version($1, $2) as version', [tenantId, userId]);
      await forge(`jsonb_build_object('permissionVersion', '${rows[0].version}')`)(world);
    },
  },
  {
    name: 'staging is used though rows of it are missing',
    step: 'bookings-staged',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [all, all],
    ],
    tamper: async (world) => {
      await world.clinic.portal.query(`delete from intake.staged_booking where booking_id like 'new-%'`);
      await forge(`jsonb_build_object('bookings', (select count(*) from intake.staged_booking))`)(world);
    },
  },
  {
    name: 'the cursor is set to when the run ended',
    step: 'bookings-staged',
    meanwhile: 'bookings',
    held: [
      [all, all],
      [all, all],
    ],
    plant: spoil('connect.slice_cursor', `new.cursor_at := clock_timestamp() + interval '1 hour';`),
  },
  {
    name: 'visibility lost is taken for cancelled',
    step: 'diffed',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [0, all],
    ],
    plant: spoil('booking', `if new.state = 'visibility-lost' then new.status := 'cancelled'; end if;`),
  },
  {
    name: 'bookings stay listed whose visibility is lost',
    step: 'committed',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [0, all],
    ],
    plant: spoil('booking', `if new.state = 'visibility-lost' then new.state := 'present'; end if;`),
  },
  {
    name: 'bookings stay listed as unconfirmed whose visibility is lost',
    step: 'claimed',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [0, all],
    ],
    plant: spoil('booking', `if new.state = 'visibility-lost' then new.state := 'unconfirmed'; end if;`),
  },
  {
    name: 'bookings are listed whose patient is withheld',
    step: 'claimed',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [62, all],
    ],
    plant: spoil('booking', 'new.patient_masked := false;'),
  },
  {
    name: 'the ledger counts one too many',
    step: 'cleaned',
    meanwhile: 'nothing',
    held: [
      [all, all],
      [all, all],
    ],
    plant: spoil('connect.slice_ledger', 'new.fetched := new.fetched + 1;'),
  },
];

/** Each in turn on one clinic, which is healthy again in between; where it is not, that is a failure. */
async function trySaboteurs(options: ProofOptions): Promise<ProofResult> {
  const world = await openWorld(options);
  const { clinic, books } = world;
  const saboteurs: Saboteur[] = [];
  const healed: string[] = [];
  const hold = async ([first, second]: readonly [number, number]) => {
    await clinic.grantAll(all);
    await clinic.grant(slices[0], first);
    await clinic.grant(slices[1], second);
  };
  try {
    for (const [index, { name, step, meanwhile, held, regained, ...planted }] of sabotages.entries()) {
      await hold(held[0]);
      await clinic.sync('full');
      await hold(held[1]);
      const tamper = async () => {
        if (regained !== undefined) await clinic.grant(slices[0], regained);
        await planted.tamper?.(world);
      };
      const kill = { step, meanwhile, seed: options.seed + 1000 + index };
      const wrong = await killed(world, kill, { ...planted, tamper, permissionsStand: true });
      options.say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
      await clinic.portal.query(unspoil);
      await hold([all, all]);
      await clinic.sync('full');
      const left = await checkState(books);
      if (left.length > 0) healed.push(`after the saboteur "${name}" was gone: ${left[0]}`);
    }
  } finally {
    await clinic.close();
  }
  return { cases: 0, failures: healed, saboteurs };
}
