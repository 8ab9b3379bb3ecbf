// A fix request from Cloud Connect to the EMR, over their own routes: what is asked for is what is missing, and what is saved heals it.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Diagnosis } from '../src/connect/contract/doctor.ts';
import { features } from '../src/connect/contract/features.ts';
import type { FixRequest } from '../src/connect/contract/fix-requests.ts';
import type { FixProposal } from '../src/emr/contract/fix-requests.ts';
import { bitOf } from '../src/fhir/columns.ts';
import { randomToken, sha256 } from '../src/platform/ids.ts';
import { all, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';

let clinic: SyncClinic;
const session = randomToken(32);
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 4 });
  await clinic.emr.query(
    `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at, second_factor_at)
     values ($1, $2, 'test', 'admin', now(), now(), now())`,
    [tenantId, sha256(session)],
  );
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
});
afterAll(() => clinic?.close());
beforeEach(async () => {
  await clinic.emr.query('delete from permission_grant');
  await clinic.grantAll(all);
  await clinic.sync('full');
});

const hear = () => clinic.sync('recent', { cause: 'announced' });
const diagnosis = async () => (await clinic.askConnect('GET', '/api/doctor')).json<Diagnosis>();
const gapIds = async () => (await diagnosis()).gaps.map(({ gapId }) => gapId);
const request = async (ids: readonly string[]) => {
  const answer = await clinic.askConnect('POST', '/api/fix-requests', { gapIds: ids });
  expect(answer.statusCode, JSON.stringify(answer.json())).toBe(201);
  return answer.json<FixRequest>();
};
const readAtEmr = async (link: string | null) => {
  const answer = await fetch(`${clinic.proxy.url}/api/fix-requests/read`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: `tidegate_emr=${tenantId}.${session}`,
      origin: clinic.proxy.url,
    },
    body: JSON.stringify({ request: link!.split('#')[1] }),
  });
  return { status: answer.status, body: (await answer.json()) as FixProposal & { key?: string } };
};
const missingIn = ({ schedules }: FixProposal) =>
  schedules.map(({ officeId, providerId, cells }) => [
    officeId,
    providerId,
    cells.filter(({ granted }) => !granted).map(({ column }) => column),
  ]);

test('asks for exactly the missing cells, the days that are over and the office, and the EMR reads it so', async () => {
  await clinic.grant(['hill', 'abel'], all & ~bitOf.Labs & ~bitOf.Visible);
  await clinic.grant(['hill', 'cho'], bitOf.Visible);
  await clinic.emr.query(
    `update permission_grant set access_until_day = current_date - 3, access_until = now() - interval '2 days' where provider_id = 'baker' or (provider_id = 'cho' and office_id = 'hill')`,
  );
  await clinic.emr.query(`delete from office_membership where office_id = 'shore' and user_id = $1`, [
    clinic.serviceId,
  ]);
  await clinic.emr.query('update app_user set permission_version = permission_version + 1');
  await hear();
  // Whatever the order: a schedule that two gaps are about stands there once, with what both ask for.
  const made = await request((await gapIds()).reverse());
  expect(made.link).toMatch(new RegExp(`^${clinic.proxy.url}/security/fix#ey`));
  expect(
    made.offices.map(({ officeName, membership, schedules }) => [
      officeName,
      membership,
      schedules.map(({ providerId, columns, lapsedOn }) => [providerId, columns, lapsedOn !== null]),
    ]),
  ).toEqual([
    [
      'Lantern Hill',
      false,
      [
        ['abel', ['Labs', 'Visible'], false],
        ['cho', ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs'], true],
      ],
    ],
    ['Quiet Shore', true, [['baker', [], true]]],
  ]);
  const { status, body } = await readAtEmr(made.link);
  expect(status).toBe(200);
  expect(body).toMatchObject({ userId: clinic.serviceId, gaps: made.gapIds });
  expect(missingIn(body)).toEqual([
    ['hill', 'abel', ['Labs', 'Visible']],
    ['hill', 'cho', ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs']],
    ['shore', 'baker', []],
  ]);
  expect(body.schedules[2]!.until).toMatchObject({ isOver: true });
  expect(body.offices).toEqual([{ officeId: 'shore', name: 'Quiet Shore', member: false }]);
  expect(body.schedules[0]!.cells[0]!.features).toEqual(['attachments']);

  // Nothing of a patient is in it, nor what signs it.
  const [head, claims] = made
    .link!.split('#')[1]!
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  expect(JSON.parse(head!)).toEqual({ alg: 'HS256', typ: 'tidegate-fix+jwt' });
  expect(Object.keys(JSON.parse(claims!)).sort()).toEqual(
    ['aud', 'cells', 'exp', 'gaps', 'iat', 'iss', 'jti', 'needs', 'offices', 'until'].sort(),
  );
  expect(claims).not.toMatch(/patient-|Madeup/);

  // Found again, and healed.
  expect(made.openGapIds).toEqual(made.gapIds);
  await clinic.emr.query('delete from permission_grant');
  await clinic.emr.query(`insert into office_membership (tenant_id, user_id, office_id) values ($1, $2, 'shore')`, [
    tenantId,
    clinic.serviceId,
  ]);
  await clinic.grantAll(all);
  await hear();
  const [again] = (await clinic.askConnect('GET', '/api/fix-requests')).json<FixRequest[]>();
  expect(again).toMatchObject({ fixRequestId: made.fixRequestId, link: made.link, openGapIds: [], isExpired: false });
  const now = await readAtEmr(made.link);
  expect(missingIn(now.body).every(([, , columns]) => columns!.length === 0)).toBe(true);
  const { rows } = await clinic.portal.query(
    `select after from audit_event where action = 'request-fix' order by at desc limit 1`,
  );
  expect(rows[0].after).toMatchObject({ gapIds: made.gapIds, schedules: 3 });
});

describe('is refused', () => {
  const refusal = async (ids: readonly string[]) => {
    const answer = await clinic.askConnect('POST', '/api/fix-requests', { gapIds: ids });
    return [answer.statusCode, answer.json<{ key: string }>().key];
  };

  test('of a gap that there is not, and of one that no EMR administrator can mend', async () => {
    expect(await refusal(['G-NOBODY'])).toEqual([404, 'fix.problem.no-gap']);
    await clinic.select(['abel', 'baker'], { features: [...features] });
    const { gaps } = await diagnosis();
    const selection = gaps.find(({ cause }) => cause === 'selection');
    expect(await refusal([selection!.gapId])).toEqual([409, 'fix.problem.not-theirs']);
    await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
    expect((await clinic.askConnect('GET', '/api/fix-requests/nothing')).statusCode).toBe(404);
    expect((await clinic.askConnect('POST', '/api/fix-requests', { gapIds: [] })).statusCode).toBe(400);
  });

  test('by the EMR, when its signer was given other credentials', async () => {
    await clinic.grant(['hill', 'abel'], 0);
    await hear();
    const made = await request(await gapIds());
    await clinic.emr.query(`update oauth_client set secret_hash = $1`, [sha256('another secret')]);
    expect((await readAtEmr(made.link)).body.key).toBe('fix.emr.problem.not-signed');
    await clinic.emr.query(`update oauth_client set active = false`);
    expect((await readAtEmr(made.link)).body.key).toBe('fix.emr.problem.ended');
  });
});

test('is signed with the private key where the connection has one', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES384' }] };
  await clinic.emr.query(
    `update oauth_client set active = true, auth_method = 'private_key_jwt', secret_hash = null, jwks = $1`,
    [JSON.stringify(keys)],
  );
  await clinic.grant(slices[0], 0);
  await clinic.reload();
  await clinic.select(['abel', 'baker', 'cho'], {
    features: [...features],
    clientSecret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  await clinic.sync('full');
  const made = await request(await gapIds());
  expect(JSON.parse(Buffer.from(made.link!.split('#')[1]!.split('.')[0]!, 'base64url').toString())).toMatchObject({
    alg: 'ES384',
  });
  const { status, body } = await readAtEmr(made.link);
  expect([status, missingIn(body)]).toEqual([
    200,
    [['hill', 'abel', ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible']]],
  ]);
});
