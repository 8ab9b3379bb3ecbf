// What a Site Admin decides: to let a run go on that waits, to take unconfirmed bookings off the lists, what absence means of this EMR,
// and who is new.
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { StartedRun, SyncHistory, UnconfirmedBookings } from '../src/connect/contract/sync.ts';
import { all, type Slice, type SyncClinic, syncClinic, tenantId } from './sync-clinic.ts';

const providers = ['abel', 'baker', 'cho'];
const hillCho: Slice = ['hill', 'cho'];

let clinic: SyncClinic;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  await clinic.sync('full');
});
afterEach(() => clinic.close());

const vanish = (pattern: string) => clinic.emr.query('delete from appointment where appointment_id like $1', [pattern]);
const release = (runId: string) => clinic.askConnect('POST', `/api/sync-runs/${runId}/release`, {});
/** Lets the run go on, and what it ends as. */
const goOn = async (runId: string) => {
  const answer = await release(runId);
  expect(answer.statusCode).toBe(202);
  await clinic.worker.drain();
  return clinic.run(answer.json<StartedRun>().runId);
};
const audits = async (action: string) =>
  (await clinic.portal.query('select user_id, entity_id, after from audit_event where action = $1', [action])).rows;

/** Of each: its run, whether it is open, and who decided. */
const guardTasks = async () =>
  (
    await clinic.portal.query<{ run: string; open: boolean; by: string | null }>(
      `select run_id as run, done_at is null as open, done_by as by from staff_task where reason = 'guarded' order by created_at`,
    )
  ).rows.map(({ run, open, by }) => [run, open, by]);

describe('a run that waits', () => {
  test('is shown by name, and goes on when a Site Admin has looked: what he saw becomes unconfirmed, and stays listed', async () => {
    await vanish('hill-cho-%');
    const waiting = await clinic.sync('full');
    expect(waiting.state).toBe('waiting-for-decision');
    expect(await guardTasks()).toEqual([[waiting.runId, true, null]]);
    expect((await clinic.status()).waiting).toMatchObject({
      runId: waiting.runId,
      mode: 'full',
      schedules: [{ officeName: 'Lantern Hill', providerId: 'cho', absent: 30, known: 30 }],
    });
    expect(await goOn(waiting.runId)).toMatchObject({ state: 'complete', totals: { unconfirmed: 30, removed: 0 } });
    expect(await clinic.countStates()).toEqual({ present: 90, unconfirmed: 30 });
    expect(await clinic.status()).toMatchObject({ waiting: null, bar: 'idle' });
    expect(await guardTasks()).toEqual([[waiting.runId, false, expect.any(String)]]);
    expect(await audits('release-run')).toMatchObject([
      { entity_id: waiting.runId, after: { released: [{ officeId: 'hill', providerId: 'cho', absent: 30 }] } },
    ]);
    // What was let through is decided: the same absence stops no later run.
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { unconfirmed: 0 } });
  });

  test('waits again when more is absent than was seen', async () => {
    await vanish('hill-cho-%');
    const waiting = await clinic.sync('full');
    await vanish('shore-baker-%');
    expect(await goOn(waiting.runId)).toMatchObject({
      state: 'waiting-for-decision',
      totals: { unconfirmed: 0, wouldBeUnconfirmed: 60 },
    });
    expect(await clinic.countStates()).toEqual({ present: 120 });
    expect((await guardTasks()).map(([, open, by]) => [open, by !== null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  test('is let go on once, by a run of the same slice, and not when a later one has ended', async () => {
    await vanish('hill-cho-%');
    const slice = await clinic.sync('slice', { slice: hillCho });
    expect(slice.state).toBe('waiting-for-decision');
    expect(await goOn(slice.runId)).toMatchObject({ mode: 'slice', state: 'complete', totals: { unconfirmed: 30 } });
    expect((await release(slice.runId)).statusCode).toBe(409);
    expect((await release('no such run')).statusCode).toBe(404);
    const complete = await clinic.sync('full');
    expect((await release(complete.runId)).statusCode).toBe(409);
  });
});

describe('unconfirmed bookings', () => {
  const at = '/api/schedules/hill/cho';
  const look = async () => (await clinic.askConnect('GET', `${at}/unconfirmed`)).json<UnconfirmedBookings>();

  test('are listed without their patients, and leave the lists when they are released: those that were seen, and no others', async () => {
    await vanish('hill-cho-1');
    await clinic.sync('full');
    const seen = await look();
    expect(seen).toMatchObject({ total: 1, bookings: [{ bookingId: 'hill-cho-1' }] });
    expect(Object.keys(seen.bookings[0]!).sort()).toEqual(['bookingId', 'date', 'since', 'time']);
    // One more, whom nobody has looked at, and one that is no such booking.
    await vanish('hill-cho-2');
    await clinic.sync('full');
    const bookingIds = ['hill-cho-1', 'hill-cho-3'];
    const answer = await clinic.askConnect('POST', `${at}/release`, { bookingIds });
    expect([answer.statusCode, answer.json()]).toEqual([200, { released: 1 }]);
    expect(await clinic.countStates()).toEqual({ present: 118, unconfirmed: 1, released: 1 });
    expect((await clinic.listed()).map(({ id }) => id)).not.toContain('hill-cho-1');
    expect(await look()).toMatchObject({ total: 1, bookings: [{ bookingId: 'hill-cho-2' }] });
    expect(await audits('release-unconfirmed')).toMatchObject([{ after: { bookingIds: ['hill-cho-1'] } }]);
    expect((await clinic.askConnect('POST', `${at}/release`, { bookingIds })).statusCode).toBe(409);
    expect((await clinic.askConnect('POST', '/api/schedules/shore/cho/release', { bookingIds })).statusCode).toBe(409);
    // It stays away, and the books say that it is skipped.
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { unconfirmed: 0, returned: 0 } });
    expect(await clinic.stateOf('hill-cho-1')).toBe('released');
    expect((await clinic.status()).books).toMatchObject({ shown: 119, skipped: 1 });
  });

  test('come back by themselves when the EMR lists them again', async () => {
    const { rows } = await clinic.emr.query(`select * from appointment where appointment_id = 'hill-cho-1'`);
    await vanish('hill-cho-1');
    await clinic.sync('full');
    await clinic.askConnect('POST', `${at}/release`, { bookingIds: ['hill-cho-1'] });
    const names = Object.keys(rows[0]!);
    await clinic.emr.query(
      `insert into appointment (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(rows[0]!),
    );
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { returned: 1 } });
    expect(await clinic.listed()).toEqual(await clinic.permitted());
  });
});

describe('an EMR that deletes without a trace', () => {
  test('is believed where a Site Admin says so: absent under proved coverage is deleted, also what was unconfirmed', async () => {
    await vanish('hill-cho-1');
    await clinic.sync('full');
    expect(await clinic.stateOf('hill-cho-1')).toBe('unconfirmed');
    await clinic.select(providers, { absenceIsDeletion: true });
    await vanish('hill-cho-2');
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { removed: 2, unconfirmed: 0 } });
    expect(await clinic.countStates()).toEqual({ present: 118, deleted: 2 });
    expect(await clinic.listed()).toEqual(await clinic.permitted());
  });

  test('is not believed where the columns are not held, nor beyond the guard', async () => {
    await clinic.select(providers, { absenceIsDeletion: true });
    await clinic.grant(hillCho, 0);
    await clinic.sync('full');
    expect(await clinic.countStates()).toEqual({ present: 90, 'visibility-lost': 30 });
    await clinic.grant(hillCho, all);
    await clinic.sync('full');
    await vanish('shore-baker-%');
    const waiting = await clinic.sync('full');
    expect(waiting).toMatchObject({ state: 'waiting-for-decision', totals: { removed: 0 } });
    expect(await clinic.countStates()).toEqual({ present: 120 });
    expect(await goOn(waiting.runId)).toMatchObject({ state: 'complete', totals: { removed: 30 } });
  });
});

describe('a provider who is new in the EMR', () => {
  const arrive = async () => {
    await clinic.emr.query(
      `insert into provider (tenant_id, provider_id, family, given, prefix) values ($1, 'dew', 'dew', 'Dot', 'Dr.')`,
      [tenantId],
    );
    await clinic.emr.query(
      `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
       select $1, office, 'dew', 'schedule-' || office || '-dew', 'role-' || office || '-dew' from unnest(array['hill', 'shore']) as office`,
      [tenantId],
    );
    await clinic.emr.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       select tenant_id, 'hill-dew-1', office_id, 'dew', patient_id, status, start_at, end_at from appointment where appointment_id = 'hill-abel-1'`,
    );
    await clinic.grant(['hill', 'dew'], all);
    await clinic.grant(['shore', 'dew'], all);
  };
  const choose = (providerId: string, choice: string) =>
    clinic.askConnect('POST', `/api/undecided-providers/${providerId}`, { choice });
  const news = async () => (await clinic.status()).newProviders.map(({ providerId, offices }) => [providerId, offices]);

  test('is announced by the next run of any kind, and read when a Site Admin selects him', async () => {
    expect(await news()).toEqual([]);
    await arrive();
    await clinic.sync('recent');
    expect(await news()).toEqual([['dew', ['Lantern Hill', 'Quiet Shore']]]);
    expect((await choose('dew', 'select')).statusCode).toBe(204);
    expect(await news()).toEqual([]);
    await clinic.worker.drain();
    expect((await clinic.listed()).map(({ id }) => id)).toContain('hill-dew-1');
    expect((await choose('dew', 'select')).statusCode).toBe(409);
    expect((await choose('abel', 'select')).statusCode).toBe(409);
    expect((await choose('dew', 'maybe')).statusCode).toBe(400);
    expect(await audits('select-new-provider')).toMatchObject([{ entity_id: 'dew', user_id: expect.any(String) }]);
    // A form that was read before does not take the choice back.
    await expect(clinic.select(providers)).rejects.toMatchObject({ kind: 'precondition-failed' });
  });

  test('is not asked about again when he is left out', async () => {
    await arrive();
    await clinic.sync('full');
    expect((await choose('dew', 'leave')).statusCode).toBe(204);
    await clinic.sync('full');
    expect(await news()).toEqual([]);
    expect((await clinic.portal.query(`select from booking where provider_id = 'dew'`)).rowCount).toBe(0);
  });

  test('is selected and read by himself where the standing rule says so', async () => {
    await clinic.select(providers, { selectNewProviders: true });
    await clinic.sync('full');
    await arrive();
    await clinic.sync('recent');
    expect(await news()).toEqual([]);
    expect((await clinic.listed()).map(({ id }) => id)).toContain('hill-dew-1');
    expect(await audits('select-new-provider')).toMatchObject([{ entity_id: 'dew', user_id: null }]);
  });
});

describe('freshness and volume', () => {
  test('are told step by step, and agree with the ledgers of the runs', async () => {
    await vanish('hill-cho-1');
    await clinic.sync('full');
    await clinic.grant(hillCho, 0);
    await clinic.sync('recent');
    for (const period of ['day', 'week']) {
      const { steps } = (await clinic.askConnect('GET', `/api/sync-history?period=${period}`)).json<SyncHistory>();
      expect(steps).toHaveLength(period === 'day' ? 24 : 28);
      const sum = (pick: (step: SyncHistory['steps'][number]) => number) =>
        steps.reduce((total, step) => total + pick(step), 0);
      const { rows } = await clinic.portal.query(
        'select sum(created)::integer as created, sum(removed + visibility_lost)::integer as removed from connect.slice_ledger',
      );
      expect({ created: sum((one) => one.created), removed: sum((one) => one.removed) }).toEqual(rows[0]);
      expect([sum((one) => one.runs), sum((one) => one.created)]).toEqual([3, 120]);
      expect(sum((one) => one.removed)).toBeGreaterThan(0);
      // Everything was read a moment ago; before that, never.
      expect(steps.at(-1)!.oldestMinutes).toBeLessThan(5);
      expect(steps[0]!.oldestMinutes).toBeNull();
    }
    // A run of an hour and a half ago is as old in the step where it stands, and an hour more in the last.
    await clinic.portal.query(
      `update connect.sync_run set started_at = started_at - interval '90 minutes', ended_at = ended_at - interval '90 minutes'`,
    );
    const { steps } = (await clinic.askConnect('GET', '/api/sync-history')).json<SyncHistory>();
    expect(steps.at(-1)!.runs).toBe(0);
    expect(steps.at(-1)!.oldestMinutes).toBeGreaterThanOrEqual(90);
  });
});
