import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns } from '../../fhir/columns.ts';
import type { IntegrationCredentials, ListedUser } from '../contract/security.ts';
import type { Me } from '../contract/session.ts';
import type { ActiveUser, SecurityUser } from '../contract/users.ts';
import { versionOfWhole } from '../if-match.ts';
import { addIntegration } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let integration: IntegrationCredentials;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  ada = await emr.signIn('ada');
  const actor = { tenantId, userId: emr.adaId };
  integration = await addIntegration(emr.context, actor, { name: 'Cloud Connect', officeIds: ['harbour'] });
});
afterAll(() => emr?.close());
beforeEach(() => emr.owner.query('delete from audit_event'));

let made = 0;
/** Somebody new; `username` is one that nobody has. */
async function create(more: object = {}): Promise<ListedUser> {
  made += 1;
  const person = {
    username: `person-${made}`,
    displayName: `Person ${made}`,
    kind: 'staff',
    password,
    officeIds: ['harbour'],
  };
  const answer = await post('/api/users', { ...person, ...more });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<ListedUser>();
}
const post = (url: string, body?: object, cookie = ada) => emr.ask('POST', url, body, { cookie });
const change = (userId: string, body: object, cookie = ada) =>
  emr.ask('PATCH', `/api/users/${userId}`, body, { cookie });
const users = async () => (await emr.ask('GET', '/api/users', undefined, { cookie: ada })).json<SecurityUser[]>();
const find = async (userId: string) => (await users()).find((user) => user.userId === userId)!;
const meStatus = async (cookie: string) => (await emr.ask('GET', '/api/me', undefined, { cookie })).statusCode;
const signInStatus = async (username: string, given = password) =>
  (await emr.ask('POST', '/api/sign-in', { username, password: given })).statusCode;
const audited = async () =>
  (await emr.owner.query('select action, entity_id, before, after from audit_event order by at')).rows;
const versionOf = async (userId: string) =>
  Number(
    (await emr.owner.query('select permission_version from app_user where user_id = $1', [userId])).rows[0]
      .permission_version,
  );
const token = async () => {
  const answer = await emr.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: integration.clientId,
      client_secret: integration.clientSecret,
      scope: 'system/*.read',
    }).toString(),
  });
  return { status: answer.statusCode, token: answer.json().access_token as string };
};
const coverage = async (accessToken: string) => {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await emr.app.inject({ method: 'GET', url: '/fhir/$permission-coverage', headers })).statusCode;
};

describe('users', () => {
  it('are made with a role in each office, listed with it, and only an administrator makes them', async () => {
    const user = await create({ officeIds: ['harbour', 'river'], managedOfficeIds: ['river'] });
    expect(await find(user.userId)).toMatchObject({
      kind: 'staff',
      active: true,
      sessions: 0,
      offices: [
        { officeId: 'harbour', name: 'Harbour', role: 'staff' },
        { officeId: 'river', name: 'River', role: 'manager' },
      ],
    });
    const cookie = await emr.signIn(user.username);
    expect((await find(user.userId)).sessions).toBe(1);
    const refused = [
      await post('/api/users', {}, cookie),
      await change(user.userId, { kind: 'administrator' }, cookie),
      await post(`/api/users/${emr.adaId}/deactivate`, undefined, cookie),
      await post(`/api/users/${emr.adaId}/reactivate`, undefined, cookie),
      await post(`/api/users/${emr.adaId}/password`, { password }, cookie),
      await emr.ask('GET', '/api/active-users', undefined, { cookie }),
      await post('/api/active-users/any/end', undefined, cookie),
    ];
    expect(refused.map((answer) => answer.statusCode)).toEqual(refused.map(() => 403));
    expect((await audited()).map(({ action }) => action)).toEqual(['create']);
  });

  it('are refused at the field: a name that is taken, a short password, a manager of an office that is not theirs', async () => {
    const user = await create();
    const person = { username: 'x', displayName: 'X', kind: 'staff', password, officeIds: ['harbour'] };
    const refusal = async (body: object) => {
      const answer = await post('/api/users', { ...person, ...body });
      return [answer.statusCode, answer.json().extra.fields.map(({ path }: { path: string }) => path)];
    };
    expect(await refusal({ username: user.username.toUpperCase() })).toEqual([409, ['username']]);
    expect(await refusal({ password: 'short' })).toEqual([400, ['password']]);
    expect(await refusal({ displayName: ' ' })).toEqual([400, ['displayName']]);
    expect(await refusal({ managedOfficeIds: ['river'] })).toEqual([400, ['managedOfficeIds']]);
    expect((await users()).filter(({ username }) => username === 'x')).toEqual([]);
  });

  it('change only in what is named, so that two administrators lose nothing', async () => {
    const { userId } = await create();
    const before = await versionOf(userId);
    expect((await change(userId, { displayName: 'Renamed' })).statusCode).toBe(204);
    expect(await versionOf(userId)).toBe(before);
    expect((await change(userId, { offices: [{ officeId: 'river', role: 'manager' }] })).statusCode).toBe(204);
    expect(await versionOf(userId)).toBe(before + 1);
    expect((await change(userId, { kind: 'administrator' })).statusCode).toBe(204);
    expect((await change(userId, { offices: [{ officeId: 'harbour', role: null }] })).statusCode).toBe(204);
    expect(await find(userId)).toMatchObject({
      displayName: 'Renamed',
      kind: 'administrator',
      offices: [{ officeId: 'river', role: 'manager' }],
    });
    expect((await audited()).slice(1).map(({ before: was, after }) => [was, after])).toEqual([
      [{ displayName: `Person ${made}` }, { displayName: 'Renamed' }],
      [
        { offices: [{ officeId: 'harbour', role: 'staff' }] },
        {
          offices: [
            { officeId: 'harbour', role: 'staff' },
            { officeId: 'river', role: 'manager' },
          ],
        },
      ],
      [{ kind: 'staff' }, { kind: 'administrator' }],
      [
        {
          offices: [
            { officeId: 'harbour', role: 'staff' },
            { officeId: 'river', role: 'manager' },
          ],
        },
        { offices: [{ officeId: 'river', role: 'manager' }] },
      ],
    ]);
    for (const odd of [
      {},
      { offices: [] },
      { kind: 'service' },
      { active: false },
      { offices: [{ officeId: 'moon', role: 'staff' }] },
    ])
      expect((await change(userId, odd)).statusCode).toBe(400);
    expect((await change('nobody', { displayName: 'X' })).statusCode).toBe(404);
    await change(userId, { kind: 'staff' });
  });

  it('hold nothing in an office that they no longer belong to', async () => {
    const { userId } = await create();
    await emr.grant(ada, userId, [['harbour', 'abel', allColumns]]);
    const held = async () => (await emr.owner.query('select from held_grant where user_id = $1', [userId])).rowCount;
    expect(await held()).toBe(1);
    await change(userId, { offices: [{ officeId: 'harbour', role: null }] });
    expect(await held()).toBe(0);
  });
});

describe('a manager of an office', () => {
  it('sets its open hours and those of no other; staff set none', async () => {
    const manager = await create({ officeIds: ['harbour', 'river'], managedOfficeIds: ['river'] });
    const cookie = await emr.signIn(manager.username);
    const hours = { hours: [{ weekday: 1, from: '09:00', until: '12:00', slotMinutes: 15 }] };
    const ifMatch = versionOfWhole({ hours: [] });
    const put = async (office: string) =>
      (await emr.ask('PUT', `/api/schedules/${office}/abel/open-hours`, hours, { cookie, ifMatch })).statusCode;
    expect([await put('river'), await put('harbour')]).toEqual([200, 403]);
    expect((await emr.ask('GET', '/api/me', undefined, { cookie })).json<Me>().abilities).toEqual({
      manageSecurity: false,
      manageOffices: ['river'],
    });
    await change(manager.userId, { offices: [{ officeId: 'river', role: 'staff' }] });
    expect(await put('river')).toBe(403);
  });
});

describe('deactivating', () => {
  it('ends every session at once, and reactivating brings none of them back', async () => {
    const { userId, username } = await create();
    const [one, two] = [await emr.signIn(username), await emr.signIn(username)];
    expect((await post(`/api/users/${userId}/deactivate`)).statusCode).toBe(204);
    expect([await meStatus(one), await meStatus(two), await signInStatus(username)]).toEqual([401, 401, 401]);
    // Asked again, it does nothing and writes nothing.
    expect((await post(`/api/users/${userId}/deactivate`)).statusCode).toBe(204);
    expect((await post(`/api/users/${userId}/reactivate`)).statusCode).toBe(204);
    expect([await meStatus(one), await meStatus(two)]).toEqual([401, 401]);
    await emr.owner.query('delete from sign_in_attempt');
    expect(await signInStatus(username)).toBe(200);
    expect((await audited()).map(({ action, after }) => [action, after])).toEqual([
      ['create', expect.anything()],
      ['deactivate-user', { sessionsEnded: 2 }],
      ['reactivate-user', null],
    ]);
  });

  it('ends the integration user’s tokens at once, and an old token stays dead when it is switched on again', async () => {
    const { userId } = integration.user;
    const first = await token();
    expect(await coverage(first.token)).toBe(200);
    await post(`/api/users/${userId}/deactivate`);
    expect([await coverage(first.token), (await token()).status]).toEqual([401, 401]);
    await post(`/api/users/${userId}/reactivate`);
    expect(await coverage(first.token)).toBe(401);
    const again = await token();
    expect(await coverage(again.token)).toBe(200);
  });

  it('moves the permission version, because what the user holds has changed', async () => {
    const { userId } = await create();
    const before = await versionOf(userId);
    await post(`/api/users/${userId}/deactivate`);
    expect(await versionOf(userId)).toBe(before + 1);
  });
});

describe('the last administrator', () => {
  it('can neither be deactivated nor lose the role, and says so at the field', async () => {
    const { adaId } = emr;
    for (const answer of [await change(adaId, { kind: 'staff' }), await post(`/api/users/${adaId}/deactivate`)]) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({
        key: 'security.users.last-administrator',
        extra: { fields: [{ path: 'kind', code: 'last-administrator' }] },
      });
      expect(answer.json().title).toContain('Ada Placeholder is the last active administrator');
    }
    // One who is switched off does not count.
    const other = await create({ kind: 'administrator' });
    await post(`/api/users/${other.userId}/deactivate`);
    expect((await change(adaId, { kind: 'staff' })).statusCode).toBe(409);
    expect(await meStatus(ada)).toBe(200);
  });

  it('is one of two who unmake each other at the same moment', async () => {
    const bea = await create({ kind: 'administrator' });
    const cookie = await emr.signIn(bea.username);
    const outcomes = await emr.atOnce('lock table app_user in exclusive mode', [
      () => post(`/api/users/${bea.userId}/deactivate`),
      () => change(emr.adaId, { kind: 'staff' }, cookie),
    ]);
    const statuses = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.statusCode : 0));
    expect(statuses.toSorted()).toEqual([204, 409]);
    await emr.owner.query(`update app_user set active = true, kind = 'administrator' where user_id = $1`, [emr.adaId]);
  });
});

describe('a new password', () => {
  it('is the only one from then on, and ends the sessions; it is in no audit', async () => {
    const { userId, username } = await create();
    const cookie = await emr.signIn(username);
    expect((await post(`/api/users/${userId}/password`, { password: 'short' })).statusCode).toBe(400);
    expect((await post(`/api/users/${userId}/password`, { password: 'another long password' })).statusCode).toBe(204);
    expect([await meStatus(cookie), await signInStatus(username)]).toEqual([401, 401]);
    expect(await signInStatus(username, 'another long password')).toBe(200);
    expect(JSON.stringify(await audited())).not.toContain('long password');
    expect((await post(`/api/users/${integration.user.userId}/password`, { password })).statusCode).toBe(400);
  });
});

describe('who is signed in', () => {
  const active = async () =>
    (await emr.ask('GET', '/api/active-users', undefined, { cookie: ada })).json<ActiveUser[]>();

  it('is listed with since when and last seen, without those whose session is over', async () => {
    await emr.owner.query('delete from session');
    ada = await emr.signIn('ada');
    const { username } = await create();
    await emr.signIn(username);
    emr.clock.advance(20 * 60_000);
    const since = emr.clock.now().toISOString();
    const later = await create();
    await emr.signIn(later.username);
    const rows = await active();
    expect(rows.map((row) => [row.username, row.own, row.signedInAt === since])).toEqual([
      ['ada', true, false],
      [later.username, false, true],
      [username, false, false],
    ]);
    expect(rows[0]!.lastSeenAt).toBe(since);
    emr.clock.advance(15 * 60_000);
    expect((await active()).map((row) => row.username)).toEqual(['ada', later.username]);
    expect(JSON.stringify(await active())).not.toMatch(/token/i);
  });

  it('is signed out when an administrator ends the session, and only there', async () => {
    const { username, userId } = await create();
    const [here, there] = [await emr.signIn(username), await emr.signIn(username)];
    const sessions = (await active()).filter((row) => row.userId === userId);
    expect(sessions).toHaveLength(2);
    expect((await post(`/api/active-users/${sessions[0]!.sessionId}/end`)).statusCode).toBe(204);
    expect([await meStatus(here), await meStatus(there)].toSorted()).toEqual([200, 401]);
    expect((await post(`/api/active-users/${sessions[0]!.sessionId}/end`)).statusCode).toBe(404);
    expect((await audited()).at(-1)).toMatchObject({ action: 'end-session', entity_id: userId });
  });
});
