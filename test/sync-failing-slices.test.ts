// A schedule that cannot be read, for whatever reason, stands as it stood and says why. It stops no other and hides none.
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { SliceStatus } from '../src/connect/contract/sync.ts';
import { bundled, byPages, isOf, type Path } from './emr-faults.ts';
import type { Mishap } from './emr-proxy.ts';
import { all, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';

let clinic: SyncClinic;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  await clinic.sync('full');
  // Something changes in every schedule, so that what was read can be told from what was not.
  await clinic.emr.query(
    `update appointment set status = 'arrived', version_id = version_id + 1, last_updated = clock_timestamp()
      where appointment_id like '%-5'`,
  );
  clinic.proxy.seen.length = 0;
});
afterEach(() => clinic.close());

const of = async (office: string, provider: string): Promise<SliceStatus> =>
  (await clinic.status()).schedules.find((one) => one.officeId === office && one.providerId === provider)!;
const arrived = async () =>
  (await clinic.listed())
    .filter(({ status }) => status === 'arrived')
    .map(({ office, provider }) => `${office} ${provider}`);
const ledger = async (runId: string) => {
  const { rows } = await clinic.portal.query(
    `select office_id || ' ' || provider_id as slice, outcome, fetched, updated, unusable, problem->>'key' as problem
       from connect.slice_ledger where run_id = $1 order by 1`,
    [runId],
  );
  return rows;
};
const isTrue = async () => expect(await clinic.listed()).toEqual(await clinic.permitted());

describe('one schedule whose pages cannot be read', () => {
  test.each<[string, Mishap | (() => Promise<undefined>), string]>([
    ['is refused', { status: 403 }, 'sync.emr.forbidden'],
    ['is not found', { status: 404 }, 'sync.emr.unexpected'],
    ['fails again and again', { status: 500 }, 'sync.emr.server-error'],
    ['is no JSON', { rewrite: () => '<html>busy</html>' }, 'sync.emr.not-fhir'],
    ['is no list', bundled((bundle) => Object.assign(bundle, { entry: { resource: {} } })), 'sync.emr.not-fhir'],
    ['breaks off', { cutAfterBytes: 700 }, 'sync.emr.truncated'],
    [
      'has no end',
      bundled((bundle) => {
        const self = (bundle['link'] as { relation: string; url: string }[]).find(
          ({ relation }) => relation === 'self',
        )!;
        bundle['link'] = [self, { relation: 'next', url: self.url }];
      }),
      'sync.emr.endless',
    ],
    [
      'links to another server',
      bundled((bundle) => Object.assign(bundle, { link: [{ relation: 'next', url: 'http://elsewhere.test/fhir' }] })),
      'sync.emr.elsewhere',
    ],
  ])('because it %s', async (_how, mishap, key) => {
    clinic.proxy.mishap = byPages((path) => (isOf(path, 'hill', 'cho') ? (mishap as Mishap) : undefined));
    const before = { freshness: (await of('hill', 'cho')).matchedAsOf, cursor: await cursorOf('hill', 'cho') };
    const run = await clinic.sync('full');
    expect(run).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.slices-failed', params: { count: 1 } },
      totals: { failed: 1, updated: 3, removed: 0, unconfirmed: 0, visibilityLost: 0 },
    });
    expect(await arrived()).toEqual(['hill abel', 'shore baker', 'shore cho']);
    expect((await clinic.listed()).length).toBe(120);
    const failed = await of('hill', 'cho');
    expect(failed).toMatchObject({ outcome: 'failed', shown: 30, matchedAsOf: before.freshness });
    expect(failed.reason?.text).toMatch(/^Not read by the last run, and as it was before: /);
    expect(await cursorOf('hill', 'cho')).toEqual(before.cursor);
    expect((await clinic.status('fr')).schedules.find((one) => one.outcome === 'failed')?.reason?.text).toMatch(
      /^Non lu/,
    );
    expect((await of('hill', 'abel')).matchedAsOf! > before.freshness!).toBe(true);
    expect(await ledger(run.runId)).toEqual([
      { slice: 'hill abel', outcome: 'complete', fetched: 30, updated: 1, unusable: 0, problem: null },
      { slice: 'hill cho', outcome: 'failed', fetched: 0, updated: 0, unusable: 0, problem: key },
      { slice: 'shore baker', outcome: 'complete', fetched: 30, updated: 1, unusable: 0, problem: null },
      { slice: 'shore cho', outcome: 'complete', fetched: 30, updated: 1, unusable: 0, problem: null },
    ]);
    expect((await clinic.status()).bar).toBe('gaps');
    // The next run, of whatever kind, goes on where each stands.
    clinic.proxy.mishap = () => undefined;
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { updated: 1, failed: 0 } });
    await isTrue();
    expect(await of('hill', 'cho')).toMatchObject({ outcome: 'complete', reason: null });
  });

  const cursorOf = async (office: string, provider: string) => {
    const { rows } = await clinic.portal.query(
      'select cursor_at, window_to from connect.slice_cursor where office_id = $1 and provider_id = $2',
      [office, provider],
    );
    return rows[0];
  };

  test('at its very first run is read by the next one that comes by itself', async () => {
    await clinic.portal.query('delete from connect.slice_cursor; delete from booking; delete from schedule');
    clinic.proxy.mishap = byPages((path) => (isOf(path, 'shore', 'baker') ? { status: 404 } : undefined));
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete-with-gaps', totals: { created: 90 } });
    clinic.proxy.mishap = () => undefined;
    await clinic.sync('recent', { cause: 'interval' });
    await isTrue();
    expect((await clinic.listed()).length).toBe(120);
  });

  test('and all the others neither: the run has failed, each says why, and nothing is changed', async () => {
    const before = await clinic.listed();
    clinic.proxy.mishap = byPages((path) => (path.startsWith('/fhir/Appointment?p') ? { status: 404 } : undefined));
    const run = await clinic.sync('full');
    expect(run).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.unexpected', params: { status: 404 } } });
    expect((await ledger(run.runId)).map(({ outcome }) => outcome)).toEqual(slices.map(() => 'failed'));
    expect(await clinic.listed()).toEqual(before);
    expect((await clinic.status()).bar).toBe('failed');
    expect((await clinic.portal.query('select from intake.staged_booking')).rowCount).toBe(0);
  });

  test('while the EMR answers nothing else either ends the run at once: no storm of one request for each schedule', async () => {
    let reached = false;
    clinic.proxy.mishap = byPages((path) => {
      reached ||= path.startsWith('/fhir/Appointment?p');
      return reached ? { status: 503 } : undefined;
    });
    expect(await clinic.sync('full')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.server-error' } });
    expect(clinic.proxy.seen.filter((path) => path.startsWith('/fhir/Appointment?p')).length).toBe(4);
  });

  test('of a run of that schedule alone: it has failed, and the bar says so', async () => {
    clinic.proxy.mishap = (path) => (isOf(path, 'hill', 'cho') ? { status: 404 } : undefined);
    expect(await clinic.sync('slice', { slice: ['hill', 'cho'] })).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.unexpected' },
    });
    expect((await clinic.status()).bar).toBe('failed');
    expect((await clinic.listed()).length).toBe(120);
  });

  test('what waits for a person goes on waiting', async () => {
    await clinic.emr.query(`delete from appointment where appointment_id like 'hill-cho-%'`);
    expect(await clinic.sync('full')).toMatchObject({ state: 'waiting-for-decision' });
    clinic.proxy.mishap = byPages((path) => (isOf(path, 'hill', 'cho') ? { status: 404 } : undefined));
    await clinic.sync('full');
    expect(await clinic.status()).toMatchObject({ bar: 'gaps' });
    await clinic.sync('recent');
    expect((await of('hill', 'cho')).shown).toBe(30);
  });
});

describe('the listing of a schedule', () => {
  test('that announces more than it gives proves nothing absent', async () => {
    await clinic.emr.query(`delete from appointment where appointment_id in ('hill-cho-7', 'hill-abel-7')`);
    clinic.proxy.mishap = byPages((path) =>
      isOf(path, 'hill', 'cho') ? bundled((bundle) => Object.assign(bundle, { total: 31 })) : undefined,
    );
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      totals: { unconfirmed: 1, updated: 4 },
    });
    expect(await clinic.stateOf('hill-cho-7')).toBe('present');
    expect(await clinic.stateOf('hill-abel-7')).toBe('unconfirmed');
    expect(await of('hill', 'cho')).toMatchObject({
      outcome: 'partly',
      reason: {
        key: 'sync.reason.short',
        text: 'The EMR announced 31 bookings and gave 29. Nothing was taken for absent.',
      },
    });
  });

  test('with a booking that has no id holds nothing of it for absent, and of the others what is', async () => {
    await clinic.emr.query(`delete from appointment where appointment_id in ('hill-cho-7', 'hill-abel-7')`);
    clinic.proxy.mishap = byPages((path) =>
      isOf(path, 'hill', 'cho') ? bundled(({ entry }) => delete entry[3]!.resource['id']) : undefined,
    );
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      totals: { unconfirmed: 1, unusable: 1 },
    });
    expect(await clinic.stateOf('hill-cho-7')).toBe('present');
    expect(await clinic.stateOf('hill-abel-7')).toBe('unconfirmed');
    expect(await of('hill', 'cho')).toMatchObject({ outcome: 'partly', reason: { key: 'sync.reason.nameless' } });
  });
});

describe('a booking that cannot be used', () => {
  const broken: readonly [string, (booking: Record<string, unknown>) => void][] = [
    ['a start that is none', (one) => (one['start'] = 'next Tuesday')],
    ['no participants', (one) => delete one['participant']],
    ['a participant that is null', (one) => (one['participant'] = [null])],
    ['words where a list belongs', (one) => (one['participant'] = 'Dr. Cho')],
  ];
  test.each(broken)('for %s is counted and named with its schedule, and the rest is applied', async (_how, breakIt) => {
    let isBroken = true;
    const breaking: Path = (path) =>
      isBroken && (isOf(path, 'hill', 'cho') || path.includes('_history'))
        ? bundled(({ entry }) => {
            for (const { resource } of entry) if (resource['id'] === 'hill-cho-5') breakIt(resource);
          })
        : undefined;
    clinic.proxy.mishap = byPages(breaking);
    const run = await clinic.sync('full');
    const reason = {
      key: 'sync.reason.unusable',
      text: 'One booking came in a form that cannot be used (hill-cho-5). What was known of it stays as it was.',
    };
    expect(run).toMatchObject({ state: 'complete-with-gaps', totals: { unusable: 1, updated: 3, unconfirmed: 0 } });
    expect(await ledger(run.runId)).toContainEqual({
      slice: 'hill cho',
      outcome: 'partly',
      fetched: 29,
      updated: 0,
      unusable: 1,
      problem: 'sync.reason.unusable',
    });
    expect(await of('hill', 'cho')).toMatchObject({ outcome: 'partly', reason });
    expect((await clinic.listed()).find(({ id }) => id === 'hill-cho-5')).toMatchObject({ status: 'booked' });
    // A later run that does not hear of it again has not mended it.
    await clinic.portal.query(`update connect.slice_cursor set cursor_at = now()`);
    for (const table of ['appointment', 'appointment_version']) {
      await clinic.emr.query(
        `update ${table} set last_updated = now() - interval '1 hour' where appointment_id = 'hill-cho-5'`,
      );
    }
    await clinic.portal.query(`update connect.emr_state set witnesses = '[]'`);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps', totals: { unusable: 0 } });
    expect(await of('hill', 'cho')).toMatchObject({ outcome: 'partly', reason });
    isBroken = false;
    await clinic.emr.query(
      `update appointment set status = 'fulfilled', version_id = version_id + 1, last_updated = clock_timestamp() where appointment_id = 'hill-cho-5'`,
    );
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete' });
    expect(await of('hill', 'cho')).toMatchObject({ outcome: 'complete', reason: null });
    await isTrue();
  });
});

describe('patients', () => {
  const stranger = (id: string, office: string, provider: string) =>
    clinic.emr.query(
      `insert into patient (tenant_id, patient_id, family, given) values ($1, $2, 'Neu', 'Nina');`.replaceAll(
        /\$1|\$2/g,
        (p) => (p === '$1' ? String(tenantId) : `'${id}'`),
      ) +
        `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
         values (${tenantId}, 'of-${id}', '${office}', '${provider}', '${id}', 'booked', now() + interval '5 hours', now() + interval '6 hours');
         insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values (${tenantId}, '${id}', '${office}', '${provider}')`,
    );

  test('that cannot be read as a whole are read by their ids', async () => {
    await stranger('newcomer', 'hill', 'abel');
    clinic.proxy.saysDigests = false;
    clinic.proxy.mishap = (path) => (path.includes('Patient.ndjson') ? { status: 500 } : undefined);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { created: 1, updated: 4 } });
    await isTrue();
  });

  test('who cannot be asked for stop the schedules that name them, whose bookings are not shown without them', async () => {
    await stranger('newcomer', 'hill', 'abel');
    clinic.proxy.mishap = byPages((path) =>
      path.startsWith('/fhir/Patient?_count') || path.includes('newcomer') ? { status: 500 } : undefined,
    );
    await clinic.emr.query('delete from appointment where appointment_id = $1', ['hill-abel-9']);
    const run = await clinic.sync('full');
    expect(run).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.slices-failed' },
      totals: { created: 0 },
    });
    expect(await clinic.stateOf('of-newcomer')).toBeUndefined();
    expect(await clinic.stateOf('hill-abel-9')).toBe('present');
    expect(await of('hill', 'abel')).toMatchObject({ outcome: 'failed' });
    clinic.proxy.mishap = byPages();
    await clinic.sync('recent');
    expect(await clinic.stateOf('of-newcomer')).toBe('present');
  });

  test('whose changes cannot be read leave a recent run where it was: whom they renamed would be found by nobody', async () => {
    const before = await clinic.listed();
    clinic.proxy.mishap = (path) => (path.startsWith('/fhir/Patient?_lastUpdated') ? { status: 404 } : undefined);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.unexpected' } });
    expect(await clinic.listed()).toEqual(before);
    clinic.proxy.mishap = () => undefined;
    await clinic.sync('recent');
    await isTrue();
  });
});

test('where absent bookings have gone cannot be asked: their schedules lose none, and the others are applied', async () => {
  await clinic.emr.query(`delete from appointment where appointment_id = 'hill-cho-7'`);
  clinic.proxy.mishap = (path) => (path.includes('_id=hill-cho-7') ? { status: 404 } : undefined);
  expect(await clinic.sync('full')).toMatchObject({
    state: 'complete-with-gaps',
    totals: { unconfirmed: 0, updated: 4 },
  });
  expect(await clinic.stateOf('hill-cho-7')).toBe('present');
  expect(await of('hill', 'cho')).toMatchObject({ outcome: 'partly', reason: { key: 'sync.emr.unexpected' } });
  expect(await of('hill', 'abel')).toMatchObject({ outcome: 'complete' });
});

describe('a run by pages that is taken over', () => {
  test('reads what was not read, and tries again what failed', async () => {
    let takenOver = false;
    clinic.proxy.mishap = byPages(async (path) => {
      if (takenOver) return undefined;
      if (isOf(path, 'hill', 'abel')) return { status: 404 };
      if (isOf(path, 'shore', 'baker')) {
        takenOver = true;
        await clinic.portal.query(
          `update connect.sync_run set lease_owner = 'another', lease_until = now() - interval '1 hour' where state = 'running'`,
        );
      }
      return undefined;
    });
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 4, failed: 0 } });
    const asked = slices.map(
      ([office, provider]) => clinic.proxy.seen.filter((path) => isOf(path, office, provider)).length,
    );
    // Abel failed once, Cho at the hill was staged by the first worker and not asked again, Baker's page came to nobody.
    expect(asked).toEqual([2, 1, 2, 1]);
    await isTrue();
  });
});
