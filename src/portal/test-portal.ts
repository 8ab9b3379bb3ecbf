// A portal with two sites for tests: harbour has a member, a Site Admin and offices in two zones; island is somebody else's. Only
// tests import this.
import { type FixedClock, fixedClock } from '../platform/clock.ts';
import { createPool, type Pool } from '../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../platform/database/test-database.ts';
import { sha256 } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createPortal, createPortalUser, type Portal, portalMigrations, portalRoles, setUpFirstSite } from './index.ts';

export const harbour = 11;
export const island = 12;
export const password = 'a long password for tests';
export const people = {
  sam: 'sam@harbour.example',
  jo: 'jo@harbour.example',
  /** Site Admin of island, and a member of harbour. */
  both: 'both@island.example',
} as const;

export interface TestPortal extends Portal {
  readonly database: TestDatabase;
  /** As the superuser, whom row-level security does not bind: for making facts and for looking at them. */
  readonly owner: Pool;
  readonly clock: FixedClock;
  /** Of Sam, Site Admin of harbour. */
  readonly samId: string;
  /** The cookie of a whole session: what the second factor does has tests of its own. */
  signIn(email: string, siteId?: number): Promise<string>;
  get<T>(url: string, cookie: string): Promise<T>;
}

/** 10:00 in Vancouver on Tuesday, 24 November 2026. */
export const now = '2026-11-24T17:00:00Z';

export async function createTestPortal(adminUrl: string): Promise<TestPortal> {
  const database = await testDatabase({
    adminUrl,
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  const clock = fixedClock(now);
  const portal = await createPortal({
    appUrl: database.urlFor('portal_app'),
    syncUrl: database.urlFor('portal_sync'),
    sealingKey: sha256('test'),
    publicUrl: 'http://portal.test',
    cloudConnectUrl: 'http://connect.test',
    webDirectory: null,
    clock,
    linkWaitMs: 300,
    log: createLog({ level: 'warn', name: 'test' }),
    version: '1.2.3',
  });
  const zone = 'America/Vancouver';
  const { userId: samId } = await setUpFirstSite(portal.context, {
    siteId: harbour,
    siteName: 'Harbour Clinic',
    zone,
    email: people.sam,
    displayName: 'Sam Placeholder',
    password,
  });
  await owner.query(`insert into site (site_id, name, zone) values ($1, 'Island Clinic', $2)`, [island, zone]);
  const sam = { siteId: harbour, userId: samId };
  await createPortalUser(portal.context, sam, {
    email: people.jo,
    displayName: 'Jo Standish-Test',
    password,
    role: 'member',
  });
  const installation = { siteId: island, userId: null };
  const admin = { email: people.both, displayName: 'Bo Thsides', password, role: 'site-admin' as const };
  const { userId: bothId } = await createPortalUser(portal.context, installation, admin);
  await owner.query(`insert into site_member (site_id, user_id, role) values ($1, $2, 'member')`, [harbour, bothId]);
  const { app } = portal;
  return {
    ...portal,
    database,
    owner,
    clock,
    samId,
    signIn: async (email, siteId) => {
      const payload = { email, password, ...(siteId === undefined ? {} : { siteId }) };
      const answer = await app.inject({ method: 'POST', url: '/api/sign-in', payload });
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
      const { name, value } = answer.cookies[0]!;
      await owner.query('update portal_session set second_factor_at = $2 where token_hash = $1', [
        sha256(value),
        clock.now(),
      ]);
      return `${name}=${value}`;
    },
    get: async (url, cookie) => {
      const answer = await app.inject({ method: 'GET', url, headers: { cookie } });
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
      return answer.json();
    },
    close: async () => {
      await portal.close();
      await owner.end();
      await database.drop();
    },
  };
}
