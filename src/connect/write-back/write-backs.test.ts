import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WriteBacks } from '../contract/write-backs.ts';
import { createTestConnect, siteId, type TestConnect } from '../test-connect.ts';

let connect: TestConnect;
beforeAll(async () => {
  connect = await createTestConnect(inject('adminUrl'));
});
afterAll(() => connect.close());

const connectionId = 'c1';
const read = async (language = 'en') =>
  (await connect.ask('GET', '/api/write-backs', undefined, { 'accept-language': language })).json<WriteBacks>();

async function fill(): Promise<void> {
  const { owner, samId } = connect;
  await owner.query(
    `insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, features)
     values ($1, $2, 'main', 'http://emr.test/fhir', 'client', 'client_secret_post', '\\x00', '{day-sheet}')`,
    [siteId, connectionId],
  );
  await owner.query(
    `insert into office (site_id, connection_id, office_id, name, zone) values ($1, $2, 'hill', 'Lantern Hill', 'America/Vancouver')`,
    [siteId, connectionId],
  );
  await owner.query(
    `insert into provider (site_id, connection_id, provider_id, display) values ($1, $2, 'abel', 'Dr. Abel Invented')`,
    [siteId, connectionId],
  );
  const states = ['acknowledged', 'queued', 'retrying', 'parked', 'task', 'task'] as const;
  for (const [index, state] of states.entries()) {
    const id = `b${index}`;
    await owner.query(
      `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_masked, status, participation, start_at, end_at,
                            emr_version, emr_last_updated, state, state_since)
       values ($1, $2, $3, 'hill', 'abel', false, 'booked', 'needs-action', now(), now() + interval '1 hour', '1', now(), 'present', now())`,
      [siteId, connectionId, id],
    );
    await owner.query(
      `insert into write_back (site_id, connection_id, write_back_id, kind, booking_id, press_id, requested_by, requested_at, seen_version,
                               seen_status, seen_start_at, office_id, provider_id, state, state_since, next_attempt_at, failures,
                               missing_columns, problem)
       values ($1, $2, $3, 'mark-arrived', $3, $3, $4, now(), '1', 'booked', now(), 'hill', 'abel', $5, now(), now(), $6, $7, $8)`,
      [
        siteId,
        connectionId,
        id,
        samId,
        state,
        state === 'retrying' ? 3 : 0,
        state === 'parked' ? 34 : 0,
        state === 'retrying' ? JSON.stringify({ key: 'sync.emr.server-error', params: { status: 503 } }) : null,
      ],
    );
    if (state !== 'task') continue;
    await owner.query(
      `insert into staff_task (site_id, task_id, connection_id, write_back_id, reason, created_at, done_at)
       values ($1, $3, $2, $3, 'changed', now(), case when $4 then now() end)`,
      [siteId, connectionId, id, index === 5],
    );
  }
}

describe('Write-backs', () => {
  it('are none without a connection', async () => {
    expect(await read()).toMatchObject({ connection: null, items: [], counts: { parked: 0 } });
  });

  it('lists what has not reached the EMR, what needs a person first, each with its reason and cell', async () => {
    await fill();
    const { items, counts, connection } = await read();
    expect(connection?.name).toBe('main');
    expect(counts).toEqual({ parked: 1, retrying: 1, waiting: 1, tasks: 1 });
    expect(items.map(({ bookingId, state, failures, reason }) => [bookingId, state, failures, reason?.text])).toEqual([
      [
        'b3',
        'parked',
        0,
        'Scheduling and Visible are not granted for Dr. Abel Invented, Lantern Hill. An EMR administrator can change that; it is then sent by itself.',
      ],
      [
        'b4',
        'task',
        0,
        'The booking was moved or changed in the EMR since. Nothing was overwritten; the clinic’s staff decide.',
      ],
      ['b2', 'retrying', 3, 'The EMR answered with an error of its own (503).'],
      ['b1', 'waiting', 0, undefined],
    ]);
    expect(items[0]).toMatchObject({ officeName: 'Lantern Hill', requestedBy: 'Sam Placeholder' });
    expect((await read('fr')).items[0]!.reason!.text).toContain('Agenda et Visible : non accordés pour Dr. Abel');
  });

  it('says until when nothing is sent to an EMR that fails', async () => {
    expect((await read()).heldUntil).toBeNull();
    await connect.owner.query(
      `insert into connect.write_back_breaker values ($1, $2, 5, now() + interval '1 minute')`,
      [siteId, connectionId],
    );
    expect(Date.parse((await read()).heldUntil!)).toBeGreaterThan(Date.now());
  });

  it('are a Site Admin’s to see', async () => {
    expect((await connect.ask('GET', '/api/write-backs', undefined, { cookie: '' })).statusCode).toBe(401);
  });
});
