import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bitOf, columnSet } from '../../fhir/columns.ts';
import { withheldCellsIn } from '../../fhir/outcome.ts';
import { type ChartEntry, chartEntries, contentOf, fillChart } from '../fhir/test-chart-records.ts';
import { clinicId, createTestClinic, otherClinicId, pairs, type TestClinic } from '../fhir/test-clinic.ts';

interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [member: string]: unknown;
}
interface Bundle {
  readonly total?: number;
  readonly entry?: readonly { readonly resource: Resource; readonly search: { readonly mode: string } }[];
}

let clinic: TestClinic;
let token: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  await fillChart(clinic.owner, clinicId);
  await fillChart(clinic.owner, otherClinicId);
  token = await clinic.token(undefined, 'system/*.cruds');
});
afterAll(() => clinic?.close());

type Method = 'GET' | 'POST';
const ask = (method: Method, path: string, body?: object | Buffer, headers: Record<string, string> = {}) =>
  clinic.app.inject({
    method,
    url: `/fhir/${path}`,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body ? { payload: body } : {}),
  });
const search = async (query: string): Promise<Bundle> => {
  const answer = await ask('GET', query);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json();
};
const ids = (bundle: Bundle, mode = 'match') =>
  (bundle.entry ?? []).filter(({ search: { mode: of } }) => of === mode).map(({ resource }) => resource.id);
const grantAll = async (columns: number) => {
  for (const pair of pairs) await clinic.setGrant(pair, columns);
};
const all = chartEntries.map(({ id }) => id).sort();
const first = chartEntries[0]!;
const typesByColumn = {
  EMR: ['DocumentReference', 'Binary', 'Encounter'],
  Labs: ['DiagnosticReport', 'Observation'],
  Billing: ['Account', 'ChargeItem', 'Coverage'],
} as const;
const types = Object.values(typesByColumn).flat();

describe('reading the chart', () => {
  it('finds each type with its column alone, and says by cell what it withholds', async () => {
    for (const [column, own] of Object.entries(typesByColumn)) {
      await grantAll(columnSet('Visible') | bitOf[column as keyof typeof typesByColumn]);
      for (const type of types) {
        const bundle = await search(type);
        const held = own.some((one) => one === type);
        expect(ids(bundle).sort(), `${type} with ${column}`).toEqual(held ? all : []);
        const cells = bundle.entry?.flatMap(({ resource }) => withheldCellsIn(resource)) ?? [];
        const needed = Object.entries(typesByColumn).find(([, of]) => of.some((one) => one === type))![0];
        const expected = pairs.map(([officeId, providerId]) => ({ officeId, providerId, column: needed }));
        expect(cells, `${type} with ${column}`).toEqual(held ? [] : expected);
      }
    }
  });

  it('answers for a foreign and a never existing entry alike', async () => {
    await grantAll(0);
    await clinic.setGrant(first.pair, 63);
    const foreign = chartEntries.find(({ pair }) => pair !== first.pair)!;
    for (const type of types) {
      const [shown, hidden, never] = await Promise.all(
        [first.id, foreign.id, 'never-existed'].map((id) => ask('GET', `${type}/${id}`)),
      );
      expect([shown!.statusCode, hidden!.statusCode, hidden!.body], type).toEqual([200, 404, never!.body]);
    }
  });

  it('searches by patient, time and practitioner, and includes them', async () => {
    await grantAll(63);
    const ofTwo = chartEntries.filter(({ patient }) => patient === 'of-two').map(({ id }) => id);
    for (const type of types.filter((one) => one !== 'Binary')) {
      const parameter = type === 'Coverage' ? 'beneficiary' : 'subject';
      expect(ids(await search(`${type}?patient=of-two`)).sort(), type).toEqual(ofTwo.toSorted());
      expect(ids(await search(`${type}?${parameter}=Patient/of-two&_include=${type}:patient`), 'include')).toEqual([
        'of-two',
      ]);
      expect(ids(await search(`${type}?_lastUpdated=ge2026-01-01&_count=2`)).length, type).toBe(2);
      expect(ids(await search(`${type}?_lastUpdated=lt2020`)), type).toEqual([]);
      expect(ids(await search(`${type}?status=entered-in-error`)), type).toEqual([]);
    }
    const abels = chartEntries
      .filter(({ pair }) => pair[1] === 'abel')
      .map(({ id }) => id)
      .sort();
    for (const query of [
      'DocumentReference?author=abel',
      'Encounter?practitioner=Practitioner/abel',
      'DiagnosticReport?performer=abel&date=2026-11-23&issued=2026-11-24',
      'Observation?performer=abel&date=2026-11-23',
      'ChargeItem?performer-actor=abel&occurrence=2026-11-24',
    ]) {
      expect(ids(await search(query)).sort(), query).toEqual(abels);
    }
    expect(ids(await search('Encounter?location=north&practitioner=abel')).sort()).toEqual(
      chartEntries
        .filter(({ pair }) => pair.join() === 'north,abel')
        .map(({ id }) => id)
        .sort(),
    );
    expect(ids(await search(`ChargeItem?account=${first.id}`))).toEqual([first.id]);
    expect(ids(await search('DocumentReference?date=lt2026-11-24'))).toEqual([]);
    expect((await ask('GET', 'DocumentReference?author=PractitionerRole/x')).statusCode).toBe(400);
  });

  it('says each type as R4 has it, a patient by reference, masked without Patient', async () => {
    await grantAll(63);
    const read = async (type: string) => (await ask('GET', `${type}/${first.id}`)).json<Resource>();
    const role = { reference: `PractitionerRole/role-${first.pair.join('-')}` };
    const practitioner = { reference: `Practitioner/${first.pair[1]}` };
    const patient = { reference: `Patient/${first.patient}` };
    expect(await read('DocumentReference')).toMatchObject({
      status: 'current',
      subject: patient,
      author: [role, practitioner],
      content: [
        { attachment: { contentType: 'application/pdf', url: `Binary/${first.id}`, size: contentOf(first.id).length } },
      ],
    });
    expect(await read('Encounter')).toMatchObject({
      class: { code: 'AMB' },
      participant: [{ individual: role }, { individual: practitioner }],
      period: { start: '2026-11-24T15:00:00Z' },
      location: [{ location: { reference: `Location/${first.pair[0]}` } }],
    });
    expect(await read('DiagnosticReport')).toMatchObject({
      performer: [role, practitioner],
      result: [{ reference: `Observation/${first.id}` }],
    });
    expect(await read('Observation')).toMatchObject({
      code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }] },
      valueQuantity: { value: 5.1, unit: '%' },
      referenceRange: [{ low: { value: 4 }, high: { value: 6 } }],
    });
    expect((await ask('GET', `Observation/${first.id}`)).body).toContain('"value":5.10');
    expect(await read('Account')).toMatchObject({
      subject: [patient],
      extension: [{ valueReference: role }, { valueMoney: { value: 34.5, currency: 'CAD' } }],
    });
    expect(await read('ChargeItem')).toMatchObject({
      priceOverride: { value: 45 },
      quantity: { value: 2 },
      account: [{ reference: `Account/${first.id}` }],
    });
    expect(await read('Coverage')).toMatchObject({ beneficiary: patient, period: { start: '2026-01-01' } });
    await grantAll(63 & ~bitOf.Patient);
    for (const type of types.filter((one) => one !== 'Binary')) {
      expect(JSON.stringify(await read(type)), type).toContain('"valueCode":"masked"');
    }
  });

  it('exports every type but content, and the same lines as a search', async () => {
    await grantAll(columnSet('Visible', 'EMR', 'Labs', 'Billing'));
    const started = await ask('GET', '$export', undefined, { prefer: 'respond-async' });
    const manifest = (
      await clinic.app.inject({
        url: new URL(String(started.headers['content-location'])).pathname,
        headers: { authorization: `Bearer ${token}` },
      })
    ).json<{ output: { type: string; url: string }[] }>();
    const exported = manifest.output.map(({ type }) => type);
    expect(exported).toEqual(expect.arrayContaining(types.filter((type) => type !== 'Binary')));
    expect(exported).not.toContain('Binary');
    for (const { type, url } of manifest.output.filter((one) => types.some((known) => known === one.type))) {
      const file = await clinic.app.inject({
        url: new URL(url).pathname,
        headers: { authorization: `Bearer ${token}` },
      });
      const lines = file.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Resource);
      expect(lines.map(({ id }) => id).sort(), type).toEqual(all);
    }
    expect((await ask('GET', '$export?_type=Binary', undefined, { prefer: 'respond-async' })).statusCode).toBe(400);
  });

  it('gives a Binary as it is, or in JSON for who asks for FHIR', async () => {
    await grantAll(columnSet('Visible', 'EMR'));
    const raw = await ask('GET', `Binary/${first.id}`);
    expect([raw.statusCode, raw.headers['content-type'], raw.rawPayload.equals(contentOf(first.id))]).toEqual([
      200,
      'application/pdf',
      true,
    ]);
    expect(raw.headers).toMatchObject({
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    });
    const json = (await ask('GET', `Binary/${first.id}`, undefined, { accept: 'application/fhir+json' })).json<{
      data: string;
    }>();
    expect(json).toMatchObject({
      resourceType: 'Binary',
      id: first.id,
      securityContext: { reference: `DocumentReference/${first.id}` },
    });
    expect(Buffer.from(json.data, 'base64').equals(contentOf(first.id))).toBe(true);
  });

  it('is part of everything of a patient, narrowed by day, and what is withheld of it is said', async () => {
    await grantAll(63);
    const of = async (query = '') => search(`Patient/${first.patient}/$everything${query}`);
    const idsOf = (bundle: Bundle, type: string) =>
      (bundle.entry ?? []).filter(({ resource }) => resource.resourceType === type).map(({ resource }) => resource.id);
    const whole = await of();
    const inBundle = types.filter((type) => type !== 'Binary');
    for (const type of inBundle) expect(idsOf(whole, type), type).toEqual([first.id]);
    expect([idsOf(whole, 'Practitioner'), idsOf(whole, 'Location')]).toEqual([[first.pair[1]], [first.pair[0]]]);
    const later = await of('?start=2026-11-24');
    expect(inBundle.filter((type) => idsOf(later, type).length > 0)).toEqual(
      inBundle.filter((type) => !['DiagnosticReport', 'Observation'].includes(type)),
    );
    expect((await of('?_type=Encounter')).entry!.map(({ resource }) => resource.resourceType)).toEqual(['Encounter']);
    await grantAll(63 & ~bitOf.Labs);
    const narrowed = await of();
    expect(inBundle.filter((type) => idsOf(narrowed, type).length > 0)).toEqual(
      inBundle.filter((type) => !['DiagnosticReport', 'Observation'].includes(type)),
    );
    const cells = narrowed.entry!.flatMap(({ resource }) => withheldCellsIn(resource));
    expect(cells).toEqual(pairs.map(([officeId, providerId]) => ({ officeId, providerId, column: 'Labs' })));
  });

  it('is in the capability statement', async () => {
    const { rest } = (await clinic.app.inject('/fhir/metadata')).json();
    const of = (type: string) => rest[0].resource.find((one: { type: string }) => one.type === type);
    expect(types.filter((type) => !of(type))).toEqual([]);
    expect(of('DocumentReference').interaction).toContainEqual({ code: 'create' });
    expect(of('Patient').operation.map(({ name }: { name: string }) => name)).toContain('saved-for-ocean');
  });
});

describe('filing a document', () => {
  const role = (pair: ChartEntry['pair']) => `PractitionerRole/role-${pair.join('-')}`;
  const documentOf = (
    more: object = {},
    attachment: object = { contentType: 'text/plain', data: Buffer.from('Hello').toString('base64') },
  ) => ({
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: `Patient/${first.patient}` },
    author: [{ reference: role(first.pair) }],
    description: 'A message',
    content: [{ attachment }],
    ...more,
  });
  const post = (body: object, headers: Record<string, string> = {}) =>
    ask('POST', 'DocumentReference', body, { 'content-type': 'application/fhir+json', ...headers });

  it('needs Visible and EMR on the pair of its author, and is refused by that cell otherwise', async () => {
    await grantAll(0);
    await clinic.setGrant(first.pair, columnSet('Visible', 'EMR'));
    const filed = await post(documentOf());
    expect([filed.statusCode, filed.json()]).toMatchObject([
      201,
      {
        description: 'A message',
        category: [{ text: 'Integration' }],
        content: [{ attachment: { contentType: 'text/plain', size: 5 } }],
      },
    ]);
    expect(filed.headers['location']).toBe(`http://emr.test/fhir/DocumentReference/${filed.json().id}/_history/1`);
    const { url } = filed.json().content[0].attachment;
    expect((await ask('GET', url)).body).toBe('Hello');
    await clinic.setGrant(first.pair, columnSet('Visible', 'Labs'));
    const refused = await post(documentOf());
    expect([
      refused.statusCode,
      refused.body.includes('"EMR"') && refused.body.includes(`Location/${first.pair[0]}`),
    ]).toEqual([403, true]);
    const unknown = await post(documentOf({ subject: { reference: 'Patient/nobody' } }));
    expect([unknown.statusCode, unknown.body.length]).toEqual([403, refused.body.length]);
  });

  it('takes content that was sent as a Binary before, once', async () => {
    await clinic.setGrant(first.pair, columnSet('Visible', 'EMR'));
    const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(500_000, 3)]);
    const sent = await ask('POST', 'Binary', content, {
      'content-type': 'application/pdf',
      'x-security-context': role(first.pair),
    });
    expect(sent.statusCode).toBe(201);
    const url = /Binary\/[^/]+/.exec(String(sent.headers['location']))![0];
    expect((await ask('GET', url)).statusCode).toBe(404);
    const filed = await post(documentOf({}, { url }));
    expect(filed.statusCode).toBe(201);
    expect((await ask('GET', url)).rawPayload.equals(content)).toBe(true);
    expect((await post(documentOf({}, { url }))).statusCode).toBe(400);
    const asJson = {
      resourceType: 'Binary',
      contentType: 'application/pdf',
      securityContext: { reference: role(first.pair) },
      data: content.toString('base64'),
    };
    expect((await ask('POST', 'Binary', asJson, { 'content-type': 'application/fhir+json' })).statusCode).toBe(201);
  });

  it('files once for an idempotency key', async () => {
    await clinic.setGrant(first.pair, columnSet('Visible', 'EMR'));
    const key = { 'idempotency-key': 'message-17' };
    const [one, again] = [await post(documentOf(), key), await post(documentOf(), key)];
    expect([one.statusCode, again.statusCode, again.json().id]).toEqual([201, 201, one.json().id]);
    expect((await post(documentOf({ description: 'Another' }), key)).statusCode).toBe(422);
  });

  it.each([
    ['no author', { author: [{ reference: 'Practitioner/abel' }] }, undefined, 'DocumentReference.author'],
    [
      'a role that there is not',
      { author: [{ reference: 'PractitionerRole/none' }] },
      undefined,
      'DocumentReference.author',
    ],
    ['no patient', { subject: { reference: 'Group/1' } }, undefined, 'DocumentReference.subject.reference'],
    ['another status', { status: 'superseded' }, undefined, 'DocumentReference.status'],
    ['no title', { description: undefined }, undefined, 'DocumentReference.description'],
    ['no content', {}, {}, 'DocumentReference.content[0].attachment'],
    ['content elsewhere', {}, { url: 'https://example.org/x.pdf' }, 'DocumentReference.content[0].attachment.url'],
    [
      'content that is no base64',
      {},
      { contentType: 'text/plain', data: 'ü' },
      'DocumentReference.content[0].attachment.data',
    ],
    [
      'an element that is not kept',
      { custodian: { reference: 'Organization/1' } },
      undefined,
      'DocumentReference.custodian',
    ],
  ])('names the element: %s', async (_what, more, attachment, expression) => {
    await clinic.setGrant(first.pair, columnSet('Visible', 'EMR'));
    const answer = await post(attachment ? documentOf(more, attachment) : documentOf(more));
    expect([answer.statusCode, answer.json().issue[0].expression]).toEqual([422, [expression]]);
  });

  it('says what is wrong with the content', async () => {
    await clinic.setGrant(first.pair, columnSet('Visible', 'EMR'));
    const data = Buffer.from('MZ').toString('base64');
    expect((await post(documentOf({}, { contentType: 'application/pdf', data }))).statusCode).toBe(400);
    expect((await post(documentOf({}, { contentType: 'text/html', data }))).statusCode).toBe(415);
  });
});
