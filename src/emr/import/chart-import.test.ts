import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { fixedClock } from '../../platform/clock.ts';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../../platform/database/test-database.ts';
import { createLog } from '../../platform/log.ts';
import type { EmrContext } from '../context.ts';
import { importFiles } from './import-files.ts';

const tenantId = 1042;
let database: TestDatabase;
let owner: Pool;
let importPool: Pool;
let context: EmrContext;
let directory: string;
// An import serves nobody.
const forClients = { sealingKey: Buffer.alloc(32), announceTo: 'public' } as const;

beforeAll(async () => {
  const adminUrl = inject('adminUrl');
  const migrations = join(import.meta.dirname, '../migrations');
  database = await testDatabase({ adminUrl, organisation: 'emr', migrations, roles: ['emr_app', 'emr_import'] });
  owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 2, applicationName: 'test' });
  importPool = createPool(database.urlFor('emr_import'), { max: 4, applicationName: 'test' });
  const log = createLog({ level: 'warn', name: 'test' });
  const clock = fixedClock('2026-11-24T17:00:00Z');
  context = {
    pool: importPool,
    recordPool: importPool,
    importPool,
    clock,
    log,
    publicUrl: 'http://emr.test',
    version: 'test',
    ...forClients,
  };
});
afterAll(async () => {
  await importPool.end();
  await owner.end();
  await database.drop();
});
beforeEach(async () => {
  await owner.query('truncate tenant cascade');
  await owner.query(`insert into tenant (tenant_id, name) values ($1, 'Saltmarsh')`, [tenantId]);
  directory = await mkdtemp(join(tmpdir(), 'tidegate-import-'));
  return () => rm(directory, { recursive: true, force: true });
});

async function importing(...resources: object[]) {
  const path = join(directory, 'chart.ndjson');
  await writeFile(path, resources.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return importFiles(context, { tenantId, paths: [path], encounters: false });
}
const one = async (sql: string) => (await owner.query(sql)).rows;

const roster = [
  { resourceType: 'Location', id: 'hill', name: 'Lantern Hill' },
  { resourceType: 'Location', id: 'quay', name: 'North Quay' },
  { resourceType: 'Practitioner', id: 'quill', name: [{ family: 'Quill', given: ['Juniper'] }] },
  ...['hill', 'quay'].map((office) => ({
    resourceType: 'PractitionerRole',
    id: `quill-at-${office}`,
    practitioner: { reference: 'Practitioner/quill' },
    location: [{ reference: `Location/${office}` }],
  })),
  { resourceType: 'Patient', id: 'mara', name: [{ family: 'Madeup', given: ['Mara'] }] },
];
const role = (office = 'hill') => ({ reference: `PractitionerRole/quill-at-${office}` });
const mara = { reference: 'Patient/mara' };
const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(500_000, 7)]);
const document = {
  resourceType: 'DocumentReference',
  id: 'letter',
  status: 'current',
  category: [{ text: 'Letters' }],
  subject: mara,
  date: '2026-11-20T10:00:00Z',
  author: [role(), { reference: 'Practitioner/quill' }],
  description: 'A letter',
  content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/letter-content' } }],
};
const binary = {
  resourceType: 'Binary',
  id: 'letter-content',
  contentType: 'application/pdf',
  data: pdf.toString('base64'),
};
const inline = {
  ...document,
  id: 'memo',
  content: [{ attachment: { contentType: 'text/plain', data: Buffer.from('Bonjour').toString('base64') } }],
};
const note = {
  resourceType: 'Encounter',
  id: 'visit',
  status: 'finished',
  class: { code: 'AMB' },
  extension: [{ url: 'https://tidegate.dev/fhir/StructureDefinition/encounter-note', valueString: 'Feels well.' }],
  subject: mara,
  participant: [{ individual: { reference: 'Practitioner/quill' } }],
  location: [{ location: { reference: 'Location/quay' } }],
  period: { start: '2026-11-20T10:00:00Z' },
};
const report = {
  resourceType: 'DiagnosticReport',
  id: 'blood',
  status: 'final',
  code: { text: 'Blood' },
  subject: mara,
  effectiveDateTime: '2026-11-19T10:00:00Z',
  performer: [role()],
  result: [{ reference: 'Observation/sugar' }, { reference: 'Observation/remark' }],
};
const sugar = {
  resourceType: 'Observation',
  id: 'sugar',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '14749-6' }], text: 'Glucose' },
  effectiveDateTime: '2026-11-19T10:00:00Z',
  valueQuantity: { value: 5.25, unit: 'mmol/L' },
  referenceRange: [{ low: { value: 3.6 }, high: { value: 6 } }],
  interpretation: [{ coding: [{ code: 'N' }] }],
};
const remark = {
  ...sugar,
  id: 'remark',
  valueQuantity: undefined,
  valueString: 'Haemolysed',
  code: { text: 'Remark' },
};
const account = {
  resourceType: 'Account',
  id: 'account',
  status: 'active',
  subject: [mara],
  extension: [{ url: 'https://tidegate.dev/fhir/StructureDefinition/provider-schedule', valueReference: role() }],
};
const charge = {
  resourceType: 'ChargeItem',
  id: 'form',
  status: 'billed',
  code: { text: 'Form' },
  subject: mara,
  occurrenceDateTime: '2026-11-20',
  quantity: { value: 2 },
  priceOverride: { value: 45.1, currency: 'CAD' },
  account: [{ reference: 'Account/account' }],
};
const coverage = {
  ...account,
  resourceType: 'Coverage',
  id: 'plan',
  beneficiary: mara,
  payor: [{ display: 'Provincial plan' }],
  period: { start: '2026-01-01' },
};
// What refers stands before what it refers to.
const chart = [charge, remark, sugar, report, document, inline, note, coverage, account, binary, ...roster];
const types = [
  'DocumentReference',
  'Binary',
  'Encounter',
  'DiagnosticReport',
  'Observation',
  'Account',
  'ChargeItem',
  'Coverage',
];

test('a chart comes in with its content, whatever the order, and a second time changes nothing', async () => {
  const first = await importing(...chart);
  expect(Object.fromEntries(types.map((type) => [type, first.types[type]?.created]))).toEqual({
    DocumentReference: 2,
    Binary: 1,
    Encounter: 1,
    DiagnosticReport: 1,
    Observation: 2,
    Account: 1,
    ChargeItem: 1,
    Coverage: 1,
  });
  expect(types.filter((type) => Object.keys(first.types[type]!.unusable).length > 0)).toEqual([]);
  const contents =
    await one(`select d.document_id, d.folder, b.media_type, string_agg(c.bytes, '' order by c.n) as bytes, count(*)::integer as chunks
    from document d join binary_content b using (tenant_id, binary_id) join binary_chunk c using (tenant_id, binary_id) group by 1, 2, 3 order by 1`);
  expect(contents.map(({ document_id: id, media_type: type, chunks }) => [id, type, chunks])).toEqual([
    ['letter', 'application/pdf', 3],
    ['memo', 'text/plain', 1],
  ]);
  expect([contents[0].bytes.equals(pdf), contents[1].bytes.toString()]).toEqual([true, 'Bonjour']);
  expect(await one(`select office_id, provider_id, note from encounter`)).toEqual([
    { office_id: 'quay', provider_id: 'quill', note: 'Feels well.' },
  ]);
  expect(
    await one(
      `select observation_id, report_id, place, office_id, patient_id, loinc, value_number::text as number, value_text as text from observation order by place`,
    ),
  ).toEqual([
    {
      observation_id: 'sugar',
      report_id: 'blood',
      place: 1,
      office_id: 'hill',
      patient_id: 'mara',
      loinc: '14749-6',
      number: '5.25',
      text: null,
    },
    {
      observation_id: 'remark',
      report_id: 'blood',
      place: 2,
      office_id: 'hill',
      patient_id: 'mara',
      loinc: null,
      number: null,
      text: 'Haemolysed',
    },
  ]);
  expect(await one(`select amount_cents::integer as cents, quantity, patient_id, office_id from charge_item`)).toEqual([
    { cents: 4510, quantity: 2, patient_id: 'mara', office_id: 'hill' },
  ]);
  const state = `select (select json_agg(t) from (select version_id, last_updated from document union all select version_id, last_updated from observation
    union all select version_id, last_updated from account union all select version_id, last_updated from binary_content) t) as versions`;
  const before = await one(state);
  const again = await importing(...chart);
  expect(
    types.map((type) => [again.types[type]!.created, again.types[type]!.updated, again.types[type]!.unchanged]),
  ).toEqual(types.map((type) => [0, 0, first.types[type]!.created]));
  expect(await one(state)).toEqual(before);
});

test('what changed is changed: a report that moves takes its values along, content is replaced, an account moves on with its charges', async () => {
  await importing(...chart);
  const other = Buffer.from('%PDF-1.7\nanother');
  const changed = await importing(
    { ...report, performer: [role('quay')] },
    { ...document, author: [role('quay')] },
    { ...binary, data: other.toString('base64') },
    { ...charge, status: 'entered-in-error' },
    ...roster,
  );
  expect(
    ['DiagnosticReport', 'DocumentReference', 'Binary', 'ChargeItem'].map((type) => changed.types[type]!.updated),
  ).toEqual([1, 1, 1, 1]);
  expect(await one(`select distinct office_id from observation`)).toEqual([{ office_id: 'quay' }]);
  expect(
    await one(
      `select b.office_id, b.sha256 = sha256(c.bytes) as whole, c.bytes from binary_content b join binary_chunk c using (tenant_id, binary_id) where binary_id = 'letter-content'`,
    ),
  ).toEqual([{ office_id: 'quay', whole: true, bytes: other }]);
  expect(await one('select version_id from account')).toEqual([{ version_id: 2 }]);
});

test('what cannot be used is counted by reason, and the rest comes in', async () => {
  const doc = (id: string, more: object) => ({ ...document, id, ...more });
  const attached = (attachment: object) => ({ content: [{ attachment }] });
  const found = await importing(
    ...chart,
    doc('no-author', { author: [] }),
    doc('no-subject', { subject: undefined }),
    doc('not-here', { subject: { reference: 'Patient/nobody' } }),
    doc('several-offices', { author: [{ reference: 'Practitioner/quill' }] }),
    doc('shared', {}),
    doc('lost', attached({ url: 'Binary/lost', contentType: 'application/pdf' })),
    doc('lies', attached({ contentType: 'application/pdf', data: Buffer.from('MZ').toString('base64') })),
    doc('undated', { date: '2026-11-20' }),
    { ...binary, id: 'unused' },
    { ...binary, id: 'html', contentType: 'text/html' },
    { ...sugar, id: 'alone' },
    { ...sugar, id: 'empty', valueQuantity: undefined },
    { ...charge, id: 'no-account', account: undefined },
    { ...charge, id: 'negative', priceOverride: { value: -1 } },
    { ...coverage, id: 'odd', status: 'odd' },
  );
  const reasons = Object.fromEntries(
    types.map((type) => [type, found.types[type]!.unusable]).filter(([, of]) => Object.keys(of as object).length > 0),
  );
  expect(reasons).toEqual({
    DocumentReference: {
      'no-practitioner': 1,
      'no-patient': 1,
      'patient-unknown': 1,
      'no-office': 1,
      'content-of-another': 1,
      'no-content': 1,
      'content-unusable': 1,
      'no-time': 1,
    },
    Binary: { 'not-referred-to': 1, 'content-unusable': 1 },
    Observation: { 'no-report': 1, 'no-value': 1 },
    ChargeItem: { 'no-account': 1, 'amount-unusable': 1 },
    Coverage: { 'status-unknown': 1 },
  });
  for (const type of types) {
    const { read, created, updated, unchanged, unusable } = found.types[type]!;
    expect(created + updated + unchanged + Object.values(unusable).reduce((sum, count) => sum + count, 0), type).toBe(
      read,
    );
  }
  expect(found.types['DocumentReference']!.created).toBe(2);
});
