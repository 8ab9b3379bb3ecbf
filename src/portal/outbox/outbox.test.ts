import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import type { PatientsPage } from '../contract/patients.ts';
import type { StaffTasks } from '../contract/staff-tasks.ts';
import type { ActKind, QueuedWriteBack } from '../contract/write-backs.ts';
import { asSite, outbox } from '../index.ts';
import { createTestPortal, harbour, island, people, type TestPortal } from '../test-portal.ts';

const connectionId = 'connection-1';
const key = { siteId: harbour, connectionId };
const lease = { owner: 'one', leaseMs: 60_000 };

let portal: TestPortal;
let jo: string;
let sync: Pool;

beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  jo = await portal.signIn(people.jo);
  sync = createPool(portal.database.urlFor('portal_sync'), { max: 4, applicationName: 'test' });
  for (const siteId of [harbour, island]) {
    await portal.owner.query(
      `insert into office (site_id, connection_id, office_id, name, zone) values ($1, $2, 'hill', 'Lantern Hill', 'America/Vancouver')`,
      [siteId, connectionId],
    );
    await portal.owner.query(
      `insert into provider (site_id, connection_id, provider_id, display) values ($1, $2, 'abel', 'Dr. Abel Invented')`,
      [siteId, connectionId],
    );
    await portal.owner.query(
      `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, outcome)
       values ($1, $2, 'hill', 'abel', true, 'readable', now(), 'complete')`,
      [siteId, connectionId],
    );
    await portal.owner.query(
      `insert into patient (site_id, connection_id, patient_id, family, given, emr_version) values ($1, $2, 'p1', 'Madeup', 'Mara', '1')`,
      [siteId, connectionId],
    );
  }
});
afterAll(async () => {
  await sync.end();
  await portal.close();
});

/** 11:00 in Vancouver on the day of the clock, an hour from now. */
const startAt = '2026-11-24T18:00:00Z';
beforeEach(async () => {
  await portal.owner.query('truncate staff_task, write_back, appointment_link, booking cascade');
  for (const [siteId, id, more] of [
    [harbour, 'b1', {}],
    [harbour, 'b2', {}],
    [harbour, 'arrived', { status: 'arrived' }],
    [harbour, 'masked', { patient_masked: true }],
    [harbour, 'lost', { state: 'visibility-lost' }],
    [island, 'i1', {}],
  ] as const) {
    const { status = 'booked', patient_masked = false, state = 'present' } = more as Record<string, never>;
    await portal.owner.query(
      `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                            start_at, end_at, emr_version, emr_last_updated, state, state_since)
       values ($1, $2, $3, 'hill', 'abel', 'p1', $4, $5, 'needs-action', $6, $6::timestamptz + interval '15 minutes', '3', $7, $8, now())`,
      [siteId, connectionId, id, patient_masked, status, startAt, '2026-11-20T10:00:00Z', state],
    );
  }
});

function press(id: string, kind: ActKind, { cookie = jo, pressId = newId(), version = '3' } = {}) {
  return portal.app.inject({
    method: 'POST',
    url: `/api/bookings/${id}/${kind}`,
    headers: { cookie, host: 'portal.test', origin: 'http://portal.test' },
    payload: { pressId, version },
  });
}
const page = () => portal.get<PatientsPage>('/api/patients', jo);
const listed = async (id: string) => (await page()).bookings.find((one) => one.bookingId === id)!;
const count = async () => (await portal.owner.query<{ n: number }>('select count(*) as n from write_back')).rows[0]!.n;
const claimOne = async () => (await outbox.claim(sync, key, lease))!;

describe('a press', () => {
  it('queues the act with what was seen, and the booking stays as the EMR last said it was', async () => {
    const { revision } = await page();
    const answer = await press('b1', 'mark-arrived');
    expect([answer.statusCode, answer.json<QueuedWriteBack>().state]).toEqual([202, 'queued']);
    const { status, writeBack } = await listed('b1');
    expect([status, writeBack?.kind, writeBack?.state]).toEqual(['booked', 'mark-arrived', 'queued']);
    expect((await page()).revision).toBe(revision + 1);
    const { rows } = await portal.owner.query(
      `select w.seen_version as version, w.seen_status as status, w.office_id as office, u.email as by, a.action
         from write_back w join portal_user u on u.user_id = w.requested_by
         join audit_event a on a.entity_id = w.booking_id and a.after->>'writeBackId' = w.write_back_id`,
    );
    expect(rows).toEqual([
      { version: '3', status: 'booked', office: 'hill', by: people.jo, action: 'queue-mark-arrived' },
    ]);
  });

  it('sent again, ten times side by side, is one write-back', async () => {
    const pressId = newId();
    const answers = await Promise.all(Array.from({ length: 10 }, () => press('b1', 'mark-arrived', { pressId })));
    expect(answers.map((one) => one.statusCode)).toEqual(Array(10).fill(202));
    expect(new Set(answers.map((one) => one.json<QueuedWriteBack>().writeBackId)).size).toBe(1);
    expect(await count()).toBe(1);
  });

  it('of another kind or booking with the same id is refused', async () => {
    const pressId = newId();
    await press('b1', 'mark-arrived', { pressId });
    const answers = [await press('b2', 'mark-arrived', { pressId }), await press('b1', 'cancel', { pressId })];
    expect(answers.map((one) => [one.statusCode, one.json().key])).toEqual(
      Array(2).fill([409, 'write-back.problem.press-used']),
    );
  });

  it('by somebody else while one is under way is refused, whatever it is', async () => {
    const first = (await press('b1', 'mark-arrived')).json<QueuedWriteBack>();
    for (const kind of ['mark-arrived', 'cancel'] as const) {
      const answer = await press('b1', kind);
      expect([answer.statusCode, answer.json().key, answer.json().extra]).toEqual([
        409,
        'write-back.problem.under-way',
        { writeBackId: first.writeBackId },
      ]);
    }
  });

  it('on a version that is no longer the one held is refused before anything is queued', async () => {
    const answer = await press('b1', 'cancel', { version: '2' });
    expect([answer.statusCode, answer.json().key, answer.json().extra]).toEqual([
      409,
      'write-back.problem.changed',
      { version: '3' },
    ]);
    expect(await count()).toBe(0);
  });

  it('on what is not listed, or is another site’s, is as if there were none', async () => {
    for (const id of ['masked', 'lost', 'i1', 'nothing']) {
      expect([id, (await press(id, 'mark-arrived')).statusCode]).toEqual([id, 404]);
    }
    expect(await count()).toBe(0);
  });

  it('that does not fit the booking is refused', async () => {
    for (const kind of ['mark-arrived', 'mark-confirmed'] as const) {
      expect((await press('arrived', kind)).json().key).toBe('write-back.problem.does-not-fit');
    }
    expect((await press('arrived', 'cancel')).statusCode).toBe(202);
  });

  it('needs a session, a press id and a version', async () => {
    expect((await press('b1', 'cancel', { cookie: '' })).statusCode).toBe(401);
    expect((await press('b1', 'cancel', { pressId: 'once' })).json().extra.fields[0].path).toBe('pressId');
    expect((await press('b1', 'cancel', { version: '' })).json().extra.fields[0].path).toBe('version');
  });
});

describe('a deliverer', () => {
  it('claims each row once, however many ask', async () => {
    await press('b1', 'mark-arrived');
    await press('b2', 'mark-arrived');
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, index) => outbox.claim(sync, key, { owner: `owner ${index}`, leaseMs: 60_000 })),
    );
    const got = claims.filter((one) => one !== undefined);
    expect(got.map((one) => one.bookingId).sort()).toEqual(['b1', 'b2']);
    expect(await outbox.listDueConnections(sync)).toEqual([]);
  });

  it('whose lease passed writes nothing more: the claim of another has another number', async () => {
    await press('b1', 'mark-arrived');
    const first = (await outbox.claim(sync, key, { owner: 'same', leaseMs: -1 }))!;
    const second = (await outbox.claim(sync, key, { owner: 'same', leaseMs: 60_000 }))!;
    expect(second.attempt).toBe(first.attempt + 1);
    const write = (row: outbox.WriteBack) =>
      asSite(sync, harbour, (tx) => outbox.record(tx, 'same', row, { state: 'acknowledged' }));
    await expect(write(first)).rejects.toThrow(outbox.LeaseLost);
    expect(await outbox.keepLease(sync, first, { owner: 'same', leaseMs: 1000 })).toBe(false);
    expect((await write(second)).state).toBe('acknowledged');
  });

  it('counts a kept request once more for each claim: it may have been sent each time', async () => {
    await press('b1', 'mark-arrived');
    const row = (await outbox.claim(sync, key, { owner: 'one', leaseMs: -1 }))!;
    expect(row.sends).toBe(0);
    const request = { path: 'Appointment/b1', ifMatch: '3', body: {} };
    await asSite(sync, harbour, (tx) => outbox.record(tx, 'one', row, { state: 'sending', request, sends: 1 }));
    const again = await claimOne();
    expect([again.sends, again.request]).toEqual([2, request]);
  });

  it('shows what the EMR acknowledged in the transaction that says so, and not over something later', async () => {
    await press('b1', 'mark-arrived');
    const row = await claimOne();
    const booking = {
      status: 'arrived',
      participation: 'needs-action',
      version: '4',
      lastUpdated: '2026-11-24T17:00:01.5Z',
    };
    await asSite(sync, harbour, async (tx) => {
      await outbox.record(tx, 'one', row, { state: 'acknowledged' });
      await outbox.applyAcknowledged(tx, row, booking);
    });
    const shown = await listed('b1');
    expect([shown.status, shown.version, shown.writeBack?.state]).toEqual(['arrived', '4', 'acknowledged']);
    await portal.owner.query(
      `update booking set status = 'fulfilled', emr_version = '6', emr_last_updated = '2026-11-24T17:05:00Z' where booking_id = 'b1'`,
    );
    await asSite(sync, harbour, (tx) => outbox.applyAcknowledged(tx, row, { ...booking, version: '5' }));
    expect([(await listed('b1')).status, (await listed('b1')).version]).toEqual(['fulfilled', '6']);
  });

  it('wakes what was parked only when every missing cell of its pair is held', async () => {
    await press('b1', 'mark-arrived');
    const row = await claimOne();
    await asSite(sync, harbour, (tx) => outbox.record(tx, 'one', row, { state: 'parked', missingColumns: 34 }));
    expect((await listed('b1')).writeBack?.missing).toEqual({
      columns: 34,
      officeId: 'hill',
      officeName: 'Lantern Hill',
      providerId: 'abel',
      providerDisplay: 'Dr. Abel Invented',
      gapIds: [],
    });
    const wake = (officeId: string, columnsHeld: number) =>
      asSite(sync, harbour, (tx) => outbox.wakeParked(tx, key, [{ officeId, providerId: 'abel', columnsHeld }]));
    expect(await wake('hill', 0)).toBe(0);
    expect(await wake('hill', 32)).toBe(0);
    expect(await wake('shore', 63)).toBe(0);
    expect(await outbox.listDueConnections(sync)).toEqual([]);
    expect(await wake('hill', 34)).toBe(1);
    expect(await wake('hill', 34)).toBe(0);
    expect(await outbox.listDueConnections(sync)).toEqual([key]);
  });
});

it('a task names what was seen and what is now, and goes when somebody has dealt with it', async () => {
  await press('b1', 'cancel');
  const row = await claimOne();
  await asSite(sync, harbour, async (tx) => {
    await outbox.record(tx, 'one', row, { state: 'task' });
    await outbox.insertTask(tx, row, 'changed', {
      status: 'booked',
      startAt: '2026-11-25T18:30:00Z',
      officeId: 'hill',
      providerId: 'abel',
    });
  });
  const { tasks } = await portal.get<StaffTasks>('/api/tasks', jo);
  expect(tasks).toMatchObject([
    {
      reason: 'changed',
      kind: 'cancel',
      booking: {
        officeName: 'Lantern Hill',
        providerDisplay: 'Dr. Abel Invented',
        start: '2026-11-24 11:00:00',
        status: 'booked',
      },
      patientDisplay: 'Mara Madeup',
      found: { start: '2026-11-25 11:30:00', officeName: 'Lantern Hill' },
      requestedBy: 'Jo Standish-Test',
    },
  ]);
  const { taskId } = tasks[0]!;
  expect((await listed('b1')).writeBack?.task).toEqual({ taskId, reason: 'changed' });
  const close = (cookie: string) =>
    portal.app.inject({
      method: 'POST',
      url: `/api/tasks/${taskId}/done`,
      headers: { cookie, host: 'portal.test', origin: 'http://portal.test' },
    });
  expect((await close(await portal.signIn(people.both, island))).statusCode).toBe(404);
  await portal.owner.query(`update booking set state = 'visibility-lost' where booking_id = 'b1'`);
  expect((await portal.get<StaffTasks>('/api/tasks', jo)).tasks[0]!.patientDisplay).toBeNull();
  await portal.owner.query(`update booking set state = 'present' where booking_id = 'b1'`);
  expect((await close(jo)).statusCode).toBe(204);
  expect((await close(jo)).statusCode).toBe(404);
  expect((await portal.get<StaffTasks>('/api/tasks', jo)).tasks).toEqual([]);
  expect((await listed('b1')).writeBack).toBeNull();
});
