// The EMR tells Cloud Connect that something changed, over real HTTP and signed; whoever else says so begins nothing.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type AnnouncementKeeper, createAnnouncementKeeper } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { openSecret } from '../src/platform/sealed.ts';
import { all, type SyncClinic, syncClinic, tenantId } from './sync-clinic.ts';
import { sealingKey } from './sync-portal.ts';

let clinic: SyncClinic;
let keeper: AnnouncementKeeper;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  await clinic.grantAll(all);
  await clinic.sync('full');
  keeper = createAnnouncementKeeper({
    syncUrl: clinic.syncUrl,
    sealingKey,
    clock: systemClock,
    log: createLog({ level: 'fatal', name: 'test' }),
    announceUrl: await clinic.listen(),
  });
  await keeper.drain();
});
afterEach(async () => {
  await keeper.stop();
  await clinic.close();
});

/** The EMR tells what it has to tell, and the worker does what follows from it. */
async function told(): Promise<void> {
  await clinic.tell();
  // Announced runs keep a distance.
  await clinic.portal.query(`update connect.sync_run set not_before = now() where state = 'queued'`);
  await clinic.worker.drain();
}
const causes = async () => {
  const { rows } = await clinic.portal.query<{ run: string }>(
    `select mode || ' ' || cause as run from connect.sync_run order by requested_at`,
  );
  return rows.map(({ run }) => run);
};
const subscribed = async () => {
  const { rows } = await clinic.portal.query<{
    watches: string;
    key: string;
    sealed: Buffer;
    emr_id: string;
    state: string;
    heard: boolean;
  }>(
    `select watches, address_key as key, secret_sealed as sealed, emr_id, state, heard_at is not null as heard
       from connect.subscription order by watches`,
  );
  return rows;
};

test('a change and a permission that is given are in the portal without anybody asking', async () => {
  expect(await subscribed()).toMatchObject(
    ['$permission-coverage', 'Appointment', 'Patient'].map((watches) => ({ watches, state: 'active', heard: false })),
  );
  // The EMR's first word begins a run: what was not told before is read.
  await told();
  expect((await subscribed()).every((one) => one.heard)).toBe(true);
  expect(await causes()).toEqual(['full asked', 'recent announced']);

  // As a request of the clinic's own would.
  await clinic.emr.query(
    `begin; set local tidegate.tenant_id = '${tenantId}';
     update appointment set status = 'arrived', version_id = version_id + 1, last_updated = clock_timestamp() where appointment_id = 'hill-cho-1';
     commit`,
  );
  await told();
  expect(await clinic.listed()).toEqual(await clinic.permitted());

  await clinic.grant(['hill', 'cho'], 0);
  await told();
  expect((await clinic.listed()).length).toBe(90);
  await clinic.grant(['hill', 'cho'], all);
  await told();
  expect(await clinic.listed()).toEqual(await clinic.permitted());
  expect((await clinic.listed()).length).toBe(120);
  expect(await causes()).toEqual([
    'full asked',
    'recent announced',
    'recent announced',
    'recent announced',
    'recent announced',
    'slice follow-up',
  ]);
});

test('a subscription that the EMR gave up or lost is made anew, and one that is well is left alone', async () => {
  const before = await subscribed();
  const again = async () => {
    await clinic.portal.query('update connect.connection set announcements_due_at = now()');
    await keeper.drain();
    return subscribed();
  };
  expect(await again()).toEqual(before);
  await clinic.emr.query(`update subscription set status = 'off' where subscription_id = $1`, [before[1]!.emr_id]);
  const after = await again();
  expect(after.map((one, index) => one.key === before[index]!.key)).toEqual([true, false, true]);
  await told();
  expect((await causes()).at(-1)).toBe('recent announced');
});

test('an EMR that refuses to announce is asked again at growing distances, and at once under new settings', async () => {
  await clinic.portal.query('delete from connect.subscription');
  const asked = { count: 0 };
  clinic.proxy.mishap = (path, method) => {
    if (method !== 'POST' || path !== '/fhir/Subscription') return undefined;
    asked.count += 1;
    return { status: 422, body: '{"resourceType":"OperationOutcome"}' };
  };
  const due = async () => {
    const before = asked.count;
    await clinic.portal.query('update connect.connection set announcements_due_at = now()');
    await keeper.drain();
    return asked.count - before;
  };
  const minutes = async () => {
    const { rows } = await clinic.portal.query<{ minutes: number }>(
      `select round(extract(epoch from ask_after - now()) / 60)::integer as minutes from connect.subscription where watches = 'Patient'`,
    );
    return rows[0]!.minutes;
  };
  const passed = () => clinic.portal.query(`update connect.subscription set ask_after = now() - interval '1 second'`);
  // That of the permissions a second time, without the address at which it may ask us what a change would do.
  expect([await due(), await minutes()]).toEqual([4, 10]);
  expect([await due(), await due()]).toEqual([0, 0]);
  const distances: number[] = [];
  for (let again = 0; again < 9; again += 1) {
    await passed();
    expect(await due()).toBe(4);
    distances.push(await minutes());
  }
  expect(distances).toEqual([20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
  await clinic.select(['abel', 'baker', 'cho']);
  clinic.proxy.mishap = () => undefined;
  await keeper.drain();
  expect((await subscribed()).map(({ state }) => state)).toEqual(['active', 'active', 'active']);
});

describe('announced runs', () => {
  const kept = async () => {
    const { rows } = await clinic.portal.query<{ id: string }>(
      'select run_id as id from connect.sync_run order by ended_at, run_id',
    );
    return rows.map(({ id }) => id);
  };
  /** A run that ended so many hours ago, with what it found of two schedules. */
  const run = async (
    id: string,
    hoursAgo: number,
    more: { cause?: string; changed?: number; outcome?: string; state?: string; slices?: string[] } = {},
  ) => {
    const { cause = 'announced', changed = 1, outcome = 'complete', slices: of = ['abel', 'cho'] } = more;
    const state = more.state ?? (outcome === 'complete' ? 'complete' : 'complete-with-gaps');
    const key = [clinic.connectionId, id];
    await clinic.portal.query(
      `insert into connect.sync_run (site_id, connection_id, run_id, mode, state, step, cause, requested_at, started_at, ended_at)
       select 7, $1, $2, 'recent', $3, 'ended', $4, at, at, at from (select now() - $5 * interval '1 hour' as at) as one`,
      [...key, state, cause, hoursAgo],
    );
    await clinic.portal.query(
      `insert into connect.slice_ledger (site_id, connection_id, run_id, office_id, provider_id, updated, outcome)
       select 7, $1, $2, 'hill', provider, $3, $4 from unnest($5::text[]) as provider`,
      [...key, changed, outcome, of],
    );
  };

  test('go after a day, or an hour where they changed nothing; what was asked for, the last, and the last word on a gap stay', async () => {
    await clinic.portal.query('delete from connect.slice_ledger; delete from connect.sync_run');
    await run('gap of nobody else', 90, { outcome: 'failed', slices: ['baker'] });
    await run('gap, told again', 80, { outcome: 'failed' });
    await run('waits', 75, { outcome: 'waiting', state: 'waiting-for-decision' });
    await run('asked', 70, { cause: 'asked' });
    await run('by the clock', 60, { cause: 'interval' });
    await run('a day and more', 25);
    await run('changeless', 2, { changed: 0 });
    await run('changeless, with a gap', 1.9, { changed: 0, outcome: 'partly' });
    await run('of today', 1.5);
    await run('changeless, just now', 0.5, { changed: 0 });
    await clinic.portal.query('update connect.connection set next_run_at = now()');
    await clinic.worker.drain();
    const all = await kept();
    const [last] = all.splice(-1);
    expect(all).toEqual([
      'gap of nobody else',
      'waits',
      'asked',
      'by the clock',
      'changeless, with a gap',
      'of today',
      'changeless, just now',
    ]);
    expect(last).toMatch(/^[\w-]+$/);
    const { rows } = await clinic.portal.query(
      'select from connect.slice_ledger l where not exists (select from connect.sync_run r where r.run_id = l.run_id)',
    );
    expect(rows).toEqual([]);
  });

  test('stay where one is the last of its kind, however old', async () => {
    await clinic.portal.query('delete from connect.slice_ledger; delete from connect.sync_run');
    await run('the only one', 900);
    await clinic.portal.query(
      `update connect.connection set next_run_at = now(); update connect.slice_cursor set cursor_at = null`,
    );
    await clinic.worker.drain();
    expect(await kept()).toContain('the only one');
  });
});

describe('an announcement', () => {
  interface Say {
    readonly id?: string;
    readonly at?: number;
    readonly body?: string;
    readonly signedBody?: string;
    readonly secret?: string;
    readonly key?: string;
  }
  async function say({ id = 'one', at, body = '', signedBody = body, secret, key }: Say = {}): Promise<number> {
    const [, one] = await subscribed();
    const seconds = String(at ?? Math.floor(systemClock.now().getTime() / 1000));
    const signing = Buffer.from((secret ?? openSecret(one!.sealed, sealingKey, one!.key)).slice(6), 'base64');
    const signature = createHmac('sha256', signing).update(`${id}.${seconds}.${signedBody}`).digest('base64');
    const answer = await fetch(`${await clinic.listen()}/announcements/${key ?? one!.key}`, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,AAAA v1,${signature}`,
        'content-type': 'application/fhir+json',
      },
      body,
    });
    return answer.status;
  }
  const begun = async () => (await causes()).filter((run) => run === 'recent announced').length;
  const now = () => Math.floor(systemClock.now().getTime() / 1000);

  test('that is signed begins one run, and begins no second one when it is sent anew', async () => {
    expect(await say({ body: '{"resourceType":"Bundle"}' })).toBe(204);
    await clinic.worker.drain();
    expect(await begun()).toBe(1);
    expect(await say({ at: now() + 1 })).toBe(204);
    expect(await begun()).toBe(1);
    expect(await say({ id: 'two' })).toBe(204);
    expect(await begun()).toBe(2);
  });

  test('that is repeated, old, from the future, signed by another or for another body, or of nobody begins nothing', async () => {
    expect(await say({ at: now() - 10 })).toBe(204);
    const before = await begun();
    await clinic.worker.drain();
    expect([
      await say({ id: 'old', at: now() - 400 }),
      await say({ id: 'ahead', at: now() + 400 }),
      await say({ id: 'forged', secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }),
      await say({ id: 'changed', body: 'x', signedBody: 'y' }),
      await say({ id: 'nobody', key: 'unknown' }),
    ]).toEqual([401, 401, 401, 401, 404]);
    const replayed = now();
    expect(await say({ id: 'three', at: replayed })).toBe(204);
    expect(await say({ id: 'three', at: replayed })).toBe(409);
    expect(await begun()).toBe(before + 1);
  });
});

test('Synchronize Appointments of a member is a wish, once, that the worker carries out', async () => {
  const [slice] = await clinic.listed();
  await clinic.emr.query(
    `update appointment set type_text = 'Wished for', version_id = version_id + 1, last_updated = now() where appointment_id = $1`,
    [slice!.id],
  );
  const wish = async () => (await clinic.askPortal('POST', '/api/synchronize')).json<{ made: boolean }>();
  expect(await wish()).toEqual({ made: true });
  expect(await wish()).toEqual({ made: false });
  await clinic.worker.drain();
  expect(await causes()).toEqual(['full asked', 'recent asked']);
  const { rows } = await clinic.portal.query('select type_text as type from booking where booking_id = $1', [
    slice!.id,
  ]);
  expect(rows).toEqual([{ type: 'Wished for' }]);
  expect(await wish()).toEqual({ made: true });
});
