// An application that an administrator approves: authorization code with PKCE, from the application's address to the clinic's data and back
// to nothing.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { randomToken } from '../../platform/ids.ts';
import type { AccessRequest, Decided, Integration } from '../contract/integrations.ts';
import type { AddedIntegration } from '../contract/security.ts';
import { createTestEmr, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let made: AddedIntegration;
const redirectUri = 'https://app.example/back';
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  ada = await emr.signIn('ada');
  made = await register('Lantern Reports');
});
afterAll(() => emr?.close());

async function register(name: string, more: object = {}): Promise<AddedIntegration> {
  const body = { name, officeIds: ['harbour'], scopes: ['system/*.rs'], redirectUris: [redirectUri], ...more };
  const answer = await emr.ask('POST', '/api/integrations', body, { cookie: ada });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<AddedIntegration>();
}

const form = (url: string, fields: Record<string, string>) =>
  emr.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });

interface Begun {
  readonly requestId: string;
  readonly verifier: string;
  /** What the browser has by now. */
  readonly cookies: string;
}

/** Where the application sends the browser, with what is asked changed or left out. */
const authorize = (changed: Record<string, string | undefined> = {}, accept = 'text/html', client = made) => {
  const verifier = randomToken(48);
  const asked = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope: 'system/Appointment.rs system/Patient.rs',
    state: 'of the application',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    aud: 'http://emr.test/fhir',
    ...changed,
  };
  const given = Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined);
  const answer = emr.app.inject({ url: `/oauth/authorize?${new URLSearchParams(given)}`, headers: { accept } });
  return answer.then((one) => ({ answer: one, verifier }));
};

async function begin(changed?: Record<string, string | undefined>, client = made): Promise<Begun> {
  const { answer, verifier } = await authorize(changed, 'text/html', client);
  const requestId = /^\/third-party-access\/([\w-]+)$/.exec(String(answer.headers.location))?.[1];
  expect(requestId, `${answer.headers.location} ${answer.body}`).toBeDefined();
  // A browser sends a cookie only where its path says.
  const resume = answer.cookies.find(({ name }) => name === 'tidegate_emr_resume');
  expect(resume).toMatchObject({ path: `/oauth/authorize/${requestId}`, httpOnly: true, sameSite: 'lax' });
  const cookies = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return { requestId: requestId!, verifier, cookies };
}

const path = ({ requestId }: Begun, what = '') => `/api/third-party-access/${requestId}${what}`;
const inBrowser = (begun: Begun, as = ada) => ({ cookie: `${as}; ${begun.cookies}` });

const decide = async (begun: Begun, what: '/approve' | '/deny', officeIds = ['harbour']): Promise<URL> => {
  const decided = await emr.ask('POST', path(begun, what), { officeIds }, inBrowser(begun));
  expect(decided.statusCode, decided.body).toBe(200);
  const { goTo } = decided.json<Decided>();
  const { pathname, search } = new URL(goTo);
  const back = await emr.app.inject({ url: `${pathname}${search}`, headers: { cookie: begun.cookies } });
  // The library's own session is not kept, so no cookie names one.
  const names = back.cookies.map(({ name }) => name);
  expect([back.statusCode, names.includes('tidegate_emr_oauth')], back.body).toEqual([303, false]);
  return new URL(String(back.headers.location));
};

const exchange = ({ verifier }: Begun, code: string, changed: Record<string, string> = {}, client = made) =>
  form('/oauth/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    client_id: client.clientId,
    client_secret: client.clientSecret ?? '',
    ...changed,
  });

/** The whole way. */
async function approved(client = made): Promise<{ token: string; code: string; begun: Begun }> {
  const begun = await begin({}, client);
  const code = (await decide(begun, '/approve')).searchParams.get('code')!;
  const answer = await exchange(begun, code, {}, client);
  expect(answer.statusCode, answer.body).toBe(200);
  return { token: answer.json<{ access_token: string }>().access_token, code, begun };
}

const read = async (token: string, of = 'Appointment') =>
  (await emr.app.inject({ url: `/fhir/${of}`, headers: { authorization: `Bearer ${token}` } })).statusCode;
const byItself = (scope?: string, client = made) =>
  form('/oauth/token', {
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_secret: client.clientSecret ?? '',
    ...(scope !== undefined && { scope }),
  });
const listed = async (clientId = made.clientId): Promise<Integration> => {
  const answer = await emr.ask('GET', '/api/integrations', undefined, { cookie: ada });
  return answer.json<{ integrations: Integration[] }>().integrations.find((one) => one.clientId === clientId)!;
};
const end = async (what: string, { user } = made) =>
  (await emr.ask('POST', `/api/integrations/${user.userId}/${what}`, undefined, { cookie: ada })).statusCode;

describe('an application that is approved', () => {
  it('gets nothing before, is seen with offices and scopes, and then reads what its user holds and no more', async () => {
    expect((await byItself()).json()).toMatchObject({ error: 'unauthorized_client' });
    const begun = await begin();
    const seen = (await emr.ask('GET', path(begun), undefined, inBrowser(begun))).json<AccessRequest>();
    expect(seen).toMatchObject({
      name: 'Lantern Reports',
      clientId: made.clientId,
      returnsTo: 'app.example',
      scopes: ['system/Appointment.rs', 'system/Patient.rs'],
      user: { username: made.user.username },
      approval: null,
    });
    expect(
      seen.offices.map(({ officeId, member, schedules, visible }) => [officeId, member, schedules, visible]),
    ).toEqual([
      ['harbour', true, 2, 0],
      ['river', false, 2, 0],
    ]);
    const back = await decide(begun, '/approve', ['river']);
    expect([back.origin + back.pathname, back.searchParams.get('state'), back.searchParams.get('iss')]).toEqual([
      redirectUri,
      'of the application',
      'http://emr.test/oauth',
    ]);
    const code = back.searchParams.get('code')!;
    expect(code).toMatch(new RegExp(`^${tenantId}\\.`));
    const answer = await exchange(begun, code);
    const token = answer.json<{ access_token: string; expires_in: number; scope: string }>();
    expect(token).toMatchObject({ expires_in: 300, scope: 'system/Appointment.rs system/Patient.rs' });
    expect([await read(token.access_token), await read(token.access_token, 'Location')]).toEqual([200, 403]);
    const found = () =>
      emr.app
        .inject({ url: '/fhir/Appointment?_summary=count', headers: { authorization: `Bearer ${token.access_token}` } })
        .then((one) => one.json<{ total: number }>().total);
    expect(await found()).toBe(0);
    // The matrix decides, in the offices that were approved alone.
    for (const office of ['harbour', 'river'] as const) await emr.grant(ada, made.user.userId, [[office, 'abel', 63]]);
    expect(await found()).toBe(1);
    expect(await listed()).toMatchObject({
      offices: [{ officeId: 'river' }],
      approval: { approvedBy: 'Ada Placeholder', scopes: ['system/Appointment.rs', 'system/Patient.rs'] },
    });
    // Afterwards it comes by itself, for what was approved and nothing else.
    expect((await byItself('system/*.read system/Patient.rs')).json()).toMatchObject({ scope: 'system/Patient.rs' });
    expect((await byItself('system/*.rs')).json()).toMatchObject({ error: 'invalid_scope' });
  });

  it('is told when it is denied, and has what it had before', async () => {
    const { token } = await approved();
    const back = await decide(await begin(), '/deny');
    expect([back.searchParams.get('error'), back.searchParams.get('code')]).toEqual(['access_denied', null]);
    expect(await read(token)).toBe(200);
  });

  it('loses everything at once when its approval, its client or its user goes', async () => {
    const { token, begun } = await approved();
    const own = (await byItself()).json<{ access_token: string }>().access_token;
    const unused = (await decide(await begin(), '/approve')).searchParams.get('code')!;
    // Another approval took the place of the first: its tokens have ended, and what comes now is of the second.
    expect([await read(token), await read(own)]).toEqual([401, 401]);
    const second = (await byItself()).json<{ access_token: string }>().access_token;
    expect(await read(second)).toBe(200);
    expect(await end('approval/end')).toBe(204);
    expect([await read(second), (await byItself()).statusCode, (await exchange(begun, unused)).statusCode]).toEqual([
      401, 400, 400,
    ]);
    expect(await end('approval/end')).toBe(409);

    for (const [take, give] of [
      [() => end('revoke'), () => rotated()],
      [() => switchUser('deactivate'), () => switchUser('reactivate')],
    ] as const) {
      const { token: another } = await approved();
      const waiting = await begin();
      expect(await take()).toBe(204);
      expect([await read(another), (await byItself()).statusCode]).toEqual([401, 401]);
      expect((await emr.ask('GET', path(waiting), undefined, inBrowser(waiting))).statusCode).toBe(404);
      await give();
      expect(await read(another)).toBe(401);
    }
  });

  const rotated = async () => {
    const url = `/api/integrations/${made.user.userId}/credentials`;
    made = (await emr.ask('POST', url, {}, { cookie: ada })).json<AddedIntegration>();
    // It comes back without an approval.
    expect(await listed()).toMatchObject({ active: true, approval: null });
  };
  const switchUser = async (how: 'deactivate' | 'reactivate') =>
    (await emr.ask('POST', `/api/users/${made.user.userId}/${how}`, {}, { cookie: ada })).statusCode;
});

describe('a code', () => {
  it('is good once, for its client, its address and its verifier; when it comes twice, what it gave ends', async () => {
    const other = await register('Another one');
    const begun = await begin();
    const code = (await decide(begun, '/approve')).searchParams.get('code')!;
    const refused = async (changed: Record<string, string>, client = made) =>
      (await exchange(begun, code, changed, client)).json<{ error: string }>().error;
    expect(await refused({ code_verifier: randomToken(48) })).toBe('invalid_grant');
    expect(await refused({ code_verifier: '' })).toBe('invalid_grant');
    expect(await refused({ redirect_uri: 'https://app.example/other' })).toBe('invalid_grant');
    expect(await refused({ client_secret: 'wrong' })).toBe('invalid_client');
    expect(await refused({}, other)).toBe('invalid_grant');
    const { rows } = await emr.owner.query<{ text: string }>('select c::text as text from oauth_code c');
    expect([rows.length > 0, rows.some(({ text }) => text.includes(code.slice(5)))]).toEqual([true, false]);

    // Five who have all found it unused, and are about to say that it is used now.
    const five = [1, 2, 3, 4, 5].map(() => () => exchange(begun, code));
    const together = await emr.atOnce('lock table oauth_code in exclusive mode', five);
    const answers = together.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    expect(answers.map((one) => one?.statusCode).sort()).toEqual([200, 400, 400, 400, 400]);
    const { access_token: token } = answers.find((one) => one?.statusCode === 200)!.json<{ access_token: string }>();
    expect(await read(token)).toBe(401);
    expect((await listed()).approval).toBeNull();
  });

  it('is refused after a minute', async () => {
    const begun = await begin();
    const code = (await decide(begun, '/approve')).searchParams.get('code')!;
    await emr.owner.query(`update oauth_code set payload = payload || jsonb_build_object('exp', 1)`);
    expect((await exchange(begun, code)).json()).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a request', () => {
  it.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['without a method of the challenge', { code_challenge_method: undefined }, 'invalid_request'],
    ['for another FHIR server', { aud: 'https://elsewhere.example/fhir' }, 'invalid_request'],
    ['for more than is registered', { scope: 'system/*.cruds' }, 'invalid_scope'],
    ['for nothing', { scope: undefined }, 'invalid_scope'],
    ['for an access token', { response_type: 'token' }, 'unsupported_response_type'],
    ['that must not ask anybody', { prompt: 'none' }, 'consent_required'],
  ])('is refused at the application’s address: %s', async (_what, changed, error) => {
    const { answer } = await authorize(changed);
    expect(answer.statusCode, answer.body).toBe(303);
    const back = new URL(String(answer.headers.location));
    // Of what is refused for asking it, the answer stands where that would have stood.
    const told = new URLSearchParams(back.hash ? back.hash.slice(1) : back.search);
    expect([back.origin, told.get('error')]).toEqual(['https://app.example', error]);
  });

  it.each([
    ['an address that is not registered', { redirect_uri: 'https://evil.example/back' }, 'invalid_redirect_uri'],
    ['an address that only begins like it', { redirect_uri: `${redirectUri}/more` }, 'invalid_redirect_uri'],
    ['an application that nobody registered', { client_id: `${tenantId}-nobody` }, 'invalid_client'],
    ['an application of another clinic', { client_id: '7-nobody' }, 'invalid_client'],
  ])('never sends the browser to %s', async (_what, changed, error) => {
    const { answer } = await authorize(changed);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/third-party-access/refused?problem=${error}`]);
    const told = await authorize(changed, 'application/json');
    expect([told.answer.statusCode, told.answer.json<{ error: string }>().error]).toEqual([400, error]);
  });

  it('is decided by an administrator, in the browser in which it began, once', async () => {
    const begun = await begin();
    const robin = await emr.ask(
      'POST',
      '/api/users',
      { username: 'robin', displayName: 'Robin', kind: 'staff', password: 'a long password for tests', officeIds: [] },
      { cookie: ada },
    );
    expect(robin.statusCode).toBe(201);
    const staff = await emr.signIn('robin');
    const ask = async (what: string, cookie?: string) =>
      (await emr.ask('POST', path(begun, what), { officeIds: ['harbour'] }, cookie ? { cookie } : {})).statusCode;
    for (const what of ['/approve', '/deny']) {
      expect(await ask(what)).toBe(401);
      expect(await ask(what, `${staff}; ${begun.cookies}`)).toBe(403);
      // Somebody sent her the address of a request of his own.
      expect(await ask(what, ada)).toBe(404);
      expect(await ask(what, `${ada}; ${(await begin()).cookies}`)).toBe(404);
    }
    const unknown = await emr.ask('POST', path(begun, '/approve'), { officeIds: ['nowhere'] }, inBrowser(begun));
    expect(unknown.statusCode).toBe(400);
    const both = await Promise.all([ask('/approve', inBrowser(begun).cookie), ask('/deny', inBrowser(begun).cookie)]);
    expect(both.sort()).toEqual([200, 404]);
    // The browser comes back with what it was given; without that, nothing.
    const resume = `/oauth/authorize/${begun.requestId}?clinic=${tenantId}`;
    expect((await emr.app.inject({ url: resume })).statusCode).toBe(400);
    expect(
      (await emr.app.inject({ url: resume.replace(/\d+$/, '7'), headers: { cookie: begun.cookies } })).statusCode,
    ).toBe(400);
    const late = await begin();
    emr.clock.advance(901_000);
    expect((await emr.ask('GET', path(late), undefined, inBrowser(late))).statusCode).toBe(404);
    emr.clock.advance(-901_000);
  });

  it('is recorded with who decided and what', async () => {
    const { rows } = await emr.owner.query<{ action: string; count: number }>(
      `select action, count(*)::integer as count from audit_event where action ~ 'access|client|former' group by 1 order by 1`,
    );
    expect(rows.map(({ action }) => action)).toEqual(['approve-access', 'deny-access', 'end-access', 'revoke-client']);
  });
});

describe('credentials that are rotated', () => {
  const secretOf = async (userId: string, keepHours: number) =>
    (
      await emr.ask('POST', `/api/integrations/${userId}/credentials`, { keepHours }, { cookie: ada })
    ).json<AddedIntegration>();
  const works = async (client: AddedIntegration) => (await byItself(undefined, client)).statusCode;

  it('work beside the old ones until the hour that was stated, or until somebody ends them', async () => {
    const first = await register('Rotating', { redirectUris: [] });
    const { access_token: token } = (await byItself(undefined, first)).json<{ access_token: string }>();
    const { userId } = first.user;
    const second = await secretOf(userId, 24);
    expect(second.formerUntil).toBe('2026-11-25T17:00:00.000Z');
    expect([await works(first), await works(second), await read(token)]).toEqual([200, 200, 200]);
    expect((await listed(first.clientId)).formerUntil).toBe('2026-11-25T17:00:00.000Z');
    const third = await secretOf(userId, 1);
    expect([await works(first), await works(second), await works(third)]).toEqual([401, 200, 200]);
    emr.clock.advance(3_600_000);
    ada = await emr.signIn('ada');
    expect([await works(second), await works(third), (await listed(first.clientId)).formerUntil]).toEqual([
      401,
      200,
      null,
    ]);
    const fourth = await secretOf(userId, 1);
    expect(await works(third)).toBe(200);
    expect([
      await end('former/end', first),
      await works(third),
      await works(fourth),
      await end('former/end', first),
    ]).toEqual([204, 401, 200, 409]);
    emr.clock.advance(-3_600_000);
  });
});

describe('registering', () => {
  it.each([
    ['a scope that there is not', { scopes: ['patient/*.read'] }, 'scopes'],
    ['an address without https', { redirectUris: ['http://app.example/back'] }, 'redirectUris'],
    ['a fragment', { redirectUris: ['https://app.example/#back'] }, 'redirectUris'],
    ['no address of keys', { credential: { proof: 'address', jwksUri: 'ftp://x' } }, 'jwksUri'],
    ['keys that cannot be used', { credential: { proof: 'keys', jwks: { keys: [{}] } } }, 'jwks'],
  ])('is refused by field: %s', async (_what, more, field) => {
    const body = { name: 'x', officeIds: [], ...more };
    const answer = await emr.ask('POST', '/api/integrations', body, { cookie: ada });
    expect([answer.statusCode, answer.json<{ extra?: { field?: string } }>().extra?.field]).toEqual([400, field]);
  });
});
