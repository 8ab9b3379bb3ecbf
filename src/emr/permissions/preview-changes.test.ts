import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { allColumns, type Column, columnSet } from '../../fhir/columns.ts';
import type { BlastRadius } from '../contract/blast-radius.ts';
import { createUser } from '../index.ts';
import { type Cell, changesOf, createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let robin: string;
let robinId: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  const made = await createUser(
    emr.context,
    { tenantId, userId: emr.adaId },
    { password, officeIds: ['harbour'], username: 'robin', displayName: 'Robin', kind: 'staff' },
  );
  robinId = made.userId;
  [ada, robin] = [await emr.signIn('ada'), await emr.signIn('robin')];
  // Two bookings ahead of each pair but river's Baker, who has one; harbour's patient of Abel is also booked with river's Abel.
  await emr.owner.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
     select tenant_id, 'ahead-' || n || office_id || provider_id, office_id, provider_id, null, 'booked',
            $1::timestamptz + n * interval '1 day', $1::timestamptz + n * interval '1 day' + interval '15 minutes'
       from provider_schedule, generate_series(1, 2) n where n = 1 or office_id <> 'river' or provider_id <> 'baker'`,
    [emr.clock.now()],
  );
  await emr.owner.query(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values ($1, 'harbour-abel', 'river', 'abel')`,
    [tenantId],
  );
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
});

const url = () => `/api/users/${robinId}/provider-permissions/preview`;
const preview = async (cells: readonly Cell[], officeIds?: readonly string[]) => {
  const answer = await emr.ask('POST', url(), { changes: changesOf(cells), officeIds }, { cookie: ada });
  expect(answer.statusCode, answer.body).toBe(200);
  const { bookings, patients } = answer.json<BlastRadius>();
  return {
    bookings: [bookings.appear, bookings.disappear],
    patients: [patients.appear, patients.disappear],
  };
};
const cells = (...named: Column[]) => columnSet('Visible', ...named);

it('counts what appears: bookings from now on, and patients', async () => {
  const all = cells('Scheduling', 'Patient');
  expect(await preview([['harbour', 'abel', all]])).toEqual({ bookings: [2, 0], patients: [1, 0] });
  expect(await preview([['harbour', 'abel', cells('Scheduling')]])).toEqual({ bookings: [2, 0], patients: [0, 0] });
  expect(await preview([['harbour', 'abel', cells('Patient')]])).toEqual({ bookings: [0, 0], patients: [1, 0] });
  expect(await preview([['harbour', 'abel', columnSet('Scheduling', 'Patient')]])).toEqual({
    bookings: [0, 0],
    patients: [0, 0],
  });
  // Robin is not of this office.
  expect(await preview([['river', 'abel', all]])).toEqual({ bookings: [0, 0], patients: [0, 0] });
  expect(await preview([['river', 'abel', all]], ['harbour', 'river'])).toEqual({ bookings: [2, 0], patients: [2, 0] });
});

it('counts what disappears, and not the patient who stays visible through another schedule', async () => {
  const all = cells('Scheduling', 'Patient');
  await emr.ask('PUT', `/api/users/${robinId}/offices`, { officeIds: ['harbour', 'river'] }, { cookie: ada });
  await emr.grant(ada, robinId, [
    ['harbour', 'abel', all],
    ['river', 'abel', all],
    ['river', 'baker', all],
  ]);
  expect(await preview([['harbour', 'abel', 0]])).toEqual({ bookings: [0, 2], patients: [0, 0] });
  expect(await preview([['river', 'abel', cells('Scheduling')]])).toEqual({ bookings: [0, 0], patients: [0, 1] });
  // Both at once, one in and two out, and the one who was seen twice.
  expect(
    await preview([
      ['harbour', 'abel', 0],
      ['river', 'abel', 0],
      ['harbour', 'baker', all],
    ]),
  ).toEqual({ bookings: [2, 4], patients: [1, 2] });
  expect(await preview([], ['harbour'])).toEqual({ bookings: [0, 3], patients: [0, 2] });
  await emr.ask('PUT', `/api/users/${robinId}/offices`, { officeIds: ['harbour'] }, { cookie: ada });
});

it('leaves nothing behind: no grant, no version, no audit, no announcement', async () => {
  const facts = async () => [
    (await emr.owner.query('select * from permission_grant')).rows,
    (await emr.owner.query('select * from office_membership order by 2, 3')).rows,
    (await emr.owner.query('select permission_version from app_user order by user_id')).rows,
    (await emr.owner.query('select count(*) from audit_event')).rows,
  ];
  const before = await facts();
  expect(await preview([['river', 'abel', allColumns]], ['harbour', 'river'])).toMatchObject({ bookings: [2, 0] });
  expect(await facts()).toEqual(before);
});

it('is refused as saving would be, and to whoever may not save', async () => {
  const ask = (body: object, cookie = ada) => emr.ask('POST', url(), body, { cookie });
  expect((await ask({ changes: changesOf([['harbour', 'nobody', 1]]) })).json().key).toBe(
    'emr.problem.no-such-schedule',
  );
  expect((await ask({ changes: [], officeIds: ['nowhere'] })).json().key).toBe('emr.problem.unknown-office');
  expect((await ask({ changes: changesOf([['harbour', 'abel', 63, '2026-11-01']]) })).json().key).toBe(
    'emr.problem.access-until-passed',
  );
  expect((await ask({ changes: [] }, robin)).statusCode).toBe(403);
});

it('gives up where somebody saves for longer than it may wait', async () => {
  const lock = `select from app_user where user_id = '${robinId}' for update`;
  const counting = () => emr.ask('POST', url(), { changes: changesOf([['harbour', 'abel', 63]]) }, { cookie: ada });
  const given = await emr.owner.connect();
  try {
    await given.query('begin');
    await given.query(lock);
    const answer = await counting();
    expect([answer.statusCode, answer.json().key]).toEqual([503, 'emr.problem.preview-too-long']);
  } finally {
    await given.query('rollback');
    given.release();
  }
});
