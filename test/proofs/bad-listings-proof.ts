// The proof of bad listings. An EMR is read while it is worked in, by pages that repeat, overlap, come in no order or are counted by a server
// whose rows move beneath them, with hundreds of rows of one moment, changes that are committed late and one booking in a thousand that
// cannot be used. After two runs, whatever they were, the portal has what the EMR permits, and nothing was removed on the way.
import { createHash } from 'node:crypto';
import pg from 'pg';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import type { Mishap } from '../emr-proxy.ts';
import { all, slices, syncClinic, tenantId } from '../sync-clinic.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';
import { spoil } from './spoil.ts';
import { checkLedger, checkRemovals, checkState, countThere, listedNow } from './sync-checker.ts';
import type { World } from './sync-world.ts';

/** How the EMR gives what it has. The last two have neither an export nor a history. */
const servers = ['exports', 'pages', 'searches', 'counts'] as const;
type Server = (typeof servers)[number];

/** The first run reads while the EMR is worked in, the second finds it quiet, and its listings as bad as before. */
const runs = [
  ['full', 'recent'],
  ['recent', 'recent'],
  ['recent', 'full'],
  ['full', 'full'],
] as const;

interface Case {
  readonly server: Server;
  readonly runs: (typeof runs)[number];
  readonly seed: number;
  /** Pages give some bookings twice, and some of the page before once more, as they were then. */
  readonly repeats: boolean;
  /** Not in the order that was asked for, however the server counts. */
  readonly unordered: boolean;
  /** So many new bookings start at one moment and were changed at one moment. */
  readonly ofOneMoment: number;
  /** A transaction that began before the first run ends after it. */
  readonly late: boolean;
  /** One booking in a thousand cannot be used, until somebody at the desk mends it. */
  readonly invalid: boolean;
}

const pageSize = 50;
/** Of each of the four schedules: a thousand where it is stated, fewer where it has to be quick. */
const perSlice = { stated: 250, quick: 60 } as const;
const ofOneMoment = 500;
/** Acts at the desk while a run reads. */
const actsAtMost = 100;

interface Exercised {
  pages: number;
  acts: number;
  repeated: number;
  lateCommits: number;
  unusable: number;
  /** Bookings that the first run did not bring as they were in the end. */
  behind: number;
}

const touch = 'version_id = version_id + 1, last_updated = clock_timestamp()';
const shift = (by: '+' | '-', what: string) =>
  `start_at = start_at ${by} interval '${what}', end_at = end_at ${by} interval '${what}'`;
const draw = (random: () => number, upTo: number): number => Math.floor(random() * upTo);

/** As in a clinic that was read an hour ago: what the next recent run has to bring is older than any overlap. */
async function openWorld({ adminUrl, full }: Pick<ProofOptions, 'adminUrl' | 'full'>): Promise<World> {
  const clinic = await syncClinic({ adminUrl, perSlice: full ? perSlice.stated : perSlice.quick });
  const { emr, portal, serviceId: userId } = clinic;
  await emr.query('alter table appointment enable trigger keep_deleted');
  await emr.query(`update appointment set last_updated = now() - interval '3 days'`);
  await emr.query(`update patient set last_updated = now() - interval '3 days'`);
  await emr.query(`update appointment set ${shift('+', '60 days')} where appointment_id like '%7'`);
  await clinic.grantAll(all);
  await clinic.sync('full');
  await portal.query(`update connect.slice_cursor set cursor_at = cursor_at - interval '1 hour'`);
  return { clinic, books: { emr, portal, tenantId, userId } };
}

/** What happened in the hour, so long ago that no overlap of a recent run covers it. */
async function workBefore({ clinic: { emr } }: World, one: Case, random: () => number): Promise<void> {
  const [office, provider] = slices[draw(random, slices.length)]!;
  await emr.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at, last_updated)
     select $1, 'moment-' || n, $2, $3, 'patient-' || n % 40, 'booked', at, at + interval '10 minutes', now() - interval '20 minutes'
       from generate_series(1, $4::integer) n, (select date_trunc('minute', now()) + interval '5 days') as start (at)`,
    [tenantId, office, provider, one.ofOneMoment],
  );
  await emr.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at, last_updated)
     select tenant_id, 'new-' || appointment_id, office_id, provider_id, patient_id, 'booked', start_at + interval '7 minutes',
            end_at + interval '7 minutes', now() - (3 + random() * 50) * interval '1 minute'
       from appointment where tenant_id = $1 and appointment_id ~ '^(hill|shore).*[36]$'`,
    [tenantId],
  );
  await emr.query(
    `update appointment set status = case when appointment_id like '%20' then 'cancelled' else 'arrived' end,
            version_id = version_id + 1, last_updated = now() - (3 + random() * 50) * interval '1 minute'
      where tenant_id = $1 and appointment_id ~ '^(hill|shore).*0$'`,
    [tenantId],
  );
  await emr.query(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select distinct tenant_id, patient_id, office_id, provider_id from appointment where patient_id is not null
     on conflict do nothing`,
  );
}

/** One act at the desk, in a transaction of its own, on a booking that nobody else is at. */
async function actAtDesk({ clinic: { emr } }: World, random: () => number, deletes: boolean): Promise<void> {
  const [office, provider] = slices[draw(random, slices.length)]!;
  const salt = draw(random, 2 ** 30);
  const nth = `order by md5(appointment_id || '${salt}') limit 1 for update skip locked`;
  const some = (where = 'true') =>
    `where tenant_id = ${tenantId} and appointment_id = (
       select appointment_id from appointment where tenant_id = ${tenantId} and status not in ('cancelled', 'entered-in-error') and ${where} ${nth})`;
  const soon = `start_at between now() and now() + interval '12 days'`;
  // Not what was put off while the run reads: that it had read so is no mistake.
  const longAgo = `start_at > now() + interval '50 days' and last_updated < now() - interval '1 day'`;
  const hours = 1 + draw(random, 200);
  const acts = [
    `update appointment set status = 'arrived', ${touch} ${some()}`,
    `update appointment set status = 'cancelled', ${touch} ${some()}`,
    `update appointment set status = 'entered-in-error', ${touch} ${some()}`,
    `with moved as (update appointment set office_id = '${office}', provider_id = '${provider}', ${touch} ${some(soon)} returning *)
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select tenant_id, patient_id, office_id, provider_id from moved on conflict do nothing`,
    `update appointment set ${shift('+', '60 days')}, ${touch} ${some(soon)}`,
    `update appointment set ${shift('-', '60 days')}, ${touch} ${some(longAgo)}`,
    `update appointment set ${shift('+', `${hours} minutes`)}, ${touch} ${some(soon)}`,
    `update patient set family = family || '-Renamed', ${touch} where tenant_id = ${tenantId} and patient_id = 'patient-${draw(random, 40)}'`,
    `insert into patient (tenant_id, patient_id, family, given) values (${tenantId}, 'newcomer-${salt}', 'Neu', 'Nina');
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values (${tenantId}, 'newcomer-${salt}', '${office}', '${provider}');
     insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
     values (${tenantId}, 'walk-in-${salt}', '${office}', '${provider}', 'newcomer-${salt}', 'booked', now() + interval '${hours} hours',
             now() + interval '${hours} hours' + interval '20 minutes')`,
    ...(deletes ? Array.from({ length: 3 }, () => `delete from appointment ${some()}`) : []),
  ];
  await emr.query(acts[draw(random, acts.length)]!);
}

/** What a long transaction writes; the instants of it are of its beginning, ten minutes ago. */
async function beginLate({ clinic: { emr } }: World): Promise<() => Promise<void>> {
  const slow = await emr.connect();
  const at = `now() - interval '10 minutes'`;
  await slow.query('begin');
  await slow.query(`select open_changes_from(${at})`);
  await slow.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at, last_updated)
     select tenant_id, 'late-' || appointment_id, office_id, provider_id, patient_id, 'booked', start_at + interval '3 minutes',
            end_at + interval '3 minutes', ${at}
       from appointment where tenant_id = ${tenantId} and appointment_id ~ '^(hill|shore)-[a-z]+-1[0-9]$'`,
  );
  await slow.query(
    `update appointment set type_text = 'Late', version_id = version_id + 1, last_updated = ${at}
      where tenant_id = ${tenantId} and appointment_id ~ '^(hill|shore)-[a-z]+-[0-9]*5$'`,
  );
  return async () => {
    await slow.query('commit');
    slow.release();
  };
}

interface Resource extends Record<string, unknown> {
  readonly resourceType: string;
  readonly id: string;
  readonly meta?: { readonly versionId?: string };
}
interface Listing extends Record<string, unknown> {
  entry?: { readonly resource?: Resource; readonly search?: { readonly mode?: string } }[];
  link?: { relation: string; url: string }[];
  total?: number;
}

const isMatch = ({ resource, search }: NonNullable<Listing['entry']>[number]): boolean =>
  resource !== undefined && search?.mode !== 'outcome';

/** Ways in which a booking cannot be used. */
const spoiled: readonly ((booking: Resource) => object)[] = [
  ({ start: _start, ...rest }) => rest,
  (booking) => ({ ...booking, start: 'next Tuesday' }),
  (booking) => ({ ...booking, participant: null }),
  ({ status: _status, ...rest }) => rest,
];

interface BadEmr {
  readonly exercised: Exercised;
  /** Bookings that cannot be used as long as they are of this version. */
  readonly invalid: Map<string, string>;
  /** What is done before a page is answered. */
  meanwhile: () => Promise<unknown>;
  close(): void;
}

/** Makes the proxy the server that the case is about. */
function badEmr({ clinic: { proxy } }: World, one: Case, exercised: Exercised): BadEmr {
  const invalid = new Map<string, string>();
  const order = (id: string) => createHash('md5').update(`${id} ${one.seed}`).digest('hex');
  const usable = (resource: Resource): object => {
    if (invalid.get(resource.id) !== resource.meta?.versionId || resource.resourceType !== 'Appointment')
      return resource;
    exercised.unusable += 1;
    return spoiled[one.seed % spoiled.length]!(resource);
  };
  const inBundle = (change: (bundle: Listing) => void) => (text: string) => {
    const bundle = JSON.parse(text) as Listing;
    if (bundle['resourceType'] !== 'Bundle') return text;
    change(bundle);
    for (const entry of bundle.entry ?? []) {
      if (entry.resource) Object.assign(entry, { resource: usable(entry.resource) });
    }
    return JSON.stringify(bundle);
  };
  const shuffle = <T extends NonNullable<Listing['entry']>>(entries: T): T =>
    entries.sort((a, b) => (order(a.resource?.id ?? '') < order(b.resource?.id ?? '') ? -1 : 1));

  let before: NonNullable<Listing['entry']> = [];
  const page = (bundle: Listing): void => {
    const matches = (bundle.entry ?? []).filter(isMatch);
    const others = (bundle.entry ?? []).filter((entry) => !isMatch(entry));
    const again = one.repeats ? [...matches.slice(0, 3), ...before.slice(-4)] : [];
    exercised.pages += 1;
    exercised.repeated += again.length;
    before = bundle.link?.some(({ relation }) => relation === 'next') ? matches : [];
    bundle.entry = [...(one.unordered ? shuffle(matches) : matches), ...again, ...others];
  };
  /** The server has no place to go on from but a number: whatever is taken away before it moves the rest past who reads. */
  const counted = (path: string): Mishap => {
    const [, offset = '0'] = /&_offset=(\d+)/.exec(path) ?? [];
    const rest = path.replace(/&_offset=\d+/, '');
    return {
      askFor: rest.replace(/_count=\d+/, '_count=1000'),
      rewrite: inBundle((bundle) => {
        const found = (bundle.entry ?? []).filter(isMatch);
        if (bundle.link?.some(({ relation }) => relation === 'next')) throw new Error('more than the proxy can count');
        const end = Number(offset) + pageSize;
        bundle.entry = (one.unordered ? shuffle(found) : found).slice(Number(offset), end);
        bundle.link = end < found.length ? [{ relation: 'next', url: `${proxy.url}${rest}&_offset=${end}` }] : [];
        page(bundle);
      }),
    };
  };

  const bad: BadEmr = { exercised, invalid, meanwhile: async () => {}, close: () => (proxy.mishap = () => undefined) };
  proxy.mishap = async (path) => {
    if (path.includes('/metadata')) {
      return {
        rewrite: (text) => {
          const declared = one.server === 'exports' ? text : text.replace('"export"', '"other"');
          return one.server === 'searches' || one.server === 'counts'
            ? declared.replaceAll('"history-type"', '"other"')
            : declared;
        },
      };
    }
    const isListing = /^\/fhir\/(?:Appointment|Patient)(?:\?|\/_history\?)/.test(path) && !path.includes('_id=');
    if (isListing || path.includes('.ndjson')) await bad.meanwhile();
    if (path.includes('.ndjson'))
      return { rewrite: (text) => inLines(text, usable, one.unordered ? order : undefined) };
    if (!isListing) return path.includes('_id=') ? { rewrite: inBundle(() => {}) } : undefined;
    return one.server === 'counts'
      ? counted(path)
      : { askFor: path.replace(/_count=\d+/, `_count=${pageSize}`), rewrite: inBundle(page) };
  };
  return bad;
}

function inLines(text: string, usable: (resource: Resource) => object, order?: (id: string) => string): string {
  const resources = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Resource]));
  if (order) resources.sort((a, b) => (order(a.id) < order(b.id) ? -1 : 1));
  return resources.map((resource) => `${JSON.stringify(usable(resource))}\n`).join('');
}

interface Planted {
  readonly plant?: ((world: World) => unknown) | undefined;
  /** A worse server yet: what it makes of a request or of an answer. */
  readonly worse?:
    | ((path: string, mishap: Mishap | undefined, world: World) => Mishap | undefined | Promise<Mishap | undefined>)
    | undefined;
}

/** The two runs of one case in a clinic of its own; what did not fit. */
async function listed(
  options: ProofOptions,
  one: Case,
  exercised: Exercised,
  { plant, worse }: Planted = {},
): Promise<string[]> {
  const world = await openWorld(options);
  const { clinic, books } = world;
  const wrong: string[] = [];
  try {
    const random = seededRandom(one.seed);
    await workBefore(world, one, random);
    const bad = badEmr(world, one, exercised);
    if (worse) {
      const { mishap } = clinic.proxy;
      clinic.proxy.mishap = async (path, method) => worse(path, await mishap(path, method), world);
    }
    if (one.invalid) await spoilSome(world, bad, random);
    await plant?.(world);
    const [first, second] = one.runs;
    // Without a history nobody hears of a deletion but a full run.
    const deletes = second === 'full' || one.server === 'exports' || one.server === 'pages';
    const commitLate = one.late ? await beginLate(world) : undefined;
    let acts = 0;
    bad.meanwhile = async () => {
      for (let nth = draw(random, 8); nth > 0 && acts < actsAtMost; nth -= 1) {
        await actAtDesk(world, random, deletes);
        acts += 1;
      }
    };
    const before = await listedNow(books);
    const { state, problem } = await clinic.sync(first);
    bad.meanwhile = async () => {};
    exercised.acts += acts;
    if (commitLate) {
      await commitLate();
      exercised.lateCommits += 1;
    }
    if (!state.startsWith('complete')) wrong.push(`the first run ended ${state} (${problem?.key ?? 'no problem'})`);
    wrong.push(...(await checkRemovals(books, before)).map((each) => `after the first run: ${each}`));
    exercised.behind += (await checkState(books)).length;

    const thereBefore = await countThere(books);
    const again = await clinic.sync(second);
    const found = await checkState(books);
    const left = await unusableNow(world, bad);
    if (left.length > 0) {
      const said = (await clinic.status()).schedules.map(({ reason }) => reason?.key);
      if (!said.includes('sync.reason.unusable')) wrong.push('nobody says that something cannot be used');
      wrong.push(...found.filter((each) => !left.some((id) => each.startsWith(`${id} `))));
      await clinic.emr.query(`update appointment set ${touch} where appointment_id = any ($1)`, [left]);
      await clinic.sync('recent');
      wrong.push(...(await checkState(books)).map((each) => `mended: ${each}`));
    } else {
      if (again.state !== 'complete') wrong.push(`the second run ended ${again.state} (${again.problem?.key})`);
      wrong.push(...found);
      if (second === 'full') wrong.push(...(await checkLedger(books, again.runId, thereBefore)));
    }
    return wrong;
  } finally {
    await clinic.close();
  }
}

/** Of a thousand bookings one; of those that this run has to bring. */
async function spoilSome({ books: { emr } }: World, { invalid }: BadEmr, random: () => number): Promise<void> {
  const { rows } = await emr.query<{ id: string; version: string }>(
    `select appointment_id as id, version_id::text as version from appointment
      where appointment_id like 'new-%' or version_id > 1 order by md5(appointment_id || $1)
      limit (select ceil(count(*) / 1000.0) from appointment)`,
    [String(draw(random, 2 ** 30))],
  );
  for (const { id, version } of rows) invalid.set(id, version);
}

/** Those whom nobody mended or deleted at the desk. */
async function unusableNow({ books: { emr } }: World, { invalid }: BadEmr): Promise<string[]> {
  const { rows } = await emr.query<{ id: string; version: string }>(
    'select appointment_id as id, version_id::text as version from appointment where appointment_id = any ($1)',
    [[...invalid.keys()]],
  );
  return rows.flatMap(({ id, version }) => (invalid.get(id) === version ? [id] : []));
}

const plain = { repeats: false, unordered: false, ofOneMoment: 0, late: false, invalid: false } as const;

/** Every server with every pair of runs, and of the mishaps each one alone, all at once, and mixtures. */
function casesFrom({ full, seed }: ProofOptions): Case[] {
  const random = seededRandom(seed);
  const some = () => random() < 0.5;
  const mishaps: (() => Omit<Case, 'server' | 'runs' | 'seed'>)[] = [
    () => plain,
    () => ({ ...plain, repeats: true }),
    () => ({ ...plain, ofOneMoment }),
    () => ({ ...plain, late: true, invalid: true }),
    () => ({ repeats: true, unordered: true, ofOneMoment, late: true, invalid: true }),
    () => ({
      repeats: some(),
      unordered: some(),
      ofOneMoment: some() ? ofOneMoment : 0,
      late: some(),
      invalid: some(),
    }),
  ];
  const every = servers.flatMap((server) => runs.map((pair) => ({ server, runs: pair })));
  if (full) {
    return every.flatMap((kind, nth) =>
      mishaps.map((mishap, index) => ({ ...kind, ...mishap(), seed: seed + 97 * (nth * mishaps.length + index) })),
    );
  }
  return servers.map((server, nth) => ({
    server,
    runs: runs[(seed + nth) % runs.length]!,
    ...mishaps.at(-2)!(),
    seed: seed + 97 * nth,
  }));
}

interface Sabotage extends Planted {
  readonly name: string;
  readonly at: Partial<Case> & Pick<Case, 'server' | 'runs'>;
  /** What a statement of the product becomes. */
  readonly statement?: (text: string) => string;
}

/** So many worlds a planted fault has to be found in: in one that is drawn with nothing happening meanwhile there is nothing to find. */
const worldsOfSaboteur = 6;

const edited = (change: (text: string) => string): Mishap => ({ rewrite: change });

/** Gives what it gave before to whoever asks again, so that nothing is found by a second reading; and rows go away between two pages. */
function readOnce(): NonNullable<Planted['worse']> {
  const given = new Map<string, string>();
  return async (path, mishap, { clinic }) => {
    const [, provider, office] = /practitioner=(\w+)&location=(\w+)/.exec(path) ?? [];
    if (office === undefined || !mishap || !('rewrite' in mishap)) return mishap;
    if (path.includes('_offset=50') && !given.has(path)) {
      await clinic.emr.query(
        `update appointment set ${shift('+', '60 days')}, ${touch} where appointment_id in (
           select appointment_id from appointment where office_id = $1 and provider_id = $2 and start_at > now() order by start_at limit 30)`,
        [office, provider],
      );
    }
    const { rewrite } = mishap;
    return {
      ...mishap,
      rewrite: (text) => {
        if (!given.has(path)) given.set(path, rewrite!(text));
        return given.get(path)!;
      },
    };
  };
}

/**
 * One booking goes from the schedule that is read last to the first. Single bookings are not given once the reading has ended: what bears
 * witness is asked after before it, between the two coverages.
 */
function unasked(): NonNullable<Planted['worse']> {
  let coverages = 0;
  return async (path, mishap, { clinic }) => {
    if (path.includes('practitioner=cho&location=shore')) {
      await clinic.emr.query(
        `update appointment set office_id = 'hill', provider_id = 'abel', ${touch} where appointment_id = 'shore-cho-11'`,
      );
    }
    if (path.includes('permission-coverage')) coverages += 1;
    const single = /^\/fhir\/Appointment(?:\?_id=|\/(?!_history))/.test(path);
    return single && coverages % 2 === 0
      ? { status: path.includes('?') ? 200 : 404, body: '{"resourceType":"Bundle","type":"searchset"}' }
      : mishap;
  };
}

/** Made anew for each world: some remember what they have seen. */
const sabotages = (): readonly Sabotage[] => [
  {
    name: 'the EMR does not say what is not committed yet',
    at: { server: 'pages', runs: ['recent', 'recent'], late: true },
    worse: (path, mishap) =>
      path.includes('permission-coverage')
        ? edited((text) => text.replace(/\{"name":"changesUntil"[^}]*\},?/, '').replace(',]', ']'))
        : mishap,
  },
  {
    name: 'the next page begins after the last moment, not after the last booking',
    at: { server: 'exports', runs: ['recent', 'recent'], ofOneMoment },
    worse: (path, mishap) =>
      path.includes('_history') && mishap && 'askFor' in mishap
        ? {
            ...mishap,
            askFor: mishap.askFor.replace(/_cursor=([^&]+)/, (_whole, cursor: string) => {
              const [key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
              return `_cursor=${Buffer.from(JSON.stringify([key, '', 0])).toString('base64url')}`;
            }),
          }
        : mishap,
  },
  {
    name: 'a listing of many pages is read once',
    at: { server: 'counts', runs: ['full', 'recent'], ofOneMoment },
    worse: readOnce(),
  },
  {
    name: 'where an absent booking is now is not asked',
    at: { server: 'pages', runs: ['full', 'recent'] },
    worse: unasked(),
  },
  {
    name: 'what cannot be used is forgotten',
    at: { server: 'exports', runs: ['full', 'recent'], invalid: true },
    plant: ({ clinic }) => clinic.portal.query(spoil('connect.slice_cursor', 'new.problem := null;')),
  },
  {
    name: 'the cursor is set to when the run ended',
    at: { server: 'pages', runs: ['recent', 'recent'] },
    plant: ({ clinic }) =>
      clinic.portal.query(spoil('connect.slice_cursor', `new.cursor_at := clock_timestamp() + interval '1 hour';`)),
  },
  {
    name: 'what came twice is applied twice',
    at: { server: 'pages', runs: ['full', 'recent'], repeats: true },
    statement: (text) =>
      text.includes('having count(*) > 1') ? 'select from site where $1::integer = 0 and $2::text = $3::text' : text,
  },
];

/** The product's statements become others until it is undone. */
function reworded(change: (text: string) => string): () => void {
  const query = pg.Client.prototype.query as (this: pg.Client, ...asked: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...[first, ...more]: unknown[]) {
    return query.call(this, typeof first === 'string' ? change(first) : first, ...more);
  } as typeof pg.Client.prototype.query;
  return () => {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  };
}

const nameOf = ({ server, runs: pair, seed, ...mishaps }: Case): string =>
  `${server}, ${pair.join(' then ')}${Object.entries(mishaps)
    .map(([name, is]) => (is ? `, ${name}` : ''))
    .join('')}, seed ${seed}`;

export const proveBadListings: Proof = async (options) => {
  const exercised: Exercised = { pages: 0, acts: 0, repeated: 0, lateCommits: 0, unusable: 0, behind: 0 };
  const failures: string[] = [];
  const cases = casesFrom(options);
  for (const one of cases) {
    const wrong = await listed(options, one, exercised);
    options.say(`${nameOf(one)}: ${wrong.slice(0, 3).join('; ') || 'equal'}`);
    if (wrong.length > 0) failures.push(`${nameOf(one)}: ${wrong.slice(0, 5).join('; ')}`);
  }
  options.say(JSON.stringify(exercised));
  for (const [what, times] of Object.entries(exercised)) if (times === 0) failures.push(`${what}: never`);
  const saboteurs: Saboteur[] = [];
  for (const [nth, { name }] of sabotages().entries()) {
    let wrong: string[] = [];
    for (let world = 0; world < worldsOfSaboteur && wrong.length === 0; world += 1) {
      const { at, statement, name: _, ...planted } = sabotages()[nth]!;
      const undo = statement ? reworded(statement) : undefined;
      try {
        const one = { ...plain, ...at, seed: options.seed + nth + 1009 * world };
        wrong = await listed({ ...options, full: false }, one, exercised, planted);
      } finally {
        undo?.();
      }
    }
    options.say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: wrong.length > 0 });
  }
  return { cases: cases.length, failures, saboteurs };
};
