// A clinic and its portal for the synchroniser's tests: the EMR's real app behind a proxy of ours, real databases, the real worker.
import { addIntegration, createAnnouncer, createEmr, emrMigrations, emrRoles } from '../src/emr/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { testDatabase } from '../src/platform/database/test-database.ts';
import { sha256 } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { type EmrProxy, emrProxy } from './emr-proxy.ts';
import { type SyncPortal, siteId, syncPortal } from './sync-portal.ts';

export const tenantId = 1042;
export const all = 63;
/** Two offices, three providers; Cho sees patients in both offices. */
export const slices = [
  ['hill', 'abel'],
  ['hill', 'cho'],
  ['shore', 'baker'],
  ['shore', 'cho'],
] as const;
export type Slice = readonly [office: string, provider: string];

export interface Listed {
  readonly id: string;
  readonly office: string;
  readonly provider: string;
  readonly patient: string | null;
  readonly start: string;
  readonly status: string;
  readonly version: string;
}

export interface SyncClinic extends Omit<SyncPortal, 'owner'> {
  /** Superusers of the two databases: for making facts and for checking. */
  readonly emr: Pool;
  readonly portal: Pool;
  readonly proxy: EmrProxy;
  /** Of the integration user. */
  readonly serviceId: string;
  /** An access token of the integration user. */
  fhirToken(): Promise<string>;
  /** The integration user's row of one pair; columns 0 takes it away. */
  grant(slice: Slice, columns: number): Promise<void>;
  grantAll(columns: number): Promise<void>;
  /** What the portal lists, and what it would have to list: each by a query of its own, in the same order. */
  listed(): Promise<Listed[]>;
  permitted(): Promise<Listed[]>;
  /** The EMR tells its subscribers what waits to be told. */
  tell(): Promise<void>;
  stateOf(bookingId: string): Promise<string | undefined>;
  countStates(): Promise<Record<string, number>>;
}

const day = 24 * 60 * 60 * 1000;

/** `perSlice` bookings of each pair, spread over the twelve days that follow; 40 patients; nothing granted. */
export async function syncClinic({
  adminUrl,
  perSlice = 30,
  webDirectory = null,
}: {
  readonly adminUrl: string;
  readonly perSlice?: number;
  readonly webDirectory?: string | null;
}): Promise<SyncClinic> {
  const [emrDatabase, proxy] = await Promise.all([
    testDatabase({ adminUrl, organisation: 'emr', migrations: emrMigrations, roles: emrRoles }),
    emrProxy(),
  ]);
  const emr = createPool(adminUrl.replace(/\/[^/]*$/, `/${emrDatabase.name}`), { max: 2, applicationName: 'test' });
  const emrApp = await createEmr({
    clock: systemClock,
    log: createLog({ level: 'fatal', name: 'test' }),
    version: 'test',
    sealingKey: sha256('test'),
    webDirectory: null,
    appUrl: emrDatabase.urlFor('emr_app'),
    importUrl: emrDatabase.urlFor('emr_import'),
    publicUrl: proxy.url,
    announceTo: 'loopback',
  });
  const announcer = createAnnouncer(emrApp.context, emrDatabase.urlFor('emr_app'));
  await emrApp.app.listen({ host: '127.0.0.1', port: 0 });
  proxy.target = (emrApp.app.server.address() as { port: number }).port;

  await fill(emr, perSlice);
  // As most EMRs are: what is deleted is gone without a word. A test that means ours, which leaves a tombstone, says so.
  await emr.query('alter table appointment disable trigger keep_deleted');
  const { user, fhirBaseUrl, clientId, clientSecret } = await addIntegration(
    emrApp.context,
    { tenantId, userId: 'admin' },
    { name: 'Cloud Connect', officeIds: ['hill', 'shore'] },
  );
  const service = user.userId;
  const connected = await syncPortal({
    adminUrl,
    emr: { baseUrl: fhirBaseUrl, clientId, clientSecret },
    providers: ['abel', 'baker', 'cho'],
    zone: 'America/Vancouver',
    webDirectory,
  });
  const { owner: portal } = connected;

  const grant: SyncClinic['grant'] = async ([office, provider], columns) => {
    await emr.query(
      columns === 0
        ? `delete from permission_grant where tenant_id = $1 and user_id = $2 and office_id = $3 and provider_id = $4 and $5::integer = 0`
        : `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns) values ($1, $2, $3, $4, $5)
           on conflict (tenant_id, user_id, office_id, provider_id) do update set columns = excluded.columns`,
      [tenantId, service, office, provider, columns],
    );
    await emr.query('update app_user set permission_version = permission_version + 1 where user_id = $1', [service]);
  };
  return {
    ...connected,
    get connectionId() {
      return connected.connectionId;
    },
    emr,
    portal,
    proxy,
    serviceId: service,
    fhirToken: async () => {
      const answer = await fetch(`${proxy.url}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret!,
          scope: 'system/*.rs',
        }),
      });
      return ((await answer.json()) as { access_token: string }).access_token;
    },
    grant,
    grantAll: async (columns) => {
      for (const slice of slices) await grant(slice, columns);
    },
    listed: async () => {
      const { rows } = await portal.query<Listed & Record<string, unknown>>(
        `select b.booking_id as id, b.office_id as office, b.provider_id as provider, p.family as patient,
                to_char(b.start_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as start, b.status, b.emr_version as version
           from booking b left join patient p on p.patient_id = b.patient_id and p.site_id = b.site_id
          where b.site_id = $1 and b.state in ('present', 'unconfirmed') and not b.patient_masked and b.status <> 'entered-in-error'
          order by b.booking_id`,
        [siteId],
      );
      return rows;
    },
    permitted: async () => {
      const { rows } = await emr.query<Listed & Record<string, unknown>>(
        `select a.appointment_id as id, a.office_id as office, a.provider_id as provider, p.family as patient,
                to_char(a.start_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as start, a.status, a.version_id::text as version
           from appointment a
           join permission_grant g on g.user_id = $2 and g.office_id = a.office_id and g.provider_id = a.provider_id
           left join patient p on p.patient_id = a.patient_id
          where a.tenant_id = $1 and a.status <> 'entered-in-error' and a.provider_id = any ($3)
            and (g.columns & 34) = 34 and (a.patient_id is null or (g.columns & 1) = 1) and (g.access_until is null or g.access_until > now())
            and a.start_at < now() + interval '13 days' and a.start_at >= now()
          order by a.appointment_id`,
        [tenantId, service, (await selectedNow(portal)) as unknown],
      );
      return rows;
    },
    tell: announcer.drain,
    stateOf: async (bookingId) => {
      const { rows } = await portal.query<{ state: string }>('select state from booking where booking_id = $1', [
        bookingId,
      ]);
      return rows[0]?.state;
    },
    countStates: async () => {
      const { rows } = await portal.query<{ state: string; n: number }>(
        'select state, count(*) as n from booking group by state',
      );
      return Object.fromEntries(rows.map((row) => [row.state, row.n]));
    },
    close: async () => {
      await connected.close();
      await emrApp.close();
      await proxy.close();
      await emr.end();
      await emrDatabase.drop();
    },
  };
}

async function selectedNow(portal: Pool): Promise<string[]> {
  const { rows } = await portal.query<{ id: string }>('select provider_id as id from connect.selected_provider');
  return rows.map((row) => row.id);
}

async function fill(emr: Pool, perSlice: number): Promise<void> {
  const one = (sql: string, ...values: unknown[]) => emr.query(sql, [tenantId, ...values]);
  await one(`insert into tenant (tenant_id, name) values ($1, 'Lantern Hill Clinic')`);
  await one(
    `insert into office (tenant_id, office_id, name, zone)
     values ($1, 'hill', 'Lantern Hill', 'America/Vancouver'), ($1, 'shore', 'Quiet Shore', 'America/Edmonton')`,
  );
  await one(
    `insert into provider (tenant_id, provider_id, prefix, given, family)
     select $1, id, 'Dr.', initcap(id), 'Invented' from unnest($2::text[]) as id`,
    ['abel', 'baker', 'cho'],
  );
  const [offices, providers] = [slices.map(([office]) => office), slices.map(([, provider]) => provider)];
  await one(
    `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
     select $1, o, p, 'schedule-' || o || '-' || p, 'role-' || o || '-' || p from unnest($2::text[], $3::text[]) as pair (o, p)`,
    offices,
    providers,
  );
  await one(
    `insert into patient (tenant_id, patient_id, family, given, birth_date, gender, phone, email, language, chart_number)
     select $1, 'patient-' || n, 'Madeup' || n || E'\\t\\\\"é', 'Mara', date '1970-01-01' + n, 'female', '604-555-0117', n || '@mail.example',
            case when n % 2 = 0 then 'fr' else 'en' end, 'C' || n from generate_series(0, 39) n`,
  );
  await one(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, start_at, end_at)
     select $1, o || '-' || p || '-' || n, o, p, 'patient-' || n % 40, 'booked', 'Recheck', at, at + interval '15 minutes'
       from unnest($2::text[], $3::text[]) as pair (o, p), generate_series(0, $4::integer - 1) as n,
            lateral (select date_trunc('minute', now()) + interval '1 hour' + n * (interval '12 days' / $4::integer)) as start (at)`,
    offices,
    providers,
    perSlice,
  );
  await one(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
     select distinct tenant_id, patient_id, office_id, provider_id from appointment where tenant_id = $1`,
  );
  await one(
    `insert into app_user (tenant_id, user_id, kind, username, display_name) values ($1, 'admin', 'administrator', 'ada', 'Ada Placeholder')`,
  );
}

export const inDays = (days: number): Date => new Date(systemClock.now().getTime() + days * day);
