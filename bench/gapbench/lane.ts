// A whole installation of the demo clinic in which faults are made, and what is done to it: by the screens' own API as the people do it whose
// job it is, and by SQL where no screen can (time that passes, a provider whom an import brings).
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GapHistory } from '../../src/connect/contract/certificates.ts';
import type { Diagnosis } from '../../src/connect/contract/doctor.ts';
import type { Settings } from '../../src/connect/contract/settings.ts';
import { demoPassword, prepareDemo } from '../../src/demo/prepare-demo.ts';
import type { ListedUser, ProviderPermissions } from '../../src/emr/contract/security.ts';
import { createPool, type Pool } from '../../src/platform/database/db.ts';
import { findPostgres } from '../../src/platform/database/postgres-server.ts';
import type { ServiceName } from '../../src/services.ts';
import { demoCode, hasSecondFactor } from '../../test/demo-second-factor.ts';
import { type TestInstallation, testInstallation } from '../../test/installation.ts';

export interface Pair {
  readonly officeId: string;
  readonly providerId: string;
}

export interface Lane {
  readonly roster: readonly Pair[];
  diagnosis(): Promise<Diagnosis>;
  history(): Promise<GapHistory['entries']>;
  /** Bookings on the portal's pages. */
  countListed(): Promise<number>;
  saveRows(rows: readonly (Pair & { readonly columns: number })[]): Promise<void>;
  setOffices(of: (offices: readonly string[]) => readonly string[]): Promise<void>;
  lapse(pair: Pair): Promise<void>;
  select(providerId: string): Promise<void>;
  deselect(providerId: string): Promise<void>;
  /** Everybody whom the EMR names. */
  selectAll(): Promise<void>;
  addProvider(pair: Pair): Promise<void>;
  revoke(): Promise<void>;
  renewSecret(): Promise<void>;
  lookAgain(): Promise<void>;
  syncFull(): Promise<void>;
  moveBooking(pair: Pair): Promise<void>;
  cancelBooking(pair: Pair): Promise<void>;
  deleteBooking(pair: Pair): Promise<void>;
  editPatient(pair: Pair): Promise<void>;
  changeSomebodyElse(pair: Pair): Promise<void>;
  /** Waits until nothing is being read; what was announced a moment ago has had its turn. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const tenantId = 1042;
const everything: readonly ServiceName[] = ['emr', 'portal', 'connect', 'worker'];

/** The demo clinic's files, made once for all lanes. */
export async function prepareLanes(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await folder();
  const installation = await testInstallation({ dataDir: path, services: ['emr'] });
  try {
    await prepareDemo(installation);
  } finally {
    await installation.close();
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-gapbench-'));
  await chmod(path, 0o711);
  return path;
}

/** A session at one of the apps, as its screens have one. */
async function sessionAt(url: string, who: Readonly<Record<string, string>>) {
  let cookie = '';
  const ask = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        origin: url,
        ...(cookie ? { cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = answer.headers.getSetCookie()[0]?.split(';', 1)[0];
    if (set) cookie = set;
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  await ask('POST', '/api/sign-in', { ...who, password: demoPassword });
  const name = who['username'] ?? who['email'] ?? '';
  if (hasSecondFactor(name)) await ask('POST', '/api/sign-in/code', { code: await demoCode(url, name) });
  return ask;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `before` is given the installation before its services start: the black-box track puts its wall between them there. */
export async function openLane(
  prepared: string,
  before: (installation: { readonly emrUrl: string }) => Promise<{ readonly fhirBaseUrl: string }> = async ({
    emrUrl,
  }) => ({ fhirBaseUrl: `${emrUrl}/fhir` }),
): Promise<Lane> {
  const dataDir = await folder();
  execFileSync('cp', ['-a', `${prepared}/.`, dataDir]);
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const close = async () => {
    for (const one of undo.reverse()) await one();
  };
  /** Of the embedded PostgreSQL's own administrator: for facts that no screen makes. */
  const superuser = async (database: 'emr' | 'portal') => {
    const server = await findPostgres(join(dataDir, 'postgres'));
    return createPool(server!.adminUrl(database), { max: 2, applicationName: 'gapbench' });
  };
  try {
    const installation: TestInstallation = await testInstallation({
      dataDir,
      services: everything,
      announceTo: 'loopback',
      before: async ({ config }) => {
        const { fhirBaseUrl } = await before({ emrUrl: config.urls.emr });
        const portal = await superuser('portal');
        await portal.query('update connect.connection set base_url = $1, announcements_due_at = now()', [fhirBaseUrl]);
        // Of an EMR that said what we may see and no longer does nothing would be read, and rightly so.
        if (!fhirBaseUrl.startsWith(config.urls.emr)) await portal.query('delete from connect.emr_state');
        await portal.end();
      },
    });
    undo.push(() => installation.close());
    const { urls } = installation.config;
    const pools = { emr: await superuser('emr'), portal: await superuser('portal') };
    undo.push(() => Promise.all([pools.emr.end(), pools.portal.end()]));
    const emr = await sessionAt(urls.emr, { username: 'ada' });
    const connect = await sessionAt(urls.connect, { email: 'sam@saltmarsh.example' });
    return { ...(await actsOf({ emr, connect, pools })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Acting {
  readonly emr: Awaited<ReturnType<typeof sessionAt>>;
  readonly connect: Awaited<ReturnType<typeof sessionAt>>;
  readonly pools: Readonly<Record<'emr' | 'portal', Pool>>;
}

async function actsOf({ emr, connect, pools }: Acting): Promise<Omit<Lane, 'close'>> {
  const users = await emr<ListedUser[]>('GET', '/api/users');
  const service = users.find(({ kind }) => kind === 'service')!.userId;
  const robin = users.find(({ username }) => username === 'robin')!.userId;
  const matrixOf = (userId: string) => emr<ProviderPermissions>('GET', `/api/users/${userId}/provider-permissions`);
  const save = async (userId: string, rows: readonly (Pair & { readonly columns: number })[]) => {
    const { version } = await matrixOf(userId);
    const changes = rows.map((row) => ({ ...row, accessUntilDay: null }));
    await emr('PUT', `/api/users/${userId}/provider-permissions`, { changes }, { 'if-match': `"${version}"` });
  };
  const diagnosis = () => connect<Diagnosis>('GET', '/api/doctor');
  const settled = async () => {
    for (let quiet = 0; quiet < 2; ) {
      await sleep(40);
      const { rows } = await pools.portal.query<{ busy: boolean }>(
        `select exists (select from connect.sync_run where state in ('queued', 'running'))
             or exists (select from connect.connection where gaps_due_at <= now()) as busy`,
      );
      quiet = rows[0]!.busy ? 0 : quiet + 1;
    }
  };
  const saveSettings = async (change: (settings: Settings) => Readonly<Record<string, unknown>>) => {
    const settings = await connect<Settings>('GET', '/api/settings');
    const { connectionId: _1, settingsVersion, hasSecret: _2, providers, ...rest } = settings;
    const { integrationUser: _3, rosterProblem: _4, certainty: _5, ...request } = rest;
    const selectedProviderIds = providers.filter(({ selected }) => selected).map(({ providerId }) => providerId);
    const body = { ...request, selectedProviderIds, ...change(settings) };
    await connect('PUT', '/api/settings', body, { 'if-match': `"${settingsVersion}"` });
  };
  const selectedOf = ({ providers }: Settings) =>
    providers.filter(({ selected }) => selected).map(({ providerId }) => providerId);
  const syncFull = async () => {
    await connect('POST', '/api/sync-runs', { mode: 'full' });
  };
  const touch = 'version_id = version_id + 1, last_updated = clock_timestamp()';
  const ofPair = ({ officeId, providerId }: Pair, sql: string) =>
    pools.emr.query(sql, [tenantId, officeId, providerId]);
  const oneBooking = `(select appointment_id from appointment where tenant_id = $1 and office_id = $2 and provider_id = $3 and start_at > now()
                         and status = 'booked' order by start_at desc, appointment_id limit 1)`;
  const bump = () =>
    pools.emr.query(
      'update app_user set permission_version = permission_version + 1 where tenant_id = $1 and user_id = $2',
      [tenantId, service],
    );
  const { offices } = await matrixOf(service);
  const acts: Omit<Lane, 'close'> = {
    roster: offices.flatMap(({ officeId, rows }) => rows.map(({ providerId }) => ({ officeId, providerId }))),
    diagnosis,
    history: async () => (await connect<GapHistory>('GET', '/api/gap-history')).entries,
    countListed: async () => {
      const { rows } = await pools.portal.query<{ n: number }>(
        `select count(*) as n from booking where state in ('present', 'unconfirmed') and not patient_masked and status not in ('cancelled', 'entered-in-error')`,
      );
      return rows[0]!.n;
    },
    saveRows: (rows) => save(service, rows),
    setOffices: async (of) => {
      const now = (await matrixOf(service)).offices.filter(({ member }) => member).map(({ officeId }) => officeId);
      await emr('PUT', `/api/users/${service}/offices`, { officeIds: of(now) });
    },
    lapse: async ({ officeId, providerId }) => {
      // As if its last day had been yesterday: no screen sets a day that has passed.
      await pools.emr.query(
        `update permission_grant set access_until_day = (now() - interval '2 days')::date, access_until = now()
          where tenant_id = $1 and user_id = $2 and office_id = $3 and provider_id = $4`,
        [tenantId, service, officeId, providerId],
      );
      await bump();
    },
    select: async (providerId) => {
      await connect('POST', `/api/undecided-providers/${providerId}`, { choice: 'select' });
    },
    selectAll: () =>
      saveSettings(({ providers }) => ({ selectedProviderIds: providers.map(({ providerId }) => providerId) })),
    deselect: (providerId) =>
      saveSettings((settings) => ({
        selectedProviderIds: selectedOf(settings).filter((one) => one !== providerId),
      })),
    addProvider: async ({ officeId, providerId }) => {
      await pools.emr.query(
        `with new_provider as (
           insert into provider (tenant_id, provider_id, prefix, given, family) values ($1, $2, 'Dr.', 'Newly', 'Arrived-' || $2)),
         new_schedule as (
           insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
           values ($1, $3, $2, 'schedule-' || $2, 'role-' || $2))
         update tenant set roster_version = roster_version + 1 where tenant_id = $1`,
        [tenantId, providerId, officeId],
      );
      await save(service, [{ officeId, providerId, columns: 63 }]);
    },
    revoke: async () => {
      await emr('POST', `/api/integrations/${service}/revoke`);
    },
    renewSecret: async () => {
      const { clientSecret } = await emr<{ clientSecret: string }>(
        'POST',
        `/api/integrations/${service}/credentials`,
        {},
      );
      await saveSettings(() => ({ clientSecret }));
      await syncFull();
    },
    lookAgain: async () => {
      await connect('POST', '/api/sync-runs', { mode: 'recent' });
    },
    syncFull,
    moveBooking: async (pair) => {
      await ofPair(
        pair,
        `update appointment set start_at = start_at + interval '5 minutes', end_at = end_at + interval '5 minutes', ${touch}
          where tenant_id = $1 and appointment_id = ${oneBooking}`,
      );
    },
    cancelBooking: async (pair) => {
      await ofPair(
        pair,
        `update appointment set status = 'cancelled', ${touch} where tenant_id = $1 and appointment_id = ${oneBooking}`,
      );
    },
    deleteBooking: async (pair) => {
      await ofPair(pair, `delete from appointment where tenant_id = $1 and appointment_id = ${oneBooking}`);
    },
    editPatient: async (pair) => {
      await ofPair(
        pair,
        `update patient set phone = '604-555-0' || (100 + (version_id % 100)), ${touch}
          where tenant_id = $1 and patient_id = (select patient_id from appointment where appointment_id = ${oneBooking})`,
      );
    },
    changeSomebodyElse: async (pair) => {
      const row = (await matrixOf(robin)).offices
        .flatMap(({ officeId, rows }) => rows.map((one) => ({ ...one, officeId })))
        .find((one) => one.officeId === pair.officeId && one.providerId === pair.providerId)!;
      await save(robin, [{ ...pair, columns: row.columns === 63 ? 32 : 63 }]);
    },
    settled,
  };
  return acts;
}
