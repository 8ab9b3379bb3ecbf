// A full sync of which the EMR says by digests what there is to read. Whatever it says and whatever has happened, the portal ends as the EMR is.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { all, inDays, type SyncClinic, slices, syncClinic, tenantId } from './sync-clinic.ts';

let clinic: SyncClinic;
const open = async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { created: 120 } });
  clinic.proxy.seen.length = 0;
};
const eachInItsOwn = () => {
  beforeEach(open);
  afterEach(() => clinic.close());
};
/** Each ends with a portal that is as the EMR is, and the next goes on from there. */
const allInOne = () => {
  beforeAll(open);
  afterEach(() => {
    clinic.proxy.mishap = () => undefined;
    clinic.proxy.seen.length = 0;
  });
  afterAll(() => clinic.close());
};

const isTrue = async () => expect(await clinic.listed()).toEqual(await clinic.permitted());
/** How often the EMR was asked for digests, whether everything was read, which schedules were, and how often it was asked after single bookings. */
/** The EMR's witnesses are asked after before anything else. */
const witnessed = () => 1 + clinic.proxy.seen.findIndex((path) => path.startsWith('/fhir/Appointment?_id='));
const asked = () => ({
  digests: clinic.proxy.seen.filter((path) => path.startsWith('/fhir/Appointment/$digest')).length,
  whole: clinic.proxy.seen.some((path) => path.startsWith('/fhir/$export')),
  singly: clinic.proxy.seen.slice(witnessed()).filter((path) => path.startsWith('/fhir/Appointment?_id=')).length,
  read: clinic.proxy.seen.flatMap(
    (path) => /Appointment\?practitioner=(\w+)&location=(\w+)/.exec(path)?.slice(1).join('-') ?? [],
  ),
});
const change = (sql: string, where: string) =>
  clinic.emr.query(
    `update appointment set ${sql}, version_id = version_id + 1, last_updated = clock_timestamp() where tenant_id = ${tenantId} and ${where}`,
  );
const turn = `status = case status when 'booked' then 'cancelled' else 'booked' end`;
const ledger = async () => {
  const { rows } = await clinic.portal.query(
    `select office_id as office, provider_id as provider, fetched, unchanged, updated, unconfirmed, outcome from connect.slice_ledger
      where run_id = (select run_id from connect.sync_run order by requested_at desc limit 1) order by 1, 2`,
  );
  return rows;
};
const freshness = async () => {
  const { rows } = await clinic.portal.query<{ at: Date }>('select matched_as_of as at from schedule order by at');
  return rows.map(({ at }) => at.getTime());
};

describe('where nothing has changed', () => {
  eachInItsOwn();

  test('nothing is read; the ledger and the freshness are those of a reading', async () => {
    const before = await freshness();
    const { rows: rowsBefore } = await clinic.portal.query(
      'select xmin::text, ctid::text from booking order by booking_id',
    );
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete',
      problem: null,
      totals: { fetched: 120, created: 0, updated: 0, unconfirmed: 0, withheld: 0 },
    });
    expect(asked()).toEqual({ digests: 1, whole: false, singly: 0, read: [] });
    expect(await ledger()).toEqual(
      slices.map(([office, provider]) => ({
        ...{ office, provider, fetched: 30, unchanged: 30, updated: 0, unconfirmed: 0, outcome: 'complete' },
      })),
    );
    const after = await freshness();
    expect(after.length).toBe(4);
    expect(after[0]!).toBeGreaterThan(before.at(-1)!);
    const { rows: rowsAfter } = await clinic.portal.query(
      'select xmin::text, ctid::text from booking order by booking_id',
    );
    expect(rowsAfter).toEqual(rowsBefore);
    await isTrue();
  });

  test('days that have passed leave the window all the same', async () => {
    await clinic.select(['abel', 'baker', 'cho'], { windowDays: 6 });
    const { totals } = await clinic.sync('full');
    expect(asked()).toEqual({ digests: 1, whole: false, singly: 0, read: [] });
    expect(totals['removed']).toBeGreaterThan(20);
    const { rows } = await clinic.portal.query(
      `select count(*) as n from booking where state in ('present', 'unconfirmed') and start_at > $1`,
      [inDays(7)],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('withheld patients are counted as a reading counts them', async () => {
    await clinic.grant(['shore', 'cho'], all - 1);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete-with-gaps', totals: { withheld: 30 } });
    expect(asked()).toMatchObject({ whole: false, read: ['cho-shore'] });
    clinic.proxy.seen.length = 0;
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      totals: { withheld: 30, fetched: 120 },
    });
    expect(asked()).toEqual({ digests: 1, whole: false, singly: 0, read: [] });
    await clinic.grant(['shore', 'cho'], all);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { withheld: 0 } });
    await isTrue();
  });
});

describe('what has changed is read, and nothing else', () => {
  allInOne();

  test.each([
    ['a booking was changed', () => change(`status = 'arrived'`, `appointment_id = 'hill-cho-3'`), ['cho-hill']],
    [
      'a booking was changed back, so that only its version tells',
      async () => {
        await change(`status = 'arrived'`, `appointment_id = 'hill-cho-3'`);
        await change(`status = 'booked'`, `appointment_id = 'hill-cho-3'`);
      },
      ['cho-hill'],
    ],
    [
      'a booking moved to another schedule',
      () => change(`office_id = 'shore'`, `appointment_id = 'hill-cho-3'`),
      ['cho-hill', 'cho-shore'],
    ],
    [
      'a booking moved by a week',
      () =>
        change(
          `start_at = start_at + interval '7 days', end_at = end_at + interval '7 days'`,
          `appointment_id = 'hill-abel-3'`,
        ),
      ['abel-hill'],
    ],
    [
      'a booking was put off beyond the window',
      () =>
        change(
          `start_at = start_at + interval '70 days', end_at = end_at + interval '70 days'`,
          `appointment_id = 'hill-abel-3'`,
        ),
      ['abel-hill'],
    ],
    [
      'one was a mistake',
      () => change(`status = 'entered-in-error'`, `appointment_id = 'shore-baker-7'`),
      ['baker-shore'],
    ],
    [
      'there is a new one',
      () =>
        clinic.emr.query(
          `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
           values (${tenantId}, 'new', 'shore', 'baker', 'patient-3', 'booked', now() + interval '3 days', now() + interval '73 hours')`,
        ),
      ['baker-shore'],
    ],
    [
      'a patient was renamed',
      () =>
        clinic.emr.query(
          `update patient set family = 'Renamed', version_id = version_id + 1 where patient_id = 'patient-35'`,
        ),
      [],
    ],
    // Bookings 30 to 39 are nobody's: patients 0 to 29 are in every schedule.
    [
      'a patient with a booking everywhere was renamed',
      () =>
        clinic.emr.query(
          `update patient set family = 'Renamed', version_id = version_id + 1 where patient_id = 'patient-5'`,
        ),
      ['abel-hill', 'baker-shore', 'cho-hill', 'cho-shore'],
    ],
    [
      'what the portal holds of a booking is not what it was given',
      () => clinic.portal.query(`update booking set status = 'noshow' where booking_id = 'hill-abel-4'`),
      ['abel-hill'],
    ],
    [
      'what the portal holds of a patient is not what it was given',
      () => clinic.portal.query(`update patient set family = 'Somebody', email = null where patient_id = 'patient-2'`),
      ['abel-hill', 'baker-shore', 'cho-hill', 'cho-shore'],
    ],
    [
      'the portal has lost a booking',
      () => clinic.portal.query(`delete from booking where booking_id = 'shore-cho-9'`),
      ['cho-shore'],
    ],
  ] as const)('%s', async (_what, happens, read) => {
    await happens();
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', problem: null });
    expect(asked()).toMatchObject({ digests: 1, whole: false });
    expect(asked().read.sort()).toEqual(read);
    await isTrue();
    const { rows } = await clinic.portal.query(
      `select patient_id from patient where family = 'Somebody' or email is null`,
    );
    expect(rows).toEqual([]);
    clinic.proxy.seen.length = 0;
    await clinic.sync('full');
    expect(asked()).toEqual({ digests: 1, whole: false, singly: 0, read: [] });
  });
});

describe('what of it is more than a change', () => {
  eachInItsOwn();

  test('what is absent is unconfirmed and stays so, its schedule is read by every run, and the guard knows how many there are', async () => {
    await clinic.emr.query(`delete from appointment where appointment_id = any ($1)`, [
      ['hill-abel-3', 'hill-abel-20'],
    ]);
    for (let run = 0; run < 2; run += 1) {
      clinic.proxy.seen.length = 0;
      expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
      expect(asked()).toEqual({ digests: 1, whole: false, singly: 1, read: ['abel-hill'] });
      expect(await clinic.countStates()).toEqual({ present: 118, unconfirmed: 2 });
    }
    // Evidence that comes later is heard.
    await clinic.emr.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, version_id, start_at, end_at)
       values (${tenantId}, 'hill-abel-3', 'hill', 'abel', 'patient-3', 'cancelled', 9, now() + interval '2 days', now() + interval '49 hours')`,
    );
    await clinic.sync('full');
    expect(await clinic.countStates()).toEqual({ present: 119, unconfirmed: 1 });
    // All of a schedule: a person has to look first, although nothing of the others was read.
    await clinic.emr.query(`delete from appointment where appointment_id like 'shore-baker-%'`);
    expect(await clinic.sync('full')).toMatchObject({
      state: 'waiting-for-decision',
      totals: { wouldBeUnconfirmed: 30 },
    });
    expect(await clinic.countStates()).toEqual({ present: 119, unconfirmed: 1 });
  });

  test('all of it is read at once where much has changed', async () => {
    await change(`status = 'arrived'`, 'true');
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 120 } });
    expect(asked()).toEqual({ digests: 1, whole: true, singly: 0, read: [] });
    await isTrue();
  });

  test('a patient whom the EMR withholds and the portal does not know is no patient who is the same', async () => {
    await clinic.emr.query(`update appointment set patient_id = 'patient-35' where appointment_id = 'hill-abel-3'`);
    await clinic.emr.query(`delete from patient_pair where patient_id = 'patient-35'`);
    await clinic.portal.query(`update booking set patient_id = 'patient-35' where booking_id = 'hill-abel-3'`);
    await clinic.sync('full');
    const { rows } = await clinic.portal.query(
      `select booking_id as id from booking where patient_masked and state = 'present'`,
    );
    expect(rows).toEqual([{ id: 'hill-abel-3' }]);
  });

  test('a schedule that came into reach is read whole', async () => {
    await clinic.grant(['hill', 'cho'], 0);
    await clinic.sync('full');
    await clinic.emr.query(
      `update patient set family = 'Meanwhile', version_id = version_id + 1 where patient_id = 'patient-5'`,
    );
    await clinic.grant(['hill', 'cho'], all);
    clinic.proxy.seen.length = 0;
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { returned: 30 } });
    expect(asked().read).toContain('cho-hill');
    await isTrue();
  });
});

describe('what an EMR says of digests', () => {
  allInOne();

  const digestsAre = (mishap: NonNullable<Awaited<ReturnType<SyncClinic['proxy']['mishap']>>>) => {
    clinic.proxy.mishap = (path) => (path.startsWith('/fhir/Appointment/$digest') ? mishap : undefined);
  };

  test('that were true of yesterday are not believed today', async () => {
    let kept: string | undefined;
    digestsAre({
      rewrite: (text) => {
        kept ??= text;
        return kept;
      },
    });
    await clinic.sync('full');
    expect(asked().whole).toBe(false);
    await change(turn, `appointment_id = 'hill-cho-3'`);
    clinic.proxy.seen.length = 0;
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 1 } });
    expect(asked()).toMatchObject({ digests: 1, whole: true });
    await isTrue();
  });

  test.each([
    ['none', { rewrite: () => '{"resourceType":"Parameters","parameter":[]}' }],
    ['the counts alone', { rewrite: (text: string) => text.replaceAll(/("valueString":")[^"]*/g, '$1') }],
    ['404', { status: 404 }],
    ['403', { status: 403 }],
    ['500', { status: 500 }],
    ['200 and nothing', { status: 200, headers: { 'content-type': 'application/fhir+json' } }],
    ['half of them', { rewrite: (text: string) => text.slice(0, text.length / 2) }],
    ['an outcome', { rewrite: () => '{"resourceType":"OperationOutcome","issue":[]}' }],
  ])('%s: everything is read', async (_what, mishap) => {
    await change(turn, `appointment_id = 'hill-cho-3'`);
    digestsAre(mishap);
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete',
      problem: null,
      totals: { updated: 1, fetched: 120 },
    });
    expect(asked()).toMatchObject({ whole: true });
    await isTrue();
  });

  test('where it does not declare them it is not asked', async () => {
    clinic.proxy.saysDigests = false;
    onTestFinished(() => {
      clinic.proxy.saysDigests = true;
    });
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { fetched: 120 } });
    expect(asked()).toMatchObject({ digests: 0, whole: true });
  });

  test('under other permissions than before and afterwards proves nothing', async () => {
    clinic.proxy.mishap = async (path) => {
      if (path.startsWith('/fhir/Appointment/$digest') && asked().digests === 1)
        await clinic.grant(['hill', 'cho'], all - 1);
      return undefined;
    };
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete-with-gaps', totals: { withheld: 30 } });
    expect(asked().digests).toBe(2);
    await isTrue();
    clinic.proxy.mishap = () => undefined;
    await clinic.grant(['hill', 'cho'], all);
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
  });

  test('what differs and cannot be read has failed, and the rest has not', async () => {
    await change(`status = 'cancelled'`, `appointment_id in ('hill-cho-4', 'shore-baker-3')`);
    clinic.proxy.mishap = (path) => (path.includes('practitioner=cho&location=hill') ? { status: 404 } : undefined);
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.slices-failed' },
    });
    expect(await ledger()).toMatchObject([
      { provider: 'abel', fetched: 30, outcome: 'complete' },
      { office: 'hill', provider: 'cho', outcome: 'failed' },
      { provider: 'baker', fetched: 30, updated: 1, outcome: 'complete' },
      { office: 'shore', provider: 'cho', fetched: 30, outcome: 'complete' },
    ]);
    clinic.proxy.mishap = () => undefined;
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
    await isTrue();
  });
});

test('a patient who changed while he was out of sight is read when a booking of his comes into view', async () => {
  await open();
  onTestFinished(() => clinic.close());
  // No booking of his is listed any more, and what is changed of him lies behind every cursor when he can be seen again.
  await change(
    `start_at = start_at + interval '70 days', end_at = end_at + interval '70 days'`,
    `patient_id = 'patient-5'`,
  );
  await clinic.sync('full');
  await clinic.emr.query(
    `update patient set family = 'Later', version_id = version_id + 1, last_updated = now() - interval '1 hour' where patient_id = 'patient-5'`,
  );
  await clinic.sync('full');
  await change(
    `start_at = now() + interval '2 days', end_at = now() + interval '49 hours'`,
    `appointment_id = 'hill-abel-5'`,
  );
  expect(await clinic.sync('recent')).toMatchObject({ state: 'complete' });
  await isTrue();
});
