import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import { payloadContentUrl, subscriptionSecretUrl } from '../../fhir/extensions.ts';
import { createTestClinic, type Pair, pairs, type TestClinic } from '../fhir/test-clinic.ts';
import { asTenant } from '../oauth/credential.ts';
import { asPrincipal } from '../principal.ts';
import { type Announcer, createAnnouncer } from './announcer.ts';
import { claimSubscription } from './subscriptions.sql.ts';

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let clinic: TestClinic;
let token: string;
let server: Server;
let endpoint: string;
let heard: Heard[];
/** What the listener answers; null: it hangs up. */
let answers: (number | null)[];
let announcer: Announcer;

beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token(undefined, 'system/*.cruds');
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const status = answers.shift() ?? (answers.length === 0 ? 200 : null);
      if (status === null) return void request.socket.destroy();
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      response.writeHead(status, status === 302 ? { location: endpoint } : {}).end('whatever');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await clinic?.close();
});
beforeEach(async () => {
  heard = [];
  answers = [];
  announcer = createAnnouncer(clinic.context, clinic.database.urlFor('emr_app'), {
    firstWaitMs: 0,
    triesAtMost: 4,
    leaseMs: 60_000,
  });
  for (const pair of pairs) await clinic.setGrant(pair, allColumns);
});
afterEach(() => clinic.owner.query('delete from subscription'));

const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown, bearer = token) =>
  clinic.app.inject({
    method,
    url: `/fhir/${url}`,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const subscription = (criteria: string, more: Record<string, unknown> = {}, content = 'id-only') => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'to hear of changes',
  criteria,
  extension: [{ url: subscriptionSecretUrl, valueString: secret }],
  channel: {
    type: 'rest-hook',
    endpoint,
    ...(content === 'none'
      ? {}
      : {
          payload: 'application/fhir+json',
          _payload: { extension: [{ url: payloadContentUrl, valueCode: content }] },
        }),
  },
  ...more,
});

/** Made, and its handshake done. */
async function subscribe(criteria: string, content?: string): Promise<string> {
  const made = await ask('POST', 'Subscription', subscription(criteria, {}, content));
  expect([made.statusCode, made.body]).toMatchObject([201, expect.any(String)]);
  await announcer.drain();
  expect(heard).toHaveLength(1);
  heard = [];
  return made.json<{ id: string }>().id;
}

const statusOf = async (id: string) =>
  (await ask('GET', `Subscription/${id}`)).json<{ status: string; error?: string }>();

let minute = 0;
async function book([office, provider]: Pair, more: Record<string, unknown> = {}, bearer = token): Promise<string> {
  minute += 15;
  const body = {
    resourceType: 'Appointment',
    status: 'booked',
    start: new Date(Date.UTC(2027, 1, 1, 0, minute)).toISOString(),
    minutesDuration: 15,
    participant: [
      { actor: { reference: 'Patient/of-two' }, status: 'needs-action' },
      { actor: { reference: `Practitioner/${provider}` }, status: 'accepted' },
      { actor: { reference: `Location/${office}` }, status: 'accepted' },
    ],
    ...more,
  };
  const answer = await ask('POST', 'Appointment', body, bearer);
  expect([answer.statusCode, answer.statusCode === 201 ? '' : answer.body]).toEqual([201, '']);
  return answer.json<{ id: string }>().id;
}
const [northAbel, northBaker] = pairs as [Pair, Pair, Pair, Pair];

/** What the Bundles name: `PUT Appointment/…`, `DELETE Appointment/…`. */
const named = (): string[] =>
  heard.flatMap(({ body }) =>
    (JSON.parse(body) as { entry: { request: { method: string; url: string } }[] }).entry
      .slice(1)
      .map(({ request }) => `${request.method} ${request.url}`),
  );

describe('a subscription', () => {
  it('is created, read, found, changed and deleted by its user, and tells nobody its secret', async () => {
    const made = await ask('POST', 'Subscription', subscription('Appointment?status=booked'));
    expect(made.statusCode).toBe(201);
    const { id } = made.json<{ id: string }>();
    expect(made.json()).toEqual({
      resourceType: 'Subscription',
      id,
      meta: { versionId: '1', lastUpdated: expect.any(String) },
      status: 'requested',
      reason: 'to hear of changes',
      criteria: 'Appointment?status=booked',
      channel: {
        type: 'rest-hook',
        endpoint,
        payload: 'application/fhir+json',
        _payload: { extension: [{ url: payloadContentUrl, valueCode: 'id-only' }] },
      },
    });
    expect(made.headers['location']).toBe(`http://emr.test/fhir/Subscription/${id}`);
    const search = async (query: string) =>
      (await ask('GET', `Subscription?${query}`)).json<{ entry?: { resource: { id: string } }[] }>().entry ?? [];
    for (const query of [
      '',
      'status=requested',
      'criteria=appointment',
      `url=${encodeURIComponent(endpoint)}`,
      `_id=${id}`,
    ]) {
      expect(
        (await search(query)).map(({ resource }) => resource.id),
        query,
      ).toEqual([id]);
    }
    for (const query of ['status=off', 'criteria=Patient', 'url=http://127.0.0.1/other']) {
      expect(await search(query), query).toEqual([]);
    }
    const other = await clinic.token(7002, 'system/*.cruds');
    expect((await ask('GET', `Subscription/${id}`, undefined, other)).statusCode).toBe(404);
    expect((await ask('DELETE', `Subscription/${id}`, undefined, other)).statusCode).toBe(404);
    const { extension: _, ...kept } = subscription('Patient');
    expect((await ask('PUT', `Subscription/${id}`, { ...kept, id, status: 'off' })).json()).toMatchObject({
      status: 'off',
      criteria: 'Patient',
      meta: { versionId: '2' },
    });
    expect((await ask('DELETE', `Subscription/${id}`)).statusCode).toBe(204);
    expect((await ask('GET', `Subscription/${id}`)).statusCode).toBe(404);
    const { rows } = await clinic.owner.query('select action from audit_event where entity_id = $1 order by at', [id]);
    expect(rows.map(({ action }) => action)).toEqual([
      'create-subscription',
      'change-subscription',
      'delete-subscription',
    ]);
  });

  it('is refused by the element that cannot be used', async () => {
    const refusals: [object, string][] = [
      [subscription('Appointment', { extension: [] }), 'Subscription.extension'],
      [
        subscription('Appointment', { extension: [{ url: subscriptionSecretUrl, valueString: 'whsec_short' }] }),
        'Subscription.extension',
      ],
      [subscription('Binary'), 'Subscription.criteria'],
      [subscription('Appointment?_include=Appointment:patient'), 'Subscription.criteria'],
      [subscription('Appointment?nonsense=1'), 'Subscription.criteria'],
      [subscription('Appointment', {}, 'full-resource'), 'Subscription.channel.payload'],
      [
        subscription('Appointment', { channel: { type: 'rest-hook', endpoint: 'http://example.org/' } }),
        'Subscription.channel.endpoint',
      ],
      [
        subscription('Appointment', { channel: { type: 'rest-hook', endpoint, header: ['Authorization: x'] } }),
        'Subscription.channel',
      ],
      [subscription('Appointment', { channel: { type: 'email', endpoint } }), 'Subscription.channel.type'],
      [subscription('Appointment', { contact: [] }), 'Subscription.contact'],
    ];
    for (const [body, expression] of refusals) {
      const answer = await ask('POST', 'Subscription', body);
      expect([answer.statusCode, answer.json<{ issue: { expression: string[] }[] }>().issue[0]?.expression]).toEqual([
        422,
        [expression],
      ]);
    }
    const narrow = await clinic.token(undefined, 'system/Subscription.c system/Patient.s');
    expect((await ask('POST', 'Subscription', subscription('Appointment'), narrow)).statusCode).toBe(403);
    expect((await ask('POST', 'Subscription', subscription('Patient'), narrow)).statusCode).toBe(201);
  });
});

describe('a notification', () => {
  it('comes once the address has taken the handshake, names what changed and nothing of it, and is signed', async () => {
    const id = await subscribe('Appointment');
    expect(await statusOf(id)).toMatchObject({ status: 'active' });
    const appointment = await book(northAbel);
    const gone = await book(northBaker);
    await ask('DELETE', `Appointment/${gone}`);
    await announcer.drain();
    expect(named()).toEqual([`PUT Appointment/${appointment}`, `DELETE Appointment/${gone}`]);
    const [{ headers, body }] = heard as [Heard];
    expect(body).not.toMatch(/of-two|north|booked/);
    const signed = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
      .digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signed}`);
    expect(Number(headers['webhook-timestamp'])).toBe(Math.floor(clinic.clock.now().getTime() / 1000));
    await announcer.drain();
    expect(heard).toHaveLength(1);
  });

  it('has no body where none was asked for', async () => {
    await subscribe('Appointment', 'none');
    await book(northAbel);
    await announcer.drain();
    expect(heard.map(({ body, headers }) => [body, headers['content-length'], headers['content-type']])).toEqual([
      ['', '0', undefined],
    ]);
    expect(heard[0]?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('is not sent of what the user may not see when it is told, or what the criteria do not match', async () => {
    await subscribe(`Appointment?practitioner=${northAbel[1]}`);
    const other = await book(northBaker);
    const lost = await book(northAbel);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    await ask('DELETE', `Appointment/${lost}`);
    await announcer.drain();
    expect([heard, other]).toEqual([[], expect.any(String)]);
    const { rows } = await clinic.owner.query('select from subscription_change');
    expect(rows).toHaveLength(0);
    await clinic.setGrant(northAbel, allColumns);
    const seen = await book(northAbel);
    await ask('DELETE', `Appointment/${seen}`);
    await announcer.drain();
    expect(named()).toEqual([`DELETE Appointment/${seen}`]);
  });

  it('tells of the own permissions when any of them changes or lapses, and of nobody else’s', async () => {
    await subscribe('$permission-coverage');
    await announcer.drain();
    expect(heard).toHaveLength(0);
    await clinic.setGrant(northAbel, columnSet('Visible'), new Date(Date.now() + 400));
    await announcer.drain();
    expect(heard).toHaveLength(1);
    await clinic.owner.query(
      `update app_user set permission_version = permission_version + 1 where user_id <> 'service'`,
    );
    await announcer.drain();
    expect(heard).toHaveLength(1);
    await clinic.owner.query('select pg_sleep(0.5)');
    await announcer.drain();
    expect(heard).toHaveLength(2);
    await clinic.owner.query('update tenant set roster_version = roster_version + 1');
    await announcer.drain();
    expect(heard).toHaveLength(3);
    await announcer.drain();
    expect(heard).toHaveLength(3);
  });

  it('of more changes at once than anybody wants named says that there were many, to whoever may see one', async () => {
    await subscribe(`Appointment?practitioner=${northAbel[1]}`);
    const many = ([office, provider]: Pair) =>
      asPrincipal(clinic.context.pool, { tenantId: 7001, userId: 'service' }, (tx) =>
        tx.query(
          `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
           select 7001, $1 || '-' || $2 || '-' || n, $1, $2, 'booked', now() + n * interval '1 hour', now() + (n + 1) * interval '1 hour'
             from generate_series(1, 1001) n`,
          [office, provider],
        ),
      );
    await many(northBaker);
    await announcer.drain();
    expect(heard).toHaveLength(0);
    await many(northAbel);
    await announcer.drain();
    expect([heard.length, named()]).toEqual([1, []]);
  });
});

describe('an address that fails', () => {
  it('is told again under the same id until it answers, and what came meanwhile is told with it under another', async () => {
    const id = await subscribe('Appointment');
    answers = [500, null, 200];
    const first = await book(northAbel);
    const once = createAnnouncer(clinic.context, clinic.database.urlFor('emr_app'), {
      firstWaitMs: 3_600_000,
      triesAtMost: 4,
      random: () => 1,
    });
    await once.drain();
    expect(await statusOf(id)).toMatchObject({ status: 'error', error: 'status-500' });
    await clinic.owner.query('update subscription set due_at = now()');
    await once.drain();
    expect(await statusOf(id)).toMatchObject({ status: 'error', error: 'unreachable' });
    const [refused] = heard as [Heard];
    const second = await book(northAbel);
    await clinic.owner.query('update subscription set due_at = now()');
    await once.drain();
    expect(await statusOf(id)).toEqual(expect.not.objectContaining({ error: expect.anything() }));
    expect(await statusOf(id)).toMatchObject({ status: 'active' });
    expect(named()).toEqual([`PUT Appointment/${first}`, `PUT Appointment/${first}`, `PUT Appointment/${second}`]);
    expect(heard[1]?.headers['webhook-id']).not.toBe(refused.headers['webhook-id']);
    answers = [503, 200];
    await book(northAbel);
    heard = [];
    await announcer.drain();
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(heard).toHaveLength(2);
  });

  it('is given up after so many tries, or at once where it says that it is gone, and a redirect is a failure', async () => {
    const id = await subscribe('Appointment');
    answers = [302, 404, 302, 500, 200];
    await book(northAbel);
    await announcer.drain();
    expect([heard.length, await statusOf(id)]).toMatchObject([4, { status: 'off', error: 'status-500' }]);
    await book(northAbel);
    await announcer.drain();
    const { rows } = await clinic.owner.query('select from subscription_change');
    expect([heard.length, rows.length]).toEqual([4, 0]);
    answers = [];
    heard = [];
    const { extension: _, ...again } = subscription('Appointment');
    await ask('PUT', `Subscription/${id}`, { ...again, id });
    await announcer.drain();
    expect(await statusOf(id)).toMatchObject({ status: 'active' });
    answers = [410];
    await book(northAbel);
    await announcer.drain();
    expect(await statusOf(id)).toMatchObject({ status: 'off', error: 'gone' });
  });

  it('that stands for another machine than when it was named is not spoken to', async () => {
    const id = await subscribe('Appointment');
    await clinic.owner.query(`update subscription set endpoint = 'https://169.254.169.254/latest'`);
    await book(northAbel);
    await announcer.drain();
    expect([heard.length, await statusOf(id)]).toMatchObject([0, { status: 'off', error: 'address-refused' }]);
  });
});

describe('the queue', () => {
  it('survives a worker that dies while it tells: another takes over when the lease is over, and only one of them writes', async () => {
    const id = await subscribe('Appointment');
    const booked = await book(northAbel);
    const claimed = await asTenant(clinic.context.pool, 7001, (tx) => claimSubscription(tx, 7001, 'dead', 60_000));
    expect(claimed?.subscriptionId).toBe(id);
    await announcer.drain();
    expect(heard).toHaveLength(0);
    await clinic.owner.query('update subscription set leased_until = now()');
    await announcer.drain();
    expect(named()).toEqual([`PUT Appointment/${booked}`]);
  });

  it('holds a change exactly when there is one: what is rolled back is told to nobody', async () => {
    await subscribe('Appointment');
    const failing = asPrincipal(clinic.context.pool, { tenantId: 7001, userId: 'service' }, async (tx) => {
      const { rowCount } = await tx.query(
        `update appointment set reason = 'x', version_id = version_id + 1, last_updated = clock_timestamp() where tenant_id = 7001`,
      );
      throw new Error(`${rowCount} were written`);
    });
    await expect(failing).rejects.toThrow(/^[1-9]\d* were written$/);
    await announcer.drain();
    expect(heard).toHaveLength(0);
  });

  it('is told without waiting by one that was started, and stands still when its client or its time is over', async () => {
    const running = createAnnouncer(clinic.context, clinic.database.urlFor('emr_app'), { lookMs: 60_000 });
    running.start();
    try {
      const made = await ask('POST', 'Subscription', subscription('Appointment'));
      const { id } = made.json<{ id: string }>();
      await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(1);
      await expect.poll(async () => (await statusOf(id)).status, { timeout: 20_000 }).toBe('active');
      await book(northAbel);
      await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(2);
    } finally {
      await running.stop();
    }
    await clinic.owner.query(`update oauth_client set active = false`);
    try {
      await clinic.owner.query(
        `insert into subscription_change (tenant_id, subscription_id, resource_id, deleted) select tenant_id, subscription_id, 'x', false from subscription`,
      );
      await announcer.drain();
      const { rows } = await clinic.owner.query(
        'select status, problem, (select count(*) from subscription_change) as left from subscription',
      );
      expect(rows).toEqual([{ status: 'off', problem: 'client-ended', left: 0 }]);
    } finally {
      await clinic.owner.query(`update oauth_client set active = true`);
    }
  });

  it('tells an application what was approved, and stands still when that approval has ended', async () => {
    await clinic.owner.query(`update oauth_client set redirect_uris = '{https://app.example/back}'`);
    try {
      await clinic.owner.query(
        `insert into oauth_approval (tenant_id, approval_id, client_id, approved_by, approved_at, scopes, office_ids)
         select tenant_id, 'of-' || tenant_id, client_id, user_id, now(), '{system/Appointment.cruds,system/Subscription.cruds}', '{north}'
           from oauth_client`,
      );
      const approved = await clinic.token(undefined, 'system/Appointment.cruds system/Subscription.cruds');
      const made = await ask('POST', 'Subscription', subscription('Appointment'), approved);
      expect([made.statusCode, made.statusCode === 201 ? '' : made.body]).toEqual([201, '']);
      await announcer.drain();
      const state = async () =>
        (
          await clinic.owner.query(
            'select status, problem, (select count(*)::integer from subscription_change) as left from subscription',
          )
        ).rows;
      heard = [];
      const booked = await book(northAbel, {}, approved);
      await announcer.drain();
      expect(named()).toEqual([`PUT Appointment/${booked}`]);
      expect(await state()).toEqual([{ status: 'active', problem: null, left: 0 }]);

      // What happened while it was approved, and was not told yet, is not told afterwards either.
      heard = [];
      await book(northAbel, {}, approved);
      expect(await state()).toEqual([{ status: 'active', problem: null, left: 1 }]);
      await clinic.owner.query('update oauth_approval set ended_at = now()');
      await announcer.drain();
      expect(heard).toEqual([]);
      expect(await state()).toEqual([{ status: 'off', problem: 'client-ended', left: 0 }]);
      expect((await ask('POST', 'Subscription', subscription('Appointment'), approved)).statusCode).toBe(401);
    } finally {
      await clinic.owner.query('delete from oauth_token');
      await clinic.owner.query('delete from oauth_approval');
      await clinic.owner.query(`update oauth_client set redirect_uris = '{}'`);
    }
  });

  it('stands still when an approval takes the place of its own without a scope for what it watches; what that has a scope for goes on', async () => {
    const approve = async (id: string, scopes: string) => {
      await clinic.owner.query('update oauth_approval set ended_at = now() where ended_at is null');
      await clinic.owner.query(
        `insert into oauth_approval (tenant_id, approval_id, client_id, approved_by, approved_at, scopes, office_ids)
         select tenant_id, $1 || tenant_id, client_id, user_id, now(), $2, '{north}' from oauth_client`,
        [id, scopes.split(' ')],
      );
    };
    await clinic.owner.query(`update oauth_client set redirect_uris = '{https://app.example/back}'`);
    try {
      const wide = 'system/Appointment.cruds system/Patient.rs system/Subscription.cruds';
      await approve('wide-', wide);
      const approved = await clinic.token(undefined, wide);
      for (const criteria of ['Appointment', 'Patient', '$permission-coverage']) {
        const made = await ask('POST', 'Subscription', subscription(criteria), approved);
        expect([made.statusCode, made.statusCode === 201 ? '' : made.body]).toEqual([201, '']);
      }
      await announcer.drain();
      await book(northAbel, {}, approved);
      // To change is not to search.
      await approve('narrow-', 'system/Appointment.cud system/Patient.rs system/Subscription.cruds');
      heard = [];
      await announcer.drain();
      expect(heard).toEqual([]);
      const { rows } = await clinic.owner.query(
        `select watches, status, problem,
                (select count(*)::integer from subscription_change c where c.subscription_id = s.subscription_id) as left
           from subscription s order by watches`,
      );
      expect(rows).toEqual([
        { watches: 'Appointment', status: 'off', problem: 'client-ended', left: 0 },
        { watches: 'Patient', status: 'active', problem: null, left: 0 },
        { watches: 'permissions', status: 'active', problem: null, left: 0 },
      ]);
    } finally {
      await clinic.owner.query('delete from oauth_token');
      await clinic.owner.query('delete from oauth_approval');
      await clinic.owner.query(`update oauth_client set redirect_uris = '{}'`);
    }
  });
});
