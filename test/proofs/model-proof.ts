// The model-based proof. A clinic and its portal are driven by commands that are drawn: what happens at the desk, to the permissions, to the
// network and to the worker, and how many requests of a run pass before the next thing happens. Each request of a run waits at the proxy until
// a command lets it through, so the schedule is drawn with the commands and comes again with the seed. After every command both databases are
// compared with what the EMR had and when: model-checker.ts.
import fc from 'fast-check';
import { createSyncWorker, requestRun, type SyncWorker } from '../../src/connect/index.ts';
import { createLog } from '../../src/platform/log.ts';
import type { Mishap } from '../emr-proxy.ts';
import { all, type SyncClinic, slices, syncClinic, tenantId } from '../sync-clinic.ts';
import { sealingKey, siteId } from '../sync-portal.ts';
import { Chronicle } from './model-checker.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';
import { spoil, unspoil } from './spoil.ts';

const commandsOfRun = 40;
const runs = { stated: 200, reduced: 5 } as const;
/** So many more are drawn for a command that none of them had. */
const runsMore = 40;
/** So many runs a planted fault has to be found in. */
const runsOfSaboteur = 60;
const patients = 8;
const perSlice = 4;

/** One installation for all runs; each begins with an empty clinic and a portal that has read nothing. */
interface Installation {
  readonly clinic: SyncClinic;
  readonly worker: SyncWorker;
  /** Milliseconds by which the worker's clock is wrong. */
  skewMs: number;
  close(): Promise<void>;
}

async function install({ adminUrl }: Pick<ProofOptions, 'adminUrl'>): Promise<Installation> {
  const clinic = await syncClinic({ adminUrl, perSlice: 1 });
  const installation: Installation = {
    clinic,
    worker: createSyncWorker({
      syncUrl: clinic.syncUrl,
      sealingKey,
      clock: { now: () => new Date(Date.now() + installation.skewMs) },
      log: createLog({ level: 'silent', name: 'test' }),
      intervals: { firstWaitMs: 2 },
    }),
    skewMs: 0,
    close: async () => {
      await installation.worker.stop();
      await clinic.close();
    },
  };
  return installation;
}

async function beginAnew({ clinic: { emr, portal, serviceId, grantAll } }: Installation): Promise<void> {
  await portal.query(
    `delete from connect.slice_ledger; delete from connect.slice_cursor; delete from connect.sync_run; delete from connect.emr_state;
     delete from connect.roster_entry; delete from connect.seen_provider; delete from connect.gap_record; delete from intake.staged_booking;
     delete from intake.staged_patient; delete from staff_task; delete from booking; delete from patient; delete from schedule; delete from office;
     delete from provider;
     update connect.connection set failures = 0, rest_until = '-infinity', gaps_due_at = null`,
  );
  await emr.query(
    `alter table appointment disable trigger keep_deleted; delete from appointment; alter table appointment enable trigger keep_deleted;
     delete from appointment_version; delete from patient_pair; delete from patient_version; delete from patient; delete from permission_grant where user_id = '${serviceId}'`,
  );
  await emr.query(
    `insert into patient (tenant_id, patient_id, family, given, birth_date, language)
     select $1, 'patient-' || n, 'Madeup' || n, 'Mara', date '1970-01-01' + n, 'en' from generate_series(0, $2::integer - 1) n`,
    [tenantId, patients],
  );
  for (const [nth] of slices.entries())
    for (let n = 0; n < perSlice; n += 1) await book(emr, `first-${nth}-${n}`, nth, n * 3, n);
  await grantAll(all);
}

async function book(emr: SyncClinic['emr'], id: string, slice: number, day: number, patient: number): Promise<void> {
  const [office, provider] = slices[slice]!;
  await emr.query(
    `with booked as (
       insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       select $1, $2, $3, $4, $5, 'booked', at, at + interval '15 minutes'
         from (select date_trunc('minute', now()) + interval '2 hours' + $6::integer * interval '1 day') as start (at) returning *)
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select tenant_id, patient_id, office_id, provider_id from booked on conflict do nothing`,
    [tenantId, id, office, provider, `patient-${patient}`, day],
  );
}

/** The way from the worker to the EMR, one request at a time. */
class Passage {
  readonly #held: ((mishap: Mishap | undefined) => void)[] = [];
  #wake: () => void = () => {};
  isOpen = false;
  /** The next request that shows a token is told that it has expired. */
  tokenExpired = false;

  readonly mishap = (path: string): undefined | Promise<Mishap | undefined> => {
    if (this.isOpen) return undefined;
    return new Promise((resolve) => {
      this.#held.push((mishap) => {
        const isRefused =
          mishap === undefined &&
          this.tokenExpired &&
          /\/fhir\/(?!metadata)/.test(path) &&
          !path.includes('.well-known');
        if (isRefused) this.tokenExpired = false;
        resolve(isRefused ? { status: 401 } : mishap);
      });
      this.#wake();
    });
  };

  get isHeld(): boolean {
    return this.#held.length > 0;
  }

  letOne(mishap?: Mishap): void {
    this.#held.shift()?.(mishap);
  }

  letAll(mishap?: Mishap): void {
    while (this.isHeld) this.letOne(mishap);
  }

  /** Until a request waits, or `other` is over. */
  async untilHeldOr(other: Promise<unknown>): Promise<void> {
    if (this.isHeld) return;
    await Promise.race([
      other,
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
    ]);
  }
}

/** One run of the model: the clinic, what is known of its past, and a worker that may be going. */
class Real {
  readonly installation: Installation;
  readonly chronicle: Chronicle;
  readonly passage = new Passage();
  readonly done: Record<string, number>;
  #going: Promise<void> | undefined;
  #isCut = false;
  #booked = 0;

  constructor(installation: Installation, done: Record<string, number>) {
    const { emr, portal, serviceId: userId, proxy } = installation.clinic;
    this.installation = installation;
    this.done = done;
    this.chronicle = new Chronicle({ emr, portal, tenantId, userId });
    proxy.mishap = this.passage.mishap;
  }

  get #clinic(): SyncClinic {
    return this.installation.clinic;
  }

  /** A change at the EMR, and the note of it. */
  async change(sql: string, ...values: unknown[]): Promise<void> {
    const { rowCount } = await this.#clinic.emr.query(sql, values);
    if ((rowCount ?? 0) > 0) this.count('changes');
    await this.chronicle.note();
  }

  count(what: string): void {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }

  /** Changes one booking of those that are open; `nth` says which, whatever there is. */
  touch(nth: number, set: string): Promise<void> {
    return this.change(
      `with touched as (update appointment set ${set}, version_id = version_id + 1, last_updated = clock_timestamp()
         where tenant_id = ${tenantId} and appointment_id = (${this.#nth(nth)}) returning *)
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select tenant_id, patient_id, office_id, provider_id from touched on conflict do nothing`,
    );
  }

  #nth(nth: number): string {
    return `select appointment_id from appointment where tenant_id = ${tenantId} and status not in ('cancelled', 'entered-in-error')
      order by appointment_id offset ${nth} % greatest(1, (select count(*) from appointment where status not in ('cancelled', 'entered-in-error'))) limit 1`;
  }

  async book(slice: number, day: number, patient: number): Promise<void> {
    this.#booked += 1;
    await book(this.#clinic.emr, `later-${this.#booked}`, slice, day, patient);
    this.count('changes');
    await this.chronicle.note();
  }

  async remove(nth: number, trace: boolean): Promise<void> {
    const { emr } = this.#clinic;
    if (!trace) await emr.query('alter table appointment disable trigger keep_deleted');
    await this.change(`delete from appointment where tenant_id = ${tenantId} and appointment_id = (${this.#nth(nth)})`);
    if (!trace) await emr.query('alter table appointment enable trigger keep_deleted');
  }

  async grant(slice: number, columns: number): Promise<void> {
    await this.#clinic.grant(slices[slice]!, columns);
    this.count('changes');
    await this.chronicle.note();
  }

  async lapse(slice: number): Promise<void> {
    const { serviceId } = this.#clinic;
    const [office, provider] = slices[slice]!;
    await this.#clinic.emr.query('update app_user set permission_version = permission_version + 1 where user_id = $1', [
      serviceId,
    ]);
    await this.change(
      `update permission_grant set access_until = now() - interval '1 hour', access_until_day = current_date - 1
        where tenant_id = $1 and user_id = $2 and office_id = $3 and provider_id = $4`,
      tenantId,
      serviceId,
      office,
      provider,
    );
  }

  async tick(slice: number): Promise<void> {
    const [office, provider] = slices[slice]!;
    await this.#clinic.emr.query(
      `update permission_grant set access_until = null, access_until_day = null
        where tenant_id = $1 and user_id = $2 and office_id = $3 and provider_id = $4`,
      [tenantId, this.#clinic.serviceId, office, provider],
    );
    await this.grant(slice, all);
  }

  async ask(mode: 'full' | 'recent' | 'slice', cause: 'asked' | 'interval', slice?: number): Promise<void> {
    const of = slice === undefined ? undefined : slices[slice]!;
    // A slice that is not known yet has nobody to ask for it.
    const { rowCount } = await this.#clinic.portal.query('select from schedule');
    if (of && rowCount === 0) return;
    await requestRun(this.installation.worker.context, {
      siteId,
      connectionId: this.#clinic.connectionId,
      mode,
      requestedBy: null,
      cause,
      slice: of && { officeId: of[0], providerId: of[1] },
    });
    await this.go(0);
  }

  get #isGoing(): boolean {
    return this.#going !== undefined;
  }

  /** Lets so many requests through, one after the other. */
  async go(requests: number): Promise<void> {
    this.#going ??= this.installation.worker
      .drain()
      // Its connections were cut in the middle of a look: the next look begins anew.
      .catch(() => {})
      .finally(() => {
        this.#going = undefined;
      });
    await this.passage.untilHeldOr(this.#going);
    for (let n = 0; n < requests && this.passage.isHeld; n += 1) {
      this.count('requests');
      this.passage.letOne();
      await this.passage.untilHeldOr(this.#going ?? Promise.resolve());
    }
    if (this.#isGoing) {
      this.count('unfinished');
      this.chronicle.counts.unfinished += 1;
    }
  }

  /** The worker's sessions end and its lease passes, as when its process dies; the next look of a worker finds the run. */
  async crash(): Promise<void> {
    if (!this.#going) return;
    const { rowCount } = await this.#clinic.portal.query(
      `update connect.sync_run set lease_owner = 'dead', lease_until = now() - interval '1 hour' where state = 'running'`,
    );
    await this.#clinic.portal.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidegate sync' and datname = current_database()`,
    );
    if ((rowCount ?? 0) > 0) this.count('crashes');
    await this.go(1);
  }

  async cut(): Promise<void> {
    if (this.#isCut) return;
    this.#isCut = true;
    this.count('partitions');
    await this.#clinic.proxy.close();
    this.passage.letAll({ status: 503 });
    if (this.#going) await this.#going;
  }

  async mend(): Promise<void> {
    if (!this.#isCut) return;
    this.#isCut = false;
    await this.#clinic.proxy.open();
  }

  /** Everything is well again, and the portal reads all there is. */
  async settle(): Promise<string[]> {
    await this.mend();
    this.installation.skewMs = 0;
    this.passage.tokenExpired = false;
    await this.rest();
    const wrong = await this.chronicle.check();
    const { state, problem } = await this.#finalRun();
    if (state === 'failed') wrong.push(`at last a full run failed: ${problem?.key}`);
    return [...wrong, ...(await this.chronicle.check({ settled: true }))];
  }

  async #finalRun() {
    this.passage.isOpen = true;
    const runId = await this.#clinic.ask('full');
    await this.installation.worker.drain();
    return this.#clinic.run(runId);
  }

  /** Lets whatever waits or goes come to its end. */
  async rest(): Promise<void> {
    this.passage.isOpen = true;
    this.passage.letAll();
    await this.#clinic.portal.query(`update connect.connection set rest_until = '-infinity'`);
    await this.#going;
    for (let looks = 0; looks < 100; looks += 1) {
      await this.installation.worker.drain().catch(() => {});
      const { rowCount } = await this.#clinic.portal.query(
        `select from connect.sync_run where state in ('queued', 'running')`,
      );
      if (rowCount === 0) return;
    }
    throw new Error('runs do not end');
  }
}

/** What was found to be wrong; anything else that is thrown is the proof's own trouble. */
class Untrue extends Error {}

class Command implements fc.AsyncCommand<object, Real> {
  readonly #name: string;
  readonly #does: (real: Real) => Promise<void>;

  constructor(name: string, does: (real: Real) => Promise<void>) {
    this.#name = name;
    this.#does = does;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, real: Real): Promise<void> {
    await this.#does(real);
    real.count('commands');
    const wrong = await real.chronicle.check();
    if (wrong.length > 0) throw new Untrue(`after ${this.#name}: ${wrong.slice(0, 3).join('; ')}`);
  }

  toString(): string {
    return this.#name;
  }
}

const slice = fc.nat({ max: slices.length - 1 });
const nth = fc.nat({ max: 1000 });
const shift = (by: string) => `start_at = start_at + interval '${by}', end_at = end_at + interval '${by}'`;
const sliceName = (one: number) => slices[one]!.join(' ');

const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(slice, fc.nat({ max: 11 }), fc.nat({ max: patients - 1 }))
      .map(
        ([at, day, patient]) => new Command(`book ${sliceName(at)} day ${day}`, (real) => real.book(at, day, patient)),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, fc.integer({ min: 1, max: 600 }))
      .map(([n, by]) => new Command(`put off ${n} by ${by} minutes`, (real) => real.touch(n, shift(`${by} minutes`)))),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(nth, slice).map(([n, to]) => {
      const [office, provider] = slices[to]!;
      return new Command(`move ${n} to ${sliceName(to)}`, (real) =>
        real.touch(n, `office_id = '${office}', provider_id = '${provider}'`),
      );
    }),
  },
  {
    weight: 1,
    arbitrary: nth.map((n) => new Command(`put ${n} off beyond the window`, (real) => real.touch(n, shift('60 days')))),
  },
  { weight: 2, arbitrary: nth.map((n) => new Command(`cancel ${n}`, (real) => real.touch(n, `status = 'cancelled'`))) },
  {
    weight: 1,
    arbitrary: nth.map(
      (n) => new Command(`${n} was a mistake`, (real) => real.touch(n, `status = 'entered-in-error'`)),
    ),
  },
  { weight: 2, arbitrary: nth.map((n) => new Command(`delete ${n}`, (real) => real.remove(n, true))) },
  { weight: 1, arbitrary: nth.map((n) => new Command(`delete ${n} without a trace`, (real) => real.remove(n, false))) },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: patients - 1 })
      .map(
        (n) =>
          new Command(`rename patient ${n}`, (real) =>
            real.change(
              `update patient set family = family || 'X', version_id = version_id + 1, last_updated = clock_timestamp() where tenant_id = $1 and patient_id = $2`,
              tenantId,
              `patient-${n}`,
            ),
          ),
      ),
  },
  { weight: 3, arbitrary: slice.map((at) => new Command(`tick ${sliceName(at)}`, (real) => real.tick(at))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(slice, fc.constantFrom(0, 2, 32, 34, 62))
      .map(([at, columns]) => new Command(`untick ${sliceName(at)} to ${columns}`, (real) => real.grant(at, columns))),
  },
  { weight: 1, arbitrary: slice.map((at) => new Command(`lapse ${sliceName(at)}`, (real) => real.lapse(at))) },
  {
    weight: 7,
    arbitrary: fc
      .tuple(fc.constantFrom('full', 'recent', 'recent'), fc.constantFrom('asked', 'interval'))
      .map(([mode, cause]) => new Command(`sync ${mode}, ${cause}`, (real) => real.ask(mode, cause))),
  },
  {
    weight: 1,
    arbitrary: slice.map((at) => new Command(`sync ${sliceName(at)}`, (real) => real.ask('slice', 'asked', at))),
  },
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }).map((n) => new Command(`page ${n}`, (real) => real.go(n))) },
  { weight: 5, arbitrary: fc.constant(new Command('page to the end', (real) => real.go(10_000))) },
  { weight: 2, arbitrary: fc.constant(new Command('crash', (real) => real.crash())) },
  { weight: 1, arbitrary: fc.constant(new Command('partition', (real) => real.cut())) },
  { weight: 2, arbitrary: fc.constant(new Command('heal', (real) => real.mend())) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -72, max: 72 }).map(
      (hours) =>
        new Command(`skew ${hours} hours`, async (real) => {
          real.installation.skewMs = hours * 3_600_000;
          real.count('skews');
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      new Command('the token expires', async (real) => {
        real.passage.tokenExpired = true;
        real.count('expiries');
      }),
    ),
  },
);

interface Played {
  readonly done: Record<string, number>;
  /** Undefined: every run held. */
  readonly failure: { readonly message: string; readonly path: string } | undefined;
}

/** Draws runs until one fails. `path`: that one alone, of a seed that was tried before. */
async function play(
  installation: Installation,
  {
    seed,
    count,
    path,
    plant,
  }: { readonly seed: number; readonly count: number; readonly path?: string; readonly plant?: string },
): Promise<Played> {
  const done: Record<string, number> = {};
  const property = fc.asyncProperty(
    fc.array(command, { minLength: commandsOfRun, maxLength: commandsOfRun }),
    async (commands) => {
      const { clinic } = installation;
      await beginAnew(installation);
      if (plant) await clinic.portal.query(plant);
      const real = new Real(installation, done);
      await real.chronicle.note();
      try {
        await fc.asyncModelRun(() => ({ model: {}, real }), commands);
        const wrong = await real.settle();
        if (wrong.length > 0) throw new Untrue(`in the end: ${wrong.slice(0, 3).join('; ')}`);
      } finally {
        await real.mend();
        installation.skewMs = 0;
        await clinic.portal.query(unspoil);
        await real.rest();
      }
      real.count('played');
      for (const [name, n] of Object.entries(real.chronicle.counts)) done[name] = (done[name] ?? 0) + n;
    },
  );
  const result = await fc.check(property, {
    seed,
    numRuns: count,
    endOnFailure: true,
    ...(path === undefined ? {} : { path }),
  });
  if (!result.failed) return { done, failure: undefined };
  if (!(result.errorInstance instanceof Untrue)) throw result.errorInstance ?? new Error('a run was interrupted');
  const message = `${result.errorInstance.message} [${result.counterexample?.[0]?.map(String).join(', ')}]`;
  return { done, failure: { message, path: result.counterexamplePath ?? '' } };
}

const sabotages: readonly { readonly name: string; readonly plant: string }[] = [
  {
    name: 'absence is taken for deletion',
    plant: spoil('booking', `if new.state = 'unconfirmed' then new.state := 'deleted'; end if;`),
  },
  {
    name: 'what cannot be seen any more is taken for cancelled',
    plant: spoil('booking', `if new.state = 'visibility-lost' then new.status := 'cancelled'; end if;`),
  },
  {
    name: 'what cannot be seen any more stays listed',
    plant: spoil('booking', `if new.state = 'visibility-lost' then new.state := 'present'; end if;`),
  },
  { name: 'withheld patients are shown', plant: spoil('booking', 'new.patient_masked := false;') },
  {
    name: 'the cursor is set to when the run ended',
    plant: spoil('connect.slice_cursor', `new.cursor_at := clock_timestamp() + interval '1 hour';`),
  },
  {
    name: 'freshness is a minute later than it is',
    plant: spoil('schedule', `new.matched_as_of := new.matched_as_of + interval '1 minute';`),
  },
  { name: 'the ledger counts one too many', plant: spoil('connect.slice_ledger', 'new.created := new.created + 1;') },
  {
    name: 'a run with gaps is called complete',
    plant: spoil('connect.sync_run', `if new.state = 'complete-with-gaps' then new.state := 'complete'; end if;`),
  },
  {
    name: 'a run that failed does not say why',
    plant: spoil('connect.sync_run', `if new.state = 'failed' then new.problem := null; end if;`),
  },
];

export const proveModel: Proof = async (options) => {
  const { full, seed, say } = options;
  const installation = await install(options);
  const failures: string[] = [];
  try {
    const exercised = [
      'commands',
      'changes',
      'requests',
      'unfinished',
      'bookings',
      'crashes',
      'partitions',
      'skews',
      'expiries',
      'removed',
    ];
    const done: Record<string, number> = {};
    const missing = () => exercised.filter((what) => (done[what] ?? 0) === 0);
    const draw = async (from: number, count: number): Promise<void> => {
      const { done: ofThese, failure } = await play(installation, { seed: from, count });
      for (const [what, times] of Object.entries(ofThese)) done[what] = (done[what] ?? 0) + times;
      if (failure) failures.push(`seed ${from}, path ${failure.path}: ${failure.message}`);
    };
    await draw(seed, full ? runs.stated : runs.reduced);
    // Few runs may happen to be without a crash.
    for (let more = 1; more <= runsMore && failures.length === 0 && missing().length > 0; more += 1)
      await draw(seed + more, 1);
    say(JSON.stringify(done));
    failures.push(...missing().map((what) => `${what}: never`));
    const saboteurs: Saboteur[] = [];
    for (const { name, plant } of sabotages) {
      const found = await play(installation, { seed, count: runsOfSaboteur, plant });
      say(
        `saboteur, ${name}: ${found.failure?.message.slice(0, 300) ?? 'NOT CAUGHT'} (in run ${(found.done['played'] ?? 0) + 1})`,
      );
      saboteurs.push({ name, caught: found.failure !== undefined });
      if (!found.failure || saboteurs.length > 1) continue;
      const again = await play(installation, { seed, count: 1, path: found.failure.path, plant });
      if (again.failure?.message !== found.failure.message)
        failures.push(`a failure did not come again: ${again.failure?.message}`);
    }
    return { cases: done['commands'] ?? 0, failures, saboteurs };
  } finally {
    await installation.close();
  }
};
