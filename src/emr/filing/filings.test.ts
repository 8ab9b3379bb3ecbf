// Tasks, answered questionnaires and consents, as a portal files them: through FHIR alone.
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { providerScheduleUrl } from '../../fhir/extensions.ts';
import { clinicId, createTestClinic, type TestClinic } from '../fhir/test-clinic.ts';
import { emrMigrations } from '../index.ts';

let clinic: TestClinic;
let token: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), emrMigrations);
});
afterAll(() => clinic?.close());
beforeEach(async () => {
  for (const table of ['task', 'questionnaire_response', 'consent'])
    await clinic.owner.query(`delete from ${table}; delete from ${table}_version`);
  await clinic.owner.query('delete from permission_grant where tenant_id = $1', [clinicId]);
  await clinic.setGrant(['north', 'abel'], 63);
  token = await clinic.token(clinicId, 'system/*.cruds');
});

const ask = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> =>
  clinic.app.inject({
    method,
    url: `/fhir/${url}`,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' } : {}),
      ...headers,
    },
    ...(body ? { payload: JSON.stringify(body) } : {}),
  });
const told = (answer: LightMyRequestResponse) => {
  const [issue] = answer.json<{
    issue: { diagnostics?: string; expression?: string[]; details?: { text: string } }[];
  }>().issue;
  return [answer.statusCode, issue?.expression?.[0], issue?.diagnostics ?? issue?.details?.text];
};

const role = (office = 'north', provider = 'abel') => ({ reference: `PractitionerRole/role-${office}-${provider}` });
const bodies: Readonly<Record<string, (pair?: { reference: string }, patient?: string) => Record<string, unknown>>> = {
  Task: (pair = role(), patient = 'of-north-abel') => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    priority: 'urgent',
    code: { text: 'call back' },
    description: 'The link was not understood.',
    for: { reference: `Patient/${patient}` },
    authoredOn: '2026-11-24T10:00:00-05:00',
    owner: pair,
    note: [{ text: 'Line one\nline two' }],
  }),
  QuestionnaireResponse: (pair = role(), patient = 'of-north-abel') => ({
    resourceType: 'QuestionnaireResponse',
    extension: [{ url: providerScheduleUrl, valueReference: pair }],
    questionnaire: 'https://portal.example/Questionnaire/intake|2',
    status: 'completed',
    subject: { reference: `Patient/${patient}` },
    authored: '2026-11-24T15:00:00Z',
    item: [
      { linkId: '1', text: 'Allergies?', answer: [{ valueBoolean: true }] },
      { linkId: '2', item: [{ linkId: '2.1', answer: [{ valueString: 'Peanuts' }, { valueCoding: { code: '1' } }] }] },
    ],
  }),
  Consent: (pair = role(), patient = 'of-north-abel') => ({
    resourceType: 'Consent',
    extension: [{ url: providerScheduleUrl, valueReference: pair }],
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ text: 'E-mail' }],
    patient: { reference: `Patient/${patient}` },
    dateTime: '2026-11-24T15:00:00Z',
    policyRule: { text: 'May be written to by e-mail.' },
    provision: { type: 'permit' },
  }),
};
const instants = {
  authoredOn: '2026-11-24T15:00:00Z',
  authored: '2026-11-24T15:00:00Z',
  dateTime: '2026-11-24T15:00:00Z',
};

describe.each(Object.keys(bodies))('%s', (type) => {
  const body = bodies[type]!;
  const column = type === 'Task' ? 'Scheduling' : 'EMR';
  const columns = type === 'Task' ? 34 : 40;
  const create = async (): Promise<Record<string, unknown> & { id: string }> => {
    const answer = await ask('POST', type, body());
    expect([answer.statusCode, answer.body.slice(0, 300)]).toEqual([201, expect.any(String)]);
    return answer.json();
  };

  test('is filed and read again as it was sent', async () => {
    const made = await create();
    const kept = Object.fromEntries(
      Object.entries(body()).map(([name, value]) => [name, instants[name as 'authored'] ?? value]),
    );
    expect(made).toEqual({
      ...kept,
      id: expect.any(String),
      meta: { versionId: '1', lastUpdated: expect.any(String) },
    });
    expect((await ask('GET', `${type}/${made.id}`)).json()).toEqual(made);
  });

  test('is changed from the version that was read, and every version stays', async () => {
    const { id, ...made } = await create();
    const changed = { ...made, id, status: 'entered-in-error' };
    expect((await ask('PUT', `${type}/${id}`, changed, { 'if-match': 'W/"7"' })).statusCode).toBe(412);
    const updated = await ask('PUT', `${type}/${id}`, changed, { 'if-match': 'W/"1"' });
    expect(updated.json()).toMatchObject({ status: 'entered-in-error', meta: { versionId: '2' } });
    expect((await ask('PUT', `${type}/${id}`, changed)).json()).toMatchObject({ meta: { versionId: '2' } });
    const patched = await ask('PATCH', `${type}/${id}`, [{ op: 'replace', path: '/status', value: made['status'] }]);
    expect(patched.json()).toMatchObject({ status: made['status'], meta: { versionId: '3' } });
    const versions = (await ask('GET', `${type}/${id}/_history`)).json<{ entry: { resource: object }[] }>().entry;
    expect(versions.map(({ resource }) => resource)).toMatchObject(
      ['3', '2', '1'].map((versionId) => ({ meta: { versionId } })),
    );
    expect((await ask('GET', `${type}/${id}/_history/1`)).json()).toEqual({ ...made, id });
    expect((await ask('DELETE', `${type}/${id}`)).statusCode).toBe(400);
  });

  test('needs its column on the pair that it names, there or not, and is seen with it alone', async () => {
    const made = await create();
    await clinic.setGrant(['north', 'abel'], 63 & ~(columns & ~32));
    for (const answer of [
      await ask('POST', type, body()),
      await ask('PUT', `${type}/${made.id}`, { ...body(), id: made.id }),
      await ask('PUT', `${type}/none`, { ...body(), id: 'none' }),
    ])
      expect([answer.statusCode, answer.body]).toEqual([403, expect.stringContaining(column)]);
    for (const path of [`${type}/${made.id}`, `${type}/${made.id}/_history`, `${type}/${made.id}/_history/1`])
      expect((await ask('GET', path)).statusCode).toBe(404);
    await clinic.setGrant(['north', 'abel'], columns);
    expect((await ask('GET', `${type}/${made.id}`)).body).toContain('"valueCode":"masked"');
  });

  test('stays where it was filed, and of whom', async () => {
    await clinic.setGrant(['south', 'abel'], 63);
    const made = await create();
    const moved = await ask('PUT', `${type}/${made.id}`, { ...body(role('south')), id: made.id });
    expect(told(moved)).toEqual([
      422,
      expect.stringContaining(type),
      expect.stringContaining('stays with the provider'),
    ]);
    const others = await ask('PUT', `${type}/${made.id}`, { ...body(role(), 'of-two'), id: made.id });
    expect(told(others)).toEqual([422, expect.stringContaining(type), expect.stringContaining('stays in the record')]);
    expect((await ask('POST', type, body(role(), 'of-south-baker'))).statusCode).toBe(400);
    expect((await ask('POST', type, body({ reference: 'PractitionerRole/none' }))).statusCode).toBe(422);
  });

  test('is found by its patient, in everything of his, in an export, and by a condition', async () => {
    const { id } = await create();
    const found = async (url: string) =>
      ((await ask('GET', url)).json<{ entry?: { resource: { resourceType: string; id: string } }[] }>().entry ?? [])
        .filter(({ resource }) => resource.resourceType === type)
        .map(({ resource }) => resource.id);
    expect(await found(`${type}?patient=of-north-abel&status=${String(body()['status'])}`)).toEqual([id]);
    expect(await found(`${type}?patient=of-two`)).toEqual([]);
    expect(await found(`Patient/of-north-abel/$everything`)).toEqual([id]);
    expect(await found(`Patient/of-north-abel/$everything?start=2026-11-25`)).toEqual([]);
    expect(await found(`Patient?_revinclude=${type}:patient`)).toEqual([id]);
    const again = await ask('POST', type, body(), { 'if-none-exist': 'patient=of-north-abel' });
    expect([again.statusCode, again.json<{ id: string }>().id]).toEqual([200, id]);
    const started = await ask('GET', `$export?_type=${type}`, undefined, { prefer: 'respond-async' });
    const manifest = await ask('GET', String(started.headers['content-location']).replace(/^.*\/fhir\//, ''));
    const [file] = manifest.json<{ output: { url: string }[] }>().output;
    const exported = await ask('GET', file!.url.replace(/^.*\/fhir\//, ''));
    expect(
      exported.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([id]);
  });

  test('leaves a record of who filed and changed it, without a word of what it says', async () => {
    const { id } = await create();
    await ask('PUT', `${type}/${id}`, { ...body(), id, status: 'entered-in-error' });
    const { rows } = await clinic.owner.query(
      'select action, before, after from audit_event where entity_id = $1 order by at, audit_id',
      [id],
    );
    const at = { patientId: 'of-north-abel', officeId: 'north', providerId: 'abel' };
    expect(rows).toEqual([
      { action: 'file', before: null, after: at },
      { action: 'change-filing', before: null, after: { ...at, version: 2 } },
    ]);
    const accesses = await clinic.owner.query(
      `select kind, patient_id from access_event where entity_type = $1 and entity_id = $2 order by at`,
      [type, id],
    );
    expect(accesses.rows).toEqual(['create', 'update'].map((kind) => ({ kind, patient_id: 'of-north-abel' })));
  });

  test('is refused by the element that cannot be kept', async () => {
    for (const [name, value] of [
      ['status', 'whatever'],
      ['colour', 'red'],
      ['extension', [{ url: 'https://example.org/x', valueString: 'x' }]],
    ] as const)
      expect(told(await ask('POST', type, { ...body(), [name]: value }))).toEqual([
        422,
        expect.stringContaining(`${type}.${name}`),
        expect.any(String),
      ]);
  });
});

describe('A Task about a booking', () => {
  const about = (id: string, patient?: string) => ({
    ...bodies['Task']!(role(), patient),
    focus: { reference: `Appointment/${id}` },
  });

  test('is of the booking’s pair and patient, whom the booking makes known', async () => {
    await clinic.setGrant(['north', 'abel'], 34);
    expect((await ask('POST', 'Task', bodies['Task']!())).statusCode).toBe(400);
    const made = await ask('POST', 'Task', about('north-abel.of-north-abel'));
    expect([made.statusCode, made.json()]).toMatchObject([
      201,
      { focus: { reference: 'Appointment/north-abel.of-north-abel' } },
    ]);
    expect(told(await ask('POST', 'Task', about('north-abel.of-north-abel', 'of-two')))).toEqual([
      422,
      'Task.for',
      'The Appointment is of somebody else.',
    ]);
    const answers = ['south-baker.of-two', 'none'].map(async (id) =>
      told(await ask('POST', 'Task', about(id, 'of-two'))),
    );
    expect((await Promise.all(answers)).map(([status, element]) => [status, element])).toEqual([
      [422, 'Task.focus.reference'],
      [422, 'Task.focus.reference'],
    ]);
    const { id } = made.json<{ id: string }>();
    const found = await ask('GET', 'Task?focus=Appointment/north-abel.of-north-abel&_include=Task:focus');
    const resources = found.json<{ entry: { resource: { resourceType: string } }[] }>().entry;
    expect(resources.map(({ resource }) => resource.resourceType)).toEqual(['Task', 'Appointment', 'OperationOutcome']);
    // The booking goes, and the task about it can still be done.
    const done = [{ op: 'replace', path: '/status', value: 'completed' }];
    expect((await ask('DELETE', 'Appointment/north-abel.of-north-abel')).statusCode).toBe(204);
    expect((await ask('PATCH', `Task/${id}`, done)).json()).toMatchObject({ status: 'completed' });
  });
});

describe('A QuestionnaireResponse', () => {
  const withItem = (item: unknown) => ({ ...bodies['QuestionnaireResponse']!(), item });
  const nested = (levels: number): object => ({
    linkId: String(levels),
    ...(levels > 1 ? { item: [nested(levels - 1)] } : {}),
  });

  test.each([
    ['without a link', [{ text: 'x' }]],
    ['with an empty list', [{ linkId: '1', answer: [] }]],
    ['with two values in one answer', [{ linkId: '1', answer: [{ valueString: 'x', valueBoolean: true }] }]],
    ['with a day that is none', [{ linkId: '1', answer: [{ valueDate: '24.11.2026' }] }]],
    ['with a control character', [{ linkId: '1', answer: [{ valueString: 'a\u0007' }] }]],
    ['with what is not kept', [{ linkId: '1', answer: [{ valueAttachment: {} }] }]],
    ['too deep', [nested(7)]],
  ])('is refused %s', async (_what, item) => {
    expect(told(await ask('POST', 'QuestionnaireResponse', withItem(item)))).toEqual([
      422,
      expect.stringContaining('QuestionnaireResponse.item'),
      expect.any(String),
    ]);
  });

  test('keeps six levels', async () => {
    const made = await ask('POST', 'QuestionnaireResponse', withItem([nested(6)]));
    expect([made.statusCode, made.json().item]).toEqual([201, [nested(6)]]);
  });
});
