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
