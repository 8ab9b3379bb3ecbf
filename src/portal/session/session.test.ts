import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Me } from '../contract/session.ts';
import { createPortal } from '../index.ts';
import { createTestPortal, harbour, island, password, people, type TestPortal } from '../test-portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
});
afterAll(() => portal?.close());

const signIn = (payload: Record<string, unknown>) =>
  portal.app.inject({ method: 'POST', url: '/api/sign-in', payload });
const me = (cookie?: string) => portal.app.inject({ method: 'GET', url: '/api/me', headers: cookie ? { cookie } : {} });
const post = (url: string, cookie: string, payload: Record<string, unknown> = {}) =>
  portal.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { cookie, origin: 'http://portal.test', host: 'portal.test' },
  });

describe('signing in to the portal', () => {
  it('says who and where, and sets a cookie of its own that scripts cannot read', async () => {
    const answer = await signIn({ email: ' SAM@harbour.example ', password });
    // A Site Admin; what is asked of him then has a test of its own.
    expect(answer.json()).toEqual({ next: 'enrol' });
    expect(await portal.get('/api/me', await portal.signIn(people.sam))).toEqual({
      userId: portal.samId,
      displayName: 'Sam Placeholder',
      role: 'site-admin',
      siteId: harbour,
      siteName: 'Harbour Clinic',
      sites: [{ siteId: harbour, name: 'Harbour Clinic' }],
      cloudConnectUrl: 'http://connect.test',
    });
    expect(answer.cookies).toMatchObject([{ name: 'tidegate_portal', httpOnly: true, sameSite: 'Lax', path: '/' }]);
  });

  it('answers an unknown address and a wrong password alike', async () => {
    const unknown = await signIn({ email: 'nobody@harbour.example', password });
    const wrong = await signIn({ email: people.jo, password: 'another password' });
    expect([unknown.statusCode, wrong.statusCode]).toEqual([401, 401]);
    expect(unknown.json()).toEqual(wrong.json());
  });

  it('makes a person wait after five failures, counts tries sent side by side, and forgets them when the password is right', async () => {
    const wrong = { email: people.jo, password: 'another password' };
    await Promise.all(Array.from({ length: 5 }, () => signIn(wrong)));
    const refused = await signIn({ email: people.jo, password });
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, expect.any(String)]);
    portal.clock.advance(15 * 60_000);
    expect((await signIn({ email: people.jo, password })).statusCode).toBe(200);
    const { rows } = await portal.owner.query('select from sign_in_attempt where failures > 1');
    expect(rows).toEqual([]);
  });

  it('does not let an account in that is no longer active', async () => {
    await portal.owner.query('update portal_user set active = false where email = $1', [people.jo]);
    expect((await signIn({ email: people.jo, password })).statusCode).toBe(401);
    await portal.owner.query('update portal_user set active = true where email = $1', [people.jo]);
    portal.clock.advance(60 * 60_000);
  });
});

describe('a session', () => {
  it('ends after half an hour without a request, and after twelve hours whatever happens', async () => {
    const idle = await portal.signIn(people.sam);
    portal.clock.advance(29 * 60_000);
    expect((await me(idle)).statusCode).toBe(200);
    portal.clock.advance(30 * 60_000);
    expect((await me(idle)).statusCode).toBe(401);

    const busy = await portal.signIn(people.sam);
    for (let halfHours = 0; halfHours < 24; halfHours += 1) {
      expect((await me(busy)).statusCode).toBe(200);
      portal.clock.advance(29.9 * 60_000);
    }
    portal.clock.advance(5 * 60_000);
    expect((await me(busy)).statusCode).toBe(401);
  });

  it('ends at sign-out, and when the membership is taken away', async () => {
    const cookie = await portal.signIn(people.jo);
    expect((await post('/api/sign-out', cookie)).statusCode).toBe(204);
    expect((await me(cookie)).statusCode).toBe(401);

    const { rows } = await portal.owner.query<{ user_id: string; role: string }>(
      'delete from site_member where user_id = (select user_id from portal_user where email = $1) returning user_id, role',
      [people.jo],
    );
    expect((await signIn({ email: people.jo, password })).json()).toMatchObject({ key: 'problem.no-site' });
    await portal.owner.query('insert into site_member (site_id, user_id, role) values ($1, $2, $3)', [
      harbour,
      rows[0]?.user_id,
      rows[0]?.role,
    ]);
  });

  it('is nothing without its cookie, with an invented one, or with another app’s', async () => {
    const cookie = await portal.signIn(people.sam);
    const [, value] = cookie.split('=');
    await portal.owner.query(`update portal_session set app = 'connect' where app = 'portal'`);
    expect((await me(cookie)).statusCode).toBe(401);
    await portal.owner.query(`delete from portal_session`);
    expect((await me()).statusCode).toBe(401);
    expect((await me(`tidegate_portal=${'A'.repeat(43)}`)).statusCode).toBe(401);
    expect((await me(`tidegate_connect=${value}`)).statusCode).toBe(401);
  });

  it('moves to another site of the person, and to no other', async () => {
    const cookie = await portal.signIn(people.both, island);
    expect((await me(cookie)).json<Me>()).toMatchObject({
      siteId: island,
      role: 'site-admin',
      // Of what only a Site Admin may open a member is not told either.
      cloudConnectUrl: 'http://connect.test',
    });
    expect((await post('/api/site', cookie, { siteId: harbour })).json<Me>()).toMatchObject({
      siteId: harbour,
      role: 'member',
      cloudConnectUrl: null,
    });
    expect((await me(cookie)).json<Me>()).toMatchObject({ siteId: harbour });

    const sam = await portal.signIn(people.sam);
    const [there, nowhere] = [
      await post('/api/site', sam, { siteId: island }),
      await post('/api/site', sam, { siteId: 999 }),
    ];
    expect([there.statusCode, there.json()]).toEqual([404, nowhere.json()]);
  });

  it('changes nothing for a request from another site', async () => {
    const cookie = await portal.signIn(people.both);
    const answer = await portal.app.inject({
      method: 'POST',
      url: '/api/site',
      payload: { siteId: island },
      headers: { cookie, origin: 'http://elsewhere.test', host: 'portal.test' },
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('first set-up', () => {
  it('is over once there is a site, and says so', async () => {
    expect((await portal.app.inject('/api/set-up')).json()).toEqual({ needed: false });
    const payload = {
      siteId: 99,
      siteName: 'Second',
      zone: 'America/Toronto',
      email: 'x@second.example',
      displayName: 'X',
      password,
    };
    const answer = await portal.app.inject({ method: 'POST', url: '/api/set-up', payload });
    expect([answer.statusCode, answer.json()]).toMatchObject([409, { key: 'problem.site-already-set-up' }]);
    const zone = await portal.app.inject({ method: 'POST', url: '/api/set-up', payload: { ...payload, zone: 'Mars' } });
    expect(zone.json()).toMatchObject({ extra: { fields: [{ path: 'zone' }] } });
  });

  it('records who was made, without a name', async () => {
    const { rows } = await portal.owner.query(
      `select action, entity, after from audit_event where site_id = $1 and action not in ('sign-in', 'refuse-sign-in') order by at`,
      [harbour],
    );
    expect(rows).toEqual([
      { action: 'create', entity: 'portal-user', after: { role: 'site-admin' } },
      { action: 'create', entity: 'portal-user', after: { role: 'member' } },
    ]);
  });
});

it('says what it is without asking who is there', async () => {
  expect((await portal.app.inject('/api/about')).json()).toEqual({ product: 'Tidegate Portal', version: '1.2.3' });
});

it('refuses to start on a role that row-level security does not bind', async () => {
  const { clock, log, publicUrl, version } = portal.context;
  const started = createPortal({
    appUrl: portal.database.ownerUrl,
    syncUrl: portal.database.urlFor('portal_sync'),
    sealingKey: portal.context.sealingKey,
    publicUrl,
    webDirectory: null,
    clock,
    log,
    version,
  });
  await expect(started).rejects.toThrow(/owns the table/);
});
