// Every resource that the EMR's FHIR API answers with, whatever is asked in whatever way and whoever asks, is valid by two validators that
// are not ours and by FHIR's rules of JSON.
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { chartEntries, fillChart } from '../../src/emr/fhir/test-chart-records.ts';
import {
  clientSecret,
  clinicId,
  createTestClinic,
  otherClinicId,
  pairs,
  patients,
} from '../../src/emr/fhir/test-clinic.ts';
import { createEmr, emrMigrations } from '../../src/emr/index.ts';
import { providerScheduleUrl, subscriptionSecretUrl } from '../../src/fhir/extensions.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { enter, maskWorld } from '../masks/mask-worlds.ts';
import { mirrorToStaff } from '../masks/more-surfaces.ts';
import { randomWorld } from '../masks/random-worlds.ts';
import { makeVersions } from '../masks/write-surfaces.ts';
import { type Driven, driveFhir, type Tally } from '../validators/drive-fhir.ts';
import { type FhirResource, watchFhirAnswers } from '../validators/fhir-answers.ts';
import { shapeOf } from '../validators/shape-of.ts';
import { createValidate, type Validate, type ValidatorName } from '../validators/validate-resource.ts';
import { varyRecords } from '../validators/varied-records.ts';
import type { Proof, Saboteur } from './proof.ts';

const worldsOf = { stated: 25, reduced: 1 } as const;

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const atNorthAbel = { reference: 'PractitionerRole/role-north-abel' };
const ofNorthAbel = { reference: 'Patient/of-north-abel' };
const actor = (reference: string) => ({ actor: { reference } });

/** Each kind of answer, and items in items. */
const answered = [
  {
    linkId: '1',
    text: 'All',
    item: [
      { valueBoolean: false },
      { valueDecimal: 1.5 },
      { valueInteger: 3 },
      { valueDate: '2026-11' },
      { valueDateTime: '2026-11-24T09:00:00-05:00' },
      { valueTime: '09:00:00' },
      { valueString: 'text' },
      { valueUri: 'https://portal.example/a' },
      { valueCoding: { system: 'http://loinc.org', code: '4548-4', display: 'A1c' } },
    ].map((value, index) => ({ linkId: `1.${index}`, answer: [value] })),
  },
];

const bodies: Driven['bodies'] = {
  Appointment: (n) => ({
    resourceType: 'Appointment',
    status: 'booked',
    description: 'made by the proof',
    start: new Date(Date.UTC(2027, 0, 1) + n * 900_000).toISOString(),
    end: new Date(Date.UTC(2027, 0, 1) + n * 900_000 + 600_000).toISOString(),
    participant: [actor('Patient/of-north-abel'), actor('Practitioner/abel'), actor('Location/north')],
  }),
  Patient: (n) => ({
    resourceType: 'Patient',
    name: [{ family: `Made${n}`, given: ['By', 'Proof'] }],
    gender: 'female',
    birthDate: '1980-02-29',
    generalPractitioner: [{ reference: atNorthAbel.reference }],
  }),
  Subscription: (n) => ({
    resourceType: 'Subscription',
    status: 'requested',
    reason: `of the proof, ${n}`,
    criteria: 'Appointment?status=booked',
    extension: [{ url: subscriptionSecretUrl, valueString: secret }],
    channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/hook' },
  }),
  DocumentReference: (n) => ({
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: 'Patient/of-north-abel' },
    author: [{ reference: atNorthAbel.reference }],
    description: `made by the proof, ${n}`,
    content: [{ attachment: { contentType: 'text/plain', data: Buffer.from(`text ${n}`).toString('base64') } }],
  }),
  Communication: (n) => ({
    resourceType: 'Communication',
    status: 'completed',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'reminder' }] },
    ],
    about: [{ reference: 'Appointment/north-abel.of-north-abel' }],
    sent: new Date(Date.UTC(2026, 10, 24) + n * 1000).toISOString(),
    sender: { reference: 'PractitionerRole/role-north-abel' },
  }),
  Task: (n) => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    description: `made by the proof, ${n}`,
    for: ofNorthAbel,
    owner: atNorthAbel,
    ...(n % 2 ? { priority: 'urgent', code: { text: 'call' }, note: [{ text: 'a note' }] } : {}),
  }),
  QuestionnaireResponse: (n) => ({
    resourceType: 'QuestionnaireResponse',
    extension: [{ url: providerScheduleUrl, valueReference: atNorthAbel }],
    status: 'completed',
    subject: ofNorthAbel,
    authored: '2026-11-24T09:00:00-05:00',
    ...(n % 2 ? { questionnaire: 'https://portal.example/Questionnaire/intake', item: answered } : {}),
  }),
  Consent: (n) => ({
    resourceType: 'Consent',
    extension: [{ url: providerScheduleUrl, valueReference: atNorthAbel }],
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ text: 'e-mail' }],
    patient: ofNorthAbel,
    policyRule: { text: `made by the proof, ${n}` },
    ...(n % 2 ? { provision: { type: 'permit' } } : {}),
  }),
  Binary: (n) => ({
    resourceType: 'Binary',
    contentType: 'text/plain',
    securityContext: { reference: 'PractitionerRole/role-north-abel' },
    data: Buffer.from(`text ${n}`).toString('base64'),
  }),
};

export const proveValidators: Proof = async ({ adminUrl, full, seed, say }) => {
  const validate = createValidate();
  const judged = new Set<string>();
  const types = new Map<string, number>();
  const failures = new Map<string, string>();
  const samples = new Map<string, FhirResource>();
  let resources = 0;
  const unwatch = watchFhirAnswers(({ method, url, resources: all }) => {
    for (const resource of all) {
      resources += 1;
      const { resourceType } = resource;
      types.set(resourceType, (types.get(resourceType) ?? 0) + 1);
      const shape = shapeOf(resource);
      // At the stated count every resource is judged; at the reduced one, one of each shape.
      if (judged.has(shape) && !full) continue;
      const sample = samples.get(resourceType);
      if (!sample || Object.keys(sample).length < Object.keys(resource).length) samples.set(resourceType, resource);
      judged.add(shape);
      for (const { validator, text } of validate(resource)) {
        const what = `${validator}: ${text.replaceAll(/\[\d+\]/g, '[]')}`;
        if (!failures.has(what)) failures.set(what, `${what} (${method} ${url})`);
      }
    }
  });
  const clinic = await createTestClinic(adminUrl, emrMigrations);
  const { context, database, owner } = clinic;
  const emr = await createEmr({
    appUrl: database.urlFor('emr_app'),
    importUrl: database.urlFor('emr_import'),
    publicUrl: context.publicUrl,
    webDirectory: null,
    clock: context.clock,
    log: context.log,
    version: context.version,
    sealingKey: context.sealingKey,
    announceTo: 'loopback',
  });
  try {
    for (const tenantId of [clinicId, otherClinicId]) await fillChart(owner, tenantId);
    await makeVersions(clinic);
    const session = randomToken(32);
    const at = context.clock.now();
    await owner.query(
      `insert into open_hours (tenant_id, office_id, provider_id, weekday, from_time, until_time, slot_minutes)
       select tenant_id, office_id, provider_id, day, '09:00', '17:00', 30 from provider_schedule, generate_series(1, 5) day`,
    );
    await owner.query(
      `insert into app_user (tenant_id, user_id, kind, username, display_name)
       values (${clinicId}, 'staff', 'staff', 'staff', 'Staff'), (${clinicId}, 'admin', 'administrator', 'admin', 'Admin')`,
    );
    await owner.query(
      `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at) values ($1, $2, 'staff', 'staff', $3, $3)`,
      [clinicId, sha256(session), at],
    );
    await owner.query(
      `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
       values ($1::integer, $1::integer || '-admin', 'admin', 'admin', 'client_secret_post', $2)`,
      [clinicId, sha256(clientSecret)],
    );
    const tokenOf = async (client: string): Promise<string> => {
      const answer = await emr.app.inject({
        method: 'POST',
        url: '/oauth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: `grant_type=client_credentials&client_id=${client}&client_secret=${encodeURIComponent(clientSecret)}&scope=system/*.cruds`,
      });
      return answer.json<{ access_token: string }>().access_token;
    };
    const cookie = `tidegate_emr=${clinicId}.${session}`;
    let n = 0;
    const driven: Driven = {
      app: emr.app,
      token: await tokenOf(`${clinicId}-client`),
      administratorToken: await tokenOf(`${clinicId}-admin`),
      patientIds: patients.map(({ id }) => id),
      bodies,
      singly: full ? 8 : 2,
      count: () => ++n,
      saveForOcean: async () => {
        const ids = chartEntries.filter(({ patient }) => patient === patients[0]!.id).map(({ id }) => id);
        await emr.app.inject({
          method: 'POST',
          url: `/api/patients/${patients[0]!.id}/save-for-ocean`,
          headers: { cookie, host: 'emr.test', origin: 'http://emr.test' },
          payload: { documentIds: ids, reportIds: ids },
        });
      },
    };
    const tally: Tally = new Map();
    const random = seededRandom(seed);
    const worlds = full ? worldsOf.stated : worldsOf.reduced;
    // Everything open and as it was filled; then everything drawn: who may see what, and what there is.
    for (let world = 0; world <= worlds; world += 1) {
      await enter(clinic, world === 0 ? maskWorld(pairs[0]!, 63, 63) : randomWorld(random));
      await owner.query(mirrorToStaff);
      if (world > 0) await varyRecords(owner, random());
      await driveFhir(driven, tally);
      if (world % 10 === 0)
        say(
          `${world} worlds, ${resources} resources of ${types.size} types, ${judged.size} shapes, ${failures.size} findings`,
        );
    }
    for (const [what, times] of tally)
      if (times === 0) failures.set(what, `${what} was never answered with a resource`);
    say(
      `${[...tally.keys()].length} interactions; ${[...types].map(([type, times]) => `${type} ${times}`).join(', ')}`,
    );
    return { cases: resources, failures: [...failures.values()], saboteurs: sabotage(validate, samples, say) };
  } finally {
    unwatch();
    await emr.close();
    await clinic.close();
  }
};

/** What is spoilt in a resource that was answered, and who has to see it: the element is given this value, or taken away. */
type Fault = readonly [
  name: string,
  type: string,
  by: ValidatorName,
  element: readonly (string | number)[],
  value?: unknown,
];
const faults: readonly Fault[] = [
  ['a date that is none', 'Patient', 'medplum', ['birthDate'], '24.11.2026'],
  ['an instant without its zone', 'Appointment', 'medplum', ['start'], '2026-11-24T09:00:00'],
  ['an element that there is not', 'Appointment', 'medplum', ['colour'], 'red'],
  ['an element left out that has to be there', 'Observation', 'medplum', ['code']],
  ['one where a list is expected', 'Patient', 'medplum', ['name'], { family: 'One' }],
  ['an end without a start', 'Appointment', 'medplum', ['start']],
  ['a number where text is expected', 'Binary', 'medplum', ['contentType'], 7],
  ['a gender outside its value set', 'Patient', 'fhir', ['gender'], 'lady'],
  ['a status outside its value set', 'Appointment', 'fhir', ['status'], 'moved'],
  ['an issue without severity', 'OperationOutcome', 'fhir', ['issue', 0, 'severity']],
  ['a kind of Bundle that there is not', 'Bundle', 'fhir', ['type'], 'pile'],
  ['an empty array', 'CapabilityStatement', 'format', ['instantiates'], []],
  ['an empty object', 'Location', 'format', ['position'], {}],
  ['an empty string', 'Practitioner', 'format', ['name', 0, 'family'], ''],
  ['null', 'Encounter', 'format', ['period', 'end'], null],
  ['a control character', 'DocumentReference', 'format', ['description'], 'a\u0007b'],
];

function sabotage(
  validate: Validate,
  samples: ReadonlyMap<string, FhirResource>,
  say: (line: string) => void,
): Saboteur[] {
  return faults.map(([name, type, by, element, value]) => {
    const spoilt: unknown = structuredClone(samples.get(type));
    const last = element.at(-1)!;
    const at = element.slice(0, -1).reduce((one: unknown, key) => (one as Record<string, unknown>)?.[key], spoilt);
    if (typeof at !== 'object' || at === null) return { name: `${name}: no ${type} was answered`, caught: false };
    if (value === undefined) delete (at as Record<string, unknown>)[last];
    else (at as Record<string, unknown>)[last] = value;
    const seen = validate(spoilt as object).find(({ validator }) => validator === by);
    say(`saboteur, ${name} in ${type}: ${seen ? `${by}: ${seen.text}` : 'NOT CAUGHT'}`);
    return { name: `${name} in ${type}, by ${by}`, caught: seen !== undefined };
  });
}
