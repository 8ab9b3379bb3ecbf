// What a press becomes: the truth at every step, one effect at the EMR, and nothing of the EMR's overwritten.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../src/platform/clock.ts';
import { newId } from '../src/platform/ids.ts';
import { asSite, files, outbox } from '../src/portal/index.ts';
import { all, type Slice } from './sync-clinic.ts';
import { siteId } from './sync-portal.ts';
import { countAsked, type Kind, type WriteBackClinic, writeBackClinic } from './write-back-clinic.ts';

let clinic: WriteBackClinic;
beforeAll(async () => {
  clinic = await writeBackClinic({ adminUrl: inject('adminUrl') });
});
afterAll(() => clinic.close());
beforeEach(() => {
  clinic.asked.length = 0;
  clinic.proxy.mishap = countAsked(clinic);
});
afterEach(async ({ task }) => {
  clinic.onStep = undefined;
  await clinic.portal.query('delete from connect.write_back_breaker');
  if (task.result?.state !== 'fail') return;
  // What a test left behind that broke off is not the next one's.
  await clinic.grantAll(all);
  await clinic.sync('full');
});

const hillAbel: Slice = ['hill', 'abel'];
// A booking of its own for each test; the first are hours ahead, the last days.
let nth = 0;
const nextBooking = () => {
  nth += 1;
  return `hill-abel-${nth}`;
};
const puts = () => clinic.asked.filter((one) => one.startsWith('PUT')).length;
const deliver = () => clinic.deliverer.drain();

describe('an act', () => {
  test.each([
    ['mark-arrived', { status: 'arrived', participation: 'needs-action' }],
    ['mark-confirmed', { status: 'booked', participation: 'accepted' }],
    ['cancel', { status: 'cancelled', participation: 'needs-action' }],
  ] as const)('%s changes the EMR once, and the portal shows it at once', async (kind, becomes) => {
    const id = nextBooking();
    const act = await clinic.press(kind, id);
    expect((await clinic.inPortal(id)).status).toBe('booked');
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', already: false, attempt: 1, generation: 1 });
    const { version, ...emr } = await clinic.inEmr(id);
    expect({ ...emr, version }).toEqual({ ...becomes, ours: 1, version: 2 });
    expect(await clinic.inPortal(id)).toEqual({ ...becomes, version: '2', state: 'present' });
    await clinic.sync('recent');
    await clinic.sync('full');
    expect(await clinic.inPortal(id)).toEqual({ ...becomes, version: '2', state: 'present' });
  });

  test('keeps nothing of what was sent when it is over', async () => {
    await clinic.press('mark-arrived', nextBooking());
    await deliver();
    const { rows } = await clinic.portal.query('select count(*) as n from write_back where request is not null');
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('an answer that does not come', () => {
  test('though the EMR did it, ends in acknowledged, and nothing is done a second time', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    let lost = 0;
    const count = countAsked(clinic);
    clinic.proxy.mishap = (path, method) => {
      void count(path, method);
      if (method !== 'PUT' || lost === 3) return undefined;
      lost += 1;
      return { cutAfterBytes: 1 };
    };
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({
      state: 'retrying',
      failures: 1,
      problem: { key: 'sync.emr.truncated' },
    });
    expect((await clinic.inEmr(id)).ours).toBe(1);
    expect((await clinic.inPortal(id)).status).toBe('booked');
    for (let tries = 0; tries < 3; tries += 1) {
      await clinic.makeDue();
      await deliver();
    }
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', already: false, generation: 1, failures: 0 });
    expect(puts()).toBe(4);
    expect(await clinic.inEmr(id)).toMatchObject({ status: 'arrived', version: 2, ours: 1 });
    expect(await clinic.inPortal(id)).toMatchObject({ status: 'arrived', version: '2' });
  });

  test('is waited for as long as the EMR asks, by everything that goes there', async () => {
    const [first, second] = [
      await clinic.press('mark-arrived', nextBooking()),
      await clinic.press('cancel', nextBooking()),
    ];
    const count = countAsked(clinic);
    clinic.proxy.mishap = (path, method) => {
      void count(path, method);
      return method === 'PUT' ? { status: 429, headers: { 'retry-after': '3600' } } : undefined;
    };
    await deliver();
    expect(puts()).toBe(1);
    const states = await Promise.all([clinic.sent(first), clinic.sent(second)]);
    expect(states.map(({ state }) => state).sort()).toEqual(['queued', 'retrying']);
    expect(states.find(({ state }) => state === 'retrying')!.waitSeconds).toBeGreaterThan(3590);
    clinic.proxy.mishap = countAsked(clinic);
    await deliver();
    expect(puts()).toBe(1);
    await clinic.makeDue();
    await deliver();
    expect([(await clinic.sent(first)).state, (await clinic.sent(second)).state]).toEqual(
      Array(2).fill('acknowledged'),
    );
  });

  test('five times in a row opens the breaker: then one request tries, and the others follow it', async () => {
    const acts: string[] = [];
    for (let count = 0; count < 8; count += 1) acts.push(await clinic.press('mark-confirmed', nextBooking()));
    let seen = 0;
    let well = false;
    clinic.proxy.mishap = (path) => {
      if (!/\/Appointment\//.test(path)) return undefined;
      seen += 1;
      return well ? undefined : { status: 503 };
    };
    await deliver();
    expect(seen).toBe(5);
    const { rows } = await clinic.portal.query<{ failures: number }>('select failures from connect.write_back_breaker');
    expect(rows).toEqual([{ failures: 5 }]);
    await clinic.portal.query(`update connect.write_back_breaker set open_until = now() - interval '1 second'`);
    await clinic.portal.query(`update write_back set next_attempt_at = now() where state = 'retrying'`);
    await deliver();
    expect(seen).toBe(6);
    well = true;
    await clinic.portal.query(`update connect.write_back_breaker set open_until = now() - interval '1 second'`);
    await clinic.portal.query(`update write_back set next_attempt_at = now() where state = 'retrying'`);
    await deliver();
    expect(await Promise.all(acts.map(async (act) => (await clinic.sent(act)).state))).toEqual(
      acts.map(() => 'acknowledged'),
    );
  });
});

describe('a permission that lacks', () => {
  test('parks it with the cells; it is not sent again before a run shows them held, and then once', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    await clinic.grant(hillAbel, all & ~2);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 2 });
    const asked = clinic.asked.length;
    await clinic.makeDue();
    await deliver();
    await clinic.sync('full');
    await deliver();
    expect(clinic.asked.length).toBe(asked);
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 2, attempt: 1 });
    await clinic.grant(hillAbel, all);
    await deliver();
    expect((await clinic.sent(act)).state).toBe('parked');
    await clinic.sync('recent');
    expect((await clinic.sent(act)).state).toBe('queued');
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', missing: 0, already: false });
    expect(await clinic.inEmr(id)).toMatchObject({ status: 'arrived', version: 2, ours: 1 });
    await clinic.sync('full');
  });

  test('while it was parked the booking was moved: a task, and nothing is overwritten', async () => {
    const id = nextBooking();
    const act = await clinic.press('cancel', id);
    await clinic.grant(hillAbel, 0);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 34 });
    await clinic.changeInEmr(id, `start_at = start_at + interval '1 hour', end_at = end_at + interval '1 hour'`);
    await clinic.grant(hillAbel, all);
    await clinic.sync('full');
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'task', task: 'changed' });
    expect(await clinic.inEmr(id)).toMatchObject({ status: 'booked', version: 2, ours: 0 });
  });

  test('is named by the refusal of the write itself, when it goes between reading and writing', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    clinic.onStep = async (step) => {
      if (step === 'kept') await clinic.grant(hillAbel, all & ~34);
    };
    await deliver();
    expect([await clinic.sent(act), puts()]).toMatchObject([{ state: 'parked', missing: 34 }, 1]);
    clinic.onStep = undefined;
    await clinic.grant(hillAbel, all);
    await clinic.sync('full');
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', already: false });
    expect((await clinic.inEmr(id)).ours).toBe(1);
  });

  test('after the EMR did it and the answer was lost: the grant brings the answer, not a second effect', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    let lost = false;
    clinic.proxy.mishap = (_path, method) => {
      if (method !== 'PUT' || lost) return undefined;
      lost = true;
      return { cutAfterBytes: 1 };
    };
    await deliver();
    await clinic.grant(hillAbel, 0);
    // Whatever the EMR keeps of keys, here it forgets them: the replay is judged by its permission.
    await clinic.emr.query('delete from write_key');
    await clinic.makeDue();
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 34, generation: 1 });
    await clinic.grant(hillAbel, all);
    await clinic.sync('full');
    await deliver();
    expect((await clinic.sent(act)).state).toBe('acknowledged');
    expect(await clinic.inEmr(id)).toMatchObject({ status: 'arrived', version: 2, ours: 1 });
  });

  test('granted between the refusal and the parking is not slept through', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    await clinic.grant(hillAbel, 0);
    let refusals = 0;
    clinic.onStep = async (step) => {
      if (step !== 'judged' || refusals > 0) return;
      refusals += 1;
      await clinic.grant(hillAbel, all);
      await clinic.sync('full');
    };
    await deliver();
    expect(refusals).toBe(1);
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', attempt: 2 });
    expect((await clinic.inEmr(id)).ours).toBe(1);
  });
});

describe('a booking that the EMR changed since', () => {
  test.each([
    ['start', `start_at = start_at + interval '1 hour', end_at = end_at + interval '1 hour'`],
    ['pair', `provider_id = 'cho'`],
    ['status', `status = 'noshow'`],
  ])('in its %s is a task and stays as the EMR has it', async (_what, set) => {
    const id = nextBooking();
    const act = await clinic.press('mark-confirmed', id);
    await clinic.changeInEmr(id, set);
    const before = await clinic.inEmr(id);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'task', task: 'changed' });
    expect(await clinic.inEmr(id)).toEqual(before);
    expect(puts()).toBe(0);
  });

  test('in anything else is changed as it is now, and keeps what was changed', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    await clinic.changeInEmr(id, `reason = 'brings a letter'`);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', already: false });
    const { rows } = await clinic.emr.query(
      'select status, reason, version_id as v from appointment where appointment_id = $1',
      [id],
    );
    expect(rows).toEqual([{ status: 'arrived', reason: 'brings a letter', v: 3 }]);
  });

  test.each([
    ['in its reason, goes on from there', `reason = 'brings a letter'`, 'acknowledged', 'arrived'],
    ['in its status, is a task', `status = 'cancelled'`, 'task', 'cancelled'],
  ])('between reading and writing, %s', async (_what, set, state, status) => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    let changed = false;
    clinic.onStep = async (step) => {
      if (step !== 'kept' || changed) return;
      changed = true;
      await clinic.changeInEmr(id, set);
    };
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state, generation: 2 });
    expect((await clinic.inEmr(id)).status).toBe(status);
  });

  test('into just what was wanted is acknowledged as somebody else’s', async () => {
    const id = nextBooking();
    const act = await clinic.press('mark-arrived', id);
    await clinic.changeInEmr(id, `status = 'arrived'`);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', already: true });
    expect((await clinic.inEmr(id)).ours).toBe(0);
    expect(await clinic.inPortal(id)).toMatchObject({ status: 'arrived', version: '2' });
  });

  test('by deleting it is a task that says so', async () => {
    const id = nextBooking();
    const act = await clinic.press('cancel', id);
    await clinic.emr.query('delete from appointment where appointment_id = $1', [id]);
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'task', task: 'deleted' });
  });
});

test('a confirmation that could not be delivered before the start is a task, an arrival is delivered', async () => {
  const ids = [nextBooking(), nextBooking()] as const;
  const kinds: readonly Kind[] = ['mark-confirmed', 'mark-arrived'];
  const acts: string[] = [];
  for (const [index, kind] of kinds.entries()) acts.push(await clinic.press(kind, ids[index]!));
  const shift = `start_at = now() - interval '5 minutes'`;
  for (const id of ids) {
    await clinic.emr.query(`update appointment set ${shift}, end_at = now() where appointment_id = $1`, [id]);
    const { rows } = await clinic.emr.query<{ at: Date }>(
      `select start_at as at from appointment where appointment_id = $1`,
      [id],
    );
    await clinic.portal.query(
      `update write_back set seen_start_at = $2, requested_at = $2::timestamptz - interval '1 hour' where booking_id = $1`,
      [id, rows[0]!.at],
    );
  }
  await deliver();
  expect(await clinic.sent(acts[0]!)).toMatchObject({ state: 'task', task: 'too-late' });
  expect((await clinic.sent(acts[1]!)).state).toBe('acknowledged');
});

test('a run that began to read before does not undo what was acknowledged meanwhile', async () => {
  const id = nextBooking();
  let released = () => {};
  const reached = new Promise<void>((resolve) => {
    const hold = new Promise<void>((release) => {
      released = release;
    });
    clinic.proxy.mishap = async (path, method) => {
      // Everything has been read; the run asks once more for the coverage before it applies.
      if (method === 'GET' && path.includes('$permission-coverage')) {
        coverages += 1;
        if (coverages === 2) {
          resolve();
          await hold;
        }
      }
      return undefined;
    };
  });
  let coverages = 0;
  const run = clinic.sync('full');
  await reached;
  const act = await clinic.press('mark-arrived', id);
  await deliver();
  expect((await clinic.sent(act)).state).toBe('acknowledged');
  released();
  expect((await run).state).toBe('complete');
  expect(await clinic.inPortal(id)).toEqual({
    status: 'arrived',
    participation: 'needs-action',
    version: '2',
    state: 'present',
  });
});

test('two deliverers beside each other, forty acts: each is delivered once', async () => {
  const acts: string[] = [];
  for (let count = 0; count < 40; count += 1) acts.push(await clinic.press('mark-arrived', `hill-cho-${count}`));
  const other = clinic.makeDeliverer();
  await Promise.all([clinic.deliverer.drain(), other.drain()]);
  const { rows } = await clinic.portal.query(
    'select state, max(attempt) as attempts, count(*) as n from write_back where write_back_id = any ($1) group by 1',
    [acts],
  );
  expect(rows).toEqual([{ state: 'acknowledged', attempts: 1, n: 40 }]);
  expect(puts()).toBe(40);
});

describe('a reminder that was sent', () => {
  const sentAt = '2026-11-24T19:00:00.250Z';
  const queueMark = async (bookingId: string): Promise<string> => {
    const mailId = newId();
    await clinic.portal.query(
      `insert into mail (site_id, mail_id, connection_id, booking_id, start_at, office_id, provider_id, patient_id, recipient, state, state_since,
                         created_at, next_attempt_at, data_at)
       select site_id, $1, connection_id, booking_id, start_at, office_id, provider_id, patient_id, 'a@b.example', 'accepted', now(), now(), now(), $3
         from booking where booking_id = $2`,
      [mailId, bookingId, sentAt],
    );
    await asSite(clinic.portal, siteId, (tx) => outbox.queueReminderMark(tx, siteId, mailId));
    const { rows } = await clinic.portal.query<{ id: string }>(
      'select write_back_id as id from write_back where press_id = $1',
      [`reminder.${mailId}`],
    );
    return rows[0]!.id;
  };
  const marks = async (bookingId: string) =>
    (await clinic.emr.query('select sent_at from reminder_mark where appointment_id = $1', [bookingId])).rows;

  test('is shown at the booking, which stays the version that it is, once however often it is told', async () => {
    const id = nextBooking();
    const act = await queueMark(id);
    let told = 0;
    clinic.proxy.mishap = (path) => {
      if (path.includes('/Communication')) told += 1;
      return undefined;
    };
    clinic.onStep = (name) => {
      if (name === 'answered' && told < 3) throw new Error('the answer is lost');
    };
    // An act is not held up by it.
    const arrival = await clinic.press('mark-arrived', id);
    for (let n = 0; n < 3; n += 1) {
      await deliver();
      await clinic.makeDue();
    }
    expect(told).toBe(3);
    expect((await clinic.sent(act)).state).toBe('acknowledged');
    expect((await clinic.sent(arrival)).state).toBe('acknowledged');
    expect(await marks(id)).toEqual([{ sent_at: new Date(sentAt) }]);
    expect(await clinic.inEmr(id)).toMatchObject({ version: 2, ours: 1 });
  });

  test('waits for Scheduling, is woken by the grant, and is nobody’s work where the booking is gone', async () => {
    const [id, gone] = [nextBooking(), nextBooking()];
    await clinic.grant(hillAbel, all & ~2);
    const [act, lost] = [await queueMark(id), await queueMark(gone)];
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 2 });
    await clinic.emr.query('delete from appointment where appointment_id = $1', [gone]);
    await clinic.grantAll(all);
    await clinic.sync('full');
    await deliver();
    await clinic.makeDue();
    await deliver();
    expect((await clinic.sent(act)).state).toBe('acknowledged');
    expect(await marks(id)).toHaveLength(1);
    expect(await clinic.sent(lost)).toMatchObject({ state: 'task', task: null });
  });
});

describe('a document for the chart', () => {
  const queueFile = async (bookingId: string, title: string): Promise<string> => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7 '), Buffer.alloc(500_000, title)]);
    const file = await files.storeFile(clinic.portal, {
      siteId,
      mediaType: 'application/pdf',
      title,
      clock: systemClock,
      source: (async function* () {
        yield bytes;
      })(),
    });
    const { rows } = await clinic.portal.query<{ connectionId: string; patientId: string }>(
      'select connection_id as "connectionId", patient_id as "patientId" from booking where booking_id = $1',
      [bookingId],
    );
    await asSite(clinic.portal, siteId, async (tx) => {
      const now = systemClock.now();
      await tx.query('update stored_file set kept_at = $2 where file_id = $1', [file.fileId, now]);
      const fileIds = [file.fileId];
      const pair = { officeId: 'hill', providerId: 'abel' };
      await outbox.queueFilings(tx, { siteId, ...rows[0]!, ...pair, bookingId, fileIds, requestedBy: null, now });
      await outbox.queueFilings(tx, { siteId, ...rows[0]!, ...pair, bookingId, fileIds, requestedBy: null, now });
    });
    const found = await clinic.portal.query<{ id: string }>(
      'select write_back_id as id from write_back where file_id = $1',
      [file.fileId],
    );
    return found.rows[0]!.id;
  };
  const filed = async (title: string) => {
    const { rows } = await clinic.emr.query<{ n: number; bytes: number }>(
      `select count(distinct d.document_id)::integer as n, coalesce(sum(length(c.bytes)), 0)::integer as bytes
         from document d left join binary_chunk c on c.tenant_id = d.tenant_id and c.binary_id = d.binary_id where d.title = $1`,
      [title],
    );
    return rows[0]!;
  };

  test('is filed whole and once, though answers are lost on the way', async () => {
    const act = await queueFile(nextBooking(), 'Once');
    let lost = 0;
    clinic.proxy.mishap = (path, method) => {
      if (method !== 'POST' || !/(Binary|DocumentReference)/.test(path) || lost === 4) return undefined;
      lost += 1;
      return { cutAfterBytes: 1 };
    };
    for (let n = 0; n < 6; n += 1) {
      await deliver();
      await clinic.makeDue();
    }
    expect(lost).toBe(4);
    expect((await clinic.sent(act)).state).toBe('acknowledged');
    expect(await filed('Once')).toEqual({ n: 1, bytes: 500_009 });
  });

  test('whose content was swept before it was named is sent anew', async () => {
    const act = await queueFile(nextBooking(), 'Swept');
    clinic.onStep = async (name) => {
      if (name !== 'kept') return;
      clinic.onStep = undefined;
      await clinic.emr.query('delete from binary_content where filed_at is null');
    };
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'acknowledged', generation: 2 });
    expect((await filed('Swept')).n).toBe(1);
  });

  test('waits for EMR, and the grant files it once', async () => {
    await clinic.grant(hillAbel, all & ~8);
    const act = await queueFile(nextBooking(), 'Parked');
    await deliver();
    expect(await clinic.sent(act)).toMatchObject({ state: 'parked', missing: 8 });
    expect((await filed('Parked')).n).toBe(0);
    await clinic.grantAll(all);
    await clinic.sync('full');
    await deliver();
    expect((await clinic.sent(act)).state).toBe('acknowledged');
    expect((await filed('Parked')).n).toBe(1);
  });
});
