// The Access Doctor against a real EMR: every single cell taken away, random masks, lapses, membership, selection, a revoked client and no
// fault at all. Each time it names the root cause, with the missing cells and no other, and what it says of features is what the need
// manifest says.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Diagnosis, Gap, WhyMissing } from '../src/connect/contract/doctor.ts';
import { columnsNeededBy, features } from '../src/connect/contract/features.ts';
import { bitOf, columnSet, columns } from '../src/fhir/columns.ts';
import { all, type Slice, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';

const providers = ['abel', 'baker', 'cho'];
const hillCho: Slice = ['hill', 'cho'];
let clinic: SyncClinic;
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 5 });
});
afterAll(() => clinic.close());
beforeEach(async () => {
  await clinic.select(providers, { features: [...features] });
  await clinic.grantAll(all);
  await clinic.sync('full');
});

const look = async () => (await clinic.askConnect('GET', '/api/doctor')).json<Diagnosis>();
/** As after an announcement of the EMR: what lacks a reading of the whole gets it. */
const hear = () => clinic.sync('recent', { cause: 'announced' });
const gapsNow = async (): Promise<readonly Gap[]> => (await look()).gaps;
const why = async ([office, provider]: Slice, feature: string) =>
  (await clinic.askConnect('GET', `/api/doctor/${office}/${provider}/${feature}`)).json<WhyMissing>();
const bump = () =>
  clinic.emr.query('update app_user set permission_version = permission_version + 1 where user_id = $1', [
    clinic.serviceId,
  ]);

test('where nothing is missing there is no gap, and every feature works everywhere', async () => {
  const { gaps, schedules, evidence, user } = await look();
  expect(gaps).toEqual([]);
  expect(schedules).toHaveLength(slices.length);
  expect(new Set(schedules.flatMap(({ states }) => Object.values(states)))).toEqual(new Set(['works']));
  expect(evidence).toMatchObject({ certainty: 'proved', ageSeconds: expect.any(Number) });
  expect(user).toBe(`OceanAPI${tenantId}`);
});

test('each single cell that is taken away is one gap of that one cell, and heals with it', {
  timeout: 180_000,
}, async () => {
  let cases = 0;
  for (const slice of slices) {
    for (const column of columns) {
      await clinic.grant(slice, all & ~bitOf[column]);
      await hear();
      const gaps = await gapsNow();
      expect(gaps).toMatchObject([
        {
          cause: 'cells',
          owner: 'emr-administrator',
          officeId: slice[0],
          providerId: slice[1],
          columns: [column],
          features: features.filter((feature) => (columnsNeededBy[feature] & bitOf[column]) !== 0),
          gates: [3],
        },
      ]);
      // Given back, it is no gap any more when the next one is.
      await clinic.grant(slice, all);
      cases += 1;
    }
  }
  await hear();
  expect(await gapsNow()).toEqual([]);
  expect(cases).toBe(24);
});

test('random masks: each schedule lacks exactly what its mask lacks, and the map says of each feature what the manifest says', {
  timeout: 120_000,
}, async () => {
  let seed = 20261126;
  const next = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let world = 0; world < 12; world += 1) {
    const masks = new Map(slices.map((slice) => [slice, Math.floor(next() * 64)]));
    for (const [slice, mask] of masks) await clinic.grant(slice, mask);
    await hear();
    const { gaps, schedules } = await look();
    const cells = gaps.filter(({ cause }) => cause === 'cells');
    for (const [[officeId, providerId], mask] of masks) {
      const gap = cells.find((one) => one.officeId === officeId && one.providerId === providerId);
      expect(columnSet(...(gap?.columns ?? []))).toBe(all & ~mask);
      const { states } = schedules.find((one) => one.officeId === officeId && one.providerId === providerId)!;
      for (const feature of features) {
        const needed = columnsNeededBy[feature];
        expect([feature, mask, states[feature]]).toEqual([
          feature,
          mask,
          (mask & needed) === needed ? 'works' : 'broken',
        ]);
      }
    }
  }
});

test('no cell is asked for that no switched-on feature needs', async () => {
  await clinic.select(providers, { features: ['provider-list', 'day-sheet'] });
  await clinic.grant(hillCho, columnSet('Visible'));
  await hear();
  expect(await gapsNow()).toMatchObject([{ columns: ['Patient', 'Scheduling'], features: ['day-sheet'] }]);
  const { schedules } = await look();
  expect(schedules.find((one) => one.officeId === 'hill' && one.providerId === 'cho')!.states).toMatchObject({
    'provider-list': 'works',
    'day-sheet': 'broken',
    balance: 'off',
  });
});

describe('what is not a matter of cells', () => {
  test('a lapsed row asks for a day and for no tick that it has; one that lapses soon is told of before', async () => {
    const until = (day: string, instant: string) =>
      clinic.emr
        .query(
          `update permission_grant set access_until_day = $1, access_until = ${instant} where office_id = 'hill' and provider_id = 'cho'`,
          [day],
        )
        .then(bump);
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await until(inDays(5), `now() + interval '5 days'`);
    await hear();
    const soon = await look();
    expect(soon.gaps).toEqual([]);
    expect(soon.lapsingSoon).toMatchObject([{ officeId: 'hill', providerId: 'cho', lastDay: inDays(5) }]);
    await until(inDays(-3), `now() - interval '2 days'`);
    await hear();
    expect(await gapsNow()).toMatchObject([
      { cause: 'expiry', providerId: 'cho', officeId: 'hill', columns: [], lapsedOn: inDays(-3), features },
    ]);
    await clinic.emr
      .query(`update permission_grant set access_until_day = null, access_until = null where office_id = 'hill'`)
      .then(bump);
    await hear();
    expect(await gapsNow()).toEqual([]);
  });

  test('an office that our user is not of is one gap, whatever the number of its schedules', async () => {
    const { rows } = await clinic.emr.query(
      `delete from office_membership where user_id = $1 and office_id = 'hill' returning *`,
      [clinic.serviceId],
    );
    await bump();
    await hear();
    expect(await gapsNow()).toMatchObject([
      { cause: 'membership', officeId: 'hill', providerId: null, columns: [], schedules: [{}, {}], gates: [2] },
    ]);
    expect((await why(['hill', 'abel'], 'day-sheet')).gates.map(({ state }) => state)).toEqual([
      ...['passes', 'fails', 'passes', 'passes', 'passes', 'unknown', 'fails', 'passes'],
    ]);
    const names = Object.keys(rows[0]!);
    await clinic.emr.query(
      `insert into office_membership (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(rows[0]!),
    );
    await bump();
    await hear();
    expect(await gapsNow()).toEqual([]);
  });

  test('who was taken out of the selection is asked about until somebody says that it is meant so, or selects him again', async () => {
    await clinic.select(['abel', 'baker'], { features: [...features] });
    // Nobody asked for him: no cell of his is missing.
    await clinic.grant(hillCho, columnSet('Visible'));
    await hear();
    expect(await gapsNow()).toMatchObject([{ cause: 'selection' }]);
    await clinic.grant(hillCho, all);
    await clinic.sync('full');
    const [gap, ...others] = await gapsNow();
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ cause: 'selection', owner: 'site-admin', providerId: 'cho', gates: [4], columns: [] });
    expect(gap!.known.bookings).toBe(10);
    expect(gap!.schedules).toHaveLength(2);
    const choose = (choice: string) => clinic.askConnect('POST', '/api/undecided-providers/cho', { choice });
    expect((await choose('select')).statusCode).toBe(204);
    await clinic.worker.drain();
    expect(await gapsNow()).toEqual([]);
    expect(await clinic.listed()).toEqual(await clinic.permitted());
    await clinic.reload();
    await clinic.select(['abel', 'baker'], { features: [...features] });
    expect((await choose('leave')).statusCode).toBe(204);
    expect(await gapsNow()).toEqual([]);
    expect((await choose('leave')).statusCode).toBe(409);
  });

  test('a client that the EMR no longer takes is one gap of the whole connection, and no outage', async () => {
    await clinic.emr.query('update oauth_client set active = false where user_id = $1', [clinic.serviceId]);
    await hear();
    expect(await gapsNow()).toMatchObject([
      { cause: 'authorisation', owner: 'emr-administrator', officeId: null, features, gates: [1] },
    ]);
    await clinic.emr.query('update oauth_client set active = true where user_id = $1', [clinic.serviceId]);
    // After a failed run announced ones rest; a person's goes at once.
    await clinic.sync('full');
    expect(await gapsNow()).toEqual([]);
  });

  test('an EMR that does not answer is told apart from one that refuses', async () => {
    clinic.proxy.mishap = () => ({ status: 503 });
    await hear();
    expect(await gapsNow()).toMatchObject([{ cause: 'unreachable', owner: 'vendor' }]);
    clinic.proxy.mishap = () => undefined;
    await clinic.sync('full');
    expect(await gapsNow()).toEqual([]);
  });
});

describe('why is this missing?', () => {
  test('the first gate that fails is the answer, with the gap; those that pass are told too', async () => {
    await clinic.grant(hillCho, columnSet('Visible', 'Billing'));
    await hear();
    const { gates, answer, state } = await why(hillCho, 'day-sheet');
    expect(state).toBe('broken');
    expect(gates.map((gate) => [gate.gate, gate.state])).toEqual([
      ...[
        [1, 'passes'],
        [2, 'passes'],
        [3, 'fails'],
        [4, 'passes'],
        [5, 'passes'],
        [6, 'unknown'],
        [7, 'fails'],
        [8, 'passes'],
      ],
    ]);
    const [gap] = await gapsNow();
    expect(gates[2]!.gapId).toBe(gap!.gapId);
    expect(answer.text).toMatch(/lacks Patient, Scheduling, EMR,? and Labs/);
    expect((await why(hillCho, 'balance')).gates.map((gate) => gate.state)).toEqual(gates.map(() => 'passes'));
  });

  test('of a schedule or feature that does not exist nothing is said', async () => {
    for (const path of ['hill/nobody/day-sheet', 'nowhere/cho/day-sheet', 'hill/cho/toaster']) {
      expect((await clinic.askConnect('GET', `/api/doctor/${path}`)).statusCode).toBe(404);
    }
  });
});
