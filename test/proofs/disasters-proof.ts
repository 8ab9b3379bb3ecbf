// The disaster proof. What goes wrong at an EMR or on the way to it removes nothing from the portal, and the same run says what it was;
// what somebody in the EMR removed, however much of it, leaves the portal with one run and stops nothing.
import pg from 'pg';
import { bundled, byPages } from '../emr-faults.ts';
import type { Mishap } from '../emr-proxy.ts';
import { all, type Slice, slices, tenantId } from '../sync-clinic.ts';
import type { RunFacts } from '../sync-portal.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';
import { spoil } from './spoil.ts';
import { checkRemovals, checkState, listedNow } from './sync-checker.ts';
import { openWorld, type World } from './sync-world.ts';

interface Disaster {
  readonly name: string;
  readonly strike: (world: World) => unknown;
  /** The sentence that names the cause: of the run, or of a schedule. */
  readonly says: string;
  /** Before it: absence is deletion, by a Site Admin's word. That makes every mistake of the run a deletion. */
  readonly believing?: true;
  /** What has to be undone beside the mishap and the grants; null: bookings are lost for good, and nothing makes the two equal. */
  readonly heal?: ((world: World) => unknown) | null;
}

interface Removal {
  readonly name: string;
  readonly remove: (world: World) => unknown;
  readonly mode?: 'full' | 'recent';
  readonly believing?: true;
  /** How many leave the list, or stay on it as cancelled. */
  readonly count: number;
}

const providers = ['abel', 'baker', 'cho'];
const hillCho: Slice = ['hill', 'cho'];
/** Of schedules, and of bookings by their ids: an index that lags hides a booking from both. */
const search = '/fhir/Appointment?';
const fhir = '/fhir/';

/** Every listing of bookings is like this; there is no export. */
const listings =
  (mishap: (path: string) => Mishap | undefined | Promise<Mishap | undefined>) =>
  ({ clinic }: World) => {
    clinic.proxy.mishap = byPages((path) => (path.startsWith(search) ? mishap(path) : undefined));
  };
const everything =
  (part: string, mishap: Mishap) =>
  ({ clinic }: World) => {
    clinic.proxy.mishap = (path) => (path.includes(part) ? mishap : undefined);
  };

/** Ten bookings a page, where the synchroniser asked for more. */
const smallPages = (path: string): string => path.replace(/_count=\d+/, '_count=10');
const without = (lost: (id: string) => boolean): Mishap =>
  bundled((bundle) => {
    bundle.entry = (bundle.entry ?? []).filter(({ resource }) => !lost(String(resource['id'])));
    delete bundle['total'];
  });
const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'exception' }] };

const moveGrants = async ({ clinic }: World, sql: string) => {
  await clinic.emr.query(sql, [tenantId, clinic.serviceId]);
  await clinic.emr.query('update app_user set permission_version = permission_version + 1 where user_id = $1', [
    clinic.serviceId,
  ]);
};
const join = (world: World) =>
  moveGrants(
    world,
    `insert into office_membership (tenant_id, user_id, office_id) values ($1, $2, 'hill') on conflict do nothing`,
  );

const disasters: readonly Disaster[] = [
  {
    name: 'all columns of one schedule are lost',
    strike: ({ clinic }) => clinic.grant(hillCho, 0),
    says: 'sync.reason.missing',
  },
  { name: 'every permission is lost', strike: ({ clinic }) => clinic.grantAll(0), says: 'sync.reason.missing' },
  {
    name: 'an office is lost',
    strike: (world) =>
      moveGrants(world, `delete from office_membership where tenant_id = $1 and user_id = $2 and office_id = 'hill'`),
    says: 'sync.reason.no-membership',
    heal: join,
  },
  {
    name: 'Scheduling is lost everywhere',
    strike: ({ clinic }) => clinic.grantAll(all - 2),
    says: 'sync.reason.missing',
  },
  {
    name: 'Patient is lost at one schedule',
    strike: ({ clinic }) => clinic.grant(hillCho, all - 1),
    says: 'sync.reason.missing',
  },
  {
    name: 'the grants have lapsed',
    strike: (world) =>
      moveGrants(
        world,
        `update permission_grant set access_until = now() - interval '1 hour', access_until_day = current_date - 1 where tenant_id = $1 and user_id = $2`,
      ),
    says: 'sync.reason.lapsed',
    heal: (world) =>
      moveGrants(
        world,
        'update permission_grant set access_until = null, access_until_day = null where tenant_id = $1 and user_id = $2',
      ),
  },
  {
    name: 'permissions go on changing while they are used',
    strike: (world) =>
      listings(async () => {
        await world.clinic.grant(['shore', 'baker'], all);
        return without((id) => id.startsWith('hill-cho-'));
      })(world),
    says: 'sync.permissions-moving',
    believing: true,
  },
  {
    name: 'every listing is empty and fine',
    strike: listings(() => without(() => true)),
    says: 'sync.reason.waiting',
    believing: true,
  },
  {
    name: 'every answer is 200 and nothing',
    strike: everything(fhir, { status: 200, headers: { 'content-type': 'application/fhir+json' } }),
    says: 'sync.emr.not-fhir',
  },
  {
    name: 'there are fewer pages than before, and none says so',
    strike: listings(() =>
      bundled((bundle) => {
        bundle.entry = (bundle.entry ?? []).slice(0, 10);
        bundle['link'] = [];
        delete bundle['total'];
      }),
    ),
    says: 'sync.reason.waiting',
    believing: true,
  },
  {
    name: 'the total is more than what is given',
    strike: listings(() =>
      bundled((bundle) => {
        bundle['total'] = 30;
        bundle.entry = (bundle.entry ?? []).slice(0, 27);
      }),
    ),
    says: 'sync.reason.short',
    believing: true,
  },
  { name: '404 to every listing', strike: listings(() => ({ status: 404 })), says: 'sync.emr.unexpected' },
  { name: '404 to everything', strike: everything(fhir, { status: 404 }), says: 'sync.emr.no-discovery' },
  { name: '403 to every listing', strike: listings(() => ({ status: 403 })), says: 'sync.emr.forbidden' },
  {
    name: '401 on the third page',
    strike: (world) => {
      let pages = 0;
      listings((path) => {
        if (!path.includes('_cursor')) pages = 0;
        pages += 1;
        return pages >= 3 ? { status: 401 } : { askFor: smallPages(path) };
      })(world);
    },
    says: 'sync.emr.token-not-accepted',
  },
  { name: '500 to everything', strike: everything('/', { status: 500, body: 'oops' }), says: 'sync.emr.server-error' },
  {
    name: 'the index lags and hides 30 %',
    strike: listings(() => without((id) => /[789]$/.test(id))),
    says: 'sync.reason.waiting',
    believing: true,
  },
  {
    name: 'another clinic’s EMR answers',
    strike: ({ clinic }) => {
      const another = (path: string): Mishap | undefined =>
        path.includes('permission-coverage')
          ? { rewrite: (text) => text.replace(`"valueString":"${tenantId}"`, '"valueString":"1043"') }
          : path.startsWith(search)
            ? without(() => true)
            : undefined;
      clinic.proxy.mishap = byPages(another);
    },
    says: 'sync.emr.another-tenant',
  },
  {
    name: 'the EMR is restored from a backup',
    strike: async ({ clinic: { emr, sync } }) => {
      await emr.query('create table backup as select * from appointment');
      await emr.query(
        `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
         select $1, 'since-' || n, 'hill', 'abel', 'patient-1', 'booked', now() + n * interval '5 hours', now() + n * interval '6 hours'
           from generate_series(1, 5) n`,
        [tenantId],
      );
      await sync('recent');
      await emr.query('delete from appointment; insert into appointment select * from backup; drop table backup');
    },
    says: 'sync.restored',
    heal: null,
  },
  {
    name: 'every listing is JSON that breaks off',
    strike: listings(() => ({ rewrite: (text) => text.slice(0, text.length / 2) })),
    says: 'sync.emr.not-fhir',
  },
  {
    name: 'every listing breaks off with the connection',
    strike: listings(() => ({ cutAfterBytes: 700 })),
    says: 'sync.emr.truncated',
  },
  {
    name: 'an exception is swallowed: 200, and what went wrong in place of a listing',
    strike: listings(() => ({ rewrite: () => JSON.stringify(outcome) })),
    says: 'sync.emr.not-fhir',
  },
  {
    name: 'an exception is swallowed: 200, and half of each listing',
    strike: listings(() =>
      bundled((bundle) => {
        bundle.entry = [...(bundle.entry ?? []).slice(0, 15), { resource: outcome }];
        delete bundle['total'];
      }),
    ),
    says: 'sync.reason.waiting',
    believing: true,
  },
  {
    name: 'the listing of one schedule is empty',
    strike: listings(() => without((id) => id.startsWith('hill-cho-'))),
    says: 'sync.reason.waiting',
    believing: true,
  },
  {
    name: 'pages lead to themselves',
    strike: listings(() =>
      bundled((bundle) => {
        const links = bundle['link'] as { relation: string; url: string }[];
        bundle['link'] = [{ relation: 'next', url: links.find(({ relation }) => relation === 'self')!.url }];
      }),
    ),
    says: 'sync.emr.endless',
  },
  {
    name: 'the EMR cannot be reached',
    strike: ({ clinic }) => clinic.proxy.close(),
    says: 'sync.emr.unreachable',
    heal: ({ clinic }) => clinic.proxy.open(),
  },
  {
    name: 'the secret was taken back',
    strike: ({ clinic }) => clinic.select(providers, { clientSecret: 'not the secret at all' }),
    says: 'sync.emr.token-refused',
    heal: ({ clinic }) => clinic.select(providers),
  },
];

const touch = 'version_id = version_id + 1, last_updated = clock_timestamp()';
const touched =
  (set: string, where: string) =>
  ({ clinic }: World) =>
    clinic.emr.query(`update appointment set ${set}, ${touch} where tenant_id = ${tenantId} and ${where}`);
const away = `start_at = start_at + interval '60 days', end_at = end_at + interval '60 days'`;
const buried =
  (where: string) =>
  async ({ clinic: { emr } }: World) => {
    await emr.query('alter table appointment enable trigger keep_deleted');
    await emr.query(`delete from appointment where ${where}`);
  };
const ofOne = `appointment_id = 'hill-abel-1'`;
/** Ten of each schedule: of these forty a third of the connection. */
const forty = `appointment_id ~ '-1[0-9]$'`;
const ofSchedule = `appointment_id like 'hill-cho-%'`;

const removals: readonly Removal[] = [
  { name: 'one is cancelled', remove: touched(`status = 'cancelled'`, ofOne), count: 1 },
  { name: 'a day of 40 cancellations', remove: touched(`status = 'cancelled'`, forty), count: 40 },
  { name: 'a day of 40 cancellations', remove: touched(`status = 'cancelled'`, forty), mode: 'recent', count: 40 },
  { name: 'all of a schedule are cancelled', remove: touched(`status = 'cancelled'`, ofSchedule), count: 30 },
  {
    name: 'all of a provider are cancelled',
    remove: touched(`status = 'cancelled'`, `provider_id = 'cho'`),
    count: 60,
  },
  {
    name: 'everything but one is cancelled',
    remove: touched(`status = 'cancelled'`, `not ${ofOne}`),
    mode: 'recent',
    count: 119,
  },
  { name: 'one was a mistake', remove: touched(`status = 'entered-in-error'`, ofOne), count: 1 },
  { name: '40 were mistakes', remove: touched(`status = 'entered-in-error'`, forty), count: 40 },
  { name: '40 were mistakes', remove: touched(`status = 'entered-in-error'`, forty), mode: 'recent', count: 40 },
  { name: 'all of a schedule were mistakes', remove: touched(`status = 'entered-in-error'`, ofSchedule), count: 30 },
  { name: 'one is deleted with a tombstone', remove: buried(ofOne), count: 1 },
  { name: '40 are deleted with tombstones', remove: buried(forty), count: 40 },
  { name: '40 are deleted with tombstones', remove: buried(forty), mode: 'recent', count: 40 },
  { name: 'all of a schedule are deleted with tombstones', remove: buried(ofSchedule), count: 30 },
  { name: 'one is put off beyond the window', remove: touched(away, ofOne), count: 1 },
  { name: '40 are put off beyond the window', remove: touched(away, forty), count: 40 },
  { name: '40 are put off beyond the window', remove: touched(away, forty), mode: 'recent', count: 40 },
  { name: 'all of a schedule are put off beyond the window', remove: touched(away, ofSchedule), count: 30 },
  { name: 'all of a schedule move to another office', remove: touched(`office_id = 'shore'`, ofSchedule), count: 0 },
  { name: 'a provider is selected no more', remove: ({ clinic }) => clinic.select(['abel', 'baker']), count: 60 },
  {
    name: 'a provider is selected no more',
    remove: ({ clinic }) => clinic.select(['abel', 'baker']),
    mode: 'recent',
    count: 60,
  },
  {
    name: 'one is deleted without a trace, where that is believed',
    remove: ({ clinic }) => clinic.emr.query(`delete from appointment where ${ofOne}`),
    believing: true,
    count: 1,
  },
  {
    name: '24 are deleted without a trace, where that is believed',
    remove: ({ clinic }) => clinic.emr.query(`delete from appointment where appointment_id ~ '-1[0-5]$'`),
    believing: true,
    count: 24,
  },
  {
    name: 'something of everything',
    remove: async (world) => {
      await touched(`status = 'cancelled'`, `appointment_id ~ '-1[0-3]$'`)(world);
      await touched(`status = 'entered-in-error'`, `appointment_id ~ '-1[4-6]$'`)(world);
      await touched(away, `appointment_id ~ '-1[78]$'`)(world);
      await buried(`appointment_id ~ '-2[0-4]$'`)(world);
    },
    count: 56,
  },
];

interface Planted {
  readonly plant?: (world: World) => unknown;
}

async function inWorld(options: ProofOptions, work: (world: World) => Promise<string[]>): Promise<string[]> {
  const world = await openWorld(options);
  try {
    return await work(world);
  } finally {
    await world.clinic.close();
  }
}

/** Sentences that a Site Admin reads on Sync Status, by their keys; none that is empty in one of the two languages. */
async function saidOf({ clinic }: World): Promise<string[]> {
  const [english, french] = [await clinic.status('en'), await clinic.status('fr')];
  const keysOf = ({ last, schedules }: typeof english) =>
    [last?.problem, ...schedules.map(({ reason }) => reason)].flatMap((said) => (said?.text ? [said.key] : []));
  const inFrench = new Set(keysOf(french));
  return keysOf(english).filter((key) => inFrench.has(key));
}

async function struck(options: ProofOptions, disaster: Disaster, { plant }: Planted = {}): Promise<string[]> {
  const { strike, says, believing, heal = () => undefined } = disaster;
  return inWorld(options, async (world) => {
    const { clinic, books } = world;
    if (believing) await clinic.select(providers, { absenceIsDeletion: true });
    await plant?.(world);
    await strike(world);
    const before = await listedNow(books);
    const { state, problem } = await clinic.sync('full');
    const wrong = await checkRemovals(books, before);
    if (state === 'complete') wrong.push('the run ended complete');
    const said = await saidOf(world);
    if (!said.includes(says)) {
      wrong.push(`the run ended ${state} (${problem?.key ?? 'no problem'}) and said ${said.join(', ') || 'nothing'}`);
    }
    if (heal === null || plant) return wrong;
    clinic.proxy.mishap = () => undefined;
    await heal(world);
    await clinic.grantAll(all);
    const { state: healed } = await clinic.sync('full');
    if (healed !== 'complete') wrong.push(`afterwards a run ended ${healed}`);
    return [...wrong, ...(await checkState(books)).map((one) => `afterwards: ${one}`)];
  });
}

async function removed(options: ProofOptions, removal: Removal, { plant }: Planted = {}): Promise<string[]> {
  const { remove, mode = 'full', believing, count } = removal;
  return inWorld(options, async (world) => {
    const { clinic, books } = world;
    if (believing) await clinic.select(providers, { absenceIsDeletion: true });
    const before = await listedNow(books);
    await remove(world);
    await plant?.(world);
    const { state }: RunFacts = await clinic.sync(mode);
    const wrong = await checkState(books);
    if (state !== 'complete') wrong.push(`the run ended ${state}`);
    const { rows } = await clinic.portal.query<{ id: string }>(
      `select booking_id as id from booking where state in ('present', 'unconfirmed') and status not in ('cancelled', 'entered-in-error')`,
    );
    const left = before.length - rows.length;
    if (left !== count) wrong.push(`${left} were taken off, not ${count}`);
    return wrong;
  });
}

/** What the statement that counts for the guard answers, made into what a faulty one would. */
function guardReads(change: (row: { absent: unknown; known: unknown }) => void): () => void {
  const query = pg.Client.prototype.query as (this: pg.Client, ...asked: unknown[]) => Promise<pg.QueryResult>;
  pg.Client.prototype.query = function (this: pg.Client, ...asked: unknown[]) {
    const answer = query.apply(this, asked);
    if (typeof asked[0] !== 'string' || !asked[0].includes('count(gone.booking_id) as absent')) return answer;
    return answer.then((result) => {
      for (const row of result.rows) change(row);
      return result;
    });
  } as typeof pg.Client.prototype.query;
  return () => {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  };
}

interface Sabotage {
  readonly name: string;
  readonly at: string;
  readonly plant?: (world: World) => unknown;
  readonly guard?: (row: { absent: unknown; known: unknown }) => void;
}
const inPortal =
  (table: string, body: string) =>
  ({ clinic }: World) =>
    clinic.portal.query(spoil(table, body));

const sabotages: readonly Sabotage[] = [
  {
    name: 'the guard is switched off',
    at: 'the index lags and hides 30 %',
    guard: (row) => {
      row.absent = 0;
    },
  },
  {
    name: 'absence is taken for deletion',
    at: 'the EMR is restored from a backup',
    plant: inPortal('booking', `if new.state = 'unconfirmed' then new.state := 'deleted'; end if;`),
  },
  {
    name: 'what cannot be seen any more is taken for cancelled',
    at: 'all columns of one schedule are lost',
    plant: inPortal('booking', `if new.state = 'visibility-lost' then new.status := 'cancelled'; end if;`),
  },
  {
    name: 'whose EMR it was is forgotten',
    at: 'another clinic’s EMR answers',
    plant: async (world) => {
      await inPortal('connect.emr_state', 'new.tenant_id := null;')(world);
      await world.clinic.portal.query('update connect.emr_state set tenant_id = null');
    },
  },
  {
    name: 'what the EMR had is forgotten',
    at: 'the EMR is restored from a backup',
    plant: inPortal('connect.emr_state', `new.witnesses := '[]';`),
  },
  {
    name: 'a run that failed does not say why',
    at: '404 to everything',
    plant: inPortal('connect.sync_run', 'new.problem := null;'),
  },
  {
    name: 'cancelled is not taken over',
    at: 'one is cancelled',
    plant: inPortal(
      'booking',
      `if tg_op = 'UPDATE' and new.status = 'cancelled' then new.status := old.status; end if;`,
    ),
  },
  {
    name: 'tombstones are not heard',
    at: '40 are deleted with tombstones',
    plant: ({ clinic }) => clinic.emr.query('delete from appointment_version where deleted'),
  },
  {
    name: 'the guard counts what has a tombstone',
    at: '40 are deleted with tombstones',
    guard: (row) => {
      row.absent = 10;
    },
  },
];

async function trySaboteur(options: ProofOptions, { at, plant, guard }: Sabotage): Promise<string[]> {
  const disaster = disasters.find(({ name }) => name === at);
  const takeAway = guard ? guardReads(guard) : undefined;
  const planted = { plant: plant ?? (() => undefined) };
  try {
    return disaster
      ? await struck(options, disaster, planted)
      : await removed(options, removals.find(({ name }) => name === at)!, planted);
  } finally {
    takeAway?.();
  }
}

/** Of each so many, beginning where the seed says; all of them where nothing is said. */
const some = <T>(of: readonly T[], seed: number, count = of.length): T[] =>
  Array.from({ length: count }, (_, nth) => of[(seed + nth) % of.length]!);

export const proveDisasters: Proof = async (options) => {
  const { full, seed, say } = options;
  const count = full ? undefined : 2;
  const failures: string[] = [];
  let cases = 0;
  const judge = async (name: string, work: Promise<string[]>) => {
    const wrong = await work.catch((error: Error) => [`it could not be judged: ${error.message}`]);
    cases += 1;
    say(`${name}: ${wrong.slice(0, 3).join('; ') || 'as it has to be'}`);
    if (wrong.length > 0) failures.push(`${name}: ${wrong.slice(0, 5).join('; ')}`);
  };
  for (const disaster of some(disasters, seed, count)) await judge(disaster.name, struck(options, disaster));
  for (const removal of some(removals, seed, count)) {
    await judge(`${removal.name} (${removal.mode ?? 'full'})`, removed(options, removal));
  }
  const saboteurs: Saboteur[] = [];
  for (const sabotage of sabotages) {
    const wrong = await trySaboteur(options, sabotage);
    say(`saboteur, ${sabotage.name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name: sabotage.name, caught: wrong.length > 0 });
  }
  return { cases, failures, saboteurs };
};

// Four schedules of 30: the numbers above are of these.
if (slices.length !== 4) throw new Error('the disasters are written for four schedules');
