// The portal's side for tests that span the organisations: its real databases, its two apps and the real worker, connected to an EMR.
import type { FastifyInstance } from 'fastify';
import type { RunCause, SyncMode, SyncStatus } from '../src/connect/contract/sync.ts';
import { createConnect, createSyncWorker, requestRun, type SyncWorker, saveSettings } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { testDatabase } from '../src/platform/database/test-database.ts';
import { createLog } from '../src/platform/log.ts';
import type { PatientsPage } from '../src/portal/contract/patients.ts';
import { createPortal, portalMigrations, portalRoles, setUpFirstSite } from '../src/portal/index.ts';

export const siteId = 7;
export const sealingKey = Buffer.alloc(32, 7);
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
    more?: { readonly windowDays?: number; readonly clientSecret?: string },
  ): Promise<void>;
  ask(mode: SyncMode, more?: AskMore): Promise<string>;
  /** Asks for a run, lets the worker work until nothing is left to do, and says how it ended. */
  sync(mode: SyncMode, more?: AskMore): Promise<RunFacts>;
  run(runId: string): Promise<RunFacts>;
  /** What the portal's pages are given; `query` as in the address of the Patients page. */
  page(query?: string): Promise<PatientsPage>;
  daySheet(query?: string): Promise<PatientsPage>;
  /** What the Sync Status panel is given. */
  status(language?: 'en' | 'fr'): Promise<SyncStatus>;
  /** Where Cloud Connect is reached over HTTP; it listens from the first call on. */
  listen(): Promise<string>;
  /** Any request of the Site Admin to Cloud Connect. */
  askConnect(
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly statusCode: number; json<T>(): T }>;
  close(): Promise<void>;
}

/** A site whose connection to the EMR is saved and which has read nothing yet. */
export async function syncPortal({ adminUrl, emr, providers, zone }: SyncPortalOptions): Promise<SyncPortal> {
  const database = await testDatabase({
    adminUrl,
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const log = createLog({ level: 'fatal', name: 'test' });
  const common = { clock: systemClock, log, version: 'test', webDirectory: null };
  const syncUrl = database.urlFor('portal_sync');
  const portal = await createPortal({
    ...common,
    appUrl: database.urlFor('portal_app'),
    syncUrl,
    publicUrl: 'http://portal.test',
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
  });
  const worker = createSyncWorker({ syncUrl, sealingKey, clock: systemClock, log, intervals: { firstWaitMs: 5 } });

  let settingsVersion = 0;
  let connectionId = '';
  const select: SyncPortal['select'] = async (selected, { windowDays = 14, clientSecret } = {}) => {
    const saved = await saveSettings(
      connect.context,
      { siteId, userId },
      {
        name: 'main',
        baseUrl: emr.baseUrl,
        clientId: emr.clientId,
        clientSecret: clientSecret ?? emr.clientSecret,
        windowDays,
        intervalMinutes: 1440,
        features: ['provider-list', 'day-sheet'],
        selectedProviderIds: [...selected],
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
  const [asMember, asAdmin] = [signedIn(portal.app), signedIn(connect.app)];
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
    ask,
    run,
    sync: async (mode, more) => {
      const runId = await ask(mode, more);
      await worker.drain();
      return run(runId);
    },
    page: (query = '') => read(asMember, `/api/patients?${query}`),
    daySheet: (query = '') => read(asMember, `/api/day-sheet?${query}`),
    status: (language = 'en') => read(asAdmin, '/api/sync-status', { 'accept-language': language }),
    listen: async () => {
      if (!connect.app.server.listening) await connect.app.listen({ host: '127.0.0.1', port: 0 });
      return `http://127.0.0.1:${(connect.app.server.address() as { port: number }).port}`;
    },
    askConnect: async (method, url, body, headers) => portalOrConnect(await asAdmin(), method, url, body, headers),
    close: async () => {
      await worker.stop();
      await Promise.all([connect.close(), portal.close()]);
      await owner.end();
      await database.drop();
    },
  };
}

interface SignedIn {
  readonly app: FastifyInstance;
  readonly cookie: string;
  readonly origin: string;
}

/** Signs in when it is first needed, and once: a password costs a tenth of a second. */
function signedIn(app: FastifyInstance): () => Promise<SignedIn> {
  let session: Promise<SignedIn> | undefined;
  const signIn = async (): Promise<SignedIn> => {
    const origin = 'http://clinic.test';
    const headers = { host: 'clinic.test', origin };
    const answer = await app.inject({ method: 'POST', url: '/api/sign-in', headers, payload: person });
    const [cookie] = answer.cookies;
    if (!cookie) throw new Error(`no session: ${answer.statusCode} ${answer.body}`);
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
