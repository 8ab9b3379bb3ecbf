import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PatientPanel } from '../contract/patient-panel.ts';
import type { PatientsPage } from '../contract/patients.ts';
import { asSite } from '../index.ts';
import { createTestPortal, harbour, island, people, type TestPortal } from '../test-portal.ts';

let portal: TestPortal;
let jo: string;
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  await fill(harbour, 'h');
  await fill(island, 'i');
  jo = await portal.signIn(people.jo);
});
afterAll(() => portal?.close());

const day = '2026-11-24';

/** Four schedules in two zones; of each pair one booking in each state, at a time of its own; ids begin with the site's letter. */
async function fill(siteId: number, letter: string): Promise<void> {
  const { owner } = portal;
  await owner.query(
    `insert into office (site_id, connection_id, office_id, name, zone)
     select $1, 'c', id, name, zone from (values ('hill', 'Lantern Hill', 'America/Vancouver'), ('plain', 'Plain', 'America/Toronto')) o (id, name, zone)`,
    [siteId],
  );
  await owner.query(
    `insert into provider (site_id, connection_id, provider_id, display)
     select $1, 'c', id, 'Dr. ' || initcap(id) from unnest(array['abel', 'baker', 'cho', 'dara']) id`,
    [siteId],
  );
  await owner.query(
    `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, missing_columns, lapsed_on, matched_as_of, outcome)
     values ($1, 'c', 'hill', 'abel', true, 'readable', '2026-11-01T08:00:00Z', 0, null, '2026-11-24T16:59:07Z', 'complete'),
            ($1, 'c', 'plain', 'abel', true, 'withheld', '2026-11-01T08:00:00Z', 1, null, '2026-11-24T16:59:07Z', 'partly'),
            ($1, 'c', 'hill', 'baker', true, 'lost', '2026-11-10T16:06:00Z', 3, '2026-11-09', '2026-11-10T16:00:00Z', 'cannot-be-read'),
            ($1, 'c', 'hill', 'cho', true, 'never', '2026-11-01T08:00:00Z', 63, null, null, 'cannot-be-read'),
            ($1, 'c', 'hill', 'dara', false, 'readable', '2026-11-01T08:00:00Z', 0, null, '2026-11-24T16:59:07Z', 'not-selected')`,
    [siteId],
  );
  await owner.query(
    `insert into patient (site_id, connection_id, patient_id, family, given, birth_date, chart_number, emr_version)
     values ($1, 'c', $2 || '-p1', 'Madeup', 'Mara', '1988-02-29', 'C100', '1'),
            ($1, 'c', $2 || '-p2', 'Élan_factice', 'Théo', null, 'C%0', '1'),
            ($1, 'c', $2 || '-p3', 'Madely', 'Mo', '1990-01-01', null, '1')`,
    [siteId, letter],
  );
  // British Columbia has stayed seven hours behind UTC since March 2026: 08:00 at Lantern Hill is 15:00Z.
  const bookings: readonly (readonly [
    id: string,
    office: string,
    provider: string,
    patient: string | null,
    start: string,
    state: string,
    masked?: boolean,
  ])[] = [
    ['present', 'hill', 'abel', 'p1', '15:00', 'present'],
    ['second', 'hill', 'abel', 'p2', '15:00', 'present'],
    ['unconfirmed', 'hill', 'abel', 'p3', '15:30', 'unconfirmed'],
    ['blocked', 'hill', 'abel', null, '15:45', 'present'],
    ['undescribed', 'hill', 'abel', 'p9', '16:00', 'present'],
    ['deleted', 'hill', 'abel', 'p1', '17:15', 'deleted'],
    ['outside', 'hill', 'abel', 'p1', '17:30', 'out-of-window'],
    ['masked', 'plain', 'abel', 'p1', '15:00', 'present', true],
    ['lost', 'hill', 'baker', 'p1', '18:00', 'visibility-lost'],
    ['unselected', 'hill', 'dara', 'p1', '18:00', 'not-selected'],
  ];
  const column = (nth: number) => bookings.map((one) => one[nth] ?? null);
  await owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                          type_text, start_at, end_at, emr_version, emr_last_updated, state, state_since)
     select $1, 'c', $2 || '-' || id, office, provider, $2 || '-' || patient, coalesce(masked, false), 'booked', 'accepted', 'Recheck',
            ('${day}T' || start || 'Z')::timestamptz, ('${day}T' || start || 'Z')::timestamptz + interval '15 minutes', '1', now(), state, now()
       from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
            as b (id, office, provider, patient, start, state, masked)`,
    [siteId, letter, column(0), column(1), column(2), column(3), column(4), column(5), column(6)],
  );
  // Midnight to midnight is not the same pair of instants in the two offices: 06:30Z is still the 23rd at Lantern Hill.
  await owner.query(
    `insert into booking select site_id, connection_id, booking_id || '-late', office_id, provider_id, patient_id, false, status, participation,
            type_text, '2026-11-24T06:30:00Z', '2026-11-24T06:45:00Z', '1', now(), 'present', now()
       from booking where site_id = $1 and booking_id in ($2 || '-present', $2 || '-masked')`,
    [siteId, letter],
  );
  await owner.query(
    `insert into booking select site_id, connection_id, booking_id || '-error', office_id, provider_id, patient_id, false, 'entered-in-error',
            participation, type_text, start_at, end_at, '1', now(), 'present', now()
       from booking where site_id = $1 and booking_id = $2 || '-present'`,
    [siteId, letter],
  );
}

const page = (query = '', cookie = jo) => portal.get<PatientsPage>(`/api/patients?${query}`, cookie);
const idsOf = ({ bookings }: PatientsPage) => bookings.map((row) => row.bookingId);
const listed = ['h-masked-late', 'h-present', 'h-second', 'h-unconfirmed', 'h-blocked', 'h-undescribed'];
const scheduleOf = ({ schedules }: PatientsPage, office: string, provider: string) =>
  schedules.find((one) => one.officeId === office && one.providerId === provider);

describe('the Patients page', () => {
  it('lists present and unconfirmed bookings of the site’s today in each office’s own day, and no other', async () => {
    const today = await page();
    expect(today).toMatchObject({ date: day, today: day, zone: 'America/Vancouver', next: null });
    expect(idsOf(today)).toEqual(listed);
    expect(idsOf(await page('date=2026-11-23'))).toEqual(['h-present-late']);
  });

  it('shows times of the office, the patient where there is one, and marks what is unconfirmed', async () => {
    const { bookings } = await page();
    expect(bookings[0]).toMatchObject({ officeId: 'plain', start: '01:30', end: '01:45' });
    expect(bookings[1]).toEqual({
      bookingId: 'h-present',
      officeId: 'hill',
      providerId: 'abel',
      start: '08:00',
      end: '08:15',
      patient: { patientId: 'h-p1', display: 'Mara Madeup', birthDate: '1988-02-29' },
      type: 'Recheck',
      status: 'booked',
      participation: 'accepted',
      unconfirmed: false,
      message: 'none',
      version: '1',
      writeBack: null,
      acts: ['mark-arrived', 'cancel'],
      // It has begun.
      linkable: false,
    });
    expect(bookings.map((row) => row.unconfirmed)).toEqual([false, false, false, true, false, false]);
    expect(bookings.find((row) => row.bookingId === 'h-blocked')?.patient).toBeNull();
    expect(bookings.find((row) => row.bookingId === 'h-undescribed')?.patient?.display).toBe('h-p9');
  });

  it('says of each schedule how well it is known, and never a number that is not', async () => {
    const today = await page();
    expect(scheduleOf(today, 'hill', 'abel')).toEqual({
      officeId: 'hill',
      officeName: 'Lantern Hill',
      providerId: 'abel',
      providerDisplay: 'Dr. Abel',
      visibility: 'readable',
      visibilitySince: '2026-11-01 01:00:00',
      missingColumns: 0,
      lapsedOn: null,
      gapIds: [],
      matchedAsOf: '2026-11-24 09:59:07',
      outcome: 'complete',
      count: 5,
      keptInvisible: 0,
      withheld: 0,
    });
    expect(scheduleOf(today, 'plain', 'abel')).toMatchObject({ visibility: 'withheld', count: 1, withheld: 1 });
    expect(scheduleOf(today, 'hill', 'baker')).toMatchObject({
      visibility: 'lost',
      visibilitySince: '2026-11-10 09:06:00',
      lapsedOn: '2026-11-09',
      count: null,
      keptInvisible: 1,
    });
    expect(scheduleOf(today, 'hill', 'cho')).toMatchObject({ visibility: 'never', count: null, matchedAsOf: null });
    expect(scheduleOf(today, 'hill', 'dara')).toMatchObject({ outcome: 'not-selected', count: null });
  });

  it('says nothing of a patient whose booking is not listed', async () => {
    const text = JSON.stringify(await page('provider=baker&provider=cho&provider=dara'));
    expect(text).not.toMatch(/Madeup|1988|h-p1|h-lost|h-unselected/);
    expect(JSON.stringify(await page('search=h-lost'))).not.toMatch(/Madeup/);
  });

  it('gives the same rows in pages of one and of five as in one', async () => {
    for (const limit of [1, 5]) {
      const found: string[] = [];
      let after = '';
      let pages = 0;
      do {
        const one = await page(`limit=${limit}${after && `&after=${after}`}`);
        found.push(...idsOf(one));
        after = one.next ?? '';
        pages += 1;
      } while (after);
      expect(found).toEqual(listed);
      expect(pages).toBe(Math.ceil(listed.length / limit));
    }
  });

  it('filters by office and by several providers, and keeps counting the providers that are not chosen', async () => {
    expect(idsOf(await page('office=plain'))).toEqual(['h-masked-late']);
    const some = await page('provider=baker&provider=cho');
    expect(idsOf(some)).toEqual([]);
    expect(scheduleOf(some, 'hill', 'abel')?.count).toBe(5);
    expect(scheduleOf(await page('office=plain'), 'hill', 'abel')?.count).toBe(0);
  });

  it('searches by the beginning of a surname and by whole ids, and takes the signs of LIKE literally', async () => {
    const found = async (search: string) => idsOf(await page(`search=${encodeURIComponent(search)}`));
    expect(await found('made')).toEqual(['h-masked-late', 'h-present', 'h-unconfirmed']);
    expect(await found('MADEU')).toEqual(['h-masked-late', 'h-present']);
    expect(await found('élan_')).toEqual(['h-second']);
    expect(await found('h-unconfirmed')).toEqual(['h-unconfirmed']);
    expect(await found('h-p2')).toEqual(['h-second']);
    expect(await found('C%0')).toEqual(['h-second']);
    for (const nothing of ['%', '_adeup', 'm%p', '\\', 'adeup', 'C1']) expect(await found(nothing)).toEqual([]);
    expect(await found('  ')).toEqual(listed);
    expect(scheduleOf(await page('search=made'), 'hill', 'abel')?.count).toBe(2);
  });

  it('refuses a place in the list that it did not give, and a day that does not exist', async () => {
    for (const query of ['after=xyz', 'date=2026-02-30', 'limit=0', 'limit=501']) {
      const answer = await portal.app.inject({ url: `/api/patients?${query}`, headers: { cookie: jo } });
      expect([query, answer.statusCode]).toEqual([query, 400]);
    }
  });

  it('tells cheaply whether there is something new', async () => {
    const { revision } = await page();
    expect(await portal.get('/api/revision', jo)).toEqual({ revision });
    await portal.owner.query('update site set data_revision = data_revision + 1 where site_id = $1', [harbour]);
    expect(await portal.get('/api/revision', jo)).toEqual({ revision: revision + 1 });
  });
});

it('the Day Sheet is the whole day in one answer', async () => {
  const sheet = await portal.get<PatientsPage>('/api/day-sheet?limit=1&provider=abel', jo);
  expect(idsOf(sheet)).toEqual(listed);
  expect(sheet.next).toBeNull();
});

describe('a site', () => {
  it('is the session’s, whatever the request says', async () => {
    const islander = await portal.signIn(people.both, island);
    expect(idsOf(await page('', islander)).every((id) => id.startsWith('i-'))).toBe(true);
    expect(idsOf(await page(`siteId=${island}&site_id=${island}`))).toEqual(listed);
    expect(idsOf(await page('search=i-present'))).toEqual([]);
  });

  it('is kept apart by the database too, when a statement forgets to', async () => {
    const count = (tx: { query: TestPortal['owner']['query'] }) =>
      tx.query<{ site: number }>('select distinct site_id as site from booking').then(({ rows }) => rows);
    expect(await asSite(portal.context.pool, harbour, (tx) => count(tx))).toEqual([{ site: harbour }]);
    expect(await count(portal.context.pool)).toEqual([]);
    expect(await count(portal.owner)).toHaveLength(2);
  });

  it('is nobody’s without a session', async () => {
    for (const url of ['/api/patients', '/api/day-sheet', '/api/revision', '/api/me']) {
      expect([url, (await portal.app.inject(url)).statusCode]).toEqual([url, 401]);
    }
  });
});

describe('the panel of a patient', () => {
  const panelOf = (bookingId: string) =>
    portal.app.inject({ url: `/api/bookings/${bookingId}/patient`, headers: { cookie: jo } });

  it('shows whom a listed booking is of, with his appointments that are listed and no others', async () => {
    const panel = await portal.get<PatientPanel>('/api/bookings/h-present/patient', jo);
    expect(panel).toMatchObject({ patientId: 'h-p1', display: 'Mara Madeup', birthDate: '1988-02-29', next: null });
    expect(panel.appointments.map(({ bookingId }) => bookingId)).toEqual([
      'h-present',
      'h-present-late',
      'h-masked-late',
    ]);
  });

  it('is not there for a booking that is hidden, lost, deleted, of another site, or that never was', async () => {
    const absent = [
      'h-masked',
      'h-lost',
      'h-unselected',
      'h-deleted',
      'h-outside',
      'h-present-error',
      'i-present',
      'never',
    ];
    const answers = await Promise.all(absent.map(async (id) => (await panelOf(id)).json()));
    const [first, ...rest] = answers.map(({ requestId: _, ...said }: Record<string, unknown>) => said);
    expect(first).toMatchObject({ status: 404 });
    for (const one of rest) expect(one).toEqual(first);
    expect(rest.length).toBe(absent.length - 1);
  });
});

describe('the day as a file', () => {
  it('has a line for each booking that is listed, and is on record', async () => {
    const answer = await portal.app.inject({ url: '/api/patients.csv', headers: { cookie: jo } });
    expect(answer.headers['content-type']).toContain('text/csv');
    const lines = answer.body.trim().split('\r\n');
    expect(lines.slice(1).map((line: string) => listed.find((id) => line.split(',').includes(id)))).toEqual(listed);
  });
});

it('Synchronize Appointments says so where no EMR is connected', async () => {
  const headers = { cookie: jo, host: 'portal.test', origin: 'http://portal.test' };
  const answer = await portal.app.inject({ method: 'POST', url: '/api/synchronize', headers });
  expect(answer.json()).toMatchObject({ status: 409, key: 'sync.problem.no-connection' });
});
