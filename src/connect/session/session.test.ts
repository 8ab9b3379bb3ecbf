import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTestConnect, password, siteId, type TestConnect } from '../test-connect.ts';

let connect: TestConnect;
beforeAll(async () => {
  connect = await createTestConnect(inject('adminUrl'));
});
afterAll(() => connect?.close());

const signIn = (email: string, given = password) =>
  connect.ask('POST', '/api/sign-in', { email, password: given }, { cookie: '' });

it('takes a Site Admin, by a cookie of its own', async () => {
  const answer = await signIn('sam@harbour.example');
  expect(answer.cookies[0]).toMatchObject({ name: 'tidegate_connect', httpOnly: true });
  expect(answer.json()).toEqual({ next: 'enrol' });
  expect((await connect.ask('GET', '/api/me')).json()).toEqual({
    userId: connect.samId,
    displayName: 'Sam Placeholder',
    siteId,
    siteName: 'Harbour Clinic',
    sites: [{ siteId, name: 'Harbour Clinic' }],
  });
});

it('tells a member who can sign in here, and makes no session', async () => {
  const { rows: before } = await connect.owner.query('select from portal_session');
  const answer = await signIn('jo@harbour.example');
  expect([answer.statusCode, answer.cookies]).toEqual([403, []]);
  expect(answer.json()).toMatchObject({
    key: 'problem.not-site-admin',
    extra: { siteAdmins: ['Sam Placeholder'] },
  });
  expect((await connect.owner.query('select from portal_session')).rows).toHaveLength(before.length);
});

it('tells nobody who the Site Admins are before the password was right', async () => {
  const answer = await signIn('jo@harbour.example', 'another password');
  expect([answer.statusCode, answer.body.includes('Sam')]).toEqual([401, false]);
});

it('is closed to a portal session, and to a Site Admin who is none any more', async () => {
  const [, token] = connect.cookie.split('=');
  await connect.owner.query(`update portal_session set app = 'portal'`);
  for (const cookie of [connect.cookie, `tidegate_portal=${token}`]) {
    expect((await connect.ask('GET', '/api/me', undefined, { cookie })).statusCode).toBe(401);
  }
  await connect.owner.query(`update portal_session set app = 'connect'`);
  expect((await connect.ask('GET', '/api/me')).statusCode).toBe(200);
  await connect.owner.query(`update site_member set role = 'member' where user_id = $1`, [connect.samId]);
  for (const url of ['/api/me', '/api/settings', '/api/sync-status']) {
    expect([url, (await connect.ask('GET', url)).statusCode]).toEqual([url, 401]);
  }
  await connect.owner.query(`update site_member set role = 'site-admin' where user_id = $1`, [connect.samId]);
});

it('ends at sign-out', async () => {
  const { cookie } = connect;
  expect((await connect.ask('GET', '/api/me', undefined, { cookie })).statusCode).toBe(200);
  expect((await connect.ask('POST', '/api/sign-out', undefined, { cookie })).statusCode).toBe(204);
  expect((await connect.ask('GET', '/api/me', undefined, { cookie })).statusCode).toBe(401);
});
