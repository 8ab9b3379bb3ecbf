// The whole flow against a FHIR server that is not ours and says nothing of permissions: what it lists is shown, what it does not list
// proves nothing, and everybody is told how sure that is.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { ConnectionTest, Settings } from '../src/connect/contract/settings.ts';
import { appointment, type ForeignEmr, fillForeign, foreignEmr, pairs, perPair } from './foreign-emr.ts';
import { type SyncPortal, siteId, syncPortal } from './sync-portal.ts';

let emr: ForeignEmr;
let portal: SyncPortal;
const providers = ['abel', 'baker', 'cho'];

const open = (clientSecret = emr.clientSecret) =>
  syncPortal({
    adminUrl: inject('adminUrl'),
    emr: { baseUrl: emr.baseUrl, clientId: emr.clientId, clientSecret },
    providers,
    zone: 'America/Vancouver',
  });
beforeEach(async () => {
  emr = await foreignEmr();
  await fillForeign(emr);
  portal = await open();
});
afterEach(async () => {
  await portal.close();
  await emr.close();
});

const states = async () => {
  const { rows } = await portal.owner.query<{ state: string; n: number }>(
    'select state, count(*)::integer as n from booking group by state order by state',
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
};
const bookings = async () => {
  const { rows } = await portal.owner.query<{ id: string; state: string; status: string; patient: string }>(
    `select b.booking_id as id, b.state, b.status, p.family as patient from booking b join patient p using (site_id, connection_id, patient_id)
      where site_id = $1 order by booking_id`,
    [siteId],
  );
  return rows;
};
const find = async (id: string) => (await bookings()).find((one) => one.id === id);
const slice = async (office: string, provider: string) =>
  (await portal.status()).schedules.find((one) => one.officeId === office && one.providerId === provider)!;
const asked = (part: string) => emr.seen.filter((one) => one.includes(part));
const all = pairs.length * perPair;

test('settings, the first full run, changes and the screens, with what the server has', async () => {
  const settings = (await portal.askConnect('GET', '/api/settings')).json<Settings>();
  expect(settings).toMatchObject({ certainty: 'evidence', integrationUser: null });
  expect(settings.rosterProblem).toMatch(/does not say what our integration user may see/);
  expect(settings.providers.map(({ providerId, display, offices }) => [providerId, display, offices])).toEqual([
    ['abel', 'Dr. Ivy abel', ['Office hill']],
    ['baker', 'Dr. Ivy baker', ['Office shore']],
    ['cho', 'Dr. Ivy cho', ['Office hill']],
  ]);
  const { name, baseUrl, clientId, windowDays, intervalMinutes, features } = settings;
  const tested = await portal.askConnect('POST', '/api/settings/test', {
    ...{ name, baseUrl, clientId, windowDays, intervalMinutes, features },
    absenceIsDeletion: false,
    selectNewProviders: false,
    selectedProviderIds: providers,
  });
  expect(tested.json<ConnectionTest>()).toMatchObject({ ok: true, text: expect.stringMatching(/lists 3 providers/) });

  expect(await portal.sync('full')).toMatchObject({ state: 'complete', problem: null, totals: { created: all } });
  // Cho's patients in Shore too, where no list says that she works.
  expect(await states()).toEqual({ present: all });
  expect(await find('shore-cho-3')).toMatchObject({ patient: 'Madeup3' });
  const status = await portal.status();
  expect(status).toMatchObject({ bar: 'idle', connection: { certainty: 'evidence' }, last: { certainty: 'evidence' } });
  expect(status.connection?.certaintyText).toMatch(/nobody can tell which/);
  expect((await portal.status('fr')).connection?.certaintyText).toMatch(/^Ce DME ne dit pas/);
  expect(status.schedules.map((one) => [one.officeId, one.providerId, one.outcome, one.reason?.key])).toEqual([
    ['hill', 'abel', 'complete', 'sync.reason.by-evidence'],
    ['shore', 'baker', 'complete', 'sync.reason.by-evidence'],
    ['hill', 'cho', 'complete', 'sync.reason.by-evidence'],
    ['shore', 'cho', 'complete', 'sync.reason.by-evidence'],
  ]);

  await emr.change('hill-abel-2', { status: 'cancelled' });
  await emr.put(appointment('hill', 'abel', 12.5));
  await emr.remove('Appointment', 'hill-abel-4');
  expect(await portal.sync('recent')).toMatchObject({
    state: 'complete',
    totals: { created: 1, updated: 1, removed: 0 },
  });
  expect(await find('hill-abel-2')).toMatchObject({ status: 'cancelled' });
  expect(await find('hill-abel-4')).toMatchObject({ state: 'present' });
  expect(asked('/r4/Appointment?_lastUpdated=ge').length).toBeGreaterThan(0);
  // What it does not have is not asked for.
  for (const absent of ['$export', '_history', '$permission-coverage']) expect(asked(absent)).toEqual([]);
  expect(emr.seen.some((one) => one.includes('_offset='))).toBe(true);
  expect((await portal.page()).schedules.map(({ visibility }) => visibility)).toEqual(pairs.map(() => 'readable'));
});

describe('what it no longer lists', () => {
  beforeEach(async () => {
    await portal.sync('full');
    emr.seen.length = 0;
  });

  test('is not gone: a booking that answers 404 is unconfirmed, and its schedule says so until something else is heard', async () => {
    await emr.remove('Appointment', 'hill-abel-4');
    emr.hidden = ({ id }) => id === 'hill-abel-5';
    emr.refusal = 403;
    const reason = {
      key: 'sync.reason.silent',
      text: expect.stringMatching(/no longer gives 2 bookings .* “not found” once and “forbidden” once/),
    };
    for (const mode of ['full', 'recent', 'full'] as const) {
      expect(await portal.sync(mode)).toMatchObject({
        state: 'complete-with-gaps',
        totals: { removed: 0, visibilityLost: 0 },
      });
      expect(await states()).toEqual({ present: all - 2, unconfirmed: 2 });
      expect(await slice('hill', 'abel')).toMatchObject({ outcome: 'partly', reason, certainty: 'evidence' });
    }
    emr.hidden = () => false;
    await emr.put(appointment('hill', 'abel', 4));
    expect(await portal.sync('full')).toMatchObject({ state: 'complete' });
    expect(await states()).toEqual({ present: all });
  });

  test('be it that a Site Admin takes absence for deletion: that holds only where the EMR says what we may see', async () => {
    await portal.select(providers, { absenceIsDeletion: true });
    await emr.remove('Appointment', 'hill-abel-4');
    for (const removed of [0, 0]) expect(await portal.sync('full')).toMatchObject({ totals: { removed } });
    expect(await states()).toEqual({ present: all - 1, unconfirmed: 1 });
  });

  test('be it a whole provider: nothing of his is taken away, and a person is asked', async () => {
    emr.hidden = ({ id, resourceType }) => (resourceType === 'Appointment' ? id.includes('baker') : false);
    expect(await portal.sync('full')).toMatchObject({
      state: 'waiting-for-decision',
      totals: { wouldBeUnconfirmed: perPair },
    });
    expect(await states()).toEqual({ present: all });
    expect((await portal.status()).bar).toBe('waiting');
  });

  test('be it the provider himself: he is asked for as before, and named', async () => {
    emr.hidden = ({ id, resourceType }) => resourceType !== 'Appointment' && id.includes('baker');
    await emr.change('shore-baker-3', { status: 'arrived' });
    expect(await portal.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.provider-gone', params: { count: 1 } },
      totals: { updated: 1, visibilityLost: 0, removed: 0 },
    });
    expect(await states()).toEqual({ present: all });
    expect(await slice('shore', 'baker')).toMatchObject({ reason: { key: 'sync.reason.vanished' } });
  });

  test('be it everything: an empty answer to everything changes nothing', async () => {
    emr.hidden = () => true;
    await portal.sync('recent');
    await portal.sync('full');
    expect(await states()).toEqual({ present: all });
  });
});

describe('its tokens', () => {
  test('are asked for with a signature where a key is stored, and found by metadata where there is no SMART configuration', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    emr.publicKey = publicKey;
    emr.discovery = 'metadata';
    await portal.select(providers, { clientSecret: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() });
    expect(await portal.sync('full')).toMatchObject({ state: 'complete', totals: { created: all } });
    expect(asked('POST /token').length).toBe(1);
  });

  test('end in the middle of a run, again and again: each is renewed once, and no page is asked for anew', async () => {
    emr.tokenUses = 5;
    expect(await portal.sync('full')).toMatchObject({ state: 'complete', totals: { created: all } });
    const pages = asked('/r4/Appointment?practitioner=abel');
    expect(pages.length).toBeGreaterThan(1);
    // Of the pages that met an ended token, and of no other, there are two.
    const renewals = asked('POST /token').length - 1;
    expect(renewals).toBeGreaterThan(3);
    const reads = emr.seen.filter((one) => one.startsWith('GET /r4/') && !/metadata|well-known/.test(one));
    // Read twice by intent: the roster before and after, and all of it once more with the pair that bookings named.
    const twice = reads.length - new Set(reads).size;
    emr.tokenUses = Number.POSITIVE_INFINITY;
    const other = await open();
    try {
      emr.seen.length = 0;
      await other.sync('full');
      const calm = emr.seen.filter((one) => one.startsWith('GET /r4/') && !/metadata|well-known/.test(one));
      expect(twice - (calm.length - new Set(calm).size)).toBe(renewals);
    } finally {
      await other.close();
    }
  });

  test('are refused however fresh they are: one renewal, then the run has failed and says why', async () => {
    emr.refusesTokens = true;
    expect(await portal.sync('full')).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.token-not-accepted' },
    });
    expect(asked('POST /token').length).toBe(2);
    expect(emr.seen.length).toBeLessThanOrEqual(8);
  });
});
