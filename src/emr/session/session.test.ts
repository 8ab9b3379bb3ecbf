import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../platform/ids.ts';
import type { Me } from '../contract/session.ts';
import { addIntegration, createUser, setUpClinic } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  const ada = { tenantId, userId: emr.adaId };
  const person = { displayName: 'Robin', kind: 'staff' as const, password, officeIds: ['harbour'] };
  await createUser(emr.context, ada, { ...person, username: 'robin' });
  await createUser(emr.context, ada, { ...person, username: 'gone' });
  await addIntegration(emr.context, ada, { name: 'Cloud Connect', officeIds: ['harbour'] });
  await emr.owner.query(`update app_user set active = false where username = 'gone'`);
});
afterAll(() => emr?.close());
beforeEach(() => emr.owner.query('delete from sign_in_attempt'));

const minutes = (n: number) => n * 60_000;
const signIn = (username: string, ofPassword: string, more = {}) =>
  emr.ask('POST', '/api/sign-in', { username, password: ofPassword, ...more });
const me = (cookie: string) => emr.ask('GET', '/api/me', undefined, { cookie });

describe('signing in', () => {
  it('gives a cookie of its own name that scripts cannot read, and says who it is and may do', async () => {
    const answer = await signIn('ROBIN', password);
    expect(answer.json<Me>()).toMatchObject({
      username: 'robin',
      kind: 'staff',
      abilities: { manageSecurity: false },
      zone: expect.stringMatching(/^America\//),
    });
    const { zone, offsets } = answer.json<Me>();
    expect(offsets[zone!]!.at(-1)!.until).toBeNull();
    expect(answer.cookies).toMatchObject([{ name: 'tidegate_emr', httpOnly: true, sameSite: 'Lax', path: '/' }]);
    const token = answer.cookies[0]!.value.split('.')[1]!;
    const { rows } = await emr.owner.query('select from session where token_hash = $1', [sha256(token)]);
    expect(rows).toHaveLength(1);
  });

  it('answers an unknown clinic, an unknown name, a wrong password, a deactivated user and the integration user alike', async () => {
    const answers = await Promise.all([
      signIn('ada', password, { tenantId: 9999 }),
      signIn('nobody', password),
      signIn('ada', 'not this one'),
      signIn('gone', password),
      signIn(`OceanAPI${tenantId}`, password),
    ]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers.flatMap((answer) => answer.cookies)).toEqual([]);
  });

  it('makes guessers wait after five failures, known user or not, and the right password clears the count', async () => {
    for (const username of ['robin', 'nobody']) {
      for (let i = 0; i < 5; i += 1) expect((await signIn(username, 'a guess')).statusCode).toBe(401);
      const waiting = await signIn(username, password);
      expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([429, '5']);
    }
    emr.clock.advance(5000);
    expect((await signIn('robin', password)).statusCode).toBe(200);
    expect((await signIn('robin', 'a guess')).statusCode).toBe(401);
  });

  it('looks at five guesses of many that are sent at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn('robin', 'a guess')));
    expect(answers.filter((answer) => answer.statusCode === 401)).toHaveLength(5);
    expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(15);
  });

  it('is refused from another site', async () => {
    const answer = await emr.app.inject({
      method: 'POST',
      url: '/api/sign-out',
      headers: { host: 'emr.test', origin: 'http://evil.test', cookie: await emr.signIn('ada') },
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('a session', () => {
  it('ends after thirty idle minutes; use keeps it alive, but no longer than twelve hours', async () => {
    const idle = await emr.signIn('robin');
    emr.clock.advance(minutes(30));
    expect((await me(idle)).statusCode).toBe(401);
    const busy = await emr.signIn('robin');
    for (let passed = 0; passed < 12 * 60 - 20; passed += 20) {
      emr.clock.advance(minutes(20));
      expect((await me(busy)).statusCode).toBe(200);
    }
    emr.clock.advance(minutes(20));
    expect((await me(busy)).statusCode).toBe(401);
  });

  it('notes that it was seen at most once a minute', async () => {
    const cookie = await emr.signIn('robin');
    const seen = async () =>
      (await emr.owner.query<{ at: Date }>('select max(last_seen_at) as at from session')).rows[0]!.at.getTime();
    const first = await seen();
    emr.clock.advance(59_000);
    await me(cookie);
    expect(await seen()).toBe(first);
    emr.clock.advance(1000);
    await me(cookie);
    expect(await seen()).toBe(first + 60_000);
  });

  it('ends for good when the person signs out, and at once when the account is deactivated', async () => {
    const cookie = await emr.signIn('robin');
    expect((await emr.ask('POST', '/api/sign-out', undefined, { cookie })).statusCode).toBe(204);
    expect((await me(cookie)).statusCode).toBe(401);
    const other = await emr.signIn('robin');
    await emr.owner.query(`update app_user set active = false where username = 'robin'`);
    expect((await me(other)).statusCode).toBe(401);
    await emr.owner.query(`update app_user set active = true where username = 'robin'`);
  });

  it('is of one clinic: the token under another clinic’s number is nobody', async () => {
    const cookie = await emr.signIn('robin');
    expect((await me(cookie.replace(`=${tenantId}.`, '=1043.'))).statusCode).toBe(401);
  });
});

describe('setting up', () => {
  const request = {
    tenantId: 2000,
    clinicName: 'Second',
    officeName: 'One',
    zone: 'America/Toronto',
    username: 'eve',
    displayName: 'Eve',
    password,
  };

  it('happens once: afterwards it is refused and makes nothing', async () => {
    expect((await emr.ask('GET', '/api/set-up')).json()).toEqual({
      needed: false,
      clinics: [{ tenantId, name: 'Harbour Clinic' }],
    });
    expect((await emr.ask('POST', '/api/set-up', request)).statusCode).toBe(409);
    const { rows } = await emr.owner.query('select from tenant where tenant_id = 2000');
    expect(rows).toHaveLength(0);
  });

  it('makes one clinic of two that are set up at the same moment', async () => {
    const fresh = await createTestEmr(inject('adminUrl'));
    try {
      await fresh.owner.query('truncate tenant cascade');
      const outcomes = await fresh.atOnce(
        `select pg_advisory_xact_lock(hashtextextended('first set-up', 0))`,
        [2000, 2001, 2002].map((id) => () => setUpClinic(fresh.context, { ...request, tenantId: id })),
      );
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
      expect((await fresh.owner.query('select from tenant')).rows).toHaveLength(1);
    } finally {
      await fresh.close();
    }
  });
});
