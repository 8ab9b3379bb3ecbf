// A clinic and its portal for the synchroniser's tests: the EMR's real app behind a proxy of ours, real databases, the real worker.
import { inject } from 'vitest';
import { createConnect, createSyncWorker, requestRun, type SyncWorker, saveSettings } from '../src/connect/index.ts';
import { addIntegration, createEmr, emrMigrations, emrRoles } from '../src/emr/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { testDatabase } from '../src/platform/database/test-database.ts';
import { createLog } from '../src/platform/log.ts';
import { createPortal, portalMigrations, portalRoles, setUpFirstSite } from '../src/portal/index.ts';
import { type EmrProxy, emrProxy } from './emr-proxy.ts';

export const tenantId = 1042;
export const siteId = 7;
export const sealingKey = Buffer.alloc(32, 7);
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

export interface RunFacts {
  readonly runId: string;
  readonly state: string;
  readonly mode: string;
  readonly totals: Readonly<Record<string, unknown>>;
  readonly problem: { readonly key: string; readonly params: Readonly<Record<string, string | number>> } | null;
}

export interface SyncClinic {
  /** Superusers of the two databases: for making facts and for checking. */
  readonly emr: Pool;
  readonly portal: Pool;
  readonly proxy: EmrProxy;
  readonly worker: SyncWorker;
  readonly syncUrl: string;
  readonly connectionId: string;
  readonly clientSecret: string;
  /** The integration user's row of one pair; columns 0 takes it away. */
  grant(slice: Slice, columns: number): Promise<void>;
  grantAll(columns: number): Promise<void>;
  /** Asks for a run, lets the worker work until nothing is left to do, and says how it ended. */
  sync(mode: 'full' | 'recent'): Promise<RunFacts>;
  ask(mode: 'full' | 'recent'): Promise<string>;
  run(runId: string): Promise<RunFacts>;
  /** What the portal lists, and what it would have to list: each by a query of its own, in the same order. */
  listed(): Promise<Listed[]>;
  permitted(): Promise<Listed[]>;
  stateOf(bookingId: string): Promise<string | undefined>;
  countStates(): Promise<Record<string, number>>;
  select(
    providers: readonly string[],
    more?: { readonly windowDays?: number; readonly clientSecret?: string },
  ): Promise<void>;
  close(): Promise<void>;
}

const day = 24 * 60 * 60 * 1000;

/** `perSlice` bookings of each pair, spread over the twelve days that follow; 40 patients; nothing granted. */
export async function syncClinic({ perSlice = 30 }: { readonly perSlice?: number } = {}): Promise<SyncClinic> {
  const adminUrl = inject('adminUrl');
  const [emrDatabase, portalDatabase, proxy] = await Promise.all([
    testDatabase({ adminUrl, organisation: 'emr', migrations: emrMigrations, roles: emrRoles }),
    testDatabase({ adminUrl, organisation: 'portal', migrations: portalMigrations, roles: portalRoles }),
    emrProxy(),
  ]);
  const superuser = (name: string) =>
    createPool(adminUrl.replace(/\/[^/]*$/, `/${name}`), { max: 2, applicationName: 'test' });
  const emr = superuser(emrDatabase.name);
  const portal = superuser(portalDatabase.name);
  const log = createLog({ level: 'fatal', name: 'test' });
  const common = { clock: systemClock, log, version: 'test', webDirectory: null };
  const emrApp = await createEmr({
    ...common,
    appUrl: emrDatabase.urlFor('emr_app'),
    importUrl: emrDatabase.urlFor('emr_import'),
    publicUrl: proxy.url,
  });
  await emrApp.app.listen({ host: '127.0.0.1', port: 0 });
  proxy.target = (emrApp.app.server.address() as { port: number }).port;

  await fill(emr, perSlice);
  const credentials = await addIntegration(
    emrApp.context,
    { tenantId, userId: 'admin' },
    { name: 'Cloud Connect', officeIds: ['hill', 'shore'] },
  );
  const service = credentials.user.userId;

  const syncUrl = portalDatabase.urlFor('portal_sync');
  const portalApp = await createPortal({
    ...common,
    appUrl: portalDatabase.urlFor('portal_app'),
    syncUrl,
    publicUrl: 'http://portal.test',
  });
  const { userId } = await setUpFirstSite(portalApp.context, {
    siteId,
    siteName: 'Lantern Hill Clinic',
    zone: 'America/Vancouver',
    email: 'sam@clinic.example',
    displayName: 'Sam Placeholder',
    password: 'a long password for tests',
  });
  const connect = await createConnect({
    ...common,
    appUrl: portalDatabase.urlFor('connect_app'),
    publicUrl: 'http://connect.test',
    sealingKey,
  });
  let settingsVersion = 0;
  let connectionId = '';
  const select: SyncClinic['select'] = async (providers, { windowDays = 14, clientSecret } = {}) => {
    const saved = await saveSettings(
      connect.context,
      { siteId, userId },
      {
        name: 'main',
        baseUrl: credentials.fhirBaseUrl,
        clientId: credentials.clientId,
        clientSecret: clientSecret ?? credentials.clientSecret,
        windowDays,
        intervalMinutes: 1440,
        features: ['provider-list', 'day-sheet'],
        selectedProviderIds: [...providers],
      },
      { version: String(settingsVersion) },
    );
    ({ settingsVersion, connectionId } = saved);
  };
  await select(['abel', 'baker', 'cho']);
  // Tests ask for their runs themselves.
  await portal.query(`update connect.connection set next_run_at = now() + interval '1 day'`);

  const worker = createSyncWorker({ syncUrl, sealingKey, clock: systemClock, log, intervals: { firstWaitMs: 5 } });

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
  const ask: SyncClinic['ask'] = async (mode) => {
    const { runId } = await requestRun(worker.context, { siteId, connectionId, mode, requestedBy: null });
    return runId;
  };
  const run: SyncClinic['run'] = async (runId) => {
    const { rows } = await portal.query<RunFacts & Record<string, unknown>>(
      `select run_id as "runId", state, mode, totals, problem from connect.sync_run where run_id = $1`,
      [runId],
    );
    return rows[0]!;
  };

  return {
    emr,
    portal,
    proxy,
    worker,
    syncUrl,
    get connectionId() {
      return connectionId;
    },
    clientSecret: credentials.clientSecret,
    grant,
    grantAll: async (columns) => {
      for (const slice of slices) await grant(slice, columns);
    },
    ask,
    run,
    sync: async (mode) => {
      const runId = await ask(mode);
      await worker.drain();
      return run(runId);
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
    select,
    close: async () => {
      await worker.stop();
      await Promise.all([connect.close(), portalApp.close(), emrApp.close()]);
      await proxy.close();
      await Promise.all([emr.end(), portal.end()]);
      await Promise.all([emrDatabase.drop(), portalDatabase.drop()]);
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
