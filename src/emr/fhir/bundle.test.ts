import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import { withheldCellsIn } from '../../fhir/outcome.ts';
import { appointments, createTestClinic, type Pair, pairs, type TestClinic } from './test-clinic.ts';

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

const send = (body: unknown, headers: Record<string, string> = {}) =>
  clinic.app.inject({
    method: 'POST',
    url: '/fhir',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
    payload: JSON.stringify(body),
  });
const get = (url: string) => clinic.app.inject({ url: `/fhir/${url}`, headers: { authorization: `Bearer ${token}` } });
interface Answer {
  readonly resource?: { readonly id: string; readonly resourceType: string };
  readonly response: { readonly status: string; readonly location?: string; readonly outcome?: unknown };
}
const bundle = (type: 'batch' | 'transaction', entry: readonly object[]) => ({ resourceType: 'Bundle', type, entry });
const answersOf = async (type: 'batch' | 'transaction', entry: readonly object[], headers = {}): Promise<Answer[]> => {
  const answer = await send(bundle(type, entry), headers);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json().entry;
};
const statusesOf = (answers: readonly Answer[]): string[] => answers.map(({ response }) => response.status);

let minute = 0;
const booking = ([office, provider]: Pair, patient = 'Patient/of-two', more = {}) => {
  minute += 15;
  const at = (minutes: number) => new Date(Date.UTC(2027, 0, 4, 0, minutes)).toISOString();
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start: at(minute),
    end: at(minute + 15),
    participant: [
      { actor: { reference: patient }, status: 'needs-action' },
      { actor: { reference: `Practitioner/${provider}` }, status: 'accepted' },
      { actor: { reference: `Location/${office}` }, status: 'accepted' },
    ],
    ...more,
  };
};
const create = (resource: object, fullUrl?: string, ifNoneExist?: string) => ({
  ...(fullUrl ? { fullUrl } : {}),
  resource,
  request: {
    method: 'POST',
    url: (resource as { resourceType: string }).resourceType,
    ...(ifNoneExist ? { ifNoneExist } : {}),
  },
});
const [northAbel, , , southBaker] = pairs as [Pair, Pair, Pair, Pair];
const count = async (what: string): Promise<number> => {
  const { rows } = await clinic.owner.query<{ n: number }>(`select count(*) as n from ${what}`);
  return rows[0]!.n;
};

describe('a batch', () => {
  it('answers each entry by itself, in the order of the entries, refusals by their cell', async () => {
    await clinic.setGrant(southBaker, columnSet('Visible', 'Patient'));
    const first = booking(northAbel);
    const answers = await answersOf('batch', [
      create(first),
      create(booking(southBaker)),
      { request: { method: 'GET', url: 'Appointment?location=north&practitioner=abel&_summary=count' } },
      create({ ...first }),
      create(booking(northAbel, 'Patient/of-two', { status: 'on' })),
      { request: { method: 'GET', url: 'Appointment/none' } },
      { request: { method: 'DELETE', url: 'Location/north' } },
      create(booking(northAbel)),
    ]);
    expect(statusesOf(answers)).toEqual(['201', '403', '200', '409', '422', '404', '400', '201']);
    expect(withheldCellsIn(answers[1]!.response.outcome)).toEqual([
      { officeId: 'south', providerId: 'baker', column: 'Scheduling' },
    ]);
    expect(answers[2]!.resource).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(answers[0]!.resource).toBeUndefined();
    expect((await get(answers[7]!.response.location!.split('/fhir/')[1]!)).statusCode).toBe(200);
  });

  it('gives back what was written where that is preferred', async () => {
    const [answer] = await answersOf('batch', [create(booking(northAbel))], { prefer: 'return=representation' });
    expect(answer!.resource).toMatchObject({ resourceType: 'Appointment', status: 'booked' });
  });

  it('books two hundred with a handful of statements, each audited', async () => {
    const before = await count(`audit_event where action = 'book'`);
    const answers = await answersOf(
      'batch',
      Array.from({ length: 200 }, () => create(booking(northAbel))),
    );
    expect(new Set(statusesOf(answers))).toEqual(new Set(['201']));
    expect(await count(`audit_event where action = 'book'`)).toBe(before + 200);
  });

  it('takes no key, and is refused by the element where it is none', async () => {
    expect((await send(bundle('batch', []), { 'idempotency-key': 'k' })).statusCode).toBe(400);
    const odd = await send(bundle('batch', [{ request: { method: 'STEAL', url: 'x' } }]));
    expect([odd.statusCode, odd.json().issue[0].expression]).toEqual([422, ['Bundle.entry[0].request.method']]);
  });
});

describe('a transaction', () => {
  const person = {
    resourceType: 'Patient',
    name: [{ family: 'New', given: ['Person'] }],
    identifier: [{ value: 'chart-1' }],
    generalPractitioner: [{ reference: 'PractitionerRole/role-north-abel' }],
  };
  const patch = (operations: object[]) => ({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(JSON.stringify(operations)).toString('base64'),
  });

  it('writes all of it, and what refers to another entry refers to what it became, whatever their order', async () => {
    const [gone] = await answersOf('batch', [create(booking(northAbel))]);
    const [left] = await answersOf('batch', [create(booking(northAbel))]);
    const idOf = (answer: Answer) => answer.response.location!.split('/Appointment/')[1]!.split('/')[0]!;
    const answers = await answersOf(
      'transaction',
      [
        create(booking(northAbel, 'urn:uuid:1')),
        create(person, 'urn:uuid:1', 'identifier=chart-1'),
        { request: { method: 'DELETE', url: `Appointment/${idOf(gone!)}` } },
        {
          resource: patch([{ op: 'replace', path: '/status', value: 'arrived' }]),
          request: { method: 'PATCH', url: `Appointment/${idOf(left!)}` },
        },
      ],
      { prefer: 'return=representation' },
    );
    expect(statusesOf(answers)).toEqual(['201', '201', '204', '200']);
    const patientId = answers[1]!.resource!.id;
    expect(answers[0]!.resource).toMatchObject({
      participant: [{ actor: { reference: `Patient/${patientId}` } }, {}, {}],
    });
    // The condition is met now: the next one refers to the patient who is there.
    const again = await answersOf(
      'transaction',
      [create(booking(northAbel, 'urn:uuid:9')), create(person, 'urn:uuid:9', 'identifier=chart-1')],
      { prefer: 'return=representation' },
    );
    expect(statusesOf(again)).toEqual(['201', '200']);
    expect(again[0]!.resource).toMatchObject({
      participant: [{ actor: { reference: `Patient/${patientId}` } }, {}, {}],
    });
  });

  it('writes nothing where one entry fails, and says which', async () => {
    await clinic.setGrant(southBaker, columnSet('Visible'));
    const before = await count('appointment');
    const refused = await send(bundle('transaction', [create(booking(northAbel)), create(booking(southBaker))]));
    expect([refused.statusCode, refused.json().issue[0].expression]).toEqual([403, ['Bundle.entry[1]']]);
    expect(withheldCellsIn(refused.json())).toHaveLength(1);
    const odd = await send(
      bundle('transaction', [
        create(booking(northAbel)),
        create(booking(northAbel, 'Patient/of-two', { status: 'on' })),
      ]),
    );
    expect([odd.statusCode, odd.json().issue[0].expression]).toEqual([422, ['Bundle.entry[1].resource.status']]);
    const reading = await send(bundle('transaction', [{ request: { method: 'GET', url: 'Appointment' } }]));
    expect(reading.statusCode).toBe(400);
    expect(await count('appointment')).toBe(before);
  });

  it('with a key is written once', async () => {
    const sent = bundle('transaction', [create(booking(northAbel)), create(booking(northAbel))]);
    const key = { 'idempotency-key': 'all-of-it' };
    const [first, second] = await Promise.all([send(sent, key), send(sent, key)]);
    expect([first.statusCode, second.body]).toEqual([200, first.body]);
    expect((await send(bundle('transaction', []), key)).statusCode).toBe(422);
  });
});

describe('what belongs to a patient', () => {
  interface Entry {
    readonly resource: { readonly resourceType: string; readonly id: string };
    readonly search: { readonly mode: string };
  }
  const idsIn = (entries: readonly Entry[], type: string) =>
    entries
      .filter(({ resource }) => resource.resourceType === type)
      .map(({ resource }) => resource.id)
      .sort();

  it('is all in $everything, narrowed by type, day and change, and says what is withheld', async () => {
    const of = async (query = '') => (await get(`Patient/of-north-abel/$everything${query}`)).json().entry as Entry[];
    const all = await of();
    expect(idsIn(all, 'Patient')).toEqual(['of-north-abel']);
    expect(idsIn(all, 'Appointment')).toEqual(['north-abel.of-north-abel']);
    expect([idsIn(all, 'Practitioner'), idsIn(all, 'Location')]).toEqual([['abel'], ['north']]);
    expect((await of('?_type=Appointment')).map(({ resource }) => resource.resourceType)).toEqual(['Appointment']);
    expect(idsIn(await of('?start=2027-01-01'), 'Appointment')).toEqual([]);
    expect(idsIn(await of('?end=2026-12-31'), 'Appointment')).toEqual(['north-abel.of-north-abel']);
    expect(await of('?_since=2999-01-01')).toBeUndefined();
    expect((await get('Patient/of-north-abel/$everything?colour=red')).statusCode).toBe(400);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    const narrowed = await of();
    expect(idsIn(narrowed, 'Appointment')).toEqual([]);
    const outcome = narrowed.find(({ search }) => search.mode === 'outcome')!.resource;
    // All that he lacks there of what belongs to a patient, and nothing that he holds.
    expect(
      withheldCellsIn(outcome)
        .map((cell) => `${cell.officeId}/${cell.providerId} ${cell.column}`)
        .sort(),
    ).toEqual(['Billing', 'EMR', 'Labs', 'Scheduling'].map((column) => `north/abel ${column}`));
    await clinic.setGrant(northAbel, columnSet('Visible', 'Scheduling'));
    const [hidden, none] = [await get('Patient/of-north-abel/$everything'), await get('Patient/none/$everything')];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
  });

  it('comes with him by reverse include', async () => {
    const entries = (await get('Patient?_id=of-two&_revinclude=Appointment:patient')).json().entry as Entry[];
    const expected = appointments.filter(({ patient }) => patient === 'of-two').map(({ id }) => id);
    expect(idsIn(entries, 'Appointment')).toEqual(expect.arrayContaining(expected));
    for (const odd of ['Appointment:practitioner', 'Patient:x', 'Appointment:patient:Location', 'x']) {
      expect((await get(`Patient?_revinclude=${odd}`)).statusCode, odd).toBe(400);
    }
  });
});
