import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import { doubleBookingUrl } from '../../fhir/extensions.ts';
import {
  manageSecurityUrl,
  neededColumnUrl,
  type OperationOutcome,
  providedColumnUrl,
  withheldCellsIn,
} from '../../fhir/outcome.ts';
import { createTestClinic, type Pair, pairs, type TestClinic } from './test-clinic.ts';

let clinic: TestClinic;
let token: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token(undefined, 'system/*.cruds');
});
afterAll(() => clinic?.close());
beforeEach(async () => {
  for (const pair of pairs) await clinic.setGrant(pair, allColumns);
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const ask = (method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) =>
  clinic.app.inject({
    method,
    url: `/fhir/${url}`,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
const patch = (url: string, operations: unknown, headers: Record<string, string> = {}) =>
  ask('PATCH', url, operations, { 'content-type': 'application/json-patch+json', ...headers });

// Every test books at a time of its own.
let minute = 0;
const booking = (
  [office, provider]: Pair,
  { patient = 'of-two', ...more }: { patient?: string | null; [name: string]: unknown } = {},
) => {
  minute += 15;
  const at = (minutes: number) => new Date(Date.UTC(2027, 0, 4, 0, minutes)).toISOString().replace('.000', '');
  const [start, end] = [at(minute), at(minute + 15)];
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start,
    end,
    participant: [
      ...(patient === null ? [] : [{ actor: { reference: `Patient/${patient}` }, status: 'needs-action' }]),
      { actor: { reference: `Practitioner/${provider}` }, status: 'accepted' },
      { actor: { reference: `Location/${office}` }, status: 'accepted' },
    ],
    ...more,
  };
};
const [northAbel, northBaker, southAbel] = pairs as [Pair, Pair, Pair, Pair];
const make = async (pair: Pair, more = {}) => {
  const answer = await ask('POST', 'Appointment', booking(pair, more));
  expect([answer.statusCode, answer.statusCode === 201 ? '' : answer.body]).toEqual([201, '']);
  return answer.json();
};
const outcomeOf = (answer: { json(): unknown }): OperationOutcome => answer.json() as OperationOutcome;
const audited = async (entityId: string): Promise<string[]> => {
  const { rows } = await clinic.owner.query<{ action: string }>(
    'select action from audit_event where entity_id = $1 order by at',
    [entityId],
  );
  return rows.map(({ action }) => action);
};
const count = async (table: string): Promise<number> => {
  const { rows } = await clinic.owner.query<{ n: number }>(`select count(*) as n from ${table} where tenant_id = 7001`);
  return rows[0]!.n;
};

describe('creating a booking', () => {
  it('answers with what a read answers, names its version, and is audited', async () => {
    const sent = booking(northAbel, { serviceType: [{ text: 'Visit' }], description: 'Knee', minutesDuration: 15 });
    const answer = await ask('POST', 'Appointment', sent);
    expect(answer.statusCode).toBe(201);
    const made = answer.json();
    expect(made).toMatchObject({ ...sent, meta: { versionId: '1' }, minutesDuration: 15 });
    expect(answer.headers).toMatchObject({
      location: `http://emr.test/fhir/Appointment/${made.id}/_history/1`,
      etag: 'W/"1"',
      'last-modified': expect.stringContaining('GMT'),
    });
    expect((await ask('GET', `Appointment/${made.id}`)).json()).toEqual(made);
    expect(await audited(made.id)).toEqual(['book']);
  });

  it('says as much as is preferred', async () => {
    const minimal = await ask('POST', 'Appointment', booking(northAbel), { prefer: 'return=minimal' });
    expect([minimal.statusCode, minimal.body, minimal.headers['etag']]).toEqual([201, '', 'W/"1"']);
    const told = await ask('POST', 'Appointment', booking(northAbel), { prefer: 'return=OperationOutcome' });
    expect(outcomeOf(told).issue[0]).toMatchObject({ severity: 'information' });
  });

  it('takes the only office of a provider, and asks for one where there are several', async () => {
    const sent = booking(northAbel);
    const open = { ...sent, participant: sent.participant.slice(0, 2) };
    const several = await ask('POST', 'Appointment', open);
    expect([several.statusCode, outcomeOf(several).issue[0]!.expression]).toEqual([422, ['Appointment.participant']]);
    await clinic.owner.query(
      `update provider_schedule set active = false where tenant_id = 7001 and schedule_id = 'schedule-south-abel'`,
    );
    expect((await ask('POST', 'Appointment', open)).json().participant[2].actor.reference).toBe('Location/north');
    expect((await ask('POST', 'Appointment', booking(southAbel))).statusCode).toBe(422);
    await clinic.owner.query(`update provider_schedule set active = true`);
  });

  it('of a time that is taken is 409, unless double booking is said', async () => {
    const sent = booking(northAbel);
    expect((await ask('POST', 'Appointment', sent)).statusCode).toBe(201);
    const taken = await ask('POST', 'Appointment', sent);
    expect([taken.statusCode, outcomeOf(taken).issue[0]!.code]).toEqual([409, 'conflict']);
    const doubled = { ...sent, extension: [{ url: doubleBookingUrl, valueBoolean: true }] };
    expect((await ask('POST', 'Appointment', doubled)).statusCode).toBe(201);
    expect(
      (await ask('POST', 'Appointment', { ...booking(northBaker), start: sent.start, end: sent.end })).statusCode,
    ).toBe(201);
  });

  it('of a patient whom the caller cannot see is refused as if there were none', async () => {
    await clinic.setGrant(['south', 'baker'], columnSet('Visible', 'Scheduling'));
    const hidden = await ask('POST', 'Appointment', booking(northAbel, { patient: 'of-south-baker' }));
    const unknown = await ask('POST', 'Appointment', booking(northAbel, { patient: 'nobody' }));
    expect([hidden.statusCode, hidden.body]).toEqual([400, unknown.body]);
  });

  it.each([
    ['status', { status: 'on' }, 'Appointment.status'],
    ['end', { end: undefined }, 'Appointment.end'],
    ['end before start', { end: '2020-01-01T00:00:00Z' }, 'Appointment.end'],
    ['start without a zone', { start: '2027-01-01T09:00:00' }, 'Appointment.start'],
    ['a duration that says otherwise', { minutesDuration: 20 }, 'Appointment.minutesDuration'],
    ['an element that is not kept', { priority: 3 }, 'Appointment.priority'],
    [
      'a reference that is none',
      { participant: [{ actor: { reference: 'Device/1' } }] },
      'Appointment.participant[0].actor.reference',
    ],
    ['no practitioner', { participant: [{ actor: { reference: 'Location/north' } }] }, 'Appointment.participant'],
    ['what is marked as a part', { meta: { tag: [{ code: 'SUBSETTED' }] } }, 'Appointment.meta.tag'],
    ['an extension that is not kept', { extension: [{ url: 'http://x' }] }, 'Appointment.extension[0]'],
  ])('names the element: %s', async (_what, more, expression) => {
    const before = await count('appointment');
    const answer = await ask('POST', 'Appointment', booking(northAbel, more));
    expect([answer.statusCode, outcomeOf(answer).issue[0]?.expression]).toEqual([422, [expression]]);
    expect(await count('appointment')).toBe(before);
  });

  it('leaves out what is not kept when handling is lenient', async () => {
    const lenient = { prefer: 'handling=lenient' };
    expect((await ask('POST', 'Appointment', booking(northAbel, { priority: 3 }), lenient)).statusCode).toBe(201);
    expect((await ask('POST', 'Appointment', { resourceType: 'Patient' })).statusCode).toBe(400);
  });
});

describe('a write without the column', () => {
  it('is 403 that names the cells, what is needed and provided, and where it is given, whether or not the id exists', async () => {
    const made = await make(northAbel);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    const named = { ...made, status: 'cancelled' };
    const answers = [
      await ask('POST', 'Appointment', booking(northAbel)),
      await ask('PUT', `Appointment/${made.id}`, named),
      await ask('PUT', 'Appointment/no-such-booking', { ...named, id: 'no-such-booking' }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(403);
      const found = outcomeOf(answer);
      expect(withheldCellsIn(found)).toEqual([{ officeId: 'north', providerId: 'abel', column: 'Scheduling' }]);
      const valuesOf = (url: string) => found.issue[0]!.extension!.filter((one) => one.url === url);
      expect(valuesOf(neededColumnUrl).map((one) => one.valueCode)).toEqual(['Scheduling', 'Visible']);
      expect(valuesOf(providedColumnUrl).map((one) => one.valueCode)).toEqual(['Patient', 'Visible']);
      expect(valuesOf(manageSecurityUrl).map((one) => one.valueUrl)).toEqual([
        'http://emr.test/security?user=service&cell=north%2Fabel%2FScheduling',
      ]);
      expect(found.issue[0]!.details!.text).toContain('Scheduling');
    }
    expect(answers[1]!.body).toBe(answers[2]!.body);
    expect(await audited(made.id)).toEqual(['book']);
  });

  it('that names no pair is 404, exactly as if there were none', async () => {
    const made = await make(northAbel);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    const operations = [{ op: 'replace', path: '/status', value: 'cancelled' }];
    for (const [hidden, none] of [
      [await patch(`Appointment/${made.id}`, operations), await patch('Appointment/none', operations)],
      [await ask('DELETE', `Appointment/${made.id}`), await ask('DELETE', 'Appointment/none')],
      [await ask('GET', `Appointment/${made.id}`), await ask('GET', 'Appointment/none')],
      [await ask('GET', `Appointment/${made.id}/_history`), await ask('GET', 'Appointment/none/_history')],
      [await ask('GET', `Appointment/${made.id}/_history/1`), await ask('GET', 'Appointment/none/_history/1')],
    ] as const) {
      expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
    }
  });

  it('of a token that was not asked for writing is 403 by the name of the scope', async () => {
    const reading = await clinic.token();
    const answer = await ask('POST', 'Appointment', booking(northAbel), { authorization: `Bearer ${reading}` });
    expect([answer.statusCode, outcomeOf(answer).issue[0]!.details!.text]).toEqual([
      403,
      expect.stringContaining('system/Appointment.c'),
    ]);
    const patients = await clinic.token(undefined, 'system/Patient.rs');
    const of = (url: string) => ask('GET', url, undefined, { authorization: `Bearer ${patients}` });
    expect([(await of('Patient')).statusCode, (await of('Appointment')).statusCode]).toEqual([200, 403]);
    expect((await of('Appointment?_include=Appointment:patient')).statusCode).toBe(403);
  });
});

describe('updating a booking', () => {
  it('confirms, makes a version, and a version that was left behind is 412', async () => {
    const made = await make(northAbel);
    const confirmed = structuredClone(made);
    confirmed.participant[0].status = 'accepted';
    const answer = await ask('PUT', `Appointment/${made.id}`, confirmed, { 'if-match': 'W/"1"' });
    expect([answer.statusCode, answer.headers['etag']]).toEqual([200, 'W/"2"']);
    expect(answer.json().participant[0].status).toBe('accepted');
    const stale = await ask('PUT', `Appointment/${made.id}`, made, { 'if-match': 'W/"1"' });
    expect(stale.statusCode).toBe(412);
    // The same again is no new version.
    expect((await ask('PUT', `Appointment/${made.id}`, confirmed)).headers['etag']).toBe('W/"2"');
    expect(await audited(made.id)).toEqual(['book', 'change-booking']);
    const same = { 'if-none-match': 'W/"2"' };
    expect((await ask('GET', `Appointment/${made.id}`, undefined, same)).statusCode).toBe(304);
  });

  it('moves only between pairs that are both held, and keeps the id', async () => {
    const made = await make(northAbel);
    const moved = structuredClone(made);
    moved.participant[1].actor.reference = 'Practitioner/baker';
    await clinic.setGrant(northBaker, columnSet('Visible', 'Patient'));
    const refused = await ask('PUT', `Appointment/${made.id}`, moved);
    expect([refused.statusCode, withheldCellsIn(refused.json())]).toEqual([
      403,
      [{ officeId: 'north', providerId: 'baker', column: 'Scheduling' }],
    ]);
    await clinic.setGrant(northBaker, allColumns);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    expect((await ask('PUT', `Appointment/${made.id}`, moved)).statusCode).toBe(404);
    await clinic.setGrant(northAbel, allColumns);
    expect((await ask('PUT', `Appointment/${made.id}`, moved)).json()).toMatchObject({
      id: made.id,
      meta: { versionId: '2' },
    });
  });

  it('does not unmask a patient by moving his booking to a pair where Patient is held', async () => {
    const made = await make(northAbel, { patient: 'of-north-abel' });
    await clinic.setGrant(northAbel, columnSet('Visible', 'Scheduling'));
    const seen = (await ask('GET', `Appointment/${made.id}`)).json();
    expect(JSON.stringify(seen)).toContain('masked');
    const moved = structuredClone(seen);
    moved.participant[1].actor.reference = 'Practitioner/baker';
    const refused = await ask('PUT', `Appointment/${made.id}`, moved);
    expect([refused.statusCode, withheldCellsIn(refused.json())]).toEqual([
      403,
      [{ officeId: 'north', providerId: 'abel', column: 'Patient' }],
    ]);
    const without = { ...seen, participant: seen.participant.slice(1) };
    expect((await ask('PUT', `Appointment/${made.id}`, without)).statusCode).toBe(403);
    // What was read may be written back: confirming needs Scheduling alone.
    seen.participant[0].status = 'accepted';
    expect((await ask('PUT', `Appointment/${made.id}`, seen)).statusCode).toBe(200);
    expect((await ask('GET', 'Patient/of-north-abel')).statusCode).toBe(404);
  });

  it('cannot revive what is cancelled, and cannot take a time that is taken', async () => {
    const [first, second] = [await make(northAbel), await make(northAbel)];
    const onFirst = { ...second, start: first.start, end: first.end };
    expect((await ask('PUT', `Appointment/${second.id}`, onFirst)).statusCode).toBe(409);
    expect((await ask('PUT', `Appointment/${first.id}`, { ...first, status: 'cancelled' })).statusCode).toBe(200);
    expect((await ask('PUT', `Appointment/${second.id}`, onFirst)).statusCode).toBe(200);
    const revived = await ask('PUT', `Appointment/${first.id}`, first);
    expect([revived.statusCode, outcomeOf(revived).issue[0]!.details!.text]).toEqual([
      409,
      expect.stringContaining('cancelled'),
    ]);
  });

  it('of an id that is not the one in the address, or of a type that is not written, is refused', async () => {
    const made = await make(northAbel);
    expect((await ask('PUT', 'Appointment/other', made)).statusCode).toBe(400);
    expect((await ask('POST', 'Location', { resourceType: 'Location' })).statusCode).toBe(400);
    expect((await ask('DELETE', 'Patient/of-two')).statusCode).toBe(400);
  });
});

describe('patching', () => {
  it('changes what the patch says, from the version that was read', async () => {
    const made = await make(northAbel);
    const answer = await patch(`Appointment/${made.id}`, [
      { op: 'test', path: '/status', value: 'booked' },
      { op: 'replace', path: '/participant/0/status', value: 'accepted' },
    ]);
    expect([answer.statusCode, answer.json().participant[0].status]).toEqual([200, 'accepted']);
    const failed = await patch(`Appointment/${made.id}`, [{ op: 'test', path: '/status', value: 'cancelled' }]);
    expect(failed.statusCode).toBe(422);
    const stale = await patch(`Appointment/${made.id}`, [{ op: 'replace', path: '/status', value: 'arrived' }], {
      'if-match': 'W/"1"',
    });
    expect(stale.statusCode).toBe(412);
    for (const operations of [
      {},
      [],
      [{ op: 'add', path: '/__proto__/x', value: 1 }],
      [{ op: 'say', path: '/status' }],
    ]) {
      expect((await patch(`Appointment/${made.id}`, operations)).statusCode).toBe(400);
    }
    const identity = [{ op: 'replace', path: '/id', value: 'other' }];
    expect((await patch(`Appointment/${made.id}`, identity)).statusCode).toBe(400);
  });
});

describe('deleting', () => {
  it('leaves a tombstone: 410 for whoever could see the pair, 404 for everybody else', async () => {
    const made = await make(northAbel);
    expect((await ask('DELETE', `Appointment/${made.id}`, undefined, { 'if-match': 'W/"7"' })).statusCode).toBe(412);
    expect((await ask('DELETE', `Appointment/${made.id}`)).statusCode).toBe(204);
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await ask(method, `Appointment/${made.id}`)).statusCode, method).toBe(410);
    }
    expect((await ask('PUT', `Appointment/${made.id}`, made)).statusCode).toBe(410);
    expect((await ask('GET', `Appointment/${made.id}/_history/1`)).json()).toEqual(made);
    expect((await ask('GET', `Appointment/${made.id}/_history/2`)).statusCode).toBe(410);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    const [hidden, none] = [await ask('GET', `Appointment/${made.id}`), await ask('GET', 'Appointment/none')];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
    expect(await audited(made.id)).toEqual(['book', 'delete-booking']);
  });
});

describe('history', () => {
  interface Entry {
    readonly resource?: { readonly id: string; readonly status: string };
    readonly request: { readonly method: string; readonly url: string };
  }
  const entries = async (url: string) => ((await ask('GET', url)).json().entry ?? []) as Entry[];

  it('has every version, latest first, and the deletion', async () => {
    const made = await make(northAbel);
    await ask('PUT', `Appointment/${made.id}`, { ...made, status: 'arrived' });
    await ask('DELETE', `Appointment/${made.id}`);
    const found = await entries(`Appointment/${made.id}/_history`);
    expect(found.map(({ request, resource }) => [request.method, request.url, resource?.status])).toEqual([
      ['DELETE', `Appointment/${made.id}`, undefined],
      ['PUT', `Appointment/${made.id}`, 'arrived'],
      ['POST', 'Appointment', 'booked'],
    ]);
  });

  it('of the type is what changed since, page by page, each version under the pair that it had', async () => {
    const since = new Date().toISOString();
    const [here, there] = [await make(northAbel), await make(northAbel)];
    const moved = structuredClone(there);
    moved.participant[1].actor.reference = 'Practitioner/baker';
    await ask('PUT', `Appointment/${there.id}`, moved);
    const seen: string[] = [];
    let next: string | undefined = `Appointment/_history?_since=${since}&_count=1`;
    while (next) {
      const bundle: { entry?: Entry[]; link: { relation: string; url: string }[] } = (await ask('GET', next)).json();
      seen.push(...(bundle.entry ?? []).map(({ request, resource }) => `${request.method} ${resource?.id}`));
      next = bundle.link.find(({ relation }) => relation === 'next')?.url.split('/fhir/')[1];
    }
    expect(seen).toEqual([`PUT ${there.id}`, `POST ${there.id}`, `POST ${here.id}`]);
    await clinic.setGrant(northBaker, columnSet('Visible'));
    const narrowed = (await ask('GET', `Appointment/_history?_since=${since}`)).json();
    expect(narrowed.entry.map(({ request }: Entry) => request.method)).toEqual(['POST', 'POST']);
    expect(JSON.stringify(narrowed.meta)).toContain('Practitioner/baker');
    expect((await ask('GET', 'Location/_history')).statusCode).toBe(400);
    expect((await ask('GET', 'Appointment/_history?_cursor=x')).statusCode).toBe(400);
  });

  it('goes on counting where a deleted booking comes again with its id', async () => {
    const made = await make(northAbel);
    await ask('DELETE', `Appointment/${made.id}`);
    await clinic.owner.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
       values (7001, $1, 'north', 'abel', 'booked', '2027-03-01T10:00Z', '2027-03-01T10:15Z')`,
      [made.id],
    );
    expect((await ask('GET', `Appointment/${made.id}`)).json().meta.versionId).toBe('3');
    const found = await entries(`Appointment/${made.id}/_history`);
    expect(found.map(({ request }) => request.method)).toEqual(['PUT', 'DELETE', 'POST']);
  });
});

describe('an export since a moment', () => {
  it('tells what was deleted, of the pairs that are held and within its filters, and not what has come back', async () => {
    const since = new Date().toISOString();
    const [gone, elsewhere, back] = [await make(northAbel), await make(southAbel), await make(northAbel)];
    for (const one of [gone, elsewhere, back]) await ask('DELETE', `Appointment/${one.id}`);
    await clinic.owner.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
       values (7001, $1, 'north', 'abel', 'booked', '2027-03-02T10:00Z', '2027-03-02T10:15Z')`,
      [back.id],
    );
    const deletedBy = async (query: string): Promise<string[]> => {
      const started = await ask('GET', `$export?_type=Appointment${query}`, undefined, { prefer: 'respond-async' });
      const manifest = (await ask('GET', String(started.headers['content-location']).split('/fhir/')[1]!)).json();
      if (manifest.deleted.length === 0) return [];
      const { body } = await ask('GET', manifest.deleted[0].url.split('/fhir/')[1]);
      const bundles = body
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      for (const bundle of bundles) expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'transaction' });
      return bundles.map((bundle) => bundle.entry[0].request.url.split('/')[1]).sort();
    };
    expect(await deletedBy('')).toEqual([]);
    expect(await deletedBy(`&_since=${since}`)).toEqual([gone.id, elsewhere.id].sort());
    const filter = encodeURIComponent('Appointment?location=south');
    expect(await deletedBy(`&_since=${since}&_typeFilter=${filter}`)).toEqual([elsewhere.id]);
    await clinic.setGrant(southAbel, columnSet('Visible', 'Patient'));
    expect(await deletedBy(`&_since=${since}`)).toEqual([gone.id]);
    expect(await deletedBy(`&_since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
  });
});

describe('conditions', () => {
  it('create where nothing matches, answer with the one that does, and choose none of several', async () => {
    const sent = booking(northAbel);
    const condition = `patient=of-two&practitioner=abel&location=north&date=${sent.start}`;
    const conditional = (body: unknown) => ask('POST', 'Appointment', body, { 'if-none-exist': condition });
    const both = await Promise.all([conditional(sent), conditional(sent)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 201]);
    expect(new Set(both.map((answer) => answer.json().id)).size).toBe(1);
    await ask('POST', 'Appointment', { ...sent, extension: [{ url: doubleBookingUrl, valueBoolean: true }] });
    expect((await conditional(sent)).statusCode).toBe(412);
    expect((await ask('POST', 'Appointment', sent, { 'if-none-exist': '_count=1' })).statusCode).toBe(400);
    expect((await ask('POST', 'Appointment', sent, { 'if-none-exist': 'colour=red' })).statusCode).toBe(400);
  });

  it('update the one that matches, or create it', async () => {
    const sent = booking(northAbel);
    const url = `Appointment?patient=of-two&practitioner=abel&date=${sent.start}`;
    const made = await ask('PUT', url, sent);
    expect(made.statusCode).toBe(201);
    const updated = await ask('PUT', url, { ...sent, status: 'arrived' });
    expect([updated.statusCode, updated.json().id, updated.json().status]).toEqual([200, made.json().id, 'arrived']);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same answer to the same request, however often and at the same moment, and refuses another', async () => {
    const sent = booking(northAbel);
    const keyed = (key: string, body: object = sent) => ask('POST', 'Appointment', body, { 'idempotency-key': key });
    const answers = await Promise.all([keyed('one'), keyed('one'), keyed('one')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body, headers }) => `${body} ${headers['location']}`)).size).toBe(1);
    expect((await keyed('one', { ...sent, description: 'else' })).statusCode).toBe(422);
    // A failure keeps nothing.
    expect((await keyed('two')).statusCode).toBe(409);
    expect((await keyed('two', booking(northAbel))).statusCode).toBe(201);
    expect((await keyed('no space')).statusCode).toBe(400);
    await ask('PUT', `Appointment/${answers[0]!.json().id}`, { ...answers[0]!.json<object>(), status: 'arrived' });
    expect((await keyed('one')).body).toBe(answers[0]!.body);
    await clinic.setGrant(northAbel, columnSet('Visible'));
    const unseen = await keyed('one');
    expect([unseen.statusCode, unseen.body]).toEqual([201, '']);
    const { rows } = await clinic.owner.query<{ text: string }>('select k::text as text from write_key k');
    expect(rows.map(({ text }) => text).join()).not.toContain('of-two');
  });

  it('is good for a day', async () => {
    const sent = booking(northAbel);
    const key = { 'idempotency-key': 'a-day' };
    expect((await ask('POST', 'Appointment', sent, key)).statusCode).toBe(201);
    clinic.clock.advance(24 * 60 * 60 * 1000 + 1000);
    token = await clinic.token(undefined, 'system/*.cruds');
    expect((await ask('POST', 'Appointment', sent, key)).statusCode).toBe(409);
    expect((await ask('POST', 'Appointment', booking(northAbel), { 'idempotency-key': 'b' })).statusCode).toBe(201);
    const { rows } = await clinic.owner.query(`select from write_key where expires_at <= $1`, [clinic.clock.now()]);
    expect(rows).toEqual([]);
  });
});

describe('a patient', () => {
  const person = (more = {}) => ({
    resourceType: 'Patient',
    name: [{ family: 'Tremblay', given: ['Agathe'] }],
    birthDate: '1980-05-06',
    telecom: [{ system: 'email', value: 'agathe@example.org' }],
    communication: [{ language: { coding: [{ code: 'fr-CA' }] }, preferred: true }],
    generalPractitioner: [{ reference: 'PractitionerRole/role-north-abel' }],
    ...more,
  });
  const attachedTo = async (id: string): Promise<string[]> => {
    const { rows } = await clinic.owner.query<{ pair: string }>(
      `select office_id || '-' || provider_id as pair from patient_pair where patient_id = $1 and attached order by 1`,
      [id],
    );
    return rows.map(({ pair }) => pair);
  };

  it('is created attached to the pair that is named, which needs Patient there', async () => {
    const answer = await ask('POST', 'Patient', person());
    expect(answer.statusCode).toBe(201);
    const made = answer.json();
    expect(made).toMatchObject({ name: [{ family: 'Tremblay', given: ['Agathe'] }], birthDate: '1980-05-06' });
    expect(made.communication[0].language.coding[0].code).toBe('fr');
    expect(await attachedTo(made.id)).toEqual(['north-abel']);
    expect(await audited(made.id)).toEqual(['create-patient']);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Scheduling'));
    const before = await count('patient');
    const refused = await ask('POST', 'Patient', person());
    expect([refused.statusCode, withheldCellsIn(refused.json())]).toEqual([
      403,
      [{ officeId: 'north', providerId: 'abel', column: 'Patient' }],
    ]);
    expect(await count('patient')).toBe(before);
    expect((await ask('GET', `Patient/${made.id}`)).statusCode).toBe(404);
  });

  it('needs a pair that is one', async () => {
    for (const generalPractitioner of [
      undefined,
      [{ reference: 'PractitionerRole/none' }],
      [{ reference: 'Practitioner/abel' }],
      [{ reference: 'Organization/7001' }],
    ]) {
      const answer = await ask('POST', 'Patient', person({ generalPractitioner }));
      expect(answer.statusCode).toBe(422);
      expect(outcomeOf(answer).issue[0]!.expression![0]).toContain('Patient.generalPractitioner');
    }
  });

  it('is updated by whoever holds Patient where he is known, and attached elsewhere by whoever holds it there', async () => {
    const made = (await ask('POST', 'Patient', person())).json();
    const changed = { ...made, telecom: [{ system: 'phone', value: '514 555 0100' }] };
    const answer = await ask('PUT', `Patient/${made.id}`, changed, { 'if-match': 'W/"1"' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      { telecom: changed.telecom, meta: { versionId: '2' } },
    ]);
    expect((await ask('PUT', `Patient/${made.id}`, changed, { 'if-match': 'W/"1"' })).statusCode).toBe(412);
    expect((await ask('GET', `Patient/${made.id}/_history/1`)).json()).toEqual(made);
    expect(await attachedTo(made.id)).toEqual(['north-abel']);
    const elsewhere = { ...changed, generalPractitioner: [{ reference: 'PractitionerRole/role-south-abel' }] };
    await clinic.setGrant(southAbel, columnSet('Visible'));
    expect((await ask('PUT', `Patient/${made.id}`, elsewhere)).statusCode).toBe(403);
    expect((await ask('PUT', 'Patient/none', { ...elsewhere, id: 'none' })).statusCode).toBe(403);
    await clinic.setGrant(southAbel, columnSet('Visible', 'Patient'));
    expect((await ask('PUT', `Patient/${made.id}`, elsewhere)).statusCode).toBe(200);
    expect(await attachedTo(made.id)).toEqual(['south-abel']);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Scheduling'));
    await clinic.setGrant(southAbel, columnSet('Visible', 'Scheduling'));
    const [hidden, none] = [
      await ask('PUT', `Patient/${made.id}`, changed),
      await ask('PUT', 'Patient/none', { ...changed, id: 'none' }),
    ];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
  });

  it('is found by number, name and birth date, and created once under such a condition', async () => {
    const sent = person({ identifier: [{ value: 'chart-77' }], name: [{ family: 'Unseen_100%', given: ['Zoé'] }] });
    const conditional = { 'if-none-exist': 'identifier=chart-77' };
    const made = await ask('POST', 'Patient', sent, conditional);
    expect([made.statusCode, (await ask('POST', 'Patient', sent, conditional)).statusCode]).toEqual([201, 200]);
    const ids = async (query: string) =>
      ((await ask('GET', `Patient?${query}`)).json().entry ?? []).map(
        ({ resource }: { resource: { id: string } }) => resource.id,
      );
    for (const query of [
      'identifier=chart-77',
      'identifier=|chart-77',
      'family=unseen_1',
      'name=zo%C3%A9',
      'family:exact=Unseen_100%25',
      'family=unseen&birthdate=1980-05-06',
    ]) {
      expect(await ids(query), query).toEqual([made.json().id]);
    }
    for (const query of [
      'identifier=http://x|chart-77',
      'family=unseenx',
      'family:exact=unseen_100%25',
      'family=unseen&birthdate=1980-05-07',
    ]) {
      expect(await ids(query), query).toEqual([]);
    }
  });

  it.each([
    ['a day that does not exist', { birthDate: '1980-02-30' }, 'Patient.birthDate'],
    ['no name', { name: [] }, 'Patient.name'],
    ['an element that is not kept', { maritalStatus: {} }, 'Patient.maritalStatus'],
    ['a second number', { identifier: [{ value: 'a' }, { value: 'b' }] }, 'Patient.identifier'],
    [
      'a number of another system',
      { identifier: [{ system: 'http://x', value: 'a' }] },
      'Patient.identifier[0].system',
    ],
    ['a NUL', { name: [{ family: 'a\u0000b', given: ['x'] }] }, 'Patient.name[0].family'],
  ])('is refused by the element: %s', async (_what, more, expression) => {
    const answer = await ask('POST', 'Patient', person(more));
    expect([answer.statusCode, outcomeOf(answer).issue[0]?.expression]).toEqual([422, [expression]]);
  });
});
