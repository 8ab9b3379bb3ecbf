import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { fixedClock } from '../../platform/clock.ts';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../../platform/database/test-database.ts';
import { createLog } from '../../platform/log.ts';
import type { EmrContext } from '../context.ts';
import { formatReport, type ImportOptions, importFiles } from './import-files.ts';

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
  await owner.query('truncate tenant, audit_event cascade');
  await owner.query(`insert into tenant (tenant_id, name) values ($1, 'Saltmarsh')`, [tenantId]);
  directory = await mkdtemp(join(tmpdir(), 'tidegate-import-'));
  return () => rm(directory, { recursive: true, force: true });
});

const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};
const ndjson = (...resources: object[]): string => resources.map((one) => `${JSON.stringify(one)}\n`).join('');
const importing = (paths: readonly string[], more: Partial<ImportOptions> = {}) =>
  importFiles(context, { tenantId, paths, encounters: false, ...more });

const location = {
  resourceType: 'Location',
  id: 'hill',
  name: 'Lantern Hill',
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: 'America/Edmonton' }],
};
const practitioner = { resourceType: 'Practitioner', id: 'quill', name: [{ family: 'Quill', given: ['Juniper'] }] };
const role = {
  resourceType: 'PractitionerRole',
  id: 'quill-at-hill',
  practitioner: { reference: 'Practitioner/quill' },
  location: [{ reference: 'Location/hill' }],
};
const schedule = {
  resourceType: 'Schedule',
  id: 'book-of-quill',
  actor: [{ reference: 'Practitioner/quill' }, { reference: 'Location/hill' }],
};
const patient = {
  resourceType: 'Patient',
  id: 'mara',
  name: [{ family: 'Madeup', given: ['Mara', 'Théa'] }],
  birthDate: '1971-02-30',
  generalPractitioner: [{ reference: 'PractitionerRole/quill-at-hill' }],
};
const appointment = {
  resourceType: 'Appointment',
  id: 'first',
  status: 'booked',
  description: 'tab\there, back\\slash, \u0000and\nmore',
  start: '2026-11-25T09:00:00-07:00',
  end: '2026-11-25T09:15:00-07:00',
  participant: [
    { actor: { reference: 'Patient/mara' }, status: 'accepted' },
    { actor: { reference: 'Practitioner/quill' } },
    { actor: { reference: 'Location/hill' } },
  ],
};
const clinic = [appointment, patient, schedule, role, practitioner, location];
const without = (type: string) => ({
  ...appointment,
  id: `no-${type.toLowerCase()}`,
  participant: appointment.participant.filter((one) => !one.actor.reference.startsWith(type)),
});

const facts = async () => {
  const { rows } = await owner.query(
    `select (select jsonb_agg(to_jsonb(a) - 'created_at' order by appointment_id) from appointment a) as appointments,
            (select jsonb_agg(to_jsonb(p) order by patient_id) from patient p) as patients,
            (select jsonb_agg(to_jsonb(k) order by patient_id, office_id, provider_id) from patient_pair k) as pairs,
            (select jsonb_agg(to_jsonb(s) order by office_id, provider_id) from provider_schedule s) as schedules,
            (select jsonb_agg(to_jsonb(o)) from office o) as offices,
            (select roster_version from tenant) as roster, (select count(*) from audit_event) as audited`,
  );
  return rows[0]!;
};
const staged = async () =>
  (await owner.query('select (select count(*) from import.booking) + (select count(*) from import.patient) as left'))
    .rows[0]!.left;

test('whatever the order of the lines, references are found; a second import writes nothing at all', async () => {
  const path = await file('all.ndjson', ndjson(...clinic));
  const report = await importing([path]);
  for (const type of ['Location', 'Practitioner', 'PractitionerRole', 'Schedule', 'Patient', 'Appointment'])
    expect(report.types[type]).toEqual({ read: 1, created: 1, updated: 0, unchanged: 0, unusable: {} });
  const first = await facts();
  expect(first.offices[0]).toMatchObject({ name: 'Lantern Hill', zone: 'America/Edmonton' });
  expect(first.schedules[0]).toMatchObject({ schedule_id: 'book-of-quill', practitioner_role_id: 'quill-at-hill' });
  expect(first.patients[0]).toMatchObject({ given: 'Mara Théa', birth_date: null });
  expect(first.appointments[0]).toMatchObject({
    reason: 'tab\there, back\\slash, and\nmore',
    participation: 'accepted',
    start_at: '2026-11-25T16:00:00+00:00',
  });
  expect(first.pairs).toEqual([
    { tenant_id: tenantId, patient_id: 'mara', office_id: 'hill', provider_id: 'quill', attached: true },
  ]);
  expect([first.roster, first.audited]).toEqual([2, 1]);

  const again = await importing([await file('back.ndjson', ndjson(...clinic.toReversed())), path]);
  expect(again.types['Appointment']).toEqual({
    read: 2,
    created: 0,
    updated: 0,
    unchanged: 1,
    unusable: { 'given-more-than-once': 1 },
  });
  expect(await facts()).toEqual(first);

  // A file with the booking alone keeps the ids of the schedule, and a change is one version.
  const changed = await importing([await file('one.ndjson', ndjson({ ...appointment, status: 'cancelled' }, role))]);
  expect(changed.types['Appointment']).toMatchObject({ created: 0, updated: 1, unchanged: 0 });
  const after = await facts();
  expect(after.appointments[0]).toMatchObject({ status: 'cancelled', version_id: 2 });
  expect([after.schedules, after.roster, after.audited]).toEqual([first.schedules, 2, 2]);
  expect(await staged()).toBe(0);
});

test('what cannot be used is counted by type and reason, and read is always the sum', async () => {
  const report = await importing([
    await file(
      'mixed',
      ndjson(
        ...clinic,
        { resourceType: 'Practitioner', id: 'two', name: [{ family: 'Twooffices' }] },
        { resourceType: 'Location', id: 'shore', name: 'Shore' },
        {
          ...role,
          id: 'two-both',
          practitioner: { reference: 'Practitioner/two' },
          location: [{ reference: 'Location/hill' }, { reference: 'Location/shore' }],
        },
        { ...role, id: 'half', location: [{ reference: 'Location/hill' }, { reference: 'Location/nowhere' }] },
        { ...schedule, id: 'of-nobody', actor: [{ reference: 'Practitioner/nobody' }, { reference: 'Location/hill' }] },
        without('Location'),
        without('Practitioner'),
        { ...without('Location'), id: 'somewhere', participant: [{ actor: { reference: 'Practitioner/two' } }] },
        {
          ...appointment,
          id: 'no-patient',
          participant: [...without('Patient').participant, { actor: { reference: 'Patient/nobody' } }],
        },
        { ...appointment, id: 'local', start: '2026-11-25T09:00:00' },
        { ...appointment, id: 'backwards', end: '2026-11-25T09:00:00-07:00' },
        { ...appointment, id: 'odd', status: 'maybe' },
        { ...appointment, id: 'an id with spaces' },
        { ...appointment, id: undefined },
        {
          resourceType: 'Location',
          id: 'moon',
          name: 'Moon',
          extension: [{ ...location.extension[0], valueCode: 'Moon/Sea' }],
        },
        { resourceType: 'Patient', id: 'odd', name: 'Bea Nobody', telecom: 7 },
        { resourceType: 'Organization', id: 'org', name: 'Saltmarsh' },
        { resourceType: 'Immunization', id: 'shot' },
        { resourceType: 'Encounter', id: 'visit' },
      ),
    ),
  ]);
  const unusable = Object.fromEntries(Object.entries(report.types).map(([type, one]) => [type, one.unusable]));
  expect(unusable).toEqual({
    Appointment: {
      'no-practitioner': 1,
      'no-office': 1,
      'patient-unknown': 1,
      'no-time': 2,
      'status-unknown': 1,
      'no-id': 1,
      'id-not-fhir': 1,
    },
    Patient: { 'no-name': 1 },
    Schedule: { 'practitioner-unknown': 1 },
    PractitionerRole: { 'office-unknown': 1 },
    Practitioner: {},
    Location: { 'zone-unknown': 1 },
    Organization: { 'clinic-is-set-up': 1 },
    Immunization: { 'type-not-imported': 1 },
    Encounter: { 'encounters-not-asked-for': 1 },
  });
  for (const [type, one] of Object.entries(report.types)) {
    const refused = Object.values(one.unusable).reduce((sum, count) => sum + count, 0);
    expect([type, one.read]).toEqual([type, one.created + one.updated + one.unchanged + refused]);
  }
  expect(report.notes).toEqual({ zonesAssumed: 1, schedulesMade: 0, notAttached: 0 });
  const { appointments, schedules } = await facts();
  // The provider has one office only, so the booking that names none is there.
  expect(appointments.map((one: { appointment_id: string }) => one.appointment_id)).toEqual(['first', 'no-location']);
  expect(schedules).toHaveLength(3);
  const text = formatReport(report, 'fr');
  expect(text).toContain('Appointment : 10 lus, 2 nouveaux');
  expect(text).not.toMatch(/Madeup|import\.|\{/);
});

test('a broken line is named by file and line and the rest goes on, plain or gzip, told by content', async () => {
  const lines = ndjson(...clinic)
    .trimEnd()
    .split('\n');
  lines.splice(2, 0, '{"resourceType":"Patient","id":', '[]', '');
  const whole = gzipSync(
    ndjson(...Array.from({ length: 5000 }, (_, n) => ({ ...patient, id: `p${n}`, said: Math.sin(n) }))),
  );
  const first = await file(
    'a-first-line-broken.json',
    `{"resourceType"\n${JSON.stringify({ ...patient, id: 'after' })}\n`,
  );
  const report = await importing([
    await file('lines.txt', gzipSync(lines.join('\n'))),
    await file('cut.gz', whole.subarray(0, Math.floor(whole.length * 0.9))),
    first,
    await file('notes.md', '# Notes\n\nnothing of ours\n'),
    await file('other.json', '{\n  "name": "no resource"\n}\n'),
  ]);
  const named = report.broken.first.map(({ file: path, line, reason }) => [
    path.slice(directory.length + 1),
    line,
    reason,
  ]);
  expect(named).toEqual([
    ['lines.txt', 3, 'not-json'],
    ['lines.txt', 4, 'not-fhir'],
    ['cut.gz', expect.any(Number), 'cut-off'],
    ['a-first-line-broken.json', 1, 'not-json'],
    ['notes.md', 1, 'not-json'],
    ['other.json', 1, 'not-fhir'],
  ]);
  expect(report.broken.total).toBe(6);
  expect(report.types['Appointment']).toMatchObject({ created: 1 });
  // What stood before the place where the file breaks off is there.
  expect(report.types['Patient']!.created).toBeGreaterThan(3000);
  await expect(importing([join(directory, 'nothing-here')])).rejects.toMatchObject({
    key: 'import.problem.no-such-file',
  });
});

test('Bundles as Synthea writes them: references by urn:uuid and by identifier, visits as bookings, schedules made from them', async () => {
  const npi = { system: 'http://hl7.org/fhir/sid/us-npi', value: '9999930099' };
  const place = { system: 'https://github.com/synthetichealth/synthea', value: '6f1d59a7' };
  const visit = (id: string, more: object) => ({
    fullUrl: `urn:uuid:${id}`,
    request: { method: 'POST', url: 'Encounter' },
    resource: {
      resourceType: 'Encounter',
      id,
      status: 'finished',
      type: [{ text: 'Check up (procedure)' }],
      subject: { reference: 'urn:uuid:4f0a' },
      participant: [{ individual: { reference: `Practitioner?identifier=${npi.system}|${npi.value}` } }],
      period: { start: '2026-10-02T03:14:00-07:00', end: '2026-10-02T03:29:00-07:00' },
      location: [
        { location: { reference: `Location?identifier=${encodeURIComponent(`${place.system}|${place.value}`)}` } },
      ],
      ...more,
    },
  });
  const person = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      visit('e1', {}),
      visit('e2', { location: undefined }),
      visit('e3', { period: { start: '2027-01-02T03:14:00-07:00', end: '2027-01-02T03:29:00-07:00' } }),
      visit('e4', { participant: [{ individual: { reference: 'Practitioner?identifier=x|unknown' } }] }),
      {
        fullUrl: 'urn:uuid:4f0a',
        resource: { resourceType: 'Patient', name: [{ family: 'Absente', given: ['Lise'] }] },
      },
    ],
  };
  const people = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { resource: { ...practitioner, id: 'syn-1', identifier: [npi] } },
      { resource: { resourceType: 'Location', id: 'syn-office', name: 'PCP42', identifier: [place] } },
    ],
  };
  const paths = [
    await file('Lise_Absente.json', JSON.stringify(person, null, 2)),
    await file('practitioners.json', JSON.stringify(people)),
  ];
  const report = await importing(paths, { encounters: true, defaultZone: 'America/Toronto' });
  expect(report.types['Encounter']).toEqual({
    read: 4,
    created: 2,
    updated: 0,
    unchanged: 0,
    unusable: { 'not-a-past-visit': 1, 'practitioner-unknown': 1 },
  });
  expect(report.notes).toEqual({ zonesAssumed: 1, schedulesMade: 1, notAttached: 0 });
  expect(formatReport(report, 'en')).toContain('1 provider schedule was made because a booking uses it');
  const first = await facts();
  expect(first.offices[0].zone).toBe('America/Toronto');
  expect(first.appointments[0]).toMatchObject({
    appointment_id: 'encounter-e1',
    patient_id: '4f0a',
    office_id: 'syn-office',
    provider_id: 'syn-1',
    status: 'fulfilled',
    type_text: 'Check up (procedure)',
  });
  const again = await importing(paths, { encounters: true });
  expect(again.types['Encounter']).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
  expect(again.notes.schedulesMade).toBe(0);
  expect(await facts()).toEqual(first);
});

test('an import that is stopped or meets another leaves nothing, and what a killed one left is taken away', async () => {
  const path = await file('all.ndjson', ndjson(...clinic));
  await expect(importing([path], { signal: AbortSignal.abort() })).rejects.toThrow();
  expect((await facts()).patients).toBeNull();

  await owner.query(
    `insert into import.patient (tenant_id, n, patient_id, family, given, language, active)
                     values ($1, 1, 'left-behind', 'Of', 'Another', 'en', true)`,
    [tenantId],
  );
  const [one, other] = await Promise.allSettled([importing([path]), importing([path])]);
  const refused = [one, other].filter((result) => result.status === 'rejected');
  expect(refused.map((result) => result.reason.key)).toEqual(refused.map(() => 'import.problem.running'));
  const { patients, audited } = await facts();
  expect(patients.map((row: { patient_id: string }) => row.patient_id)).toEqual(['mara']);
  expect([audited, await staged()]).toEqual([1, 0]);
});

test('the request-serving role sees nothing of what is staged', async () => {
  const app = createPool(database.urlFor('emr_app'), { max: 1, applicationName: 'test' });
  try {
    await expect(app.query('select from import.patient')).rejects.toMatchObject({ code: '42501' });
  } finally {
    await app.end();
  }
});

test('20,000 bookings are brought in, told of, and the same again changes nothing', async () => {
  const patients = Array.from({ length: 4_000 }, (_, n) => ({ ...patient, id: `p${n}` }));
  await file('0.ndjson', ndjson(practitioner, location, role, schedule, ...patients));
  const bookings = Array.from({ length: 20_000 }, (_, n) => {
    const start = Date.UTC(2026, 10, 1) + n * 300_000;
    const [_patient, ...others] = appointment.participant;
    return {
      ...appointment,
      id: `b${n}`,
      start: new Date(start).toISOString(),
      end: new Date(start + 300_000).toISOString(),
      participant: [{ actor: { reference: `Patient/p${n % 4_000}` } }, ...others],
    };
  });
  await file('1.ndjson.gz', gzipSync(ndjson(...bookings), { level: 1 }));
  const told: string[] = [];
  const first = await importing([directory], { onProgress: ({ phase }) => told.push(phase) });
  expect(first.types['Appointment']).toMatchObject({ created: 20_000 });
  const again = await importing([directory]);
  expect(again.types['Appointment']).toMatchObject({ created: 0, updated: 0, unchanged: 20_000 });
  expect(told.at(-1)).toBe('writing');
});

test('an id that FHIR does not allow is refused with its own reason, whatever it is of, and no table would take it', async () => {
  const hostileIds = [
    'a"b',
    'a\\',
    'a b',
    'a/b',
    'a_b',
    'é',
    'a\nb',
    '\u2028',
    '\ud83d\ude00',
    'x'.repeat(65),
    `'; drop table office`,
    7,
  ];
  const kinds = [location, practitioner, role, schedule, patient, appointment];
  const report = await importing([
    await file(
      'hostile',
      ndjson(
        ...clinic,
        ...kinds.flatMap((one) => hostileIds.map((id) => ({ ...one, id }))),
        ...hostileIds.map((id) => ({
          ...appointment,
          id: 'of-hostile',
          participant: [{ actor: { reference: `Patient/${id}"` } }, { actor: { reference: `Practitioner/${id}"` } }],
        })),
      ),
    ),
  ]);
  for (const { resourceType } of kinds.slice(0, -1)) {
    expect([resourceType, report.types[resourceType]?.unusable]).toEqual([
      resourceType,
      { 'id-not-fhir': hostileIds.length },
    ]);
  }
  expect(report.types['Appointment']?.unusable['id-not-fhir']).toBe(hostileIds.length);
  expect((await facts()).appointments.map((one: { appointment_id: string }) => one.appointment_id)).toEqual(['first']);

  const { rows: columns } = await owner.query<{ table: string; column: string }>(
    `select relname as table, attname as column
       from pg_constraint c join pg_class t on t.oid = c.conrelid
       join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
      where conname like '%_is_fhir' order by 1, 2`,
  );
  expect(columns.length).toBeGreaterThanOrEqual(16);
  await owner.query(`insert into office (tenant_id, office_id, name, zone) values ($1, 'a.B-9', 'n', 'z')`, [tenantId]);
  for (const id of hostileIds) {
    await expect(
      owner.query(`insert into office (tenant_id, office_id, name, zone) values ($1, $2, 'n', 'z')`, [
        tenantId,
        `${id}"`,
      ]),
    ).rejects.toMatchObject({ constraint: 'office_office_id_is_fhir' });
  }
});
