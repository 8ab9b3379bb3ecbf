import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import type { IntegrationCredentials, ListedUser, PermissionRow, ProviderPermissions } from '../contract/security.ts';
import { createUser, readPermissions, setProviderPermissions } from '../index.ts';
import { type Cell, changesOf, createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let bea: string;
let robin: string;
let robinId: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  const actor = { tenantId, userId: emr.adaId };
  const person = { password, officeIds: ['harbour', 'river'] };
  await createUser(emr.context, actor, { ...person, username: 'bea', displayName: 'Bea', kind: 'administrator' });
  const made = await createUser(emr.context, actor, {
    ...person,
    username: 'robin',
    displayName: 'Robin',
    kind: 'staff',
  });
  robinId = made.userId;
  [ada, bea, robin] = [await emr.signIn('ada'), await emr.signIn('bea'), await emr.signIn('robin')];
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
  await emr.owner.query('delete from audit_event');
});

const matrixUrl = () => `/api/users/${robinId}/provider-permissions`;
const read = async (cookie: string) => {
  const answer = await emr.ask('GET', matrixUrl(), undefined, { cookie });
  const matrix = answer.json<ProviderPermissions>();
  expect(answer.headers['etag']).toBe(`"${matrix.version}"`);
  return matrix;
};
const save = (cookie: string, version: string, cells: readonly Cell[], reason?: string) =>
  emr.ask('PUT', matrixUrl(), { changes: changesOf(cells), reason }, { cookie, ifMatch: version });
/** Two who meet at Robin's row. */
const atOnce = async (...work: (() => ReturnType<TestEmr['ask']>)[]) => {
  const outcomes = await emr.atOnce(`select from app_user where username = 'robin' for update`, work);
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Awaited<ReturnType<TestEmr['ask']>>>).value);
};
const rowOf = (matrix: ProviderPermissions, officeId: string, providerId: string): PermissionRow =>
  matrix.offices.find((office) => office.officeId === officeId)!.rows.find((row) => row.providerId === providerId)!;
const audited = async () =>
  (await emr.owner.query('select user_id, action, entity_id, before, after, request_id from audit_event order by at'))
    .rows;
const grants = async () =>
  (await emr.owner.query('select office_id, provider_id, columns from permission_grant order by 1, 2')).rows;

describe('who may manage security', () => {
  it('is nobody without a session', async () => {
    expect((await emr.ask('GET', '/api/users')).statusCode).toBe(401);
  });

  it('is not staff: every route refuses, tells them whom to ask, and does nothing', async () => {
    const version = '1.1';
    const cookie = robin;
    const answers = [
      await emr.ask('GET', '/api/users', undefined, { cookie }),
      await emr.ask('POST', '/api/users', {}, { cookie }),
      await emr.ask('PUT', `/api/users/${robinId}/offices`, { officeIds: [] }, { cookie }),
      await emr.ask('GET', '/api/roster', undefined, { cookie }),
      await emr.ask('GET', matrixUrl(), undefined, { cookie }),
      await save(robin, version, [['harbour', 'abel', allColumns]]),
      await emr.ask('POST', '/api/integrations', { name: 'x', officeIds: [] }, { cookie }),
      await emr.ask('POST', `/api/integrations/${robinId}/credentials`, undefined, { cookie }),
      await emr.ask('PUT', `/api/integrations/${robinId}/keys`, {}, { cookie }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json().extra).toEqual({ administrators: ['Ada Placeholder', 'Bea'] });
    }
    expect(await audited()).toEqual([]);
    expect(await grants()).toEqual([]);
  });
});

describe('provider permissions', () => {
  it('are nothing at first, listed for every provider schedule of every office', async () => {
    const matrix = await read(ada);
    expect(matrix.offices.map(({ officeId, member, today, rows }) => [officeId, member, today, rows.length])).toEqual([
      ['harbour', true, '2026-11-24', 2],
      ['river', true, '2026-11-24', 2],
    ]);
    expect(matrix.offices.flatMap(({ rows }) => rows.map(({ columns }) => columns))).toEqual([0, 0, 0, 0]);
  });

  it('are saved row by row, say who changed them, and leave the rest alone', async () => {
    await emr.grant(bea, robinId, [['river', 'baker', columnSet('Visible')]]);
    const answer = await emr.grant(ada, robinId, [['harbour', 'abel', allColumns, '2026-12-31']]);
    expect(answer.statusCode).toBe(200);
    const matrix = answer.json<ProviderPermissions>();
    expect(matrix).toEqual(await read(bea));
    expect(rowOf(matrix, 'harbour', 'abel')).toMatchObject({
      columns: 63,
      accessUntilDay: '2026-12-31',
      lapsed: false,
      changedBy: 'Ada Placeholder',
    });
    expect(rowOf(matrix, 'river', 'baker')).toMatchObject({ columns: 32, changedBy: 'Bea' });
    expect(rowOf(matrix, 'river', 'abel')).toMatchObject({ columns: 0, changedAt: null });
  });

  it('that were taken away still say by whom, and hold nothing', async () => {
    const first = (
      await save(ada, (await read(ada)).version, [['harbour', 'abel', allColumns]])
    ).json<ProviderPermissions>();
    const taken = (await save(bea, first.version, [['harbour', 'abel', 0]])).json<ProviderPermissions>();
    expect(rowOf(taken, 'harbour', 'abel')).toMatchObject({ columns: 0, changedBy: 'Bea' });
    expect(rowOf(taken, 'harbour', 'abel').changedAt).not.toBeNull();
    expect((await emr.owner.query('select from held_grant where user_id = $1', [robinId])).rowCount).toBe(0);
  });

  it('are audited with what stood before and after, by whom and why, and only where something changed', async () => {
    await emr.grant(ada, robinId, [['harbour', 'abel', columnSet('Visible')]]);
    await emr.owner.query('delete from audit_event');
    const { version } = await read(ada);
    const cells: Cell[] = [
      ['harbour', 'abel', columnSet('Visible', 'Patient'), '2026-12-01'],
      ['river', 'abel', 0],
    ];
    const saved = (await save(ada, version, cells, 'asked by Dr. Abel')).json<ProviderPermissions>();
    expect(await audited()).toEqual([
      {
        user_id: emr.adaId,
        action: 'set-provider-permissions',
        entity_id: robinId,
        before: [{ officeId: 'harbour', providerId: 'abel', columns: ['Visible'], accessUntilDay: null }],
        after: {
          rows: [
            { officeId: 'harbour', providerId: 'abel', columns: ['Patient', 'Visible'], accessUntilDay: '2026-12-01' },
          ],
          reason: 'asked by Dr. Abel',
        },
        request_id: expect.any(String),
      },
    ]);
    expect((await save(ada, saved.version, cells)).json<ProviderPermissions>().version).toBe(saved.version);
    expect(await audited()).toHaveLength(1);
  });

  it('that two administrators change at once end in a conflict that shows what is there, and nothing is lost', async () => {
    const { version } = await read(ada);
    const both = await atOnce(
      () => save(ada, version, [['harbour', 'abel', columnSet('Visible')]]),
      () => save(bea, version, [['harbour', 'baker', columnSet('Visible', 'EMR')]]),
    );
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([200, 412]);
    const refused = both.find((answer) => answer.statusCode === 412)!;
    expect(refused.json().extra.current).toEqual(await read(ada));
    expect(await grants()).toHaveLength(1);
    const again = refused === both[0] ? ada : bea;
    const cells: Cell[] = refused === both[0] ? [['harbour', 'abel', 32]] : [['harbour', 'baker', 40]];
    expect((await save(again, refused.json().extra.current.version, cells)).statusCode).toBe(200);
    expect(await grants()).toEqual([
      { office_id: 'harbour', provider_id: 'abel', columns: 32 },
      { office_id: 'harbour', provider_id: 'baker', columns: 40 },
    ]);
  });

  it('need the version that they were changed from', async () => {
    const answer = await emr.ask(
      'PUT',
      matrixUrl(),
      { changes: changesOf([['harbour', 'abel', 32]]) },
      { cookie: ada },
    );
    expect(answer.statusCode).toBe(428);
  });

  it('of an unknown user are not found', async () => {
    const url = '/api/users/nobody/provider-permissions';
    expect((await emr.ask('GET', url, undefined, { cookie: ada })).statusCode).toBe(404);
    expect(
      (await emr.ask('PUT', url, { changes: changesOf([['harbour', 'abel', 32]]) }, { cookie: ada, ifMatch: '1.1' }))
        .statusCode,
    ).toBe(404);
  });

  it.each<[string, Cell[], string]>([
    ['a pair that is no provider schedule', [['harbour', 'zoe', 63]], 'emr.problem.no-such-schedule'],
    ['a day that has passed', [['harbour', 'baker', 63, '2026-11-23']], 'emr.problem.access-until-passed'],
    [
      'one row twice',
      [
        ['harbour', 'abel', 63],
        ['harbour', 'abel', 32],
      ],
      'emr.problem.row-twice',
    ],
    ['a day beyond every calendar', [['harbour', 'baker', 63, '9999-12-31']], 'problem.invalid'],
  ])('with %s are refused, and nothing of the request is done', async (_what, bad, key) => {
    const { version } = await read(ada);
    const answer = await save(ada, version, [['river', 'abel', 63], ...bad]);
    expect([answer.statusCode, answer.json().key]).toEqual([400, key]);
    expect(await grants()).toEqual([]);
    expect(await audited()).toEqual([]);
    expect((await read(ada)).version).toBe(version);
  });

  it('hold to the end of the last day in the zone of the office, and a day that has passed may stay as it was', async () => {
    await emr.grant(ada, robinId, [
      ['harbour', 'abel', 63, '2026-11-24'],
      ['river', 'abel', 63, '2026-11-24'],
    ]);
    const { rows } = await emr.owner.query<{ until: Date }>(
      'select access_until as until from permission_grant order by office_id',
    );
    // Vancouver is at UTC-7 all year since March 2026, Toronto at UTC-5 in winter.
    expect(rows.map(({ until }) => until.toISOString())).toEqual([
      '2026-11-25T07:00:00.000Z',
      '2026-11-25T05:00:00.000Z',
    ]);
    const later = { ...emr.context, clock: { now: () => new Date('2026-11-25T06:00:00Z') } };
    const actor = { tenantId, userId: emr.adaId };
    const { version } = await readPermissions(later, actor, robinId);
    const change = (cells: Cell[]) => ({ userId: robinId, version, changes: changesOf(cells) });
    await expect(
      setProviderPermissions(later, actor, change([['river', 'baker', 63, '2026-11-24']])),
    ).rejects.toMatchObject({
      key: 'emr.problem.access-until-passed',
      params: { office: 'River', provider: 'Dr. Test Baker' },
    });
    await setProviderPermissions(later, actor, change([['river', 'abel', columnSet('Visible'), '2026-11-24']]));
    expect((await grants())[1]).toMatchObject({ office_id: 'river', columns: 32 });
  });
});

describe('users and offices', () => {
  it('a new user can sign in, is audited without a name, and a name is taken once', async () => {
    const body = { username: 'Nora', displayName: 'Nora', kind: 'staff', password, officeIds: ['river'] };
    const made = await emr.ask('POST', '/api/users', body, { cookie: ada });
    expect(made.statusCode).toBe(201);
    await emr.signIn('nora');
    expect((await emr.ask('POST', '/api/users', { ...body, username: 'NORA' }, { cookie: ada })).statusCode).toBe(409);
    const reserved = await emr.ask('POST', '/api/users', { ...body, username: `oceanapi${tenantId}` }, { cookie: ada });
    expect(reserved.statusCode).toBe(409);
    const unknown = { ...body, username: 'x', officeIds: ['moon'] };
    expect((await emr.ask('POST', '/api/users', unknown, { cookie: ada })).json().extra).toEqual({ officeId: 'moon' });
    expect(await audited()).toMatchObject([
      {
        action: 'create',
        entity_id: made.json<ListedUser>().userId,
        after: { kind: 'staff', offices: [{ officeId: 'river', role: 'staff' }] },
      },
    ]);
  });

  it('leaving an office changes the permission version, and two who set it at once leave one of the two answers', async () => {
    const before = await read(ada);
    const put = (cookie: string, officeIds: string[]) =>
      emr.ask('PUT', `/api/users/${robinId}/offices`, { officeIds }, { cookie });
    await atOnce(
      () => put(ada, ['harbour']),
      () => put(bea, ['river']),
    );
    const after = await read(ada);
    expect(after.version).not.toBe(before.version);
    expect(after.offices.filter((office) => office.member)).toHaveLength(1);
    expect((await put(ada, ['harbour', 'river'])).statusCode).toBe(204);
    expect(await audited()).toHaveLength(3);
  });
});

describe('the integration user', () => {
  it('is made once, with credentials shown once, offices, and no grant at all', async () => {
    const add = () =>
      emr.ask('POST', '/api/integrations', { name: 'Cloud Connect', officeIds: ['harbour', 'river'] }, { cookie: ada });
    const [first, second] = (await Promise.all([add(), add()])).sort((a, b) => a.statusCode - b.statusCode);
    expect([first!.statusCode, second!.statusCode]).toEqual([201, 409]);
    const made = first!.json<IntegrationCredentials>();
    expect(made).toMatchObject({
      user: { username: `OceanAPI${tenantId}`, kind: 'service' },
      fhirBaseUrl: 'http://emr.test/fhir',
    });
    expect(await grants()).toEqual([]);
    expect(await token(made)).toBe(200);
    const everything = await emr.owner.query(
      `select to_jsonb(c)::text || (select string_agg(to_jsonb(a)::text, '') from audit_event a) as text from oauth_client c`,
    );
    expect(everything.rows[0].text).not.toContain(made.clientSecret);

    const url = `/api/integrations/${made.user.userId}/credentials`;
    const replaced = (await emr.ask('POST', url, undefined, { cookie: ada })).json<IntegrationCredentials>();
    expect([await token(made), await token(replaced)]).toEqual([401, 200]);
    expect(
      (await emr.ask('POST', `/api/integrations/${robinId}/credentials`, undefined, { cookie: ada })).statusCode,
    ).toBe(404);
    expect((await audited()).map(({ action }) => action)).toEqual(['add-integration', 'replace-credentials']);

    // Keys in place of the secret, which ends; no key that can be used is no key.
    const keysUrl = `/api/integrations/${made.user.userId}/keys`;
    const put = (body: object) => emr.ask('PUT', keysUrl, body, { cookie: ada });
    const weak = { jwks: { keys: [{ kty: 'oct', k: 'x' }] } };
    for (const odd of [
      {},
      weak,
      { jwksUri: 'http://elsewhere.example/keys' },
      { ...weak, jwksUri: 'https://a.example' },
    ]) {
      expect((await put(odd)).statusCode).toBe(400);
    }
    expect(await token(replaced)).toBe(200);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const given = await put({ jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] } });
    expect(given.json()).toEqual({ clientId: made.clientId, keyIds: ['one'], jwksUri: null, formerUntil: null });
    expect(await token(replaced)).toBe(401);
    expect((await put({ jwksUri: 'https://a.example/keys' })).statusCode).toBe(200);
    const again = (await emr.ask('POST', url, undefined, { cookie: ada })).json<IntegrationCredentials>();
    expect(await token(again)).toBe(200);
  });

  const token = async ({ clientId, clientSecret }: IntegrationCredentials) => {
    const answer = await emr.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: 'system/*.read',
      }).toString(),
    });
    return answer.statusCode;
  };
});
