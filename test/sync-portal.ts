// The portal's side for tests that span the organisations: its real databases, its two apps and the real worker, connected to an EMR.
import type { FastifyInstance } from 'fastify';
import type { SettingsRequest } from '../src/connect/contract/settings.ts';
import type { RunCause, SyncMode, SyncStatus } from '../src/connect/contract/sync.ts';
import { createConnect, createSyncWorker, requestRun, type SyncWorker, saveSettings } from '../src/connect/index.ts';
import { type Clock, systemClock } from '../src/platform/clock.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { testDatabase } from '../src/platform/database/test-database.ts';
import { sha256 } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import type { PatientsPage } from '../src/portal/contract/patients.ts';
import { createPortal, portalMigrations, portalRoles, setUpFirstSite } from '../src/portal/index.ts';

export const siteId = 7;
export const sealingKey = Buffer.alloc(32, 7);
export const certificateSeed = Buffer.alloc(32, 8);
const person = { email: 'sam@clinic.example', password: 'a long password for tests' };

export interface RunFacts {
  readonly runId: string;
  readonly state: string;
  readonly mode: string;
  readonly totals: Readonly<Record<string, unknown>>;
  readonly problem: { readonly key: string; readonly params: Readonly<Record<string, string | number>> } | null;
}

export interface SyncPortalOptions {
  readonly adminUrl: string;
  readonly emr: { readonly baseUrl: string; readonly clientId: string; readonly clientSecret: string };
  readonly providers: readonly string[];
  readonly zone: string;
  /** The portal's built screens; absent: it serves none. */
  readonly webDirectory?: string | null;
  /** Of everything on the portal's side; the system's unless told. */
  readonly clock?: Clock;
}

interface AskMore {
  readonly slice?: readonly [office: string, provider: string];
  readonly cause?: RunCause;
}

export interface SyncPortal {
  /** Superuser of the portal's database: for making facts and for checking. */
  readonly owner: Pool;
  readonly worker: SyncWorker;
  readonly syncUrl: string;
  readonly connectionId: string;
  /** Saves *Edit Settings* with these providers, as the person does. */
  select(
    providers: readonly string[],
    more?: Partial<
      Pick<
        SettingsRequest,
        'windowDays' | 'clientSecret' | 'absenceIsDeletion' | 'selectNewProviders' | 'testBookingId' | 'features'
      >
    >,
  ): Promise<void>;
  /** Takes note of settings that somebody else has saved, as a form does that is opened again. */
  reload(): Promise<void>;
  ask(mode: SyncMode, more?: AskMore): Promise<string>;
  /** Asks for a run, lets the worker work until nothing is left to do, and says how it ended. */
  sync(mode: SyncMode, more?: AskMore): Promise<RunFacts>;
  run(runId: string): Promise<RunFacts>;
  /** What the portal's pages are given; `query` as in the address of the Patients page. */
  page(query?: string): Promise<PatientsPage>;
  daySheet(query?: string): Promise<PatientsPage>;
  /** Anything that a person of the portal's pages may read. */
  read<T>(url: string): Promise<T>;
  /** What the Sync Status panel is given. */
  status(language?: 'en' | 'fr'): Promise<SyncStatus>;
  /** Where the portal is reached over HTTP; it listens from the first call on. */
  listenPortal(): Promise<string>;
  /** Where Cloud Connect is reached over HTTP; it listens from the first call on. */
  listen(): Promise<string>;
  /** Any request of the Site Admin to the portal, and to Cloud Connect. */
  askPortal: SyncPortal['askConnect'];
  askConnect(
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly statusCode: number; readonly body: string; json<T>(): T }>;
  close(): Promise<void>;
}

/** A site whose connection to the EMR is saved and which has read nothing yet. */
export async function syncPortal({
  adminUrl,
  emr,
  providers,
  zone,
  webDirectory = null,
  clock = systemClock,
}: SyncPortalOptions): Promise<SyncPortal> {
  const database = await testDatabase({
    adminUrl,
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const log = createLog({ level: 'fatal', name: 'test' });
  const common = { clock, log, version: 'test', webDirectory: null };
  const syncUrl = database.urlFor('portal_sync');
  const portal = await createPortal({
    ...common,
    webDirectory,
    appUrl: database.urlFor('portal_app'),
    syncUrl,
    sealingKey,
    publicUrl: 'http://portal.test',
    // Longer than a patient is kept waiting: what is told is tested, and not how fast this machine is.
    linkWaitMs: 15_000,
  });
  const { userId } = await setUpFirstSite(portal.context, {
    siteId,
    siteName: 'Lantern Hill Clinic',
    zone,
    displayName: 'Sam Placeholder',
    ...person,
  });
  const connect = await createConnect({
    ...common,
    appUrl: database.urlFor('connect_app'),
    publicUrl: 'http://connect.test',
    sealingKey,
    certificateSeed,
    announceTo: 'loopback',
    mails: true,
  });
  const worker = createSyncWorker({ syncUrl, sealingKey, clock, log, intervals: { firstWaitMs: 5 } });

  let settingsVersion = 0;
  let connectionId = '';
  const select: SyncPortal['select'] = async (selected, more = {}) => {
    const saved = await saveSettings(
      connect.context,
      { siteId, userId },
      {
        name: 'main',
        baseUrl: emr.baseUrl,
        clientId: emr.clientId,
        clientSecret: emr.clientSecret,
        windowDays: 14,
        intervalMinutes: 1440,
        absenceIsDeletion: false,
        selectNewProviders: false,
        features: ['provider-list', 'day-sheet'],
        selectedProviderIds: [...selected],
        ...more,
      },
      { version: String(settingsVersion) },
    );
    ({ settingsVersion, connectionId } = saved);
  };
  await select(providers);
  // Tests ask for their runs themselves.
  await owner.query(`update connect.connection set next_run_at = now() + interval '1 day'`);

  const ask: SyncPortal['ask'] = async (mode, { slice, cause } = {}) => {
    const { runId } = await requestRun(worker.context, {
      siteId,
      connectionId,
      mode,
      slice: slice && { officeId: slice[0], providerId: slice[1] },
      requestedBy: null,
      ...(cause ? { cause } : {}),
    });
    return runId;
  };
  const run: SyncPortal['run'] = async (runId) => {
    const { rows } = await owner.query<RunFacts & Record<string, unknown>>(
      `select run_id as "runId", state, mode, totals, problem from connect.sync_run where run_id = $1`,
      [runId],
    );
    return rows[0]!;
  };
  const [asMember, asAdmin] = [signedIn(portal.app, owner), signedIn(connect.app, owner)];
  const read = async <T>(as: typeof asMember, url: string, headers: Record<string, string> = {}): Promise<T> => {
    const answer = await portalOrConnect(await as(), 'GET', url, undefined, headers);
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json<T>();
  };
  return {
    owner,
    worker,
    syncUrl,
    get connectionId() {
      return connectionId;
    },
    select,
    reload: async () => {
      const { rows } = await owner.query<{ version: number }>(
        'select settings_version as version from connect.connection',
      );
      settingsVersion = rows[0]!.version;
    },
    ask,
    run,
    sync: async (mode, more) => {
      const runId = await ask(mode, more);
      await worker.drain();
      return run(runId);
    },
    page: (query = '') => read(asMember, `/api/patients?${query}`),
    daySheet: (query = '') => read(asMember, `/api/day-sheet?${query}`),
    read: (url) => read(asMember, url),
    status: (language = 'en') => read(asAdmin, '/api/sync-status', { 'accept-language': language }),
    listenPortal: () => addressOf(portal.app),
    listen: () => addressOf(connect.app),
    askPortal: async (method, url, body, headers) => portalOrConnect(await asMember(), method, url, body, headers),
    askConnect: async (method, url, body, headers) => portalOrConnect(await asAdmin(), method, url, body, headers),
    close: async () => {
      await worker.stop();
      await Promise.all([connect.close(), portal.close()]);
      await owner.end();
      await database.drop();
    },
  };
}

async function addressOf(app: FastifyInstance): Promise<string> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as { port: number }).port}`;
}

interface SignedIn {
  readonly app: FastifyInstance;
  readonly cookie: string;
  readonly origin: string;
}

/** Signs in when it is first needed, and once: a password costs a tenth of a second. */
function signedIn(app: FastifyInstance, owner: Pool): () => Promise<SignedIn> {
  let session: Promise<SignedIn> | undefined;
  const signIn = async (): Promise<SignedIn> => {
    const origin = 'http://clinic.test';
    const headers = { host: 'clinic.test', origin };
    const answer = await app.inject({ method: 'POST', url: '/api/sign-in', headers, payload: person });
    const [cookie] = answer.cookies;
    if (!cookie) throw new Error(`no session: ${answer.statusCode} ${answer.body}`);
    // What the second factor does has tests of its own.
    await owner.query('update portal_session set second_factor_at = now() where token_hash = $1', [
      sha256(cookie.value),
    ]);
    return { app, origin, cookie: `${cookie.name}=${cookie.value}` };
  };
  return () => {
    session ??= signIn();
    return session;
  };
}

const portalOrConnect = (
  { app, cookie, origin }: SignedIn,
  method: 'GET' | 'PUT' | 'POST',
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
) =>
  app.inject({
    method,
    url,
    headers: { host: new URL(origin).host, origin, cookie, ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
