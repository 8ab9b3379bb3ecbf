// Cloud Connect over a portal of one site, and an EMR of a few lines that speaks the wire's language. Only tests import this.
import { createServer } from 'node:http';
import { allColumns } from '../fhir/columns.ts';
import { coverageToParameters, type PermissionCoverage } from '../fhir/permission-coverage.ts';
import { systemClock } from '../platform/clock.ts';
import { createPool, type Pool } from '../platform/database/db.ts';
import { testDatabase } from '../platform/database/test-database.ts';
import { sha256 } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createPortal, createPortalUser, portalMigrations, portalRoles, setUpFirstSite } from '../portal/index.ts';
import { type Connect, createConnect } from './index.ts';

export const siteId = 21;
export const password = 'a long password for tests';
export const clientSecret = 'the secret of the client';

export interface TestEmr {
  readonly baseUrl: string;
  /** What `$permission-coverage` says: one row for each [office, provider, columns held]. */
  roster: readonly (readonly [office: string, provider: string, columnsHeld: number])[];
  /** 'well', or the one thing that is wrong with it. */
  mood: 'well' | 'silent' | 'broken' | 'no-fhir';
  /** Secrets that were sent to it, in order. */
  readonly secretsSeen: string[];
  close(): Promise<void>;
}

export async function testEmr(): Promise<TestEmr> {
  const secretsSeen: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', emr.baseUrl).pathname;
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
    };
    if (emr.mood === 'silent') return;
    if (emr.mood === 'broken') return answer(500, {});
    if (path.endsWith('/smart-configuration')) return answer(200, { token_endpoint: `${emr.baseUrl}/token` });
    if (path.endsWith('/metadata')) {
      return answer(200, {
        resourceType: 'CapabilityStatement',
        rest: [{ operation: [{ name: 'permission-coverage' }] }],
      });
    }
    if (path.endsWith('/token')) {
      let form = '';
      request.on('data', (chunk) => {
        form += chunk;
      });
      request.on('end', () => {
        const secret = new URLSearchParams(form).get('client_secret') ?? '';
        secretsSeen.push(secret);
        if (secret === clientSecret) answer(200, { access_token: 'a token', token_type: 'bearer', expires_in: 300 });
        else answer(401, { error: 'invalid_client' });
      });
      return;
    }
    if (path.endsWith('/$permission-coverage')) return answer(200, coverageToParameters(coverageOf(emr.roster)));
    if (emr.mood === 'no-fhir') return answer(200, { resourceType: 'Surprise' });
    answer(200, { resourceType: 'Bundle', type: 'searchset', link: [], entry: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const emr: TestEmr = {
    baseUrl: `http://127.0.0.1:${(server.address() as { port: number }).port}/fhir`,
    roster: [],
    mood: 'well',
    secretsSeen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return emr;
}

const coverageOf = (roster: TestEmr['roster']): PermissionCoverage => ({
  tenantId: '1042',
  tenantName: 'Clinic',
  username: 'OceanAPI1042',
  permissionVersion: '1',
  asOf: '2026-11-24T16:00:00Z',
  offices: [...new Set(roster.map(([office]) => office))].map((officeId) => ({
    officeId,
    name: `Office ${officeId}`,
    zone: 'America/Vancouver',
    member: true,
  })),
  schedules: roster.map(([officeId, providerId, columnsHeld]) => ({
    officeId,
    providerId,
    providerDisplay: `Dr. ${providerId}`,
    scheduleActive: true,
    columnsHeld,
    columnsGranted: columnsHeld & allColumns,
    lapsed: false,
  })),
});

export interface TestConnect extends Connect {
  /** As the superuser: for making facts and for looking at them. */
  readonly owner: Pool;
  /** Of Sam, Site Admin. */
  readonly samId: string;
  /** Sam's session. */
  readonly cookie: string;
  ask(
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): ReturnType<typeof send>;
}

const send = (
  app: Connect['app'],
  method: 'GET' | 'PUT' | 'POST',
  url: string,
  headers: Record<string, string>,
  body: unknown,
) =>
  app.inject({
    method,
    url,
    headers: { host: 'connect.test', origin: 'http://connect.test', ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });

export async function createTestConnect(adminUrl: string): Promise<TestConnect> {
  const database = await testDatabase({
    adminUrl,
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const sealingKey = Buffer.alloc(32, 5);
  const common = {
    webDirectory: null,
    clock: systemClock,
    log: createLog({ level: 'warn', name: 'test' }),
    version: '1.2.3',
  };
  const portal = await createPortal({
    ...common,
    appUrl: database.urlFor('portal_app'),
    syncUrl: database.urlFor('portal_sync'),
    sealingKey,
    publicUrl: 'http://portal.test',
  });
  const site = { siteId, siteName: 'Harbour Clinic', zone: 'America/Vancouver' };
  const sam = { email: 'sam@harbour.example', displayName: 'Sam Placeholder', password };
  const { userId: samId } = await setUpFirstSite(portal.context, { ...site, ...sam });
  const jo = { email: 'jo@harbour.example', displayName: 'Jo Standish-Test', password, role: 'member' as const };
  await createPortalUser(portal.context, { siteId, userId: samId }, jo);
  await portal.close();
  const connect = await createConnect({
    ...common,
    appUrl: database.urlFor('connect_app'),
    publicUrl: 'http://connect.test',
    sealingKey,
    certificateSeed: Buffer.alloc(32, 6),
  });
  const { app } = connect;
  const signedIn = await send(app, 'POST', '/api/sign-in', {}, { email: sam.email, password });
  const { name, value } = signedIn.cookies[0]!;
  const cookie = `${name}=${value}`;
  // What the second factor does has tests of its own.
  await owner.query('update portal_session set second_factor_at = now() where token_hash = $1', [sha256(value)]);
  return {
    ...connect,
    owner,
    samId,
    cookie,
    ask: (method, url, body, headers = {}) => send(app, method, url, { cookie, ...headers }, body),
    close: async () => {
      await connect.close();
      await owner.end();
      await database.drop();
    },
  };
}
