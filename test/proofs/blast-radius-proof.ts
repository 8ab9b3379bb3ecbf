// What Manage Security says before somebody saves, against what then happens. Random worlds of grants, days, memberships, links, write-backs and
// reminder rules; one random change each, both ways at once. Predicted by the two organisations' own routes, over HTTP between them; measured by
// what the integration user reads over FHIR before and after, what the links' pages show, what wakes and what is refused, and whom the reminder
// runs write to.
import { randomBytes } from 'node:crypto';
import { createAnnouncementKeeper, createWriteBackWorker } from '../../src/connect/index.ts';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import type { BlastRadius, ImpactAnswer } from '../../src/emr/contract/blast-radius.ts';
import type { ProviderPermissions } from '../../src/emr/contract/security.ts';
import { fixedClock, systemClock } from '../../src/platform/clock.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { addDays, instantOf, localDateTime } from '../../src/platform/zones.ts';
import { createReminderWorker } from '../../src/portal/index.ts';
import { type Slice, type SyncClinic, slices, syncClinic, tenantId } from '../sync-clinic.ts';
import { sealingKey, siteId } from '../sync-portal.ts';
import type { Proof, Saboteur } from './proof.ts';

const worlds = { full: 200, reduced: 2 } as const;
const zone = 'America/Vancouver';
const log = createLog({ level: 'fatal', name: 'proof' });

/** What both sides are about. */
const figures = [
  'bookings appear',
  'bookings disappear',
  'patients appear',
  'patients disappear',
  'pages start',
  'pages stop',
  'links start',
  'links stop',
  'reminders start',
  'reminders stop',
  'writeBacks start',
  'writeBacks stop',
] as const;
type Figures = Record<(typeof figures)[number], number>;

interface Grant {
  readonly columns: number;
  readonly until: 'none' | 'ahead' | 'lapsed';
}
interface World {
  readonly before: readonly Grant[];
  readonly members: readonly string[];
  readonly change:
    | {
        readonly kind: 'rows';
        readonly rows: readonly (readonly [slice: number, grant: Grant])[];
        readonly joins: readonly string[];
      }
    | { readonly kind: 'offices'; readonly members: readonly string[] };
}

const offices = ['hill', 'shore'] as const;

/** Everything that is counted is in it, on both sides. */
const everything: World = {
  before: [
    { columns: 0, until: 'none' },
    { columns: 63, until: 'none' },
    { columns: 34, until: 'ahead' },
    { columns: 63, until: 'none' },
  ],
  members: offices,
  change: {
    kind: 'rows',
    rows: [
      [0, { columns: 63, until: 'none' }],
      [1, { columns: 0, until: 'none' }],
    ],
    joins: [],
  },
};

function anyWorld(random: () => number): World {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const anyColumns = () => pick([63, 63, 35, 34, 33, 32, 0, 31, 47, Math.floor(random() * 64)]);
  const anyGrant = (untils: readonly Grant['until'][]): Grant => ({ columns: anyColumns(), until: pick(untils) });
  const anyMembers = () => offices.filter(() => random() < 0.8);
  const members = anyMembers();
  const before = slices.map(() => anyGrant(['none', 'none', 'ahead', 'lapsed']));
  if (random() < 0.2) return { before, members, change: { kind: 'offices', members: anyMembers() } };
  const rows = slices.flatMap((_, index) =>
    random() < 0.6 ? [[index, anyGrant(['none', 'none', 'ahead'])] as const] : [],
  );
  const joins = offices.filter((office) => !members.includes(office) && random() < 0.5);
  return { before, members, change: { kind: 'rows', rows: rows.length > 0 ? rows : [[0, anyGrant(['none'])]], joins } };
}

interface Reading {
  readonly bookings: ReadonlyMap<string, number>;
  readonly patients: ReadonlySet<string>;
}

class Stage {
  readonly clinic: SyncClinic;
  readonly cookie: string;
  readonly portalUrl: string;
  tokens: string[] = [];

  constructor(clinic: SyncClinic, cookie: string, portalUrl: string) {
    this.clinic = clinic;
    this.cookie = cookie;
    this.portalUrl = portalUrl;
  }

  private get path() {
    return `/api/users/${this.clinic.serviceId}/provider-permissions`;
  }

  async screen<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, ifMatch?: string): Promise<T> {
    const answer = await fetch(`${this.clinic.proxy.url}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.clinic.proxy.url,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(ifMatch ? { 'if-match': `"${ifMatch}"` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The EMR, the portal, and what waits in it, as they are before anybody thinks of a change. */
  async set({ before, members }: World, random: () => number): Promise<void> {
    const { clinic } = this;
    await clinic.portal.query(
      `truncate appointment_link, write_back, staff_task, reminder_run, mail, opt_out_link cascade; delete from reminder_log`,
    );
    await clinic.emr.query(
      `begin; set local tidegate.tenant_id = '${tenantId}';
       update appointment set status = 'booked', participation = 'needs-action', version_id = version_id + 1, last_updated = clock_timestamp()
        where status <> 'booked' or participation <> 'needs-action';
       insert into office_membership (tenant_id, user_id, office_id) select ${tenantId}, '${clinic.serviceId}', o from unnest(array['hill', 'shore']) o
         on conflict do nothing;
       commit`,
    );
    await clinic.emr.query('delete from permission_grant');
    // The portal has seen everything once: what it loses sight of it keeps.
    await clinic.grantAll(63);
    await clinic.sync('full');
    const known = await this.portalBookings();
    await clinic.emr.query('delete from permission_grant');
    for (const [index, { columns, until }] of before.entries()) {
      const [office, provider] = slices[index]!;
      await clinic.emr.query(
        `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until_day, access_until)
         values ($1, $2, $3, $4, $5, $6::date, $7)`,
        [tenantId, clinic.serviceId, office, provider, columns, ...untilOf(until)],
      );
    }
    await clinic.emr.query('delete from office_membership where user_id = $1 and office_id <> all ($2)', [
      clinic.serviceId,
      members,
    ]);
    await clinic.emr.query('update app_user set permission_version = permission_version + 1');
    await this.hear();
    await this.makeLinks(known, random);
    await this.makeWriteBacks(known, random);
  }

  /** As after an announcement: a run, and what follows from it. */
  async hear(): Promise<void> {
    await this.clinic.sync('recent', { cause: 'announced' });
    await this.clinic.portal.query(`update connect.sync_run set not_before = now() where state = 'queued'`);
    await this.clinic.worker.drain();
  }

  private async portalBookings() {
    const { rows } = await this.clinic.portal.query<{
      id: string;
      office: string;
      provider: string;
      start: Date;
      version: string;
    }>(
      `select booking_id as id, office_id as office, provider_id as provider, start_at as start, emr_version as version from booking
        where state = 'present' order by booking_id`,
    );
    return rows;
  }

  private async makeLinks(known: Awaited<ReturnType<Stage['portalBookings']>>, random: () => number): Promise<void> {
    this.tokens = [];
    for (const one of known.filter(() => random() < 0.35)) {
      const token = randomToken();
      this.tokens.push(token);
      await this.clinic.portal.query(
        `insert into appointment_link (site_id, link_id, token_hash, form_key, connection_id, booking_id, start_at, office_id, provider_id, purpose,
                                       cancel_notice_minutes, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'both', 0, now())`,
        [
          siteId,
          `link-${this.tokens.length}`,
          sha256(token),
          randomBytes(32),
          this.clinic.connectionId,
          one.id,
          one.start,
          one.office,
          one.provider,
        ],
      );
    }
  }

  /** Acts of the desk: some wait for a permission, some are under way. */
  private async makeWriteBacks(
    known: Awaited<ReturnType<Stage['portalBookings']>>,
    random: () => number,
  ): Promise<void> {
    const held = await this.heldNow();
    for (const one of known.filter(() => random() < 0.3)) {
      const holds = held.get(`${one.office} ${one.provider}`) ?? 0;
      const parked = (holds & 34) !== 34;
      await this.clinic.portal.query(
        `insert into write_back (site_id, connection_id, write_back_id, kind, booking_id, press_id, requested_by, requested_at, seen_version,
                                 seen_status, seen_start_at, office_id, provider_id, state, state_since, next_attempt_at, missing_columns)
         values ($1, $2, $3, 'mark-arrived', $4, $3, 'desk', now(), $5, 'booked', $6, $7, $8, $9, now(), now(), $10)`,
        [
          siteId,
          this.clinic.connectionId,
          `act-${one.id}`,
          one.id,
          one.version,
          one.start,
          one.office,
          one.provider,
          parked ? 'parked' : 'queued',
          parked ? 34 & ~holds : 0,
        ],
      );
    }
  }

  private async heldNow(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.clinic.portal.query<{ pair: string; held: number }>(
      `select office_id || ' ' || provider_id as pair, columns_held::integer as held from connect.roster_entry`,
    );
    return new Map(rows.map(({ pair, held }) => [pair, held]));
  }

  async predict({ change }: World): Promise<{ readonly figures: Figures; readonly from: Date }> {
    const body = bodyOf(change);
    const counted = await this.screen<BlastRadius>('POST', `${this.path}/preview`, body);
    const impact = await this.screen<ImpactAnswer>('POST', `${this.path}/preview/impact`, body);
    if (impact.state !== 'known') throw new Error(`the impact is not known: ${JSON.stringify(impact)}`);
    const { bookings, patients } = counted;
    return {
      from: new Date(counted.from),
      figures: {
        'bookings appear': bookings.appear,
        'bookings disappear': bookings.disappear,
        'patients appear': patients.appear,
        'patients disappear': patients.disappear,
        'pages start': impact.pages!.start,
        'pages stop': impact.pages!.stop,
        'links start': impact.links.start,
        'links stop': impact.links.stop,
        'reminders start': impact.reminders.start,
        'reminders stop': impact.reminders.stop,
        'writeBacks start': impact.writeBacks.start,
        'writeBacks stop': impact.writeBacks.stop,
      },
    };
  }

  /** Saves, lets what follows follow, and counts what is different. */
  async measure({ change }: World, from: Date): Promise<Figures> {
    const read = async () => ({
      emr: await this.readFhir(),
      pages: await this.listed(from),
      links: await this.leading(),
      written: await this.writtenTo(),
      acts: await this.acts(),
    });
    const before = await read();
    const { version } = await this.screen<ProviderPermissions>('GET', this.path);
    if (change.kind === 'offices') {
      await this.screen('PUT', `/api/users/${this.clinic.serviceId}/offices`, { officeIds: change.members });
    } else await this.screen('PUT', this.path, bodyOf(change), version);
    await this.hear();
    const after = await read();
    // What was under way meets the EMR as it is now.
    const deliverer = createWriteBackWorker({ syncUrl: this.clinic.syncUrl, sealingKey, clock: systemClock, log });
    try {
      await deliverer.drain();
    } finally {
      await deliverer.stop();
    }
    const delivered = await this.acts();
    const fromNow = ({ bookings }: Reading) =>
      new Set([...bookings].filter(([, start]) => start >= from.getTime()).map(([id]) => id));
    const was = (state: string) => [...before.acts].filter(([, one]) => one === state).map(([id]) => id);
    return {
      ...both('bookings', 'appear', 'disappear', fromNow(before.emr), fromNow(after.emr)),
      ...both('patients', 'appear', 'disappear', before.emr.patients, after.emr.patients),
      ...both('pages', 'start', 'stop', before.pages, after.pages),
      ...both('links', 'start', 'stop', before.links, after.links),
      ...both('reminders', 'start', 'stop', before.written, after.written),
      'writeBacks start': was('parked').filter((id) => after.acts.get(id) !== 'parked').length,
      'writeBacks stop': was('queued').filter((id) => delivered.get(id) === 'parked').length,
    } as Figures;
  }

  /** Bookings on the portal's pages. */
  private async listed(from: Date): Promise<ReadonlySet<string>> {
    const { rows } = await this.clinic.portal.query<{ id: string }>(
      `select booking_id as id from booking
        where state in ('present', 'unconfirmed') and not patient_masked and status <> 'entered-in-error' and start_at >= $1`,
      [from],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async acts(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.clinic.portal.query<{ id: string; state: string }>(
      'select write_back_id as id, state from write_back',
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  /** As the integration user reads it: every page of its own bookings and patients. */
  private async readFhir(): Promise<Reading> {
    const token = await this.clinic.fhirToken();
    const all = async (query: string): Promise<Record<string, unknown>[]> => {
      const found: Record<string, unknown>[] = [];
      let url: string | undefined = `${this.clinic.proxy.url}/fhir/${query}`;
      while (url !== undefined) {
        const answer: Response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        if (!answer.ok) throw new Error(`${query}: ${answer.status}`);
        const bundle = (await answer.json()) as {
          entry?: { resource: Record<string, unknown>; search?: { mode?: string } }[];
          link?: { relation: string; url: string }[];
        };
        found.push(...(bundle.entry ?? []).filter(({ search }) => search?.mode === 'match').map((one) => one.resource));
        url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      }
      return found;
    };
    const bookings = await all('Appointment?_count=500');
    const patients = await all('Patient?_count=500');
    return {
      bookings: new Map(bookings.map((one) => [String(one['id']), Date.parse(String(one['start']))])),
      patients: new Set(patients.map((one) => String(one['id']))),
    };
  }

  /** Links whose page asks the patient who he is. */
  private async leading(): Promise<ReadonlySet<string>> {
    const pages = await Promise.all(
      this.tokens.map(async (token) => (await fetch(`${this.portalUrl}/a/${token}`)).text()),
    );
    return new Set(this.tokens.filter((_, index) => pages[index]!.includes('value="identify"')));
  }

  /** Whom the runs of today and tomorrow write to as things stand: they run, and what they did is taken back. */
  private async writtenTo(): Promise<ReadonlySet<string>> {
    const now = systemClock.now();
    const tomorrow = instantOf(zone, addDays(localDateTime(zone, now).date, 1), '00:00');
    for (const at of [now, tomorrow]) {
      const worker = createReminderWorker({
        syncUrl: this.clinic.syncUrl,
        publicUrl: 'http://portal.test',
        clock: fixedClock(at.toISOString()),
        log,
      });
      await worker.drain();
      await worker.stop();
    }
    const { rows } = await this.clinic.portal.query<{ message: string }>(
      `select day || ' ' || patient_id as message from reminder_log where outcome = 'due'`,
    );
    await this.clinic.portal.query('truncate reminder_run, mail, opt_out_link cascade; delete from reminder_log');
    return new Set(rows.map(({ message }) => message));
  }
}

function both(
  what: string,
  more: string,
  less: string,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): Record<string, number> {
  return {
    [`${what} ${more}`]: [...after].filter((one) => !before.has(one)).length,
    [`${what} ${less}`]: [...before].filter((one) => !after.has(one)).length,
  };
}

const today = () => localDateTime(zone, systemClock.now()).date;
const dayOf = (until: Grant['until']): string | null =>
  until === 'none' ? null : addDays(today(), until === 'ahead' ? 20 : -3);
const untilOf = (until: Grant['until']): [string | null, Date | null] => {
  const day = dayOf(until);
  return [day, day === null ? null : instantOf(zone, addDays(day, 1), '00:00')];
};

function bodyOf(change: World['change']) {
  if (change.kind === 'offices') return { changes: [], officeIds: change.members };
  return {
    changes: change.rows.map(([index, { columns, until }]) => ({
      officeId: slices[index]![0],
      providerId: slices[index]![1],
      columns,
      accessUntilDay: dayOf(until),
    })),
    joinOfficeIds: change.joins,
  };
}

const differing = (predicted: Figures, measured: Figures) =>
  figures.filter((name) => predicted[name] !== measured[name]);

/** A clinic in which each schedule has patients of its own, and some that it shares with another. */
async function openStage(adminUrl: string) {
  const clinic = await syncClinic({ adminUrl, perSlice: 24 });
  const offsetOf = (slice: Slice) => slices.findIndex(([o, p]) => o === slice[0] && p === slice[1]) * 6;
  for (const slice of slices)
    await clinic.emr.query(
      `update appointment set patient_id = 'patient-' || ($1 + substring(appointment_id from '[0-9]+$')::integer % 12)
        where office_id = $2 and provider_id = $3`,
      [offsetOf(slice), ...slice],
    );
  await clinic.emr.query('delete from patient_pair');
  await clinic.emr.query(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select distinct tenant_id, patient_id, office_id, provider_id from appointment`,
  );
  const session = randomToken(32);
  await clinic.emr.query(
    `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at, second_factor_at)
     values ($1, $2, 'proof', 'admin', now(), now(), now())`,
    [tenantId, sha256(session)],
  );
  await clinic.portal.query(
    `insert into mail_settings (site_id, run_at, quiet_from, quiet_to) values ($1, '00:00', '23:58', '23:59')`,
    [siteId],
  );
  await clinic.portal.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, enabled, created_at)
     select $1, 'rule-' || days, 'Rule ' || days, days, '{}', '{}', false, false, false, 0, false, false, 's', 't', 's', 't', true, now()
       from unnest(array[1, 3]) days`,
    [siteId],
  );
  const keeper = createAnnouncementKeeper({
    syncUrl: clinic.syncUrl,
    sealingKey,
    clock: systemClock,
    log,
    announceUrl: await clinic.listen(),
  });
  await keeper.drain();
  await keeper.stop();
  const stage = new Stage(clinic, `tidegate_emr=${tenantId}.${session}`, await clinic.listenPortal());
  return { clinic, stage };
}

/** Faults of whoever predicts: planted while the prediction is made, and taken back before anybody saves. */
const faults: readonly {
  readonly name: string;
  readonly at: 'emr' | 'portal';
  readonly plant: string;
  readonly undo: string;
  readonly spoils: (typeof figures)[number];
}[] = [
  {
    name: 'the EMR does not count the bookings of a schedule',
    at: 'emr',
    plant: `begin; set local session_replication_role = replica; update appointment set start_at = start_at - interval '100 days', end_at = end_at - interval '100 days' where provider_id = 'abel'; commit`,
    undo: `begin; set local session_replication_role = replica; update appointment set start_at = start_at + interval '100 days', end_at = end_at + interval '100 days' where provider_id = 'abel'; commit`,
    spoils: 'bookings appear',
  },
  {
    name: 'the EMR forgets through whom a patient stays visible',
    at: 'emr',
    plant: `create table kept as select * from patient_pair where provider_id = 'abel'; delete from patient_pair where provider_id = 'abel'`,
    undo: 'insert into patient_pair select * from kept; drop table kept',
    spoils: 'patients disappear',
  },
  {
    name: 'the EMR takes what holds for lapsed',
    at: 'emr',
    plant: `update permission_grant set access_until_day = '2020-01-01', access_until = '2020-01-02' where provider_id = 'cho' and office_id = 'hill'`,
    undo: `update permission_grant set access_until_day = null, access_until = null where provider_id = 'cho' and office_id = 'hill'`,
    spoils: 'bookings disappear',
  },
  {
    name: 'the portal leaves out what is out of sight',
    at: 'portal',
    plant: `update booking set state = 'not-selected' where state = 'visibility-lost'`,
    undo: `update booking set state = 'visibility-lost' where state = 'not-selected'`,
    spoils: 'pages start',
  },
  {
    name: 'the portal leaves out links',
    at: 'portal',
    plant: 'update appointment_link set locked_at = now()',
    undo: 'update appointment_link set locked_at = null',
    spoils: 'links start',
  },
  {
    name: 'the portal leaves out a rule',
    at: 'portal',
    plant: `update reminder_rule set enabled = false`,
    undo: `update reminder_rule set enabled = true`,
    spoils: 'reminders start',
  },
  {
    name: 'the portal leaves out what is parked',
    at: 'portal',
    plant: `update write_back set state = 'acknowledged' where state = 'parked'`,
    undo: `update write_back set state = 'parked' where state = 'acknowledged'`,
    spoils: 'writeBacks start',
  },
  {
    name: 'the portal leaves out what is under way',
    at: 'portal',
    plant: `update write_back set state = 'acknowledged' where state = 'queued'`,
    undo: `update write_back set state = 'queued' where state = 'acknowledged'`,
    spoils: 'writeBacks stop',
  },
  {
    name: 'the portal believes that it sees everything already',
    at: 'portal',
    plant: 'create table kept as select * from connect.roster_entry; update connect.roster_entry set columns_held = 63',
    undo: `update connect.roster_entry r set columns_held = k.columns_held from kept k
            where k.site_id = r.site_id and k.connection_id = r.connection_id and k.office_id = r.office_id and k.provider_id = r.provider_id;
           drop table kept`,
    spoils: 'links start',
  },
];

export const proveBlastRadius: Proof = async ({ adminUrl, full, seed, say }) => {
  const random = seededRandom(seed);
  const { clinic, stage } = await openStage(adminUrl);
  const failures: string[] = [];
  const saboteurs: Saboteur[] = [];
  const sums = Object.fromEntries(figures.map((name) => [name, 0])) as Figures;
  let cases = 0;
  const play = async (world: World, faulty: readonly (typeof faults)[number][]) => {
    await stage.set(world, random);
    const spoilt: Figures[] = [];
    for (const { at, plant, undo } of faulty) {
      const pool = at === 'emr' ? clinic.emr : clinic.portal;
      await pool.query(plant);
      spoilt.push((await stage.predict(world)).figures);
      await pool.query(undo);
    }
    const { figures: predicted, from } = await stage.predict(world);
    const measured = await stage.measure(world, from);
    cases += 1;
    for (const name of figures) sums[name] += measured[name];
    const wrong = differing(predicted, measured);
    if (wrong.length > 0)
      failures.push(
        `world ${cases}, seed ${seed}: ${wrong.map((name) => `${name} ${predicted[name]} predicted, ${measured[name]} happened`).join('; ')}; ${JSON.stringify(world)}`,
      );
    for (const [index, { name, spoils }] of faulty.entries())
      saboteurs.push({ name, caught: spoilt[index]![spoils] !== measured[spoils] });
  };
  try {
    await play(everything, faults);
    for (const name of figures)
      if (sums[name] === 0) failures.push(`${name}: nothing of the kind happened in the first world`);
    for (let index = 0; index < (full ? worlds.full : worlds.reduced); index += 1) {
      await play(anyWorld(random), []);
      if (index % 20 === 19) say(`${index + 1} worlds, ${failures.length} wrong`);
    }
    say(figures.map((name) => `${name} ${sums[name]}`).join(', '));
    return { cases, failures, saboteurs };
  } finally {
    await clinic.close();
  }
};
