// The builders put JSON together by hand, so whatever people write has to come out of read, search and export as the same valid JSON.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createPool } from '../../platform/database/db.ts';
import { importFiles } from '../import/import-files.ts';
import { clinicId, createTestClinic, type TestClinic } from './test-clinic.ts';

const controls = Array.from({ length: 31 }, (_, index) => String.fromCharCode(index + 1)).join('');
const texts = [
  'plain',
  `O'Brien "Bo" \\ back\\\\slash \\" \\u0041`,
  '","status":"cancelled","x":"',
  `controls ${controls} \u007f\u0080\u0085\u009f end`,
  'NUL \u0000 between',
  'lines \n\r\n\t \u2028 \u2029 end',
  'emoji \u{1F600}\u{1F469}\u200d\u2695\ufe0f e\u0301',
  'lone high \ud83d end',
  'lone low \ude00 end',
  'reversed \ude00\ud83d end',
  'right \u202eto left\u202c \ufeff mark',
  '\\. \\N {} {"a":1} $1 %s <script>alert(1)</script>',
  `'); drop table patient; --`,
  `long ${'"\\'.repeat(3000)} end`,
];
/** FHIR has no control character but three, and UTF-8 no half of a pair. */
const kept = (text: string): string =>
  [...text.toWellFormed()].filter((one) => one >= ' ' || '\t\n\r'.includes(one)).join('');

let clinic: TestClinic;
let directory: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), join(import.meta.dirname, '../migrations'));
  directory = await mkdtemp(join(tmpdir(), 'tidegate-hostile-'));
  const reference = (to: string) => ({ actor: { reference: to } });
  const extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: 'America/Toronto' }];
  const resources = texts.flatMap((text, n) => [
    { resourceType: 'Location', id: `o-${n}`, name: text, extension, telecom: [{ system: 'phone', value: text }] },
    {
      resourceType: 'Practitioner',
      id: `v-${n}`,
      name: [{ family: text, given: [text], prefix: [text], suffix: [text] }],
    },
    {
      resourceType: 'Patient',
      id: `p-${n}`,
      name: [{ family: text, given: [text] }],
      telecom: [
        { system: 'phone', value: text },
        { system: 'email', value: text },
      ],
    },
    {
      resourceType: 'Appointment',
      id: `a-${n}`,
      status: 'booked',
      serviceType: [{ text }],
      description: text,
      start: '2026-12-01T15:00:00Z',
      end: '2026-12-01T15:15:00Z',
      participant: [reference(`Patient/p-${n}`), reference(`Practitioner/v-${n}`), reference(`Location/o-${n}`)],
    },
  ]);
  const path = join(directory, 'hostile.ndjson');
  await writeFile(path, resources.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const importPool = createPool(clinic.database.urlFor('emr_import'), { max: 4, applicationName: 'test' });
  const report = await importFiles(
    { ...clinic.context, importPool },
    { tenantId: clinicId, paths: [path], encounters: false },
  ).finally(() => importPool.end());
  expect(Object.values(report.types).map(({ read, created }) => read - created)).toEqual([0, 0, 0, 0]);
  await clinic.owner.query(
    `insert into office_membership (tenant_id, user_id, office_id) select tenant_id, 'service', office_id from office where tenant_id = $1
     on conflict do nothing`,
    [clinicId],
  );
  await clinic.owner.query(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns)
     select tenant_id, 'service', office_id, provider_id, 63 from provider_schedule where tenant_id = $1 on conflict do nothing`,
    [clinicId],
  );
});
afterAll(async () => {
  await clinic?.close();
  await rm(directory, { recursive: true, force: true });
});

interface Found {
  readonly id: string;
  readonly name?: unknown;
  readonly telecom?: unknown;
  readonly serviceType?: unknown;
  readonly description?: unknown;
}

test('hostile text is the same valid JSON in read, search and export', async () => {
  const authorization = `Bearer ${await clinic.token()}`;
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    const path = url.replace('http://emr.test', '');
    const answer = await clinic.app.inject({ method: 'GET', url: path, headers: { authorization, ...headers } });
    expect([200, 202]).toContain(answer.statusCode);
    return answer;
  };
  const exported = await ask('/fhir/$export?_type=Location,Practitioner,Schedule,Patient,Appointment', {
    prefer: 'respond-async',
  });
  const manifest = (await ask(String(exported.headers['content-location']))).json<{
    output: { type: string; url: string }[];
  }>();
  const said = (text: string): Record<string, Partial<Found>> => ({
    Location: { name: text, telecom: [{ system: 'phone', value: text }] },
    Practitioner: { name: [{ family: text, given: [text], prefix: [text], suffix: [text] }] },
    Patient: {
      name: [{ family: text, given: [text] }],
      telecom: [
        { system: 'phone', value: text },
        { system: 'email', value: text },
      ],
    },
    Appointment: { serviceType: [{ text }], description: text },
  });
  let compared = 0;
  for (const [type, letter] of [
    ['Location', 'o'],
    ['Practitioner', 'v'],
    ['Patient', 'p'],
    ['Appointment', 'a'],
  ] as const) {
    const file = await ask(manifest.output.find((one) => one.type === type)!.url);
    const lines = file.body
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Found);
    const searched = (await ask(`/fhir/${type}?_count=500`)).json<{ entry: { resource: Found }[] }>();
    for (const [n, text] of texts.entries()) {
      const id = `${letter}-${n}`;
      const read = (await ask(`/fhir/${type}/${id}`)).json<Found>();
      expect(read).toMatchObject({ id, ...said(kept(text))[type] });
      expect(searched.entry.find(({ resource }) => resource.id === id)?.resource).toEqual(read);
      expect(lines.find((one) => one.id === id)).toEqual(read);
      compared += 3;
    }
  }
  const schedules = await ask('/fhir/Schedule?_count=500');
  const displays = schedules.json<{ entry: { resource: { actor: { display?: string }[] } }[] }>().entry;
  for (const text of texts) {
    const display = `${[text, text, text].map(kept).join(' ')}, ${kept(text)}`;
    expect(displays.some(({ resource }) => resource.actor[0]?.display === display)).toBe(true);
    compared += 1;
  }
  process.stdout.write(`hostile text: ${texts.length} texts, ${compared} answers compared\n`);
  expect(compared).toBe(texts.length * 13);
});
