import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createUser } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let robin: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  const actor = { tenantId, userId: emr.adaId };
  await createUser(emr.context, actor, {
    username: 'robin',
    displayName: 'Robin',
    kind: 'staff',
    officeIds: ['harbour'],
    password,
  });
  ada = await emr.signIn('ada');
  robin = await emr.signIn('robin');
});
afterAll(() => emr?.close());

const url = '/api/schedules/harbour/abel/open-hours';
const morning = { weekday: 1, from: '09:00', until: '12:00', slotMinutes: 15 };
const read = async (of: string) =>
  (await emr.ask('GET', of, undefined, { cookie: ada })).json<{ readonly version: string }>();
const versionAt = async (of: string) => (await read(of)).version;
const put = async (hours: object[], cookie = ada, of = url) =>
  emr.ask('PUT', of, { hours }, { cookie, ifMatch: await versionAt(of) });

describe('open hours', () => {
  it('are set and read by administrators alone, whole or not at all, and audited', async () => {
    const afternoon = { ...morning, from: '13:00', until: '24:00' };
    expect((await put([afternoon, morning])).json()).toMatchObject({ hours: [morning, afternoon] });
    expect(await read(url)).toEqual({ hours: [morning, afternoon], version: expect.any(String) });
    for (const answer of [await put([morning], robin), await emr.ask('GET', url, undefined, { cookie: robin })]) {
      expect(answer.statusCode).toBe(403);
    }
    const bad = [
      await put([morning, { ...morning, from: '11:59', until: '13:00' }]),
      await put([{ ...morning, from: '12:00' }]),
      await put([{ ...morning, weekday: 8 }]),
      await put([morning], ada, '/api/schedules/harbour/nobody/open-hours'),
    ];
    expect(bad.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400]);
    expect(await read(url)).toMatchObject({ hours: [morning, afternoon] });
    const { rows } = await emr.owner.query(`select from audit_event where action = 'set-open-hours'`);
    expect(rows).toHaveLength(1);
  });
});

describe('appointment types', () => {
  it('are the clinic’s, in its order: read by its users, set by administrators', async () => {
    const types = [
      { code: 'visit', display: 'Visit' },
      { code: 'annual', display: 'Annual physical' },
    ];
    const set = async (cookie: string, body: object = { types }) =>
      emr.ask('PUT', '/api/appointment-types', body, { cookie, ifMatch: await versionAt('/api/appointment-types') });
    expect([(await set(robin)).statusCode, (await set(ada)).statusCode]).toEqual([403, 200]);
    expect((await set(ada, { types: [types[0], types[0]] })).statusCode).toBe(400);
    const seen = (await emr.ask('GET', '/api/appointment-types', undefined, { cookie: robin })).json();
    expect(seen).toMatchObject({ types });
  });
});

describe.each([
  {
    what: 'open hours',
    at: url,
    wholes: [7, 6].map((weekday) => ({ hours: [{ ...morning, weekday }] })),
    table: 'open_hours',
  },
  {
    what: 'appointment types',
    at: '/api/appointment-types',
    wholes: ['mine', 'theirs'].map((code) => ({ types: [{ code, display: code }] })),
    table: 'appointment_type',
  },
  {
    what: 'clinic statuses',
    at: '/api/appointment-statuses',
    wholes: ['mine', 'theirs'].map((code) => ({ statuses: [{ code, display: code, means: 'arrived' }] })),
    table: 'appointment_status',
  },
])('$what that two people edit', ({ at, wholes: [mine, theirs], table }) => {
  const save = (body: object, ifMatch?: string) =>
    emr.ask('PUT', at, body, { cookie: ada, ...(ifMatch !== undefined && { ifMatch }) });

  it('are put in place of what was read, and of nothing else', async () => {
    expect((await save(mine!)).statusCode).toBe(428);
    const first = await versionAt(at);
    const saved = await save(theirs!, first);
    expect([saved.statusCode, saved.json()]).toEqual([200, await read(at)]);
    const late = await save(mine!, first);
    expect([late.statusCode, late.json().extra.current]).toEqual([412, await read(at)]);
    expect(await read(at)).toMatchObject(theirs!);
    expect((await save(mine!, saved.json().version)).statusCode).toBe(200);
  });

  it('go to one of two who save at once', async () => {
    const version = await versionAt(at);
    const both = [{ ...theirs! }, { ...theirs! }].map((body) => () => save(body, version));
    // Readers go on; whoever takes the rows away waits.
    const outcomes = await emr.atOnce(`lock table ${table} in share mode`, both);
    const codes = outcomes.map((one) => one.status === 'fulfilled' && one.value.statusCode);
    expect(codes.toSorted()).toEqual([200, 412]);
  });
});
