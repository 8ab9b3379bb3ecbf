// That the run's watcher watches: it is set up for every test file, and what it keeps is enough for a validator to see a fault.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createTestEmr, type TestEmr } from '../../src/emr/test-emr.ts';
import { seenShapes } from './seen-shapes.ts';
import { shapeOf } from './shape-of.ts';

let emr: TestEmr;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
});
afterAll(() => emr?.close());

test('what an EMR answers in a test file is kept for the validators', async () => {
  await emr.app.inject({ url: '/fhir/metadata' });
  await emr.app.inject({ url: '/fhir/Patient' });
  await emr.app.inject({ url: '/api/me' });
  const { answers, resources, shapes } = globalThis.fhirSeen;
  expect({ answers, resources }).toEqual({ answers: 2, resources: 2 });
  expect([...shapes.values()].map(({ resource, by }) => `${by} ${resource.resourceType}`)).toEqual([
    'GET /fhir/metadata CapabilityStatement',
    'GET /fhir/Patient OperationOutcome',
  ]);
});

test('resources that a validator could judge otherwise have shapes of their own', () => {
  const whole = { resourceType: 'Patient', id: 'a', active: true, birthDate: '1970-01-31', name: [{ family: 'One' }] };
  const same = { ...whole, id: 'b', birthDate: '2001-12-01', name: [{ family: 'Two' }, { family: 'Three Four' }] };
  expect(shapeOf({ ...same, name: [{ family: 'Two' }] })).toBe(shapeOf(whole));
  for (const other of [
    { ...whole, birthDate: '31.1.1970' },
    { ...whole, birthDate: '1970-01' },
    { ...whole, gender: 'lady' },
    { ...whole, name: [] },
    { ...whole, name: [{}] },
    { ...whole, name: [{ family: '' }] },
    { ...whole, name: [{ family: 'bell \u0007' }] },
    { ...whole, name: [{ family: null }] },
    { ...whole, active: 'true' },
    { ...whole, id: 7 },
  ])
    expect(shapeOf(other)).not.toBe(shapeOf(whole));
});

test('a resource in a Bundle, and one in a Bundle of a Bundle, is kept as if it came alone', () => {
  const seen = seenShapes();
  const patient = { resourceType: 'Patient', id: 'a' };
  const take = (...resources: { resourceType: string }[]) =>
    seen.take({ method: 'GET', url: '/fhir/Patient', status: 200, resources });
  take(patient);
  const entry = [1, 2, 3].map((n) => ({ fullUrl: `http://emr.test/fhir/Patient/p${n}`, resource: patient }));
  take({ resourceType: 'Bundle', entry } as { resourceType: string });
  expect([...seen.shapes.values()].map(({ resource }) => resource)).toEqual([
    patient,
    { resourceType: 'Bundle', entry: [entry[2]] },
  ]);
});
