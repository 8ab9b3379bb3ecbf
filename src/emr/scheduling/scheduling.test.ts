import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import type { FoundPatient } from '../contract/patients.ts';
import type { DayAppointment, MyOffice, SchedulerDay } from '../contract/scheduler.ts';
import { createUser, setOfficeMembership } from '../index.ts';
import { type Cell, createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let robin: string;
let robinId: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  ada = await emr.signIn('ada');
  const request = { username: 'robin', displayName: 'Robin', kind: 'staff' as const, password, officeIds: ['harbour'] };
  robinId = (await createUser(emr.context, { tenantId, userId: emr.adaId }, request)).userId;
  robin = await emr.signIn('robin');
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
  await emr.owner.query(`delete from appointment where appointment_id not like 'at-%'`);
  await emr.owner.query(`update appointment set status = 'booked', version_id = 1`);
  await emr.owner.query(`delete from patient_pair where patient_id <> office_id || '-' || provider_id`);
  await emr.owner.query('delete from audit_event');
});

const full = columnSet('Visible', 'Scheduling', 'Patient');
const grant = async (...cells: Cell[]) => {
  expect((await emr.grant(ada, robinId, cells)).statusCode).toBe(200);
  await emr.owner.query('delete from audit_event');
};
const dayOf = (office: string, cookie = robin, date = '2026-11-24') =>
  emr.ask('GET', `/api/scheduler/day?office=${office}&date=${date}`, undefined, { cookie });
const day = async (office: string, cookie = robin, date?: string) =>
  (await dayOf(office, cookie, date)).json<SchedulerDay>();
const patients = async (search: string, cookie = robin) =>
  (await emr.ask('POST', '/api/patients/search', { search }, { cookie })).json<FoundPatient[]>();
const booking = {
  officeId: 'harbour',
  providerId: 'abel',
  patientId: 'harbour-abel',
  date: '2026-11-24',
  start: '13:00',
  minutes: 15,
};
const book = (more: object = {}, cookie = robin, language: 'en' | 'fr' = 'en') =>
  emr.ask('POST', '/api/appointments', { ...booking, ...more }, { cookie, language });
const cancel = (id: string, version: string | undefined, cookie = robin) =>
  emr.ask('POST', `/api/appointments/${id}/cancel`, undefined, version ? { cookie, ifMatch: version } : { cookie });
const audited = async () =>
  (await emr.owner.query('select user_id, action, entity_id, before, after from audit_event order by at')).rows;
const booked = async () =>
  (await emr.owner.query(`select appointment_id from appointment where appointment_id not like 'at-%'`)).rows.length;

describe('the day', () => {
  it('shows a user nothing until a grant, then that schedule and no other: not the other office, not the other provider', async () => {
    expect((await day('harbour')).schedules).toEqual([]);
    await grant(['harbour', 'abel', full], ['river', 'baker', full]);
    const seen = await day('harbour');
    expect(seen).toMatchObject({ date: '2026-11-24', now: '10:00', office: { today: '2026-11-24' } });
    expect(seen.schedules).toEqual([
      {
        providerId: 'abel',
        display: 'Dr. Test Abel',
        bookingsWithheld: false,
        open: null,
        appointments: [
          {
            appointmentId: 'at-harbour-abel',
            version: 1,
            start: '09:00',
            end: '09:15',
            minutes: 15,
            status: 'booked',
            participation: 'needs-action',
            type: null,
            reason: null,
            reminded: null,
            again: false,
            clinicStatus: null,
            becomes: ['waitlist', 'pending', 'confirmed', 'arrived', 'checked-in', 'fulfilled', 'noshow'],
            movable: true,
            patient: { patientId: 'harbour-abel', display: 'Abel_harbour, Pat' },
          },
        ],
      },
    ]);
  });

  it('is of the offices that the user belongs to: a grant elsewhere opens nothing until he does', async () => {
    await grant(['river', 'baker', full]);
    const mine = async () => (await emr.ask('GET', '/api/offices', undefined, { cookie: robin })).json<MyOffice[]>();
    expect((await mine()).map(({ officeId }) => officeId)).toEqual(['harbour']);
    expect((await dayOf('river')).statusCode).toBe(404);
    const set = (officeIds: string[]) =>
      setOfficeMembership(emr.context, { tenantId, userId: emr.adaId }, robinId, officeIds);
    await set(['harbour', 'river']);
    expect((await day('river')).schedules.map(({ providerId }) => providerId)).toEqual(['baker']);
    expect((await day('river')).schedules[0]!.appointments[0]!.start).toBe('11:00');
    await set(['harbour']);
  });

  it('binds administrators too', async () => {
    expect((await day('harbour', ada)).schedules).toEqual([]);
  });

  it('says where Scheduling or Patient is missing, and shows then no booking and no patient', async () => {
    await grant(
      ['harbour', 'abel', columnSet('Visible', 'Patient')],
      ['harbour', 'baker', columnSet('Visible', 'Scheduling')],
    );
    const answer = await dayOf('harbour');
    expect(answer.json<SchedulerDay>().schedules).toMatchObject([
      { providerId: 'abel', bookingsWithheld: true, appointments: [] },
      { providerId: 'baker', bookingsWithheld: false, appointments: [{ patient: 'masked' }] },
    ]);
    expect(answer.body).not.toContain('Baker_');
    expect(answer.body).not.toContain('harbour-baker,');
  });

  it('shows nothing of a row without Visible, or whose last day is over', async () => {
    await grant(['harbour', 'abel', columnSet('Scheduling', 'Patient')], ['harbour', 'baker', full, '2026-11-24']);
    await emr.owner.query(`update permission_grant set access_until = now() where provider_id = 'baker'`);
    expect((await day('harbour')).schedules).toEqual([]);
    expect(await patients('pat')).toEqual([]);
  });

  it.each(['2026-02-30', '9999-12-31', 'today'])('of %s is refused as no day', async (date) => {
    expect((await dayOf('harbour', robin, date)).statusCode).toBe(400);
  });
});

describe('finding patients', () => {
  it('finds by the beginning of either name those whom the user holds Patient for, and takes signs literally', async () => {
    await grant(
      ['harbour', 'abel', columnSet('Visible', 'Patient')],
      ['harbour', 'baker', columnSet('Visible', 'Scheduling')],
    );
    expect(await patients('PAT')).toEqual([
      { patientId: 'harbour-abel', display: 'Abel_harbour, Pat', birthDate: null, chartNumber: null },
    ]);
    expect(await patients('abel_h, pa')).toHaveLength(1);
    await emr.owner.query(
      `update patient set birth_date = '1971-02-03', chart_number = 'C-77' where patient_id like 'harbour-%'`,
    );
    for (const search of ['1971-02-03', 'c-77', 'Harbour-Abel', 'abel 1971-02-03'])
      expect(await patients(search)).toMatchObject([{ patientId: 'harbour-abel', chartNumber: 'C-77' }]);
    for (const search of ['1971', '1971-02', 'c-7', 'harbour', 'abel 1971-02-04'])
      expect(await patients(search)).toEqual([]);
    for (const search of ['baker', 'bel', 'HARBOUR-BAKER', 'abelxh', '%', ''])
      expect(await patients(search)).toEqual([]);
  });
});

describe('booking', () => {
  it('makes one booking at the wall clock of the office, and audits it without a name', async () => {
    await grant(['harbour', 'abel', full]);
    const answer = await book({ type: 'Visit' });
    expect(answer.statusCode).toBe(201);
    const made = answer.json<DayAppointment>();
    expect(made).toMatchObject({ start: '13:00', end: '13:15', version: 1, status: 'booked', type: 'Visit' });
    expect((await day('harbour')).schedules[0]!.appointments[1]).toEqual(made);
    expect(await audited()).toEqual([
      {
        user_id: robinId,
        action: 'book',
        entity_id: made.appointmentId,
        before: null,
        after: {
          officeId: 'harbour',
          providerId: 'abel',
          patientId: 'harbour-abel',
          startAt: '2026-11-24T20:00:00.000Z',
          endAt: '2026-11-24T20:15:00.000Z',
          doubleBooked: false,
        },
      },
    ]);
  });

  it('without a column is refused by the names of column, office and provider, in the language of the reader', async () => {
    expect((await book()).json()).toMatchObject({
      status: 403,
      title:
        'You do not hold Scheduling, Visible for Dr. Test Abel in Harbour. An EMR administrator can grant it in Manage Security.',
      extra: {
        cells: [
          { officeId: 'harbour', providerId: 'abel', column: 'Scheduling' },
          { officeId: 'harbour', providerId: 'abel', column: 'Visible' },
        ],
        needed: ['Scheduling', 'Visible'],
        provided: [],
        manageSecurity: `http://emr.test/security?user=${robinId}&cell=harbour%2Fabel%2FVisible`,
      },
    });
    await grant(
      ['harbour', 'abel', columnSet('Visible', 'Patient')],
      ['harbour', 'baker', full],
      ['river', 'abel', full],
    );
    expect((await book()).json()).toMatchObject({ status: 403, extra: { cells: [{ column: 'Scheduling' }] } });
    expect((await book({}, robin, 'fr')).json().title).toContain('Dr. Test Abel à Harbour');
    // Granted there, but he does not belong to the office; and an id that nobody has.
    expect((await book({ officeId: 'river' })).statusCode).toBe(403);
    expect((await book({ providerId: 'zoe' })).json().title).toContain('zoe in Harbour');
    expect([await booked(), await audited()]).toEqual([0, []]);
  });

  it('of a patient whom the user cannot see is refused like one who does not exist', async () => {
    await grant(['harbour', 'abel', full]);
    const [hidden, unknown] = [await book({ patientId: 'river-baker' }), await book({ patientId: 'nobody' })];
    expect([hidden.statusCode, hidden.body]).toEqual([400, unknown.body]);
    expect(await booked()).toBe(0);
  });

  it('makes the patient known to the pair, though Patient is not held there', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', columnSet('Visible', 'Scheduling')]);
    expect((await book({ providerId: 'baker' })).json<DayAppointment>().patient).toBe('masked');
    const { rows } = await emr.owner.query(
      `select attached from patient_pair where patient_id = 'harbour-abel' and provider_id = 'baker'`,
    );
    expect(rows).toEqual([{ attached: false }]);
    expect((await book({ providerId: 'baker', start: '14:00' })).statusCode).toBe(201);
  });

  it('gives a time once, however many ask at the same moment, and twice only where it is said', async () => {
    await grant(['harbour', 'abel', full]);
    const answers = await Promise.all(['13:00', '13:03', '13:05', '13:10'].map((start) => book({ start })));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.find((answer) => answer.statusCode === 409)!.json().extra).toEqual({ overlaps: 1 });
    expect((await book({ start: '13:05', doubleBook: true })).statusCode).toBe(201);
    expect((await book({ start: '13:40' })).statusCode).toBe(201);
    expect((await audited()).map(({ after }) => after.doubleBooked)).toEqual([false, true, false]);
  });

  it('at a time that the clock skips is refused, and at one that it shows twice takes the first', async () => {
    await setOfficeMembership(emr.context, { tenantId, userId: emr.adaId }, robinId, ['harbour', 'river']);
    await grant(['river', 'abel', full]);
    const at = { officeId: 'river', patientId: 'river-abel' };
    const skipped = await book({ ...at, date: '2027-03-14', start: '02:30' });
    expect([skipped.statusCode, skipped.json().key]).toEqual([400, 'emr.problem.skipped-time']);
    expect((await book({ ...at, date: '2027-11-07', start: '01:30' })).statusCode).toBe(201);
    expect((await audited())[0].after.startAt).toBe('2027-11-07T05:30:00.000Z');
    await setOfficeMembership(emr.context, { tenantId, userId: emr.adaId }, robinId, ['harbour']);
  });
});

describe('cancelling', () => {
  const id = 'at-harbour-abel';

  it('needs the version that was seen, keeps the booking, and is audited once', async () => {
    await grant(['harbour', 'abel', full]);
    expect((await cancel(id, undefined)).statusCode).toBe(428);
    const stale = await cancel(id, '7');
    expect([stale.statusCode, stale.json().extra]).toEqual([412, { version: 1 }]);
    expect((await cancel(id, 'not a number')).statusCode).toBe(412);
    const both = await Promise.all([cancel(id, '1'), cancel(id, '1')]);
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([200, 409]);
    expect(both.find((answer) => answer.statusCode === 200)!.json()).toMatchObject({ status: 'cancelled', version: 2 });
    expect(await audited()).toMatchObject([
      {
        user_id: robinId,
        action: 'cancel',
        entity_id: id,
        before: { status: 'booked' },
        after: { status: 'cancelled' },
      },
    ]);
    const { rows } = await emr.owner.query(
      `select last_updated > now() - interval '1 minute' as moved from appointment where appointment_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ moved: true }]);
    expect((await book({ start: '09:00' })).statusCode).toBe(201);
  });

  it('of what the user does not see is not found, exactly as if there were none', async () => {
    await grant(['harbour', 'abel', columnSet('Visible', 'Patient')], ['harbour', 'baker', full]);
    const [hidden, none] = [await cancel(id, '1'), await cancel('none', '1')];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
  });

  it('of a visit that is over is refused', async () => {
    await grant(['harbour', 'abel', full]);
    await emr.owner.query(`update appointment set status = 'fulfilled' where appointment_id = $1`, [id]);
    expect((await cancel(id, '1')).json()).toMatchObject({ status: 409, key: 'emr.problem.booking-over' });
    expect(await audited()).toEqual([]);
  });
});
