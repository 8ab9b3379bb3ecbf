// Runs of one slice, what is read by itself, deletions and late commits that a recent run hears of, and an EMR that was restored.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Mishap } from './emr-proxy.ts';
import { all, type Slice, type SyncClinic, syncClinic, tenantId } from './sync-clinic.ts';

let clinic: SyncClinic;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  await clinic.sync('full');
});
afterEach(() => clinic.close());

const change = (sql: string, ...ids: readonly string[]) =>
  clinic.emr.query(
    `update appointment set ${sql}, version_id = version_id + 1, last_updated = clock_timestamp() where tenant_id = $1 and appointment_id = any ($2)`,
    [tenantId, ids],
  );
const isTrue = async () => expect(await clinic.listed()).toEqual(await clinic.permitted());
const hillCho: Slice = ['hill', 'cho'];

/** Everything that the portal and Cloud Connect keep of the other slices, as it lies on the page. */
const others = async ([office, provider]: Slice) => {
  const of = (table: string) =>
    clinic.portal
      .query(`select xmin::text, * from ${table} where (office_id, provider_id) <> ($1, $2) order by 1, 2, 3, 4, 5`, [
        office,
        provider,
      ])
      .then(({ rows }) => rows);
  return { bookings: await of('booking'), schedules: await of('schedule'), cursors: await of('connect.slice_cursor') };
};

describe('a run of one slice', () => {
  test('brings back what was granted again, with patients as they are now, and touches no other slice', async () => {
    const before = await clinic.listed();
    await clinic.grant(hillCho, 0);
    await clinic.sync('recent');
    await clinic.emr.query(
      `update patient set family = 'Renamed', version_id = version_id + 1, last_updated = last_updated - interval '1 day' where tenant_id = $1 and patient_id = 'patient-3'`,
      [tenantId],
    );
    await clinic.grant(hillCho, all);
    // Elsewhere something changes that this run is not asked to bring.
    await change(`status = 'arrived'`, 'shore-baker-1');
    const untouched = await others(hillCho);
    const run = await clinic.sync('slice', { slice: hillCho });
    expect(run).toMatchObject({
      mode: 'slice',
      state: 'complete',
      problem: null,
      totals: { fetched: 30, returned: 30 },
    });
    expect(await others(hillCho)).toEqual(untouched);
    const now = await clinic.listed();
    expect(now.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(now.find(({ id }) => id === 'hill-cho-3')?.patient).toBe('Renamed');
    const { rows: ledger } = await clinic.portal.query(
      'select office_id, provider_id, returned from connect.slice_ledger where run_id = $1',
      [run.runId],
    );
    expect(ledger).toEqual([{ office_id: 'hill', provider_id: 'cho', returned: 30 }]);
    // And what changed elsewhere is not lost to the next recent run.
    await clinic.sync('recent');
    await isTrue();
  });

  test('follows a booking that moved to another schedule, marks the absent of its own, and stops at its own guard', async () => {
    await change(`office_id = 'shore'`, 'hill-cho-3');
    await clinic.emr.query(`delete from appointment where appointment_id in ('hill-cho-9', 'shore-cho-9')`);
    expect(await clinic.sync('slice', { slice: hillCho })).toMatchObject({
      state: 'complete',
      totals: { unconfirmed: 1, removed: 0 },
    });
    expect(await clinic.stateOf('hill-cho-9')).toBe('unconfirmed');
    expect(await clinic.stateOf('shore-cho-9')).toBe('present');
    expect((await clinic.listed()).find(({ id }) => id === 'hill-cho-3')).toMatchObject({ office: 'shore' });
    await clinic.emr.query(`delete from appointment where appointment_id like 'hill-cho-%'`);
    expect(await clinic.sync('slice', { slice: hillCho })).toMatchObject({
      state: 'waiting-for-decision',
      totals: { unconfirmed: 0, wouldBeUnconfirmed: 28 },
    });
    // What a person has to decide stays so, whatever is read after it.
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete-with-gaps' });
    expect((await clinic.status()).bar).toBe('waiting');
  });

  test('under permissions that keep moving removes nothing, and is still followed afterwards', async () => {
    await clinic.emr.query(`delete from appointment where appointment_id like 'hill-cho-1%'`);
    clinic.proxy.mishap = async (path) => {
      if (path.startsWith('/fhir/Appointment?')) await clinic.grant(['shore', 'baker'], all);
      return undefined;
    };
    expect(await clinic.sync('slice', { slice: hillCho })).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.permissions-moving' },
      totals: { unconfirmed: 0 },
    });
    clinic.proxy.mishap = () => undefined;
    await change(`status = 'arrived'`, 'hill-cho-3');
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { visibilityLost: 0 } });
    expect(await clinic.countStates()).toEqual({ present: 120 });
  });

  test('is asked for by a Site Admin, and refused for a schedule that is not known', async () => {
    const ask = (officeId: string) =>
      clinic.askConnect('POST', '/api/sync-runs', { mode: 'slice', officeId, providerId: 'cho' });
    expect((await ask('nowhere')).statusCode).toBe(404);
    expect((await ask('hill')).statusCode).toBe(202);
    expect((await ask('hill')).statusCode).toBe(409);
    await clinic.worker.drain();
    expect((await clinic.status()).last).toMatchObject({
      mode: 'slice',
      slice: { officeId: 'hill', providerId: 'cho' },
      cause: 'asked',
      state: 'complete',
    });
  });
});

describe('the queue', () => {
  test('a full sync asked for while a run is going waits for it and starts before all others that wait', async () => {
    const asked: string[] = [];
    clinic.proxy.mishap = async (path) => {
      if (path.startsWith('/fhir/Appointment/$digest') && asked.length === 0) {
        asked.push(await clinic.ask('slice', { slice: hillCho }), await clinic.ask('recent'), await clinic.ask('full'));
      }
      return undefined;
    };
    await clinic.sync('full');
    const { rows } = await clinic.portal.query<{ id: string }>(
      'select run_id as id from connect.sync_run where run_id = any ($1) order by started_at',
      [asked],
    );
    expect(rows.map(({ id }) => id)).toEqual([asked[2], asked[0], asked[1]]);
  });

  test('a recent run that nobody asked for has what came into reach read at once; one that a person asked for does not', async () => {
    await clinic.grant(hillCho, 0);
    await clinic.grant(['shore', 'cho'], 62);
    await clinic.sync('recent');
    await clinic.grantAll(all);
    await clinic.sync('recent');
    expect((await clinic.listed()).length).toBe(60);
    await clinic.sync('recent', { cause: 'interval' });
    await isTrue();
    const { rows } = await clinic.portal.query(
      `select office_id, cause, state from connect.sync_run where mode = 'slice' order by office_id`,
    );
    expect(rows).toEqual([
      { office_id: 'hill', cause: 'follow-up', state: 'complete' },
      { office_id: 'shore', cause: 'follow-up', state: 'complete' },
    ]);
    expect((await clinic.status()).bar).toBe('idle');
  });
});

describe('a deletion that left a tombstone', () => {
  const deleteTwo = async () => {
    await clinic.emr.query('alter table appointment enable trigger keep_deleted');
    await change(`status = 'arrived'`, 'hill-abel-2');
    await clinic.emr.query(`delete from appointment where appointment_id in ('hill-abel-1', 'hill-abel-2')`);
  };

  test('is in a recent run, the change before it is not, and a run that is taken over still knows it', async () => {
    await deleteTwo();
    // The first attempt ends where everything is staged.
    let broken = false;
    clinic.proxy.mishap = (path) => {
      if (!path.includes('$permission-coverage') || !clinic.proxy.seen.some((one) => one.includes('_history'))) {
        return undefined;
      }
      if (!broken) {
        broken = true;
        return clinic.portal
          .query(
            `update connect.sync_run set lease_owner = 'another', lease_until = now() - interval '1 hour' where state = 'running'`,
          )
          .then(() => undefined);
      }
      return undefined;
    };
    const run = await clinic.sync('recent');
    expect(broken).toBe(true);
    expect(run).toMatchObject({ state: 'complete', totals: { removed: 2, unconfirmed: 0 } });
    expect(await clinic.stateOf('hill-abel-2')).toBe('deleted');
    await isTrue();
  });

  /** The server says nothing of these. */
  const without =
    (...words: readonly string[]) =>
    (path: string): Mishap | undefined =>
      path.includes('/metadata')
        ? { rewrite: (text) => words.reduce((left, word) => left.replaceAll(`"${word}"`, '"other"'), text) }
        : undefined;

  test('is in a recent run where the server has no history and an export that says it', async () => {
    clinic.proxy.mishap = without('history-type');
    await deleteTwo();
    await change(`status = 'arrived'`, 'hill-abel-3');
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { removed: 2, updated: 1 } });
    expect(clinic.proxy.seen.some((path) => path.startsWith('/fhir/$export?') && path.includes('_since='))).toBe(true);
    await isTrue();
  });

  test('that cannot be read in the export is not passed over: changes are searched for, and it waits for a full run', async () => {
    clinic.proxy.mishap = (path) =>
      path.endsWith('/deleted.ndjson')
        ? { rewrite: (text) => text.replaceAll('"DELETE"', '"OTHER"') }
        : without('history-type')(path);
    await deleteTwo();
    await change(`status = 'arrived'`, 'hill-abel-3');
    expect(await clinic.sync('recent')).toMatchObject({
      totals: { removed: 0, updated: 1, insteadOf: { key: 'sync.emr.not-fhir' } },
    });
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { removed: 2 } });
    await isTrue();
  });

  test('is found by the next full run where the server has neither', async () => {
    clinic.proxy.mishap = without('history-type', 'export');
    await deleteTwo();
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { removed: 0 } });
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { removed: 2 } });
    await isTrue();
  });
});

describe('a change that is committed late', () => {
  const book = (id: string, stampedAt: string) =>
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at, last_updated)
     select tenant_id, '${id}', office_id, provider_id, patient_id, 'booked', start_at + interval '5 minutes', end_at + interval '5 minutes',
            ${stampedAt}
       from appointment where appointment_id = 'hill-abel-3'`;
  const cursor = async () => {
    const { rows } = await clinic.portal.query<{ at: Date }>('select min(cursor_at) as at from connect.slice_cursor');
    return rows[0]!.at.getTime();
  };

  test('by a transaction that took long is in the next recent run, however many ended meanwhile', async () => {
    const slow = await clinic.emr.connect();
    try {
      await slow.query('begin');
      // As if it had begun ten minutes ago.
      await slow.query(`select open_changes_from(now() - interval '10 minutes')`);
      await slow.query(book('late', `now() - interval '10 minutes'`));
      for (const created of [0, 0]) expect(await clinic.sync('recent')).toMatchObject({ totals: { created } });
      await slow.query('commit');
      expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { created: 1 } });
      expect(await clinic.stateOf('late')).toBe('present');
    } finally {
      slow.release();
    }
    const before = Date.now() - 60_000;
    expect(await clinic.sync('recent')).toMatchObject({ state: 'complete', totals: { created: 0 } });
    expect(await cursor()).toBeGreaterThan(before);
  });

  test.each([
    ['a booking', `insert`, (id: string) => book(id, 'clock_timestamp()')],
    [
      'a change',
      `update`,
      () => `update appointment set last_updated = clock_timestamp() where appointment_id = 'hill-abel-4'`,
    ],
    [
      'a patient',
      `patient`,
      () => `update patient set last_updated = clock_timestamp() where patient_id = 'patient-1'`,
    ],
    ['a deletion', `delete`, () => `delete from appointment where appointment_id = 'hill-abel-5'`],
  ])('holds the cursor back while it is open: %s', async (_what, id, statement) => {
    const slow = await clinic.emr.connect();
    try {
      await slow.query('begin');
      const { rowCount } = await slow.query(statement(id));
      expect(rowCount).toBe(1);
      const { rows } = await slow.query<{ at: Date }>('select clock_timestamp() as at');
      await sleep(1100);
      await clinic.sync('recent');
      expect(await cursor()).toBeLessThanOrEqual(rows[0]!.at.getTime());
      await slow.query('rollback');
      await clinic.sync('recent');
      expect(await cursor()).toBeGreaterThan(rows[0]!.at.getTime());
    } finally {
      slow.release();
    }
  });

  test('by a server that says nothing of it is found within two minutes', async () => {
    await clinic.emr.query(book('late', `now() - interval '110 seconds'`));
    expect(await clinic.sync('recent')).toMatchObject({ totals: { created: 1 } });
  });
});

describe('an EMR that was restored from a backup', () => {
  test('is noticed by any run, which then reads everything and says so', async () => {
    await clinic.emr.query('create table backup as select * from appointment');
    await change(`status = 'arrived'`, 'hill-abel-1', 'hill-abel-2', 'shore-cho-4');
    await clinic.sync('recent');
    await isTrue();
    // Back to the state of an hour ago; and life goes on.
    await clinic.emr.query(`delete from appointment; insert into appointment select * from backup`);
    await change(`status = 'cancelled'`, 'shore-baker-7');
    const run = await clinic.sync('recent');
    expect(run).toMatchObject({ mode: 'full', state: 'complete-with-gaps', problem: { key: 'sync.restored' } });
    await isTrue();
    expect(await clinic.sync('recent')).toMatchObject({ mode: 'recent', state: 'complete', problem: null });
  });

  test('what was booked since the backup is unconfirmed, not gone', async () => {
    await clinic.emr.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       select ${tenantId}, 'since-' || n, 'hill', 'abel', 'patient-1', 'booked', now() + n * interval '5 hours', now() + n * interval '6 hours'
         from generate_series(1, 5) n`,
    );
    await clinic.sync('recent');
    await clinic.emr.query(`delete from appointment where appointment_id like 'since-%'`);
    expect(await clinic.sync('slice', { slice: ['shore', 'cho'] })).toMatchObject({
      mode: 'full',
      problem: { key: 'sync.restored' },
      totals: { unconfirmed: 5 },
    });
    expect(await clinic.stateOf('since-3')).toBe('unconfirmed');
  });
});
