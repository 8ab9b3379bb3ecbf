// What a run makes of the portal, against what the EMR permits: two organisations over real HTTP, checked by queries of their own.
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { all, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';
import { siteId } from './sync-portal.ts';

let clinic: SyncClinic;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
});
afterEach(() => clinic.close());

const change = (sql: string, ...values: unknown[]) =>
  clinic.emr.query(
    `update appointment set ${sql}, version_id = version_id + 1, last_updated = clock_timestamp() where tenant_id = ${tenantId} and appointment_id = any ($1)`,
    values,
  );
const isTrue = async () => expect(await clinic.listed()).toEqual(await clinic.permitted());

describe('a full sync', () => {
  test('shows exactly what the EMR permits, the first time and again, and writes nothing that did not change', async () => {
    await clinic.grantAll(all);
    const first = await clinic.sync('full');
    expect(first).toMatchObject({
      state: 'complete',
      problem: null,
      totals: { fetched: 120, created: 120, updated: 0 },
    });
    await isTrue();
    expect((await clinic.listed()).length).toBe(120);
    const { rows: before } = await clinic.portal.query(
      'select xmin::text, ctid::text from booking order by booking_id',
    );
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete',
      totals: { fetched: 120, created: 0, updated: 0 },
    });
    const { rows: after } = await clinic.portal.query('select xmin::text, ctid::text from booking order by booking_id');
    expect(after).toEqual(before);
    expect((await clinic.portal.query('select from intake.staged_booking')).rowCount).toBe(0);
  });

  test('says which schedules lack what, and shows the rest', async () => {
    await clinic.grant(['hill', 'abel'], all);
    await clinic.grant(['hill', 'cho'], 32);
    await clinic.grant(['shore', 'cho'], 34);
    const run = await clinic.sync('full');
    expect(run.state).toBe('complete-with-gaps');
    await isTrue();
    const { rows } = await clinic.portal.query(
      'select office_id, provider_id, visibility, missing_columns, outcome from schedule order by office_id, provider_id',
    );
    expect(rows).toEqual([
      { office_id: 'hill', provider_id: 'abel', visibility: 'readable', missing_columns: 0, outcome: 'complete' },
      { office_id: 'hill', provider_id: 'cho', visibility: 'never', missing_columns: 3, outcome: 'cannot-be-read' },
      { office_id: 'shore', provider_id: 'baker', visibility: 'never', missing_columns: 35, outcome: 'cannot-be-read' },
      { office_id: 'shore', provider_id: 'cho', visibility: 'withheld', missing_columns: 1, outcome: 'partly' },
    ]);
    expect(run.totals).toMatchObject({ withheld: 30, fetched: 60 });
    const { rows: masked } = await clinic.portal.query('select count(*) as n from booking where patient_masked');
    expect(masked).toEqual([{ n: 30 }]);
  });

  test('ends with gaps where nothing at all is granted, and lists nothing', async () => {
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete-with-gaps', totals: { fetched: 0 } });
    expect(await clinic.listed()).toEqual([]);
  });

  test('permissions taken away: visibility is lost and nothing is cancelled; given back: all return, none twice', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    const before = await clinic.listed();
    await clinic.grant(['hill', 'cho'], 0);
    await clinic.grant(['shore', 'baker'], 32);
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      totals: { visibilityLost: 60, removed: 0 },
    });
    await isTrue();
    expect(await clinic.countStates()).toEqual({ present: 60, 'visibility-lost': 60 });
    expect((await clinic.portal.query(`select from booking where status <> 'booked'`)).rowCount).toBe(0);
    await clinic.grantAll(all);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { returned: 60, created: 0 } });
    expect(await clinic.listed()).toEqual(before);
    expect(await clinic.countStates()).toEqual({ present: 120 });
  });

  test('Patient taken away masks, and a full sync after it returned shows the patients again', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.grant(['hill', 'abel'], 62);
    await clinic.sync('full');
    await isTrue();
    expect((await clinic.listed()).length).toBe(90);
    await clinic.grant(['hill', 'abel'], all);
    await clinic.sync('full');
    await isTrue();
  });

  test.each(['full', 'recent'] as const)(
    'Patient taken away masks who is unconfirmed too, by a %s run',
    async (mode) => {
      await clinic.grantAll(all);
      await clinic.sync('full');
      await clinic.emr.query(`delete from appointment where appointment_id = 'hill-abel-4'`);
      await clinic.sync('full');
      expect((await clinic.listed()).map(({ id }) => id)).toContain('hill-abel-4');
      await clinic.grant(['hill', 'abel'], 62);
      await clinic.sync(mode);
      await isTrue();
      expect(await clinic.stateOf('hill-abel-4')).toBe('unconfirmed');
    },
  );

  test('a booking that went out of sight is not taken back to where it was before, whatever a history still shows', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await change(`office_id = 'shore'`, ['hill-cho-3']);
    await clinic.sync('recent');
    expect((await clinic.listed()).find(({ id }) => id === 'hill-cho-3')).toMatchObject({ office: 'shore' });
    await clinic.grant(['shore', 'cho'], 0);
    await clinic.sync('recent');
    expect(clinic.proxy.seen.some((path) => path.includes('Appointment/_history'))).toBe(true);
    expect(await clinic.stateOf('hill-cho-3')).toBe('visibility-lost');
    await isTrue();
  });

  test('changes, moves and cancellations are followed; a booking without evidence is unconfirmed, never deleted', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await change(`status = 'cancelled'`, ['hill-abel-1', 'hill-abel-2']);
    await change(`office_id = 'shore'`, ['hill-cho-3']);
    await change(`start_at = start_at + interval '60 days', end_at = end_at + interval '60 days'`, ['hill-abel-4']);
    await change(`status = 'entered-in-error'`, ['hill-abel-5']);
    await clinic.emr.query(`delete from appointment where appointment_id = 'shore-baker-9'`);
    const run = await clinic.sync('full');
    expect(run).toMatchObject({ state: 'complete', totals: { unconfirmed: 1, removed: 2, updated: 3 } });
    expect(await clinic.stateOf('shore-baker-9')).toBe('unconfirmed');
    expect(await clinic.stateOf('hill-abel-4')).toBe('out-of-window');
    expect(await clinic.stateOf('hill-abel-5')).toBe('deleted');
    const listed = await clinic.listed();
    expect(listed.filter((one) => one.id !== 'shore-baker-9')).toEqual(await clinic.permitted());
    await change(`start_at = start_at - interval '60 days', end_at = end_at - interval '60 days'`, ['hill-abel-4']);
    await clinic.sync('full');
    expect(await clinic.stateOf('hill-abel-4')).toBe('present');
  });

  test('a booking that the EMR says was deleted is gone at once', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.emr.query('alter table appointment enable trigger keep_deleted');
    await clinic.emr.query(`delete from appointment where appointment_id = 'shore-baker-8'`);
    await clinic.emr.query('alter table appointment disable trigger keep_deleted');
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { unconfirmed: 0, removed: 1 } });
    expect(await clinic.stateOf('shore-baker-8')).toBe('deleted');
    await isTrue();
  });

  test('a provider taken out of the settings leaves the lists at once, and comes back as he was', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    const before = await clinic.listed();
    await clinic.select(['abel', 'baker']);
    await isTrue();
    expect(await clinic.countStates()).toEqual({ present: 60, 'not-selected': 60 });
    await clinic.sync('full');
    await isTrue();
    await clinic.select(['abel', 'baker', 'cho']);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps' });
    expect((await clinic.listed()).length).toBe(60);
    await clinic.sync('full');
    expect(await clinic.listed()).toEqual(before);
  });

  test('a wider window brings more, a narrower one takes it out of the lists and keeps it', async () => {
    await clinic.grantAll(all);
    await clinic.select(['abel', 'baker', 'cho'], { windowDays: 3 });
    await clinic.sync('full');
    const few = (await clinic.listed()).length;
    expect(few).toBeLessThan(60);
    await clinic.select(['abel', 'baker', 'cho'], { windowDays: 14 });
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete' });
    await isTrue();
    await clinic.select(['abel', 'baker', 'cho'], { windowDays: 3 });
    await clinic.sync('recent');
    expect((await clinic.listed()).length).toBe(few);
    expect(await clinic.countStates()).toEqual({ present: few, 'out-of-window': 120 - few });
  });
});

describe('a recent sync', () => {
  beforeEach(async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
  });

  test('picks up what was booked, changed, moved and cancelled, with new and renamed patients', async () => {
    await clinic.emr.query(
      `insert into patient (tenant_id, patient_id, family, given) values (${tenantId}, 'newcomer', 'Neu', 'Nina');
       update patient set family = 'Renamed', version_id = version_id + 1, last_updated = clock_timestamp() where patient_id = 'patient-7';
       insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       values (${tenantId}, 'made-today', 'hill', 'abel', 'newcomer', 'booked', now() + interval '5 hours', now() + interval '6 hours');
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values (${tenantId}, 'newcomer', 'hill', 'abel')`,
    );
    await change(`status = 'cancelled'`, ['hill-abel-1']);
    await change(`office_id = 'shore'`, ['hill-cho-3']);
    await change(`start_at = start_at + interval '60 days', end_at = end_at + interval '60 days'`, ['hill-abel-4']);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { created: 1, removed: 1 } });
    await isTrue();
    expect(clinic.proxy.seen.filter((path) => path.includes('$export')).length).toBeGreaterThan(0);
    expect((await clinic.portal.query(`select from patient where family = 'Renamed'`)).rowCount).toBe(1);
  });

  test('hides at once what is no longer granted, does not heal what is granted again, and says that a full sync does', async () => {
    const before = await clinic.listed();
    await clinic.grant(['hill', 'cho'], 0);
    await clinic.grant(['shore', 'cho'], 62);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps', totals: { visibilityLost: 30 } });
    await isTrue();
    await clinic.grantAll(all);
    await change(`status = 'arrived'`, ['hill-cho-3', 'shore-cho-3']);
    for (let again = 0; again < 2; again += 1) {
      expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps' });
      expect((await clinic.listed()).length).toBe(60);
      const { rows } = await clinic.portal.query(
        `select office_id, outcome from schedule where provider_id = 'cho' order by 1`,
      );
      expect(rows).toEqual([
        { office_id: 'hill', outcome: 'needs-full' },
        { office_id: 'shore', outcome: 'partly' },
      ]);
    }
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
    await isTrue();
    expect((await clinic.listed()).length).toBe(before.length);
  });

  test('reads the days that enter the window, though their bookings were made long ago', async () => {
    await clinic.emr.query(
      `update appointment set last_updated = now() - interval '90 days', created_at = now() - interval '90 days'`,
    );
    // As if the last run had been two days ago.
    await clinic.portal.query(
      `update connect.emr_state set witnesses = '[]';
       update connect.slice_cursor set window_to = window_to - interval '4 days';
       delete from booking where start_at >= (select min(window_to) from connect.slice_cursor)`,
    );
    expect((await clinic.listed()).length).toBeLessThan(120);
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete' });
    await isTrue();
  });

  test('without any full run before it brings nothing and says so', async () => {
    await clinic.portal.query('delete from connect.slice_cursor; delete from booking');
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps' });
    expect(await clinic.listed()).toEqual([]);
  });
});

describe('the guard', () => {
  test('many bookings gone without a word change nothing, everything else is applied, and a person is asked', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.emr.query(`delete from appointment where appointment_id like 'shore-%' and appointment_id ~ '[0-4]$'`);
    await change(`status = 'arrived'`, ['hill-abel-1']);
    const run = await clinic.sync('full');
    expect(run).toMatchObject({
      state: 'waiting-for-decision',
      totals: { unconfirmed: 0, wouldBeUnconfirmed: 30, updated: 1 },
    });
    expect(await clinic.countStates()).toEqual({ present: 120 });
    expect(run.totals['preview']).toEqual([
      { officeId: 'shore', providerId: 'baker', absent: 15, known: 30 },
      { officeId: 'shore', providerId: 'cho', absent: 15, known: 30 },
    ]);
  });

  test('all of one schedule gone stops it too; a few of many do not', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.emr.query(`delete from appointment where appointment_id like 'hill-abel-1%'`);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { unconfirmed: 11 } });
    await clinic.emr.query(`delete from appointment where appointment_id like 'hill-cho-%'`);
    expect(await clinic.sync('full')).toMatchObject({ state: 'waiting-for-decision' });
    expect(await clinic.countStates()).toEqual({ present: 109, unconfirmed: 11 });
  });

  test('a day of real cancellations is no reason to stop', async () => {
    await clinic.grantAll(all);
    await clinic.sync('full');
    await clinic.emr.query(
      `update appointment set status = 'cancelled', version_id = version_id + 1, last_updated = clock_timestamp() where provider_id = 'cho'`,
    );
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 60 } });
    await isTrue();
  });
});

test('a site never sees another one', async () => {
  await clinic.grantAll(all);
  await clinic.sync('full');
  const { rows } = await clinic.portal.query('select distinct site_id as "siteId" from booking');
  expect(rows).toEqual([{ siteId }]);
  expect(slices.length).toBe(4);
});
