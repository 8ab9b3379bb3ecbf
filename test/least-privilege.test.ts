// Least privilege from Cloud Connect to the EMR and back, over their own routes: what is too much is asked to go, what is saved takes nothing
// that is needed, and no gap comes of it.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Diagnosis } from '../src/connect/contract/doctor.ts';
import { type Feature, features } from '../src/connect/contract/features.ts';
import type { FixRequest, RequestFixRequest } from '../src/connect/contract/fix-requests.ts';
import type { LeastPrivilege } from '../src/connect/contract/least-privilege.ts';
import { createAnnouncementKeeper } from '../src/connect/index.ts';
import type { ImpactAnswer } from '../src/emr/contract/blast-radius.ts';
import type { FixProposal } from '../src/emr/contract/fix-requests.ts';
import type { ProviderPermissions } from '../src/emr/contract/security.ts';
import { bitOf, type Column, columnSet } from '../src/fhir/columns.ts';
import { systemClock } from '../src/platform/clock.ts';
import { randomToken, sha256 } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { all, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';
import { sealingKey } from './sync-portal.ts';

let clinic: SyncClinic;
const session = randomToken(32);
/** No balance, and no chart: Billing, EMR and Labs are too much. */
const some: Feature[] = ['provider-list', 'day-sheet', 'reminders', 'confirm'];
const everyone = ['abel', 'baker', 'cho'];
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 4 });
  await clinic.emr.query(
    `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at, second_factor_at)
     values ($1, $2, 'test', 'admin', now(), now(), now())`,
    [tenantId, sha256(session)],
  );
});
afterAll(() => clinic?.close());
beforeEach(async () => {
  await clinic.select(everyone, { features: some });
  await clinic.emr.query('delete from permission_grant');
  await clinic.grantAll(all);
  await clinic.sync('full');
});

const hear = () => clinic.sync('recent', { cause: 'announced' });
const gaps = async () => (await clinic.askConnect('GET', '/api/doctor')).json<Diagnosis>().gaps;
const privilege = async () => (await clinic.askConnect('GET', '/api/least-privilege')).json<LeastPrivilege>();
const surplus = async () =>
  (await privilege()).rows
    .filter((row) => row.surplus.length > 0)
    .map(({ officeId, providerId, surplus: columns }) => ({ officeId, providerId, columns: [...columns] }));
const request = async (asked: RequestFixRequest) => {
  const answer = await clinic.askConnect('POST', '/api/fix-requests', asked);
  expect(answer.statusCode, JSON.stringify(answer.json())).toBe(201);
  return answer.json<FixRequest>();
};
const found = async ({ fixRequestId }: FixRequest) =>
  (await clinic.askConnect('GET', `/api/fix-requests/${fixRequestId}`)).json<FixRequest>();
async function askEmr<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, version?: string): Promise<T> {
  const answer = await fetch(`${clinic.proxy.url}${path}`, {
    method,
    headers: {
      cookie: `tidegate_emr=${tenantId}.${session}`,
      origin: clinic.proxy.url,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text) as T;
}
const readAtEmr = (link: string | null) =>
  askEmr<FixProposal>('POST', '/api/fix-requests/read', { request: link!.split('#')[1] });
const permissionsPath = () => `/api/users/${clinic.serviceId}/provider-permissions`;

/** As the EMR's page does it: the ticks that are there and asked to go are cleared, and nothing else. */
async function approve({ schedules }: FixProposal, reason: string) {
  const matrix = await askEmr<ProviderPermissions>('GET', permissionsPath());
  const rows = new Map(
    matrix.offices.flatMap(({ officeId, rows: its }) => its.map((row) => [`${officeId}/${row.providerId}`, row])),
  );
  const changes = schedules.map(({ officeId, providerId, removals }) => {
    const row = rows.get(`${officeId}/${providerId}`)!;
    const gone = columnSet(...removals.map(({ column }) => column));
    return { officeId, providerId, columns: row.columns & ~gone, accessUntilDay: row.accessUntilDay };
  });
  return { changes, save: () => askEmr('PUT', permissionsPath(), { changes, reason }, matrix.version) };
}

test('what no feature needs is named with the number of its schedules, asked to go, and gone; no gap comes of it', async () => {
  const before = await privilege();
  expect(before).toMatchObject({ state: 'known', undecided: 0 });
  expect(before.columns).toEqual(
    (['Billing', 'EMR', 'Labs'] as const).map((column) => ({
      column,
      schedules: 4,
      notSelected: 0,
      text: `${column} is granted on 4 schedules and no enabled feature needs it.`,
    })),
  );
  expect(before.neededBy.Billing).toEqual([]);
  expect(before.neededBy.Patient).toEqual(['day-sheet', 'reminders', 'confirm']);
  // What was read is written down; of what nothing is written down it is not said that it was not used.
  const used = before.rows.map((row) => row.used.map(({ column, kind }) => `${column}: ${kind}`).sort());
  expect(used).toEqual(slices.map(() => ['Patient: patients', 'Scheduling: bookings', 'Visible: bookings']));
  expect(before.recordedSince).not.toBeNull();
  expect(await gaps()).toEqual([]);
  const listed = await clinic.listed();
  expect(listed.length).toBe(16);

  const made = await request({ removals: await surplus() });
  expect(made).toMatchObject({ gapIds: [], removals: { asked: 12, open: 12, needed: 0 } });
  const [head, claims] = made
    .link!.split('#')[1]!
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  expect(JSON.parse(head!)).toEqual({
    alg: 'HS256',
    typ: 'tidegate-fix+jwt',
    crit: ['tidegate-fix'],
    'tidegate-fix': 2,
  });
  expect(claims).not.toMatch(/patient-|Madeup/);
  const proposal = await readAtEmr(made.link);
  expect(proposal.userId).toBe(clinic.serviceId);
  expect(
    proposal.schedules.map(({ officeId, providerId, cells, removals }) => [
      officeId,
      providerId,
      cells.length,
      removals.map(({ column, granted }) => (granted ? column : `no ${column}`)),
    ]),
  ).toEqual(slices.map(([office, provider]) => [office, provider, 0, ['Billing', 'EMR', 'Labs']]));

  await (await approve(proposal, 'Fix request: not needed')).save();
  await hear();
  expect(await privilege()).toMatchObject({ columns: [], state: 'known' });
  expect(await gaps()).toEqual([]);
  expect(await clinic.listed()).toEqual(listed);
  expect(await found(made)).toMatchObject({ removals: { asked: 12, open: 0, needed: 0 } });
  // Read once more it says that it is done.
  const again = await readAtEmr(made.link);
  expect(again.schedules.flatMap(({ removals }) => removals).some(({ granted }) => granted)).toBe(false);
  const { rows } = await clinic.portal.query(
    `select after from audit_event where action = 'request-fix' order by at desc limit 1`,
  );
  expect(rows[0].after).toMatchObject({ gapIds: [], schedules: 4, removals: 12 });
});

test('all of a provider who is not selected is too much, and a part of it can be asked to go', async () => {
  await clinic.select(['abel', 'cho'], { features: [...features] });
  // Nobody has said yet that he is left out on purpose.
  expect(await privilege()).toMatchObject({ undecided: 1, columns: [] });
  const left = await clinic.askConnect('POST', '/api/undecided-providers/baker', { choice: 'leave' });
  expect(left.statusCode).toBeLessThan(300);
  const { columns, rows, undecided } = await privilege();
  expect(undecided).toBe(0);
  expect(
    rows.filter(({ selected }) => !selected).map(({ providerId, surplus: its }) => [providerId, its.length]),
  ).toEqual([['baker', 6]]);
  expect(columns[0]).toEqual({
    column: 'Patient',
    schedules: 1,
    notSelected: 1,
    text: 'Patient is granted on 1 schedule whose provider is not selected here.',
  });
  const made = await request({ removals: [{ officeId: 'shore', providerId: 'baker', columns: ['EMR', 'Labs'] }] });
  const proposal = await readAtEmr(made.link);
  expect(proposal.schedules).toMatchObject([{ selected: false, removals: [{ column: 'EMR' }, { column: 'Labs' }] }]);
  await (await approve(proposal, 'Not needed')).save();
  await hear();
  expect((await surplus()).map((one) => one.columns)).toEqual([['Patient', 'Scheduling', 'Billing', 'Visible']]);
});

describe('a tick that is needed', () => {
  const refusal = async (removals: RequestFixRequest['removals']) => {
    const answer = await clinic.askConnect('POST', '/api/fix-requests', { removals });
    return [answer.statusCode, answer.json<{ key: string }>().key];
  };
  const of = (...columns: Column[]) => [{ officeId: 'hill', providerId: 'abel', columns }];

  test('is asked to go by no request, nor one that is not there', async () => {
    for (const column of ['Visible', 'Scheduling', 'Patient'] as const)
      expect(await refusal(of('Billing', column)), column).toEqual([409, 'privilege.problem.not-surplus']);
    await clinic.grant(['hill', 'abel'], all & ~bitOf.Labs);
    await hear();
    expect(await refusal(of('Labs'))).toEqual([409, 'privilege.problem.not-surplus']);
    expect(await refusal([{ officeId: 'hill', providerId: 'nobody', columns: ['Labs'] }])).toEqual([
      409,
      'privilege.problem.not-surplus',
    ]);
    expect((await clinic.askConnect('POST', '/api/fix-requests', {})).statusCode).toBe(400);
    expect((await clinic.askConnect('POST', '/api/fix-requests', { removals: of() })).statusCode).toBe(400);
  });

  test('by now, though it was not when the request was made, is said in the EMR before anybody saves, and at Cloud Connect', async () => {
    // The EMR asks at the address that the subscription names.
    const keeper = createAnnouncementKeeper({
      syncUrl: clinic.syncUrl,
      sealingKey,
      clock: systemClock,
      log: createLog({ level: 'fatal', name: 'test' }),
      announceUrl: await clinic.listen(),
    });
    await keeper.drain();
    await keeper.stop();
    const made = await request({ removals: await surplus() });
    const proposal = await readAtEmr(made.link);
    const { changes } = await approve(proposal, 'Not needed');
    const impact = () =>
      askEmr<Extract<ImpactAnswer, { state: 'known' }>>('POST', `${permissionsPath()}/preview/impact`, { changes });
    expect(await impact()).toMatchObject({ state: 'known', needed: { count: 0, features: [], cells: [] } });
    await clinic.select(everyone, { features: [...some, 'balance'] });
    const { needed } = await impact();
    expect(needed).toMatchObject({ count: 4, features: ['balance'] });
    expect(needed!.cells.map(({ column }) => column)).toEqual(slices.map(() => 'Billing'));
    expect(await found(made)).toMatchObject({ link: null, removals: { asked: 12, open: 12, needed: 4 } });
    // Switched off again it is as it was.
    await clinic.select(everyone, { features: some });
    expect(await found(made)).toMatchObject({ link: made.link, removals: { needed: 0 } });
  });
});

test('a request that was kept before there were removals is read as one that asks for none', async () => {
  await clinic.grant(['hill', 'abel'], all & ~bitOf.Patient);
  await hear();
  const made = await request({ gapIds: (await gaps()).map(({ gapId }) => gapId) });
  expect(JSON.parse(Buffer.from(made.link!.split('#')[1]!.split('.')[0]!, 'base64url').toString())).toEqual({
    alg: 'HS256',
    typ: 'tidegate-fix+jwt',
  });
  await clinic.portal.query(
    `update connect.fix_request
        set asked = replace(replace(asked::text, '"why": null, ', ''), '"remove": [], ', '')::jsonb where fix_request_id = $1`,
    [made.fixRequestId],
  );
  const { rows } = await clinic.portal.query('select asked::text from connect.fix_request where fix_request_id = $1', [
    made.fixRequestId,
  ]);
  expect(rows[0].asked).not.toMatch(/remove|why/);
  expect(await found(made)).toEqual(expect.objectContaining({ ...made, now: expect.any(String) }));
  const both = await request({
    gapIds: [...made.gapIds],
    removals: [{ officeId: 'hill', providerId: 'abel', columns: ['EMR'] }],
  });
  expect((await readAtEmr(both.link)).schedules).toMatchObject([
    { cells: [{ column: 'Patient', granted: false }], removals: [{ column: 'EMR', granted: true }] },
  ]);
});
