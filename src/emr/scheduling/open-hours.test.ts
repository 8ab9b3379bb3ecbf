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
const put = (hours: object[], cookie = ada, of = url) => emr.ask('PUT', of, { hours }, { cookie });

describe('open hours', () => {
  it('are set and read by administrators alone, whole or not at all, and audited', async () => {
    const afternoon = { ...morning, from: '13:00', until: '24:00' };
    expect((await put([afternoon, morning])).statusCode).toBe(204);
    expect((await emr.ask('GET', url, undefined, { cookie: ada })).json()).toEqual({ hours: [morning, afternoon] });
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
    expect((await emr.ask('GET', url, undefined, { cookie: ada })).json()).toEqual({ hours: [morning, afternoon] });
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
    const set = (cookie: string, body: object = { types }) =>
      emr.ask('PUT', '/api/appointment-types', body, { cookie });
    expect([(await set(robin)).statusCode, (await set(ada)).statusCode]).toEqual([403, 204]);
    expect((await set(ada, { types: [types[0], types[0]] })).statusCode).toBe(400);
    expect((await emr.ask('GET', '/api/appointment-types', undefined, { cookie: robin })).json()).toEqual({ types });
  });
});
