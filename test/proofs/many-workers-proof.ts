// The proof of many workers: workers in processes of their own share one PostgreSQL and many connections, a tenth of whose EMRs are sick:
// slow, hanging, failing, refusing. In turns with them and without them all connections come due at once; what counts is how long the
// healthy ones then wait for their freshness. At last half of the workers are killed in the middle, and nothing is lost by that.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSecret, sealSecret } from '../../src/platform/sealed.ts';
import { emrProxy } from '../emr-proxy.ts';
import { freePort } from '../installation.ts';
import { all, type SyncClinic, syncClinic, tenantId } from '../sync-clinic.ts';
import { sealingKey, siteId } from '../sync-portal.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';
import { spoil, unspoil } from './spoil.ts';

interface Size {
  readonly workers: number;
  readonly connections: number;
  /** Of the connections; a fourth of each kind. */
  readonly sick: number;
  /** Turns with the sick ones, and as many without. */
  readonly turns: number;
  /** With them the healthy ones may wait so many times as long. A few connections on a busy machine say little. */
  readonly ratioAtMost: number;
}
const full: Size = { workers: 8, connections: 200, sick: 20, turns: 3, ratioAtMost: 1.25 };
const reduced: Size = { workers: 2, connections: 16, sick: 4, turns: 1, ratioAtMost: 4 };

const sicknesses = ['slow', 'hanging', 'failing', 'refusing'] as const;
type Sickness = (typeof sicknesses)[number];
const slowMs = 2000;
/** What is not done within this is not done. */
const patienceMs = 120_000;
const program = fileURLToPath(new URL('./storm-worker.ts', import.meta.url));

interface World {
  readonly clinic: SyncClinic;
  readonly healthy: readonly number[];
  readonly sick: readonly number[];
  readonly workers: ChildProcess[];
  readonly addresses: Readonly<Record<Sickness, string>>;
  /** The sick EMRs are as they are; else they refuse at once, and whoever hangs on them is let go. */
  beSick(are: boolean): void;
  /** Requests that reached the sick ones. */
  readonly asked: Record<Sickness, number>;
  close(): Promise<void>;
}

export const proveManyWorkers: Proof = async (options) => {
  const size = options.full ? full : reduced;
  const world = await openWorld(options, size);
  const failures: string[] = [];
  let cases = 0;
  try {
    for (let nth = 0; nth < size.workers; nth += 1) await startWorker(world);
    const waits = { with: [] as number[], without: [] as number[] };
    for (let turn = 0; turn < size.turns; turn += 1) {
      // Which of them goes first changes: a machine gets busier or less.
      const order = turn % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
      for (const which of order) {
        const { median, wrong } = await turnOf(world, which === 'with');
        waits[which].push(median);
        cases += world.healthy.length;
        failures.push(...wrong.map((one) => `${which} the sick ones: ${one}`));
        options.say(`${which} the sick ones: median ${median.toFixed(2)} s; ${wrong.length} wrong`);
      }
    }
    const ratio = medianOf(waits.with) / medianOf(waits.without);
    options.say(`healthy ones wait ${ratio.toFixed(3)} times as long with the sick ones`);
    if (!(ratio <= size.ratioAtMost)) failures.push(`healthy ones wait ${ratio.toFixed(2)} times as long`);
    for (const [sickness, n] of Object.entries(world.asked))
      if (n === 0 && sickness !== 'refusing') failures.push(`nobody asked a ${sickness} EMR`);

    const lost = await turnOf(world, true, { kill: size.workers / 2 });
    cases += world.healthy.length;
    options.say(
      `${size.workers / 2} of ${size.workers} workers killed: median ${lost.median.toFixed(2)} s; ${lost.wrong.length} wrong`,
    );
    failures.push(...lost.wrong.map((one) => `after a kill: ${one}`));
    const { saboteurs, wrong } = await trySaboteurs(world, options);
    cases += world.healthy.length;
    failures.push(...wrong);
    return { cases, failures: failures.slice(0, 20), saboteurs };
  } finally {
    await world.close();
  }
};

/** One clinic whose EMR has many clients' worth of connections: each portal site has all of its bookings. */
async function openWorld({ adminUrl, seed }: ProofOptions, { connections, sick }: Size): Promise<World> {
  const clinic = await syncClinic({ adminUrl, perSlice: 3 });
  const slow = await emrProxy();
  const broken = await emrProxy();
  const close = async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all([slow.close(), broken.close()]);
    await clinic.close();
  };
  const workers: ChildProcess[] = [];
  try {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.portal.query('update connect.connection set active = false');
    slow.target = Number(new URL(clinic.proxy.url).port);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const sites = Array.from({ length: connections }, (_, nth) => 1000 + nth);
    await connectSites(clinic, sites);
    // Which sites are sick depends on the seed: neither those that were made first nor those made last.
    const isSick = (nth: number) => (nth + seed) % Math.floor(connections / sick) === 0;
    const ill = sites.filter((_, nth) => isSick(nth)).slice(0, sick);
    const asked: Record<Sickness, number> = { slow: 0, hanging: 0, failing: 0, refusing: 0 };
    const addresses: Record<Sickness, string> = {
      slow: slow.url,
      hanging: `${broken.url}/hanging`,
      failing: `${broken.url}/failing`,
      refusing: nobody,
    };
    let are = false;
    const letGo = new Set<() => void>();
    slow.mishap = async () => {
      asked.slow += 1;
      if (!are) return { status: 503 };
      await sleep(slowMs);
      return undefined;
    };
    broken.mishap = (path) => {
      if (path.startsWith('/failing')) asked.failing += 1;
      else {
        asked.hanging += 1;
        if (are) return new Promise((resolve) => letGo.add(() => resolve({ status: 503 })));
      }
      return { status: 500 };
    };
    const world: World = {
      clinic,
      healthy: sites.filter((site) => !ill.includes(site)),
      sick: ill,
      workers,
      addresses,
      asked,
      beSick: (now) => {
        are = now;
        if (now) return;
        for (const one of letGo) one();
        letGo.clear();
      },
      close,
    };
    await firstReading(world);
    await makeSick(world, sicknesses);
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectSites({ portal }: SyncClinic, sites: readonly number[]): Promise<void> {
  const { rows } = await portal.query<{ connectionId: string; sealed: Buffer }>(
    'select connection_id as "connectionId", credential_sealed as sealed from connect.connection where site_id = $1',
    [siteId],
  );
  const [{ connectionId, sealed }] = rows as [(typeof rows)[number]];
  const secret = openSecret(sealed, sealingKey, connectionId);
  const ids = sites.map((site) => `connection-${site}`);
  await portal.query(
    `insert into site (site_id, name, zone) select n, 'Site ' || n, zone from site, unnest($2::integer[]) n where site_id = $1`,
    [siteId, sites],
  );
  await portal.query(
    `insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, features, next_run_at,
                                     interval_minutes, announcements_due_at)
     select one.site, one.id, name, base_url, client_id, auth_method, one.sealed, features, 'infinity', 1440, 'infinity'
       from connect.connection, unnest($2::integer[], $3::text[], $4::bytea[]) as one (site, id, sealed) where site_id = $1`,
    [siteId, sites, ids, ids.map((id) => sealSecret(secret, sealingKey, id))],
  );
  await portal.query(
    `insert into connect.selected_provider (site_id, connection_id, provider_id)
     select one.site, one.id, provider_id from connect.selected_provider, unnest($2::integer[], $3::text[]) as one (site, id) where site_id = $1`,
    [siteId, sites, ids],
  );
}

/** Everybody has been read once, while all were well. */
async function firstReading(world: World): Promise<void> {
  const { clinic, healthy, sick } = world;
  await startWorker(world);
  const since = await comeDue(clinic, [...healthy, ...sick]);
  const left = await untilEnded(clinic, [...healthy, ...sick], since, patienceMs);
  if (left.length > 0) throw new Error(`${left.length} connections were never read`);
  for (const worker of world.workers.splice(0)) await killed(worker);
}

/** Each in turn has one of these. */
async function makeSick({ clinic: { portal }, sick, addresses }: World, has: readonly Sickness[]): Promise<void> {
  for (const [nth, site] of sick.entries()) {
    await portal.query(
      `update connect.connection set base_url = $2 || regexp_replace(base_url, '^https?://[^/]+(/hanging|/failing)?', '') where site_id = $1`,
      [site, addresses[has[nth % has.length]!]],
    );
  }
}

async function startWorker({ clinic, workers }: World): Promise<void> {
  const worker = spawn(process.execPath, ['--no-warnings', program, clinic.syncUrl, sealingKey.toString('hex')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  workers.push(worker);
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: worker.stdout }).on('line', (line) => {
      if (line === 'started') resolve();
    });
    worker.once('exit', () => reject(new Error('a worker did not start')));
  });
}

async function killed(worker: ChildProcess): Promise<void> {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

interface Turn {
  /** Seconds from coming due to the end of the run, the median of the healthy ones. */
  readonly median: number;
  readonly wrong: string[];
}

/** Something changes in the EMR, and all come due at once; or the healthy ones when so many of the sick are going already (`ahead`). */
async function turnOf(
  world: World,
  withSick: boolean,
  { kill = 0, patience = patienceMs, ahead = 0 } = {},
): Promise<Turn> {
  const { clinic, healthy, sick } = world;
  await clinic.emr.query(
    `update appointment set status = case status when 'booked' then 'arrived' else 'booked' end, version_id = version_id + 1,
            last_updated = clock_timestamp() where tenant_id = $1`,
    [tenantId],
  );
  world.beSick(withSick);
  const since = await comeDue(clinic, withSick ? (ahead > 0 ? sick : [...sick, ...healthy]) : healthy);
  if (ahead > 0) {
    await untilGoing(clinic, sick, ahead, patience);
    await comeDue(clinic, healthy);
  }
  if (kill > 0) {
    // Some have ended, most have not.
    await untilEnded(clinic, healthy, since, patience, healthy.length - 1);
    await Promise.all(world.workers.splice(0, kill).map(killed));
  }
  const left = await untilEnded(clinic, healthy, since, patience);
  const { rows } = await clinic.portal.query<{ seconds: number }>(
    `select extract(epoch from max(ended_at) - $2)::float8 as seconds from connect.sync_run
      where site_id = any ($1) and requested_at >= $2 and state = 'complete' group by site_id`,
    [healthy, since],
  );
  const wrong = left.length === 0 ? [] : [`${left.length} of ${healthy.length} healthy ones were not read`];
  wrong.push(...(await unlike(world)));
  world.beSick(false);
  await untilEnded(clinic, sick, since, patience);
  return { median: rows.length === 0 ? Number.POSITIVE_INFINITY : medianOf(rows.map(({ seconds }) => seconds)), wrong };
}

/** Until so many of these are being read; gives up after all patience. */
async function untilGoing(
  { portal }: SyncClinic,
  sites: readonly number[],
  count: number,
  patience: number,
): Promise<void> {
  const end = performance.now() + patience;
  for (;;) {
    const { rows } = await portal.query<{ going: number }>(
      `select count(distinct site_id) as going from connect.sync_run where site_id = any ($1) and state = 'running'`,
      [sites],
    );
    if (rows[0]!.going >= count || performance.now() > end) return;
    await sleep(20);
  }
}

/** The sick ones rest no longer than till then; what is known of their failures stays. */
async function comeDue({ portal }: SyncClinic, sites: readonly number[]): Promise<Date> {
  const { rows } = await portal.query<{ now: Date }>(
    `with due as (update connect.connection set next_run_at = now(), rest_until = '-infinity' where site_id = any ($1))
     select now() as now`,
    [sites],
  );
  return rows[0]!.now;
}

/** Those that were not, after all patience; returns as soon as at most `leaves` are left. */
async function untilEnded(
  { portal }: SyncClinic,
  sites: readonly number[],
  since: Date,
  patience: number,
  leaves = 0,
): Promise<number[]> {
  const end = performance.now() + patience;
  for (;;) {
    const { rows } = await portal.query<{ site: number }>(
      `select c.site_id as site from connect.connection c
        where c.site_id = any ($1) and (c.next_run_at <= now()
           or exists (select from connect.sync_run r where r.site_id = c.site_id and r.state in ('queued', 'running')
                         and r.requested_at >= $2))`,
      [sites, since],
    );
    if (rows.length <= leaves || performance.now() > end) return rows.map(({ site }) => site);
    await sleep(50);
  }
}

/** Healthy sites that do not show what the EMR has: each booking once, as it is now. */
async function unlike({ clinic: { emr, portal }, healthy }: World): Promise<string[]> {
  const { rows: inEmr } = await emr.query<{ text: string }>(
    `select string_agg(appointment_id || ' ' || status || ' ' || version_id, ', ' order by appointment_id) as text
       from appointment where tenant_id = $1`,
    [tenantId],
  );
  const { rows } = await portal.query<{ site: number; text: string }>(
    `select site_id as site, string_agg(booking_id || ' ' || status || ' ' || emr_version, ', ' order by booking_id) as text
       from booking where site_id = any ($1) and state = 'present' group by 1`,
    [healthy],
  );
  const shown = new Map(rows.map(({ site, text }) => [site, text]));
  const wrong = healthy.filter((site) => shown.get(site) !== inEmr[0]!.text);
  return wrong.length === 0
    ? []
    : [`${wrong.length} of ${healthy.length} healthy ones show something else than the EMR`];
}

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const sabotages = [
  {
    name: 'a dead worker keeps the connections that it held',
    plant: spoil('connect.sync_run', `if new.state = 'running' then new.lease_until := 'infinity'; end if;`),
    kill: 1,
  },
  {
    name: 'some sites do not write what changed',
    plant: spoil('booking', `if tg_op = 'UPDATE' and new.site_id % 7 = 3 then return old; end if;`),
    kill: 0,
  },
];

async function onlyWorkers(world: World, count: number): Promise<void> {
  for (const worker of world.workers.splice(0)) await killed(worker);
  for (let nth = 0; nth < count; nth += 1) await startWorker(world);
}

/** Connections that one worker serves at the same time. */
const placesOfAWorker = 4;
/** Long enough for a machine that is busy, and less than an EMR that hangs holds a place. */
const sabotagedMs = 20_000;

async function trySaboteurs(world: World, { say }: ProofOptions): Promise<{ saboteurs: Saboteur[]; wrong: string[] }> {
  const { portal } = world.clinic;
  const saboteurs: Saboteur[] = [];
  const note = (name: string, found: readonly string[]) => {
    say(`saboteur, ${name}: ${found[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: found.length > 0 });
  };
  const heal = async () => {
    await portal.query(unspoil);
    await portal.query(`update connect.sync_run set lease_until = now() where lease_until = 'infinity'`);
    world.beSick(false);
    const since = await comeDue(world.clinic, [...world.healthy, ...world.sick]);
    await untilEnded(world.clinic, [...world.healthy, ...world.sick], since, patienceMs);
  };
  for (const { name, plant, kill } of sabotages) {
    await onlyWorkers(world, kill + 1);
    await portal.query(plant);
    note(name, (await turnOf(world, true, { kill, patience: sabotagedMs })).wrong);
    await heal();
  }
  // One worker, and as many EMRs that hang as it has places, or more: that they are known to be sick is what keeps places for the others.
  await makeSick(world, ['hanging']);
  await onlyWorkers(world, 1);
  await heal();
  const { wrong } = await turnOf(world, true, { patience: sabotagedMs });
  say(`one worker, ${world.sick.length} EMRs that hang: ${wrong[0] ?? 'the others are served'}`);
  await portal.query(spoil('connect.connection', 'new.failures := 0;'));
  await portal.query('update connect.connection set failures = 0');
  // A healthy EMR is read so soon that all of them could be over before the sick have taken every place.
  note(
    'nobody notes which EMRs are sick',
    (await turnOf(world, true, { patience: sabotagedMs, ahead: placesOfAWorker })).wrong,
  );
  return { saboteurs, wrong: wrong.map((one) => `one worker, all the sick ones hang: ${one}`) };
}
