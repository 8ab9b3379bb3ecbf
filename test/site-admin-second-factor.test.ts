// The second factor of Site Admins, in the portal and in Cloud Connect, over HTTP. Its rules are tested where they stand and at the EMR.
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Connect, createConnect } from '../src/connect/index.ts';
import { sha256 } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { totpCode } from '../src/platform/session/totp.ts';
import type { SiteUsers } from '../src/portal/contract/users.ts';
import { bringSecondFactor } from '../src/portal/index.ts';
import { createTestPortal, harbour, island, password, people, type TestPortal } from '../src/portal/test-portal.ts';

let portal: TestPortal;
let connect: Connect;
let both: string;
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  connect = await createConnect({
    appUrl: portal.database.urlFor('connect_app'),
    publicUrl: 'http://portal.test',
    webDirectory: null,
    sealingKey: portal.context.sealingKey,
    certificateSeed: Buffer.alloc(32, 6),
    clock: portal.clock,
    log: createLog({ level: 'silent', name: 'test' }),
    version: '1.2.3',
  });
  const { rows } = await portal.owner.query<{ id: string }>('select user_id as id from portal_user where email = $1', [
    people.both,
  ]);
  both = rows[0]!.id;
});
afterAll(async () => {
  await connect?.close();
  await portal?.close();
});

const apps = () => ({ portal: portal.app, connect: connect.app }) as const;
type Door = keyof ReturnType<typeof apps>;
const send = (app: FastifyInstance, method: 'GET' | 'POST', url: string, cookie: string, payload?: object) =>
  app.inject({
    method,
    url,
    headers: { host: 'portal.test', origin: 'http://portal.test', ...(cookie && { cookie }) },
    ...(payload && { payload }),
  });
const post = (door: Door, url: string, cookie: string, payload: object = {}) =>
  send(apps()[door], 'POST', url, cookie, payload);
const get = (door: Door, url: string, cookie: string) => send(apps()[door], 'GET', url, cookie);

async function passwordAt(door: Door, email: string, siteId?: number) {
  const answer = await post(door, '/api/sign-in', '', { email, password, ...(siteId && { siteId }) });
  const [set] = answer.cookies;
  return { answer: answer.json(), cookie: set ? `${set.name}=${set.value}` : '' };
}
const codeOf = (secret: string) => totpCode(secret, portal.clock.now());
const give = (door: Door, cookie: string, code: string) => post(door, '/api/sign-in/code', cookie, { code });
const nextStep = () => portal.clock.advance(30_000);
const tables = async (sql: string) => (await portal.owner.query(sql)).rows;

let secret: string;
let recoveryCodes: string[];

describe('a Site Admin without a second factor', () => {
  it('may do nothing but set one up, with the password alone, in either app', async () => {
    for (const door of ['portal', 'connect'] as const) {
      const { answer, cookie } = await passwordAt(door, people.sam);
      expect(answer).toEqual({ next: 'enrol' });
      const routes = [...apps()[door].servedRoutes].filter((route) => /^GET \/api\/[\w-]+$/.test(route));
      expect(routes.length).toBeGreaterThan(4);
      for (const route of routes) {
        if (/\/api\/(about|set-up)$/.test(route)) continue;
        const refused = await get(door, route.slice(4), cookie);
        expect([route, refused.statusCode, refused.json().extra]).toEqual([route, 401, { next: 'enrol' }]);
      }
      expect((await post(door, '/api/site', cookie, { siteId: harbour })).statusCode).toBe(401);
      expect((await post(door, '/api/second-factor/recovery-codes', cookie, { code: '000000' })).statusCode).toBe(401);
      expect((await give(door, cookie, '000000')).json().key).toBe('second-factor.problem.none');
    }
    const users = await post('portal', '/api/invitations', (await passwordAt('portal', people.sam)).cookie, {
      email: 'x@y.example',
      role: 'site-admin',
      language: 'en',
    });
    expect(users.statusCode).toBe(401);
    expect(await tables('select from account_link')).toEqual([]);
  });

  it('is offered a key of his session alone, proves that an app has it, and is in; then a code is asked for everywhere', async () => {
    const { cookie } = await passwordAt('portal', people.sam);
    const other = (await passwordAt('portal', people.sam)).cookie;
    const offer = async (from: string) => (await post('portal', '/api/second-factor/offer', from)).json();
    const offered = await offer(cookie);
    expect(offered.address).toMatch(/^otpauth:\/\/totp\/Tidegate:sam(%40|@)harbour\.example\?/);
    expect([(await offer(cookie)).secret === offered.secret, (await offer(other)).secret === offered.secret]).toEqual([
      true,
      false,
    ]);
    secret = offered.secret;
    const wrong = await post('portal', '/api/second-factor/confirm', other, { code: codeOf(secret) });
    expect(wrong.json().key).toBe('second-factor.problem.wrong');
    const confirmed = await post('portal', '/api/second-factor/confirm', cookie, { code: codeOf(secret) });
    recoveryCodes = confirmed.json().recoveryCodes;
    expect(recoveryCodes).toHaveLength(10);
    expect((await get('portal', '/api/me', cookie)).json()).toMatchObject({ role: 'site-admin' });
    expect((await get('portal', '/api/me', other)).json().extra).toEqual({ next: 'code' });
    expect((await passwordAt('connect', people.sam)).answer).toEqual({ next: 'code' });
    const kept =
      JSON.stringify(await tables('select to_jsonb(f) from second_factor f')) +
      JSON.stringify(await tables('select to_jsonb(r) from recovery_code r'));
    for (const one of [secret, ...recoveryCodes]) expect(kept).not.toContain(one);
  });
});

describe('a code', () => {
  it('counts once, in the portal or in Cloud Connect', async () => {
    nextStep();
    const first = await passwordAt('portal', people.sam);
    const second = await passwordAt('connect', people.sam);
    const code = codeOf(secret);
    const answers = await Promise.all([give('portal', first.cookie, code), give('connect', second.cookie, code)]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400]);
    const refused = answers.find(({ statusCode }) => statusCode === 400)!;
    expect(refused.json()).toMatchObject({ key: 'second-factor.problem.used', extra: { fields: [{ path: 'code' }] } });
    nextStep();
    expect((await give('connect', second.cookie, codeOf(secret))).json()).toMatchObject({
      displayName: 'Sam Placeholder',
    });
    expect((await get('connect', '/api/sync-status', second.cookie)).statusCode).toBe(200);
  });

  it('is guessed five times, in either app, and then one waits', async () => {
    const [at, there] = [await passwordAt('portal', people.sam), await passwordAt('connect', people.sam)];
    const guesses = ['000000', '000001', '000002', '000003', '000004'].filter((code) => code !== codeOf(secret));
    for (const [index, code] of guesses.entries())
      expect(
        (await give(index % 2 === 0 ? 'portal' : 'connect', (index % 2 === 0 ? at : there).cookie, code)).statusCode,
      ).toBe(400);
    nextStep();
    for (let n = guesses.length; n < 6; n += 1) await give('portal', at.cookie, '000005');
    const waiting = await give('portal', at.cookie, codeOf(secret));
    expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([429, expect.any(String)]);
    portal.clock.advance(15 * 60_000);
    const again = await passwordAt('portal', people.sam);
    expect((await give('portal', again.cookie, codeOf(secret))).statusCode).toBe(200);
  });

  it('may be a recovery code, once', async () => {
    const [first, second] = [await passwordAt('connect', people.sam), await passwordAt('connect', people.sam)];
    expect((await give('connect', first.cookie, recoveryCodes[0]!)).statusCode).toBe(200);
    expect((await give('connect', second.cookie, recoveryCodes[0]!)).statusCode).toBe(400);
    expect((await get('connect', '/api/second-factor', first.cookie)).json()).toMatchObject({ recoveryCodesLeft: 9 });
    nextStep();
    const renewed = await post('connect', '/api/second-factor/recovery-codes', first.cookie, { code: codeOf(secret) });
    expect(renewed.json().recoveryCodes).toHaveLength(10);
    expect((await give('connect', second.cookie, recoveryCodes[1]!)).statusCode).toBe(400);
  });
});

describe('who needs one', () => {
  it('is who is Site Admin anywhere: also at a site where he is a member, and from the click after he became one', async () => {
    expect((await passwordAt('portal', people.both, harbour)).answer).toEqual({ next: 'enrol' });
    const jo = await passwordAt('portal', people.jo);
    expect(jo.answer).toMatchObject({ role: 'member' });
    await portal.owner.query(
      `update site_member set role = 'site-admin' where user_id = (select user_id from portal_user where email = $1)`,
      [people.jo],
    );
    const refused = await get('portal', '/api/me', jo.cookie);
    expect([refused.statusCode, refused.json().extra]).toEqual([401, { next: 'enrol' }]);
    await portal.owner.query(
      `update site_member set role = 'member' where user_id = (select user_id from portal_user where email = $1)`,
      [people.jo],
    );
  });

  it('a member may have one too, and then is asked for it', async () => {
    const { cookie } = await passwordAt('portal', people.jo);
    expect((await get('portal', '/api/second-factor', cookie)).json()).toEqual({
      enrolledAt: null,
      recoveryCodesLeft: 0,
    });
    const { secret: his } = (await post('portal', '/api/second-factor/offer', cookie)).json();
    await post('portal', '/api/second-factor/confirm', cookie, { code: codeOf(his) });
    expect((await get('portal', '/api/me', cookie)).statusCode).toBe(200);
    expect((await passwordAt('portal', people.jo)).answer).toEqual({ next: 'code' });
  });
});

describe('a second factor', () => {
  const usersOf = async (cookie: string) => (await get('portal', '/api/users', cookie)).json<SiteUsers>().users;

  it('is reset by another Site Admin, and every session of the account ends', async () => {
    const sam = await portal.signIn(people.sam);
    const users = await usersOf(sam);
    expect(users.map(({ email, secondFactor }) => [email, secondFactor]).sort()).toEqual([
      [people.both, false],
      [people.jo, true],
      [people.sam, true],
    ]);
    const idOf = (email: string) => users.find((one) => one.email === email)!.userId;
    const reset = (email: string) => post('portal', `/api/users/${idOf(email)}/second-factor/reset`, sam);
    const jo = await portal.signIn(people.jo);
    expect((await reset(people.jo)).statusCode).toBe(204);
    expect((await get('portal', '/api/me', jo)).statusCode).toBe(401);
    expect(await tables(`select recipient, to_staff, message->>'subject' as subject from mail`)).toEqual([
      { recipient: people.jo, to_staff: true, subject: 'Your second factor for Harbour Clinic was reset' },
    ]);
    expect((await passwordAt('portal', people.jo)).answer).toMatchObject({ role: 'member' });
    expect((await reset(people.jo)).json().key).toBe('second-factor.problem.none');
    expect((await reset(people.sam)).json().key).toBe('second-factor.problem.own');
  });

  it('does not open in the row of another person, or of another session', async () => {
    nextStep();
    await portal.owner.query(
      `insert into second_factor select $1, secret_sealed, enrolled_at, 0 from second_factor where user_id = $2`,
      [both, portal.samId],
    );
    const moved = await passwordAt('portal', people.both, island);
    expect((await give('portal', moved.cookie, codeOf(secret))).statusCode).toBe(500);
    await portal.owner.query('delete from second_factor where user_id = $1', [both]);
    const [one, other] = [await passwordAt('portal', people.both), await passwordAt('portal', people.both)];
    const offered = (await post('portal', '/api/second-factor/offer', one.cookie)).json();
    const hashOf = (cookie: string) => sha256(cookie.split('=')[1]!);
    await portal.owner.query(
      `update portal_session set offered_sealed = (select offered_sealed from portal_session where token_hash = $1) where token_hash = $2`,
      [hashOf(one.cookie), hashOf(other.cookie)],
    );
    const confirmed = await post('portal', '/api/second-factor/confirm', other.cookie, {
      code: codeOf(offered.secret),
    });
    expect(confirmed.statusCode).toBe(500);
    expect(await tables(`select from second_factor where user_id = '${both}'`)).toEqual([]);
  });

  it('of an account of several sites is not one site’s to reset', async () => {
    await bringSecondFactor(portal.context, { siteId: island, userId: both, secret });
    const refused = await post('portal', `/api/users/${both}/second-factor/reset`, await portal.signIn(people.sam));
    expect(refused.json().key).toBe('users.problem.other-sites');
    expect((await passwordAt('portal', people.both, island)).answer).toEqual({ next: 'code' });
  });

  it('that was given is a sign-in in the audit log, and every change of one stands there', async () => {
    expect(
      await tables(
        `select user_id, after->>'app' as app from audit_event where action = 'sign-in' and site_id = ${harbour} group by 1, 2 order by 2, 1`,
      ),
    ).toEqual(
      expect.arrayContaining([
        { user_id: portal.samId, app: 'connect' },
        { user_id: portal.samId, app: 'portal' },
      ]),
    );
    const acts = await tables(
      `select distinct action from audit_event where action like '%factor%' or action like '%recovery%'`,
    );
    expect(acts.map(({ action }) => action).sort()).toEqual([
      'enrol-second-factor',
      'renew-recovery-codes',
      'reset-second-factor',
      'use-recovery-code',
    ]);
  });
});
