import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { createPool, type Pool } from '../../platform/database/db.ts';
import type { StaffTask, StaffTasks } from '../contract/staff-tasks.ts';
import type { ActKind } from '../contract/write-backs.ts';
import { asSite, createLinks, outbox } from '../index.ts';
import { addBooking, connectionId, createLinkPortal, type LinkPortal } from '../links/test-links.ts';
import { harbour, island, people } from '../test-portal.ts';
import { insertLinkTask } from './staff-tasks.sql.ts';

const key = { siteId: harbour, connectionId };
const lease = { owner: 'one', leaseMs: 60_000 };
let portal: LinkPortal;
let sync: Pool;
let jo: string;
let both: string;
beforeAll(async () => {
  portal = await createLinkPortal(inject('adminUrl'));
  sync = createPool(portal.database.urlFor('portal_sync'), { max: 2, applicationName: 'test' });
  jo = await portal.signIn(people.jo);
  both = await portal.signIn(people.both, island);
});
afterAll(async () => {
  await sync?.end();
  await portal?.close();
});
beforeEach(() => portal.empty());

/** Queued by a patient, and taken by a deliverer. */
async function taken(bookingId: string, kind: ActKind): Promise<outbox.WriteBack> {
  await addBooking(portal, { id: bookingId });
  await asSite(portal.context.pool, harbour, (tx) =>
    outbox.queueWriteBack(tx, {
      siteId: harbour,
      userId: null,
      kind,
      bookingId,
      pressId: bookingId,
      version: '3',
      now: portal.clock.now(),
    }),
  );
  return (await outbox.claim(sync, key, lease))!;
}
const park = (row: outbox.WriteBack) =>
  asSite(sync, harbour, (tx) => outbox.record(tx, 'one', row, { state: 'parked', missingColumns: 2 }));
const giveUp = (row: outbox.WriteBack) =>
  asSite(sync, harbour, async (tx) => {
    await outbox.record(tx, 'one', row, { state: 'task' });
    await outbox.insertTask(tx, row, 'changed', undefined);
  });
async function lockedLink(bookingId: string): Promise<string> {
  await addBooking(portal, { id: bookingId });
  return asSite(portal.context.pool, harbour, async (tx) => {
    const wanted = [{ bookingId, purpose: 'both', cancelNoticeMinutes: 0 } as const];
    const now = portal.clock.now();
    const [made] = await createLinks(tx, { siteId: harbour, publicUrl: '', userId: null, now, wanted });
    await tx.query('update appointment_link set tries = 6, locked_at = now() where link_id = $1', [made!.linkId]);
    await insertLinkTask(tx, { siteId: harbour, linkId: made!.linkId, connectionId }, { reason: 'locked', kind: null });
    return made!.linkId;
  });
}
const list = (query = '', cookie = jo) => portal.get<StaffTasks>(`/api/tasks${query}`, cookie);
const act = async (task: StaffTask, name: 'done' | 'reopen', cookie = jo) => {
  const headers = { cookie, host: 'portal.test', origin: 'http://portal.test' };
  const answer = await portal.app.inject({ method: 'POST', url: `/api/tasks/${task.taskId}/${name}`, headers });
  return answer.statusCode;
};

it('lists what was not done, what waits and what is locked, with what can be done, and counts them', async () => {
  await park(await taken('b1', 'mark-confirmed'));
  await giveUp(await taken('b2', 'cancel'));
  await lockedLink('b3');
  const { tasks, counts, today } = await list();
  expect([counts, today]).toEqual([{ appointment: 1, waiting: 1, link: 1, mail: 0, guard: 0 }, '2026-11-24']);
  const parts = tasks.map(({ about, reason, kind, acts, missingColumns }) => [
    about,
    reason,
    kind,
    acts.join(),
    missingColumns,
  ]);
  expect(parts.sort()).toEqual([
    ['appointment', 'changed', 'cancel', 'close', 0],
    ['link', 'locked', null, 'unlock', 0],
    ['waiting', 'parked', 'mark-confirmed', '', 2],
  ]);
  for (const task of tasks) {
    expect(task).toMatchObject({
      patientDisplay: 'Mara Madeup',
      booking: { providerDisplay: 'Dr. Abel Invented', start: '2026-11-27 10:00:00' },
      requestedBy: null,
      done: null,
    });
  }
  for (const about of ['appointment', 'waiting', 'link'] as const)
    expect((await list(`?about=${about}`)).tasks.map((one) => one.about)).toEqual([about]);
  expect((await list('', both)).tasks).toEqual([]);
});

it('lists what a deliverer has not taken for a minute, and not what is on its way', async () => {
  await taken('b1', 'cancel');
  expect((await list()).tasks).toEqual([]);
  await portal.owner.query(`update write_back set state_since = now() - interval '61 seconds'`);
  expect((await list()).tasks).toMatchObject([{ about: 'waiting', reason: 'queued', acts: [] }]);
  await portal.owner.query(`update write_back set state = 'retrying', state_since = now()`);
  expect((await list()).tasks).toMatchObject([{ reason: 'retrying' }]);
  await portal.owner.query(`update write_back set state = 'acknowledged'`);
  expect((await list()).tasks).toEqual([]);
});

it('keeps what was dealt with and by whom, and opens it again', async () => {
  await giveUp(await taken('b1', 'cancel'));
  const [task] = (await list()).tasks;
  expect(await act(task!, 'reopen')).toBe(404);
  expect(await act(task!, 'done', both)).toBe(404);
  expect(await act(task!, 'done')).toBe(204);
  expect((await list()).tasks).toEqual([]);
  const done = await list('?show=done');
  expect([done.counts.appointment, done.tasks]).toMatchObject([
    0,
    [{ taskId: task!.taskId, acts: ['reopen'], done: { by: 'Jo Standish-Test' } }],
  ]);
  expect(await act(task!, 'reopen', both)).toBe(404);
  expect(await act(task!, 'reopen')).toBe(204);
  expect((await list()).tasks).toMatchObject([{ taskId: task!.taskId, done: null }]);
  const { rows } = await portal.owner.query(
    `select action, user_id is not null as named from audit_event where entity = 'staff-task' and entity_id = $1 order by at`,
    [task!.taskId],
  );
  expect(rows).toEqual([
    { action: 'close-task', named: true },
    { action: 'reopen-task', named: true },
  ]);
});

it('unlocks a link in the act that closes its task, and does not lock it by opening the task again', async () => {
  const linkId = await lockedLink('b1');
  const [task] = (await list()).tasks;
  expect(await act(task!, 'done')).toBe(204);
  const { rows } = await portal.owner.query('select tries, locked_at from appointment_link where link_id = $1', [
    linkId,
  ]);
  expect(rows).toEqual([{ tries: 0, locked_at: null }]);
  expect((await list('?show=done')).tasks).toMatchObject([{ about: 'link', acts: [] }]);
  expect(await act(task!, 'reopen')).toBe(404);
});

it('names no patient whose booking may not be listed', async () => {
  await giveUp(await taken('b1', 'cancel'));
  await portal.owner.query(`update booking set state = 'visibility-lost'`);
  expect((await list()).tasks).toMatchObject([
    { patientDisplay: null, booking: { providerDisplay: 'Dr. Abel Invented' } },
  ]);
});
