// Moving, copying and what a booking becomes, by the pair that is named and the pair that it is on; and the week by the clock of the office.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import type { AppointmentStatusesRequest, DayAppointment, SchedulerDay, SchedulerWeek } from '../contract/scheduler.ts';
import { createUser } from '../index.ts';
import { type Cell, createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let robin: string;
let robinId: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  ada = await emr.signIn('ada');
  const officeIds = ['harbour', 'river'];
  const request = { username: 'robin', displayName: 'Robin', kind: 'staff' as const, password, officeIds };
  robinId = (await createUser(emr.context, { tenantId, userId: emr.adaId }, request)).userId;
  robin = await emr.signIn('robin');
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
  await emr.owner.query(`delete from appointment where appointment_id not like 'at-%'`);
  await emr.owner.query(
    `update appointment set status = 'booked', participation = 'needs-action', version_id = 1, clinic_status = null,
            office_id = split_part(appointment_id, '-', 2), provider_id = split_part(appointment_id, '-', 3),
            start_at = '2026-11-24T16:00Z', end_at = '2026-11-24T16:15Z'`,
  );
  await emr.owner.query('delete from appointment_version');
  await emr.owner.query(`delete from patient_pair where patient_id <> office_id || '-' || provider_id`);
  await emr.owner.query('delete from audit_event');
});

const full = columnSet('Visible', 'Scheduling', 'Patient');
const blind = columnSet('Visible', 'Scheduling');
const grant = async (...cells: Cell[]) => {
  expect((await emr.grant(ada, robinId, cells)).statusCode).toBe(200);
  await emr.owner.query('delete from audit_event');
};
const id = 'at-harbour-abel';
const place = { officeId: 'harbour', providerId: 'abel', date: '2026-11-25', start: '13:00', minutes: 20 };
const move = (to: object = {}, { version = '1', of = id } = {}) =>
  emr.ask('POST', `/api/appointments/${of}/move`, { ...place, ...to }, { cookie: robin, ifMatch: version });
const copy = (to: object = {}, of = id) =>
  emr.ask('POST', `/api/appointments/${of}/copy`, { ...place, ...to }, { cookie: robin });
const set = (to: object, version: number | string = 1, of = id) =>
  emr.ask('POST', `/api/appointments/${of}/state`, to, { cookie: robin, ifMatch: String(version) });
const stored = async (of = id) =>
  (
    await emr.owner.query(
      `select office_id, provider_id, status, participation, clinic_status, version_id, start_at from appointment where appointment_id = $1`,
      [of],
    )
  ).rows[0];
const audited = async () => (await emr.owner.query('select action, entity_id from audit_event order by at')).rows;

describe('moving', () => {
  it('keeps the id, takes the place of the clock there, and leaves the confirmation with the time before', async () => {
    await grant(['harbour', 'abel', full], ['river', 'baker', full]);
    await emr.owner.query(`update appointment set participation = 'accepted' where appointment_id = $1`, [id]);
    const answer = await move({ officeId: 'river', providerId: 'baker', start: '08:30' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      { appointmentId: id, version: 2, start: '08:30', end: '08:50', minutes: 20, participation: 'needs-action' },
    ]);
    expect(await stored()).toMatchObject({
      office_id: 'river',
      provider_id: 'baker',
      // 08:30 in Toronto in November.
      start_at: new Date('2026-11-25T13:30:00Z'),
      version_id: 2,
    });
    expect(await audited()).toEqual([{ action: 'change-booking', entity_id: id }]);
    const { rows } = await emr.owner.query(`select from appointment_version where appointment_id = $1`, [id]);
    expect(rows).toHaveLength(1);
  });

  it('keeps a confirmation where only the length is another', async () => {
    await grant(['harbour', 'abel', full]);
    await emr.owner.query(`update appointment set participation = 'accepted' where appointment_id = $1`, [id]);
    const answer = await move({ date: '2026-11-24', start: '09:00', minutes: 45 });
    expect(answer.json()).toMatchObject({ participation: 'accepted', minutes: 45 });
  });

  it('onto a time that is taken is only on purpose, also of two who move there at once', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', full]);
    const to = { date: '2026-11-24', start: '09:05' };
    const taken = await move({ ...to, providerId: 'baker' });
    expect([taken.statusCode, taken.json().extra]).toEqual([409, { overlaps: 1 }]);
    expect(await stored()).toMatchObject({ provider_id: 'abel', version_id: 1 });
    expect((await move({ ...to, providerId: 'baker', doubleBook: true })).statusCode).toBe(200);
    const both = await Promise.all([
      move({ start: '15:00' }, { version: '2' }),
      move({ start: '15:10' }, { of: 'at-harbour-baker' }),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
  });

  it('is refused by the cell of where it goes, and of what one does not see as if there were none', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', columnSet('Visible', 'Patient')]);
    const there = await move({ providerId: 'baker' });
    expect([there.statusCode, there.json().extra.cells]).toEqual([
      403,
      [{ officeId: 'harbour', providerId: 'baker', column: 'Scheduling' }],
    ]);
    const [hidden, none] = [await move({}, { of: 'at-harbour-baker' }), await move({}, { of: 'none' })];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
    await grant(['harbour', 'abel', blind], ['harbour', 'baker', full]);
    const masked = await move({ providerId: 'baker' });
    expect([masked.statusCode, masked.json().extra.cells]).toEqual([
      403,
      [{ officeId: 'harbour', providerId: 'abel', column: 'Patient' }],
    ]);
    // On its own pair whoever it is stays who it is.
    expect((await move()).json()).toMatchObject({ patient: 'masked' });
    expect(await audited()).toEqual([{ action: 'change-booking', entity_id: id }]);
  });

  it('needs the version that was seen, a time that there is, and a booking that is not over', async () => {
    await grant(['harbour', 'abel', full], ['river', 'abel', full]);
    const stale = await move({}, { version: '7' });
    expect([stale.statusCode, stale.json().extra]).toEqual([412, { version: 1 }]);
    const skipped = await move({ officeId: 'river', date: '2027-03-14', start: '02:30' });
    expect([skipped.statusCode, skipped.json().key]).toEqual([400, 'emr.problem.skipped-time']);
    let refused = 0;
    for (const status of ['cancelled', 'fulfilled', 'noshow', 'entered-in-error']) {
      await emr.owner.query('update appointment set status = $2 where appointment_id = $1', [id, status]);
      expect((await move()).json()).toMatchObject({ status: 409, key: 'scheduler.problem.over' });
      refused += 1;
    }
    expect([refused, await audited()]).toEqual([4, []]);
  });
});

describe('copying', () => {
  it('makes a booking of its own for the same patient, and leaves the first as it is, also one that is over', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', full]);
    await emr.owner.query(
      `update appointment set status = 'fulfilled', type_text = 'Recheck', reason = 'Knee' where appointment_id = $1`,
      [id],
    );
    const answer = await copy({ providerId: 'baker' });
    const made = answer.json<DayAppointment>();
    expect([answer.statusCode, made]).toMatchObject([
      201,
      { status: 'booked', type: 'Recheck', reason: 'Knee', version: 1, patient: { patientId: 'harbour-abel' } },
    ]);
    expect(made.appointmentId).not.toBe(id);
    expect(await stored()).toMatchObject({ status: 'fulfilled', version_id: 1 });
    expect(await audited()).toEqual([{ action: 'book', entity_id: made.appointmentId }]);
    expect((await copy({ providerId: 'baker' })).statusCode).toBe(409);
    expect((await copy({ providerId: 'baker', doubleBook: true })).statusCode).toBe(201);
  });

  it('is refused by cell where the patient may not be seen, and of a foreign booking as if there were none', async () => {
    await grant(['harbour', 'abel', blind], ['harbour', 'baker', full]);
    const masked = await copy({ providerId: 'baker' });
    expect([masked.statusCode, masked.json().extra.cells]).toEqual([
      403,
      [{ officeId: 'harbour', providerId: 'abel', column: 'Patient' }],
    ]);
    const [hidden, none] = [
      await copy({ providerId: 'baker' }, 'at-river-abel'),
      await copy({ providerId: 'baker' }, 'none'),
    ];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
    expect(await audited()).toEqual([]);
  });
});

describe('what a booking becomes', () => {
  const statuses: AppointmentStatusesRequest['statuses'] = [
    { code: 'room-2', display: 'Room 2', means: 'arrived' },
    { code: 'message', display: 'Message left', means: 'booked' },
  ];
  const keep = async (words: AppointmentStatusesRequest['statuses'], cookie = ada) => {
    const url = '/api/appointment-statuses';
    const { version: ifMatch } = (await emr.ask('GET', url, undefined, { cookie })).json<{ version: string }>();
    return emr.ask('PUT', url, { statuses: words }, { cookie, ifMatch });
  };
  const shown = async () => {
    const answer = await emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24', undefined, {
      cookie: robin,
    });
    return answer.json<SchedulerDay>().schedules[0]!.appointments[0]!;
  };

  it('is what the day offers, each with the version that was seen; what cannot follow is refused', async () => {
    await grant(['harbour', 'abel', full]);
    expect((await shown()).becomes).toEqual([
      'waitlist',
      'pending',
      'confirmed',
      'arrived',
      'checked-in',
      'fulfilled',
      'noshow',
    ]);
    expect((await set({ state: 'confirmed' })).json()).toMatchObject({
      status: 'booked',
      participation: 'accepted',
      version: 2,
    });
    expect((await set({ state: 'arrived' }, 2)).json()).toMatchObject({
      status: 'arrived',
      participation: 'accepted',
      version: 3,
    });
    expect((await set({ state: 'arrived' }, 2)).statusCode).toBe(412);
    expect((await set({ state: 'booked' }, 3)).json()).toMatchObject({
      status: 'booked',
      participation: 'needs-action',
    });
    await set({ state: 'fulfilled' }, 4);
    expect((await shown()).becomes).toEqual(['arrived', 'checked-in']);
    expect((await set({ state: 'booked' }, 5)).statusCode).toBe(409);
    const [hidden, none] = [
      await set({ state: 'arrived' }, 1, 'at-river-abel'),
      await set({ state: 'arrived' }, 1, 'none'),
    ];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
    for (const to of [{ state: 'cancelled' }, { state: 'arrived', clinicStatus: 'x' }, {}])
      expect((await set(to)).statusCode).toBe(400);
  });

  it('takes its time again from no-show only on purpose, where somebody was put there', async () => {
    await grant(['harbour', 'abel', full]);
    await set({ state: 'noshow' });
    await copy({ date: '2026-11-24', start: '09:00' });
    expect((await set({ state: 'arrived' }, 2)).json().extra).toEqual({ overlaps: 1 });
    expect((await set({ state: 'arrived', doubleBook: true }, 2)).statusCode).toBe(200);
  });

  it('may be one of the clinic’s own words, which brings what it means and goes with it', async () => {
    await grant(['harbour', 'abel', full]);
    expect((await keep(statuses, robin)).statusCode).toBe(403);
    expect((await keep(statuses)).statusCode).toBe(200);
    const { statuses: read } = (
      await emr.ask('GET', '/api/appointment-statuses', undefined, { cookie: robin })
    ).json<AppointmentStatusesRequest>();
    expect(read).toEqual(statuses);
    await emr.owner.query('delete from audit_event');

    expect((await set({ clinicStatus: 'message' })).json()).toMatchObject({
      status: 'booked',
      version: 2,
      clinicStatus: { code: 'message', display: 'Message left' },
    });
    expect((await set({ clinicStatus: 'message' }, 2)).json()).toMatchObject({ version: 2 });
    expect((await set({ clinicStatus: 'room-2' }, 2)).json()).toMatchObject({
      status: 'arrived',
      version: 3,
      clinicStatus: { code: 'room-2', display: 'Room 2' },
    });
    expect((await set({ state: 'arrived' }, 3)).json()).toMatchObject({
      status: 'arrived',
      version: 4,
      clinicStatus: null,
    });
    expect((await set({ clinicStatus: 'never' }, 4)).json()).toMatchObject({
      status: 400,
      key: 'scheduler.problem.no-such-status',
    });
    expect((await audited()).map(({ action }) => action)).toEqual([
      'set-clinic-status',
      'change-booking',
      'set-clinic-status',
      'set-clinic-status',
    ]);

    // Whoever moves it on knows nothing of the word.
    await set({ clinicStatus: 'room-2' }, 4);
    await emr.owner.query(`update appointment set status = 'fulfilled', version_id = 6 where appointment_id = $1`, [
      id,
    ]);
    expect(await stored()).toMatchObject({ status: 'fulfilled', clinic_status: null });
    await set({ clinicStatus: 'room-2' }, 6);
    expect((await shown()).clinicStatus?.display).toBe('Room 2');
    await keep([{ code: 'room-2', display: 'Room 2', means: 'checked-in' }]);
    expect((await shown()).clinicStatus).toBeNull();
    expect((await keep([statuses[0]!, statuses[0]!])).statusCode).toBe(400);
    await keep([]);
  });
});

describe('the week', () => {
  const week = async (query: string) =>
    (await emr.ask('GET', `/api/scheduler/week?${query}`, undefined, { cookie: robin })).json<SchedulerWeek>();
  const at = (appointmentId: string, office: string, startAt: string) =>
    emr.owner.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       values ($1, $2, $3, 'abel', $3 || '-abel', 'booked', $4, $4::timestamptz + interval '30 minutes')`,
      [tenantId, appointmentId, office, startAt],
    );

  it('runs from Monday to Sunday, counts what takes time, and says what is withheld instead of zero', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', columnSet('Visible', 'Patient')]);
    await at('sunday', 'harbour', '2026-11-30T06:30Z');
    await at('next-monday', 'harbour', '2026-11-30T07:30Z');
    const seen = await week('office=harbour&date=2026-11-26');
    expect(seen.days.map(({ date }) => date)).toEqual(
      ['23', '24', '25', '26', '27', '28', '29'].map((day) => `2026-11-${day}`),
    );
    expect(seen.days.map(({ now }) => now)).toEqual([null, '10:00', null, null, null, null, null]);
    expect(
      seen.schedules.map(({ providerId, booked, bookingsWithheld }) => [providerId, bookingsWithheld, booked]),
    ).toEqual([
      ['abel', false, [0, 1, 0, 0, 0, 0, 1]],
      ['baker', true, null],
    ]);
    expect(seen.provider).toBeNull();
    const withheld = await week('office=harbour&date=2026-11-26&provider=baker');
    expect(
      withheld.provider!.map(({ bookingsWithheld, appointments }) => [bookingsWithheld, appointments.length]),
    ).toEqual(Array.from({ length: 7 }, () => [true, 0]));
    // Nobody learns whether there is such a provider.
    expect((await week('office=harbour&date=2026-11-26&provider=nobody')).provider).toBeNull();
    await grant(['harbour', 'baker', 0]);
    expect((await week('office=harbour&date=2026-11-26&provider=baker')).provider).toBeNull();
    const foreign = await emr.ask('GET', '/api/scheduler/week?office=nowhere&date=2026-11-26', undefined, {
      cookie: robin,
    });
    expect(foreign.statusCode).toBe(404);
  });

  it('of a change of the clocks has every booking on the day and at the time that the wall shows', async () => {
    await grant(['river', 'abel', full], ['harbour', 'abel', full]);
    // Toronto: forward on 8 March at 02:00, back on 1 November at 02:00. Vancouver: forward on 8 March, for good.
    await at('before-forward', 'river', '2026-03-08T06:30Z');
    await at('after-forward', 'river', '2026-03-08T07:00Z');
    await at('first', 'river', '2026-11-01T05:30Z');
    await at('second', 'river', '2026-11-01T06:30Z');
    await at('late', 'river', '2026-11-02T04:30Z');
    await at('west', 'harbour', '2026-11-02T06:30Z');
    const march = await week('office=river&date=2026-03-04&provider=abel');
    expect(march.days.map(({ clockChange }) => clockChange)).toEqual([
      ...Array(6).fill(null),
      { from: '02:00', to: '03:00' },
    ]);
    expect(march.provider![6]!.appointments.map(({ start, end, again }) => [start, end, again])).toEqual([
      ['01:30', '03:00', false],
      ['03:00', '03:30', false],
    ]);
    const autumn = await week('office=river&date=2026-11-01&provider=abel');
    expect(autumn.days[6]).toEqual({ date: '2026-11-01', now: null, clockChange: { from: '02:00', to: '01:00' } });
    expect(
      autumn.provider![6]!.appointments.map(({ appointmentId, start, end, again }) => [
        appointmentId,
        start,
        end,
        again,
      ]),
    ).toEqual([
      ['first', '01:30', '01:00', false],
      ['second', '01:30', '02:00', true],
      ['late', '23:30', '00:00', false],
    ]);
    const west = await week('office=harbour&date=2026-11-01&provider=abel');
    expect(west.days[6]!.clockChange).toBeNull();
    expect(west.provider![6]!.appointments.map(({ start, again }) => [start, again])).toEqual([['23:30', false]]);
    expect((await week('office=harbour&date=2026-03-08')).days[6]!.clockChange).toEqual({ from: '02:00', to: '03:00' });
  });

  it('says when a provider may be booked to whoever holds Scheduling there, and nothing where nobody has said', async () => {
    await grant(['harbour', 'abel', full], ['harbour', 'baker', columnSet('Visible', 'Patient')]);
    const hours = async (provider: string, body: object) => {
      const url = `/api/schedules/harbour/${provider}/open-hours`;
      const { version } = (await emr.ask('GET', url, undefined, { cookie: ada })).json<{ version: string }>();
      const { statusCode } = await emr.ask('PUT', url, body, { cookie: ada, ifMatch: version });
      expect(statusCode).toBe(200);
    };
    const tuesday = { hours: [{ weekday: 2, from: '09:00', until: '12:00', slotMinutes: 15 }] };
    await hours('baker', tuesday);
    expect((await week('office=harbour&date=2026-11-24&provider=abel')).provider![1]!.open).toBeNull();
    await hours('abel', tuesday);
    const open = (await week('office=harbour&date=2026-11-24&provider=abel')).provider!.map((one) => one.open);
    expect(open).toEqual([[], [{ from: '09:00', until: '12:00' }], [], [], [], [], []]);
    expect((await week('office=harbour&date=2026-11-24&provider=baker')).provider![1]!.open).toBeNull();
    for (const provider of ['abel', 'baker']) await hours(provider, { hours: [] });
  });
});
