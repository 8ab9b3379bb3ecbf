import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import { type FixClaims, fixRequestKeyLabel, fixRequestType, fixVersionHeader } from '../../fhir/fix-request.ts';
import { sha256 } from '../../platform/ids.ts';
import type { FixProposal } from '../contract/fix-requests.ts';
import type { AddedIntegration, ProviderPermissions } from '../contract/security.ts';
import { createUser } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let robin: string;
let integration: AddedIntegration;
const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const others = generateKeyPairSync('rsa', { modulusLength: 2048 });

beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  await createUser(
    emr.context,
    { tenantId, userId: emr.adaId },
    { password, officeIds: ['harbour'], username: 'robin', displayName: 'Robin', kind: 'staff' },
  );
  [ada, robin] = [await emr.signIn('ada'), await emr.signIn('robin')];
  const made = await emr.ask(
    'POST',
    '/api/integrations',
    { name: 'Cloud Connect', officeIds: ['harbour'] },
    { cookie: ada },
  );
  expect(made.statusCode, made.body).toBe(201);
  integration = made.json<AddedIntegration>();
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
  await emr.owner.query(`update oauth_client set active = true`);
});

const claims: FixClaims = {
  cells: [
    { office: 'harbour', provider: 'abel', columns: ['Visible', 'Patient'] },
    { office: 'river', provider: 'nobody', columns: ['Visible'] },
  ],
  until: [{ office: 'harbour', provider: 'baker' }],
  offices: ['river', 'nowhere'],
  gaps: ['G-ABCDEF'],
  needs: { 'day-sheet': ['Visible', 'Patient'], 'of-tomorrow': ['Visible'] },
};
const second = { crit: [fixVersionHeader], [fixVersionHeader]: 2 };
const remove: FixClaims['remove'] = [
  { office: 'harbour', provider: 'abel', columns: ['Billing', 'Labs'], selected: true },
  { office: 'river', provider: 'nobody', columns: ['Visible'], selected: false },
];
interface Signing {
  readonly key?: KeyObject | Buffer;
  readonly alg?: string;
  readonly typ?: string;
  readonly claims?: object;
  readonly head?: Record<string, unknown>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly madeAt?: Date;
  readonly days?: number;
}
const ofSecret = (secret: string) => createHmac('sha256', sha256(secret)).update(fixRequestKeyLabel).digest();
async function sign(signing: Signing = {}): Promise<string> {
  const { key = ofSecret(integration.clientSecret!), alg = 'HS256', typ = fixRequestType } = signing;
  const at = signing.madeAt ?? emr.clock.now();
  return new SignJWT({ ...claims, ...signing.claims })
    .setProtectedHeader({ alg, typ, ...signing.head })
    .setIssuer(signing.issuer ?? integration.clientId)
    .setAudience(signing.audience ?? 'http://emr.test/fhir')
    .setJti('one')
    .setIssuedAt(at)
    .setExpirationTime(new Date(at.getTime() + (signing.days ?? 14) * 86_400_000))
    .sign(key, { crit: { [fixVersionHeader]: true, more: true } });
}
const read = async (request: string, cookie = ada) =>
  emr.ask('POST', '/api/fix-requests/read', { request }, { cookie });
const keyOf = async (request: string) => {
  const answer = await read(request);
  return answer.statusCode === 200 ? 'read' : answer.json<{ key: string }>().key.replace('fix.emr.problem.', '');
};
const matrixUrl = () => `/api/users/${integration.user.userId}/provider-permissions`;

describe('a fix request', () => {
  it('is read by the names of the clinic: what is missing, what for, and what there is not', async () => {
    await emr.grant(ada, integration.user.userId, [
      ['harbour', 'abel', columnSet('Patient')],
      ['harbour', 'baker', columnSet('Visible'), '2026-11-24'],
    ]);
    await emr.owner.query(
      `update permission_grant set access_until_day = '2026-11-20', access_until = '2026-11-21T08:00:00Z' where provider_id = 'baker'`,
    );
    const answer = await read(await sign());
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json<FixProposal>()).toEqual({
      userId: integration.user.userId,
      clientName: 'Cloud Connect',
      gaps: ['G-ABCDEF'],
      madeAt: emr.clock.now().toISOString(),
      expiresAt: new Date(emr.clock.now().getTime() + 14 * 86_400_000).toISOString(),
      schedules: [
        {
          officeId: 'harbour',
          providerId: 'abel',
          known: { officeName: 'Harbour', display: 'Dr. Test Abel' },
          cells: [
            { column: 'Patient', granted: true, features: ['day-sheet'] },
            { column: 'Visible', granted: false, features: ['day-sheet', 'of-tomorrow'] },
          ],
          removals: [],
          selected: true,
          until: null,
        },
        {
          officeId: 'river',
          providerId: 'nobody',
          known: null,
          cells: [{ column: 'Visible', granted: false, features: ['day-sheet', 'of-tomorrow'] }],
          removals: [],
          selected: true,
          until: null,
        },
        {
          officeId: 'harbour',
          providerId: 'baker',
          known: { officeName: 'Harbour', display: 'Dr. Test Baker' },
          cells: [],
          removals: [],
          selected: true,
          until: { day: '2026-11-20', isOver: true },
        },
      ],
      offices: [
        { officeId: 'river', name: 'River', member: false },
        { officeId: 'nowhere', name: null, member: false },
      ],
    });
  });

  it('to take ticks away is read with what is there still, and touches no user but the one that asks', async () => {
    const columns = columnSet('Visible', 'Patient', 'Billing');
    await emr.grant(ada, integration.user.userId, [['harbour', 'abel', columns]]);
    const request = await sign({ head: second, claims: { cells: [], until: [], offices: [], gaps: [], remove } });
    const answer = await read(request);
    expect(answer.statusCode, answer.body).toBe(200);
    const proposal = answer.json<FixProposal>();
    expect(proposal.userId).toBe(integration.user.userId);
    expect(
      proposal.schedules.map(({ providerId, known, cells, removals, selected }) => [
        providerId,
        known !== null,
        cells.length,
        removals.map(({ column, granted }) => [column, granted]),
        selected,
      ]),
    ).toEqual([
      [
        'abel',
        true,
        0,
        [
          ['Billing', true],
          ['Labs', false],
        ],
        true,
      ],
      ['nobody', false, 0, [['Visible', false]], false],
    ]);
    const { rows } = await emr.owner.query('select columns::integer as columns from permission_grant');
    expect(rows).toEqual([{ columns }]);
  });

  it('to take away is refused in whole where it contradicts itself, or is of a version that is not known here', async () => {
    const only = { cells: [], until: [], offices: [] };
    const one = (columns: string[], selected = true) => [{ office: 'harbour', provider: 'abel', columns, selected }];
    const answers: Record<string, string> = {
      whole: await keyOf(await sign({ head: second, claims: { ...only, remove } })),
      'what it needs': await keyOf(await sign({ head: second, claims: { ...only, remove: one(['Patient']) } })),
      'of nobody selected': await keyOf(
        await sign({ head: second, claims: { ...only, remove: one(['Patient'], false) } }),
      ),
      'what it asks for': await keyOf(
        await sign({ head: second, claims: { needs: {}, remove: one(['Visible'], false) } }),
      ),
      'without a version': await keyOf(await sign({ claims: { ...only, remove } })),
      'a version that nobody has to know': await keyOf(
        await sign({ head: { [fixVersionHeader]: 2 }, claims: { ...only, remove } }),
      ),
      'the third': await keyOf(await sign({ head: { crit: [fixVersionHeader], [fixVersionHeader]: 3 } })),
      'no number': await keyOf(await sign({ head: { crit: [fixVersionHeader], [fixVersionHeader]: 'all' } })),
      'more to understand': await keyOf(await sign({ head: { crit: ['more'], more: 1 } })),
      'with other content': await keyOf(await sign({ head: second, claims: { ...only, remove: [{ columns: [] }] } })),
    };
    expect(answers).toEqual({
      whole: 'read',
      'what it needs': 'contradicts',
      'of nobody selected': 'read',
      'what it asks for': 'contradicts',
      'without a version': 'unreadable',
      'a version that nobody has to know': 'unreadable',
      'the third': 'newer',
      'no number': 'newer',
      'more to understand': 'not-signed',
      'with other content': 'unreadable',
    });
  });

  it('that was granted meanwhile shows as done, however often it is read, and grants nothing by itself', async () => {
    const request = await sign();
    await emr.grant(ada, integration.user.userId, [['harbour', 'abel', 63]]);
    for (let again = 0; again < 3; again += 1) {
      const [first] = (await read(request)).json<FixProposal>().schedules;
      expect(first!.cells.every(({ granted }) => granted)).toBe(true);
    }
    await emr.grant(ada, integration.user.userId, [['harbour', 'abel', 0]]);
    expect((await read(request)).json<FixProposal>().schedules[0]!.cells[0]!.granted).toBe(false);
    expect((await emr.owner.query('select sum(columns)::integer as held from permission_grant')).rows[0].held).toBe(0);
  });

  it('is refused when it was forged, changed, expired or made for somebody else, each time by what there is to do', async () => {
    const request = await sign();
    const [head, body, signature] = request.split('.') as [string, string, string];
    const changed = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), offices: ['river', 'harbour'] }),
    ).toString('base64url');
    const plain = Buffer.from(JSON.stringify({ alg: 'none', typ: fixRequestType })).toString('base64url');
    const old = new Date(emr.clock.now().getTime() - 15 * 86_400_000);
    const ahead = new Date(emr.clock.now().getTime() + 3_600_000);
    const answers: Record<string, string> = {
      whole: await keyOf(request),
      cut: await keyOf(`${head}.${body}`),
      text: await keyOf('no request at all'),
      changed: await keyOf(`${head}.${changed}.${signature}`),
      unsigned: await keyOf(`${plain}.${body}.`),
      'another secret': await keyOf(await sign({ key: ofSecret('another secret') })),
      'the hash as secret': await keyOf(await sign({ key: sha256(integration.clientSecret!) })),
      'a key that is not registered': await keyOf(await sign({ key: others.privateKey, alg: 'RS384' })),
      'an assertion': await keyOf(await sign({ typ: 'JWT' })),
      old: await keyOf(await sign({ madeAt: old })),
      ahead: await keyOf(await sign({ madeAt: ahead })),
      'for a year': await keyOf(await sign({ days: 365 })),
      'for another EMR': await keyOf(await sign({ audience: 'http://other.test/fhir' })),
      'of another clinic': await keyOf(await sign({ issuer: '9-abc' })),
      'of no client': await keyOf(await sign({ issuer: `${tenantId}-nobody` })),
      'with other content': await keyOf(await sign({ claims: { cells: 'all' } })),
      'old and forged': await keyOf(await sign({ madeAt: old, key: ofSecret('another secret') })),
    };
    expect(answers).toEqual({
      whole: 'read',
      cut: 'unreadable',
      text: 'unreadable',
      changed: 'not-signed',
      unsigned: 'not-signed',
      'another secret': 'not-signed',
      'the hash as secret': 'not-signed',
      'a key that is not registered': 'not-signed',
      'an assertion': 'not-signed',
      old: 'expired',
      ahead: 'not-signed',
      'for a year': 'not-signed',
      'for another EMR': 'other-clinic',
      'of another clinic': 'other-clinic',
      'of no client': 'ended',
      'with other content': 'unreadable',
      'old and forged': 'not-signed',
    });
    await emr.owner.query('update oauth_client set active = false');
    expect(await keyOf(request)).toBe('ended');
  });

  it('is for administrators', async () => {
    expect((await read(await sign(), robin)).statusCode).toBe(403);
    expect((await emr.ask('POST', '/api/fix-requests/read', { request: await sign() })).statusCode).toBe(401);
  });

  it('is signed with the key where the client has one, and with the former secret for as long as that is good', async () => {
    const before = await sign();
    const rotated = await emr.ask(
      'PUT',
      `/api/integrations/${integration.user.userId}/keys`,
      { jwks: { keys: [await exportJWK(keys.publicKey)] } },
      { cookie: ada },
    );
    expect(rotated.statusCode, rotated.body).toBe(200);
    const byKey = await sign({ key: keys.privateKey, alg: 'ES384' });
    const asSecret = await sign({ key: Buffer.from(JSON.stringify(await exportJWK(keys.publicKey))) });
    const former = (until: string | null) =>
      emr.owner.query('update oauth_client set former_secret_hash = $1, former_until = $2', [
        until === null ? null : sha256(integration.clientSecret!),
        until,
      ]);
    const hour = 3_600_000;
    const now = emr.clock.now().getTime();
    const all = async () => [await keyOf(byKey), await keyOf(asSecret), await keyOf(before)];
    await former(new Date(now + hour).toISOString());
    expect(await all()).toEqual(['read', 'not-signed', 'read']);
    await former(new Date(now - hour).toISOString());
    expect(await all()).toEqual(['read', 'not-signed', 'not-signed']);
    await former(null);
    expect(await all()).toEqual(['read', 'not-signed', 'not-signed']);
  });
});

describe('saving what a request asks for', () => {
  it('makes the user belong to the offices in the same save, or does nothing at all', async () => {
    const { userId } = integration.user;
    const matrix = async () =>
      (await emr.ask('GET', matrixUrl(), undefined, { cookie: ada })).json<ProviderPermissions>();
    const memberOf = ({ offices }: ProviderPermissions) =>
      offices.filter(({ member }) => member).map(({ officeId }) => officeId);
    const save = (version: string, joinOfficeIds: string[], providerId = 'abel') =>
      emr.ask(
        'PUT',
        matrixUrl(),
        {
          changes: [{ officeId: 'river', providerId, columns: 63, accessUntilDay: null }],
          joinOfficeIds,
          reason: 'Fix request G-ABCDEF',
        },
        { cookie: ada, ifMatch: version },
      );
    const before = await matrix();
    expect(memberOf(before)).toEqual(['harbour']);
    expect((await save('9.9', ['river'])).statusCode).toBe(412);
    expect((await save(before.version, ['nowhere'])).statusCode).toBe(400);
    expect((await save(before.version, ['river'], 'nobody')).statusCode).toBe(400);
    expect(await matrix()).toEqual(before);
    const saved = await save(before.version, ['river']);
    expect(saved.statusCode, saved.body).toBe(200);
    expect(memberOf(saved.json<ProviderPermissions>())).toEqual(['harbour', 'river']);
    const { rows } = await emr.owner.query(
      `select action, after ->> 'reason' as reason from audit_event where entity_id = $1 and after ->> 'reason' is not null order by action`,
      [userId],
    );
    expect(rows).toEqual([
      { action: 'set-office-membership', reason: 'Fix request G-ABCDEF' },
      { action: 'set-provider-permissions', reason: 'Fix request G-ABCDEF' },
    ]);
    // Once more: there is nothing left to do, and it moves nothing.
    const { version } = saved.json<ProviderPermissions>();
    expect((await save(version, ['river'])).json<ProviderPermissions>().version).toBe(version);
  });
});
