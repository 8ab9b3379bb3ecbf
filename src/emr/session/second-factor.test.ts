import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../platform/ids.ts';
import { totpCode } from '../../platform/session/totp.ts';
import type { RecoveryCodes, SecondFactorOffer, SecondFactorState, SignedIn } from '../contract/second-factor.ts';
import type { ListedUser } from '../contract/security.ts';
import type { Me } from '../contract/session.ts';
import type { ActiveUser, SecurityUser } from '../contract/users.ts';
import { bringSecondFactor } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  ada = await emr.signIn('ada');
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from sign_in_attempt');
  await emr.owner.query('delete from audit_event');
});

let made = 0;
async function create(kind: 'administrator' | 'staff' = 'administrator'): Promise<ListedUser> {
  made += 1;
  const body = { username: `person-${made}`, displayName: `Person ${made}`, kind, password, officeIds: ['harbour'] };
  return (await emr.ask('POST', '/api/users', body, { cookie: ada })).json<ListedUser>();
}
const post = (url: string, cookie: string, body?: object) => emr.ask('POST', url, body, { cookie });
/** The password alone: what it opens, and what is still asked for. */
async function begin(username: string) {
  const answer = await emr.ask('POST', '/api/sign-in', { username, password });
  const [cookie] = answer.cookies;
  return { cookie: `${cookie!.name}=${cookie!.value}`, answer: answer.json<SignedIn>() };
}
const me = (cookie: string) => emr.ask('GET', '/api/me', undefined, { cookie });
const offer = async (cookie: string) => (await post('/api/second-factor/offer', cookie)).json<SecondFactorOffer>();
const code = (secret: string, seconds = 0) => totpCode(secret, new Date(emr.clock.now().getTime() + seconds * 1000));
const give = (cookie: string, typed: string) => post('/api/sign-in/code', cookie, { code: typed });
async function enrol(username: string) {
  const { cookie } = await begin(username);
  const { secret } = await offer(cookie);
  const { recoveryCodes } = (
    await post('/api/second-factor/confirm', cookie, { code: code(secret) })
  ).json<RecoveryCodes>();
  return { cookie, secret, recoveryCodes };
}
/** So that the next code is a later one. */
const nextStep = () => emr.clock.advance(30_000);
const audited = async () =>
  (await emr.owner.query('select action, entity_id, user_id from audit_event order by at')).rows;

describe('an administrator without a second factor', () => {
  it('sets one up before anything else: until then no route but those of signing in answers', async () => {
    const { username } = await create();
    const { cookie, answer } = await begin(username);
    expect(answer).toEqual({ next: 'enrol' });
    const refused = await me(cookie);
    expect([refused.statusCode, refused.json().extra]).toEqual([401, { next: 'enrol' }]);
    for (const url of ['/api/users', '/api/offices', '/api/active-users', '/api/second-factor'])
      expect((await emr.ask('GET', url, undefined, { cookie })).statusCode).toBe(401);
    expect((await give(cookie, '123456')).statusCode).toBe(409);

    const first = await offer(cookie);
    expect(first.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(new URL(first.address).searchParams.get('secret')).toBe(first.secret);
    expect(await offer(cookie)).toEqual(first);
    const wrong = await post('/api/second-factor/confirm', cookie, { code: code(first.secret, 120) });
    expect([wrong.statusCode, wrong.json().extra.fields[0].path]).toEqual([400, 'code']);
    const confirmed = await post('/api/second-factor/confirm', cookie, { code: code(first.secret) });
    expect(new Set(confirmed.json<RecoveryCodes>().recoveryCodes).size).toBe(10);
    expect((await me(cookie)).statusCode).toBe(200);
    expect((await emr.ask('GET', '/api/users', undefined, { cookie })).statusCode).toBe(200);
  });

  it('is offered a key of the session’s own: what a stranger with the password was offered becomes nobody’s', async () => {
    const { username } = await create();
    const [stranger, owner] = [await begin(username), await begin(username)];
    const [theirs, mine] = [await offer(stranger.cookie), await offer(owner.cookie)];
    expect(theirs.secret).not.toBe(mine.secret);
    expect((await post('/api/second-factor/confirm', owner.cookie, { code: code(mine.secret) })).statusCode).toBe(200);
    expect((await post('/api/second-factor/confirm', stranger.cookie, { code: code(theirs.secret) })).statusCode).toBe(
      409,
    );
    expect((await me(stranger.cookie)).json().extra).toEqual({ next: 'code' });
  });

  it('is also somebody who becomes one while signed in', async () => {
    const { userId, username } = await create('staff');
    const cookie = await emr.signIn(username);
    expect((await me(cookie)).statusCode).toBe(200);
    await emr.ask('PATCH', `/api/users/${userId}`, { kind: 'administrator' }, { cookie: ada });
    expect((await me(cookie)).json().extra).toEqual({ next: 'enrol' });
  });

  it('is one of two who confirm at the same moment', async () => {
    const { username, userId } = await create();
    const sessions = [await begin(username), await begin(username)];
    const keys = await Promise.all(sessions.map(({ cookie }) => offer(cookie)));
    const answers = await Promise.all(
      sessions.map(({ cookie }, n) => post('/api/second-factor/confirm', cookie, { code: code(keys[n]!.secret) })),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409]);
    const { rows } = await emr.owner.query('select from second_factor where user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
  });
});

describe('a code', () => {
  it('is asked for at each sign-in, and makes the session whole', async () => {
    const { username } = await create();
    const { secret } = await enrol(username);
    nextStep();
    const { cookie, answer } = await begin(username);
    expect(answer).toEqual({ next: 'code' });
    expect((await post('/api/second-factor/offer', cookie)).statusCode).toBe(409);
    const given = await give(cookie, code(secret).replace(/^.../, '$& '));
    expect(given.json<Me>()).toMatchObject({ username, abilities: { manageSecurity: true } });
    expect((await me(cookie)).statusCode).toBe(200);
  });

  it('is taken once: not again, not by another session at the same moment, nor one from before', async () => {
    const { username } = await create();
    const { secret } = await enrol(username);
    // The code that confirmed the enrolment was a code, too.
    const replay = await give((await begin(username)).cookie, code(secret));
    expect([replay.statusCode, replay.json().key]).toEqual([400, 'second-factor.problem.used']);
    nextStep();
    const sessions = [await begin(username), await begin(username), await begin(username)];
    const answers = await Promise.all(sessions.map(({ cookie }) => give(cookie, code(secret))));
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 400, 400]);
    expect((await give((await begin(username)).cookie, code(secret, -30))).statusCode).toBe(400);
    // A clock that is half a minute ahead is taken, and moves the mark.
    const { cookie } = await begin(username);
    expect((await give(cookie, code(secret, 30))).statusCode).toBe(200);
    nextStep();
    expect((await give((await begin(username)).cookie, code(secret))).statusCode).toBe(400);
  });

  it('may be guessed five times, whatever the session, and then one waits', async () => {
    const { username } = await create();
    const { secret } = await enrol(username);
    nextStep();
    const guesses = [];
    for (let n = 0; n < 6; n += 1) guesses.push((await give((await begin(username)).cookie, '000000')).statusCode);
    expect(guesses).toEqual([400, 400, 400, 400, 400, 429]);
    const right = await give((await begin(username)).cookie, code(secret));
    expect([right.statusCode, right.headers['retry-after']]).toEqual([429, '5']);
    emr.clock.advance(5000);
    expect((await give((await begin(username)).cookie, code(secret))).statusCode).toBe(200);
  });

  it('is looked at five times of many that are sent at once', async () => {
    const { username } = await create();
    await enrol(username);
    const { cookie } = await begin(username);
    const answers = await Promise.all(Array.from({ length: 20 }, () => give(cookie, '000000')));
    expect(answers.filter(({ statusCode }) => statusCode === 400)).toHaveLength(5);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(15);
  });
});

describe('a recovery code', () => {
  it('signs in once in place of a code, and is recorded', async () => {
    const { username, userId } = await create();
    const { recoveryCodes } = await enrol(username);
    const { cookie } = await begin(username);
    expect((await give(cookie, recoveryCodes[0]!.toUpperCase())).statusCode).toBe(200);
    expect((await give((await begin(username)).cookie, recoveryCodes[0]!)).statusCode).toBe(400);
    const state = (await emr.ask('GET', '/api/second-factor', undefined, { cookie })).json<SecondFactorState>();
    expect(state).toEqual({ enrolledAt: expect.any(String), recoveryCodesLeft: 9 });
    expect((await audited()).filter(({ entity_id }) => entity_id === userId).map(({ action }) => action)).toEqual([
      'create',
      'enrol-second-factor',
      'use-recovery-code',
    ]);
  });

  it('of before ends when new ones are made, for which a code is needed', async () => {
    const { username } = await create();
    const { cookie, secret, recoveryCodes } = await enrol(username);
    expect((await post('/api/second-factor/recovery-codes', cookie, { code: '000000' })).statusCode).toBe(400);
    nextStep();
    const renewed = await post('/api/second-factor/recovery-codes', cookie, { code: code(secret) });
    const [first] = renewed.json<RecoveryCodes>().recoveryCodes;
    expect((await give((await begin(username)).cookie, recoveryCodes[0]!)).statusCode).toBe(400);
    expect((await give((await begin(username)).cookie, first!)).statusCode).toBe(200);
  });
});

describe('staff', () => {
  it('need none, and whoever sets one up is asked for it, in the sessions that were open too', async () => {
    const { username } = await create('staff');
    const [here, there] = [await begin(username), await begin(username)];
    expect(here.answer).toMatchObject({ username });
    const { secret } = await offer(here.cookie);
    await post('/api/second-factor/confirm', here.cookie, { code: code(secret) });
    expect((await me(here.cookie)).statusCode).toBe(200);
    expect((await me(there.cookie)).json().extra).toEqual({ next: 'code' });
  });
});

describe('resetting', () => {
  const reset = (userId: string, cookie = ada) => post(`/api/users/${userId}/second-factor/reset`, cookie);

  it('ends the sessions and the codes, and the next sign-in sets up a new one', async () => {
    const { username, userId } = await create();
    const { cookie, recoveryCodes, secret } = await enrol(username);
    const listed = async () =>
      (await emr.ask('GET', '/api/users', undefined, { cookie: ada }))
        .json<SecurityUser[]>()
        .find((user) => user.userId === userId)!.secondFactor;
    expect(await listed()).toBe(true);
    expect((await reset(userId)).statusCode).toBe(204);
    expect((await me(cookie)).statusCode).toBe(401);
    const again = await begin(username);
    expect(again.answer).toEqual({ next: 'enrol' });
    for (const old of [recoveryCodes[0]!, code(secret)]) expect((await give(again.cookie, old)).statusCode).toBe(409);
    expect(await listed()).toBe(false);
    expect((await reset(userId)).statusCode).toBe(409);
    expect((await audited()).at(-1)).toMatchObject({
      action: 'reset-second-factor',
      entity_id: userId,
      user_id: emr.adaId,
    });
  });

  it('is for another administrator: nobody resets his own, and staff reset nobody’s', async () => {
    expect((await reset(emr.adaId)).statusCode).toBe(409);
    const { username } = await create('staff');
    expect((await reset(emr.adaId, await emr.signIn(username))).statusCode).toBe(403);
    expect((await me(ada)).statusCode).toBe(200);
  });
});

describe('what is kept', () => {
  it('is neither a secret nor a recovery code that somebody could use, in no table', async () => {
    const { username, userId } = await create();
    const { cookie } = await begin(username);
    const offered = await offer(cookie);
    const confirmed = await post('/api/second-factor/confirm', cookie, { code: code(offered.secret) });
    const { recoveryCodes } = confirmed.json<RecoveryCodes>();
    const { rows } = await emr.owner.query<{ text: string }>(
      `select string_agg(t, ' ') as text from (
         select to_jsonb(f)::text || encode(f.secret_sealed, 'escape') as t from second_factor f
         union all select to_jsonb(r)::text from recovery_code r
         union all select to_jsonb(s)::text || coalesce(encode(s.offered_sealed, 'escape'), '') from session s
         union all select to_jsonb(a)::text from audit_event a) all_of_it`,
    );
    expect(rows[0]!.text).toContain(userId);
    for (const secret of [offered.secret, ...recoveryCodes, ...recoveryCodes.map((one) => one.replaceAll('-', ''))])
      expect(rows[0]!.text).not.toContain(secret);
    const hashes = await emr.owner.query('select code_hash from recovery_code where user_id = $1', [userId]);
    expect(hashes.rows.some(({ code_hash }) => code_hash.equals(sha256(recoveryCodes[0]!.replaceAll('-', ''))))).toBe(
      true,
    );
  });
});

describe('a session that still lacks the second factor', () => {
  it('is not among those who are signed in, and may sign out', async () => {
    const { username } = await create();
    const { cookie } = await begin(username);
    const active = (await emr.ask('GET', '/api/active-users', undefined, { cookie: ada })).json<ActiveUser[]>();
    expect(active.map((one) => one.username)).not.toContain(username);
    expect((await post('/api/sign-out', cookie)).statusCode).toBe(204);
    expect((await post('/api/second-factor/offer', cookie)).statusCode).toBe(401);
  });
});

it('a second factor that was brought along is asked for at the first sign-in', async () => {
  const { username, userId } = await create();
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  await bringSecondFactor(emr.context, { tenantId, userId: emr.adaId }, { userId, secret });
  const { cookie, answer } = await begin(username);
  expect(answer).toEqual({ next: 'code' });
  expect((await give(cookie, code(secret))).statusCode).toBe(200);
});
