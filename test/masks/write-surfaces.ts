// Surfaces of the mask proof beside search, read, include and export: versions, everything of a patient, batches, reverse includes. And
// what a write answers, for each mask, without changing anything: a write that is let through fails at a condition behind the permission.
import { appointments, type Pair, pairs, patients, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import type { Surface } from './fhir-surfaces.ts';
import type { Seen } from './reference.ts';

interface Resource {
  readonly resourceType: string;
  readonly id: string;
}
interface Entry {
  readonly resource?: Resource;
  readonly search?: { readonly mode: string };
  readonly response?: { readonly status: string };
}

const idsOf = (resources: readonly Resource[], type: string): string[] =>
  [...new Set(resources.filter(({ resourceType }) => resourceType === type).map(({ id }) => id))].sort();
const maskedOf = (resources: readonly Resource[]): string[] =>
  idsOf(
    resources.filter((one) => JSON.stringify(one).includes('"valueCode":"masked"')),
    'Appointment',
  );

/** A second version of every booking and patient, so that there is a first one to leak; and a booking of each pair that was deleted. */
export async function makeVersions({ owner }: Pick<TestClinic, 'owner'>): Promise<void> {
  await owner.query(
    `update appointment set reason = 'changed', version_id = version_id + 1, last_updated = clock_timestamp()`,
  );
  await owner.query(`update patient set phone = '1', version_id = version_id + 1, last_updated = clock_timestamp()`);
  await owner.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
     select tenant_id, 'deleted-' || office_id || '-' || provider_id, office_id, provider_id, 'booked', '2026-12-01T10:00Z', '2026-12-01T11:00Z'
       from provider_schedule`,
  );
  await owner.query(`delete from appointment where appointment_id like 'deleted-%'`);
}

export const deletedOf = ([office, provider]: Pair): string => `deleted-${office}-${provider}`;

export function readingSurfaces({ app }: Pick<TestClinic, 'app'>, token: string): Surface[] {
  const headers = { authorization: `Bearer ${token}` };
  const ask = (url: string) => app.inject({ url: url.replace(/^http:\/\/emr\.test/, ''), headers });
  const entriesOf = async (url: string): Promise<readonly Entry[]> => {
    const answer = await ask(url);
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json<{ entry?: Entry[] }>().entry ?? [];
  };
  const resourcesIn = (entries: readonly Entry[], mode?: string): Resource[] =>
    entries
      .filter(({ search }) => mode === undefined || search?.mode === mode)
      .flatMap(({ resource }) => (resource ? [resource] : []));
  const found = async (urls: readonly string[]): Promise<Resource[]> => {
    const answers = await Promise.all(urls.map(ask));
    const odd = answers.find(({ statusCode }) => statusCode !== 200 && statusCode !== 404);
    if (odd) throw new Error(`${odd.statusCode} ${odd.body}`);
    return answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json<Resource>());
  };
  const bookingsAndPatients = (resources: readonly Resource[]): Partial<Seen> => ({
    Patient: idsOf(resources, 'Patient'),
    Appointment: idsOf(resources, 'Appointment'),
    masked: maskedOf(resources),
  });
  const every = [...appointments.map(({ id }) => `Appointment/${id}`), ...patients.map(({ id }) => `Patient/${id}`)];
  return [
    {
      name: 'history of a type',
      look: async () =>
        bookingsAndPatients([
          ...resourcesIn(await entriesOf('/fhir/Appointment/_history')),
          ...resourcesIn(await entriesOf('/fhir/Patient/_history')),
        ]),
      // Beside what is there, what was deleted from pairs whose bookings are seen.
      expected: (seen) => ({
        ...seen,
        Appointment: [
          ...seen.Appointment,
          ...pairs
            .filter((pair) =>
              appointments.some((one) => one.pair.join() === pair.join() && seen.Appointment.includes(one.id)),
            )
            .map(deletedOf),
        ].sort(),
      }),
    },
    {
      name: 'history of a resource',
      look: async () => {
        const bundles = (await found(every.map((one) => `/fhir/${one}/_history`))) as unknown as { entry: Entry[] }[];
        return bookingsAndPatients(bundles.flatMap(({ entry }) => resourcesIn(entry)));
      },
    },
    {
      name: 'first version',
      look: async () => bookingsAndPatients(await found(every.map((one) => `/fhir/${one}/_history/1`))),
    },
    {
      name: '$everything',
      look: async () => {
        const bundles = (await found(patients.map(({ id }) => `/fhir/Patient/${id}/$everything`))) as unknown as {
          entry: Entry[];
        }[];
        const resources = bundles.flatMap(({ entry }) => resourcesIn(entry));
        return { Patient: idsOf(resources, 'Patient'), Appointment: idsOf(resources, 'Appointment') };
      },
      expected: (seen) => ({
        Patient: seen.Patient,
        Appointment: appointments
          .filter(({ id, patient }) => seen.Appointment.includes(id) && seen.Patient.includes(patient))
          .map(({ id }) => id)
          .sort(),
      }),
    },
    {
      name: 'reverse include',
      look: async () => ({
        Appointment: idsOf(
          resourcesIn(await entriesOf('/fhir/Patient?_revinclude=Appointment:patient'), 'include'),
          'Appointment',
        ),
      }),
      expected: (seen) => ({
        Appointment: appointments
          .filter(({ id, patient }) => seen.Appointment.includes(id) && seen.Patient.includes(patient))
          .map(({ id }) => id)
          .sort(),
      }),
    },
    {
      name: 'batch',
      look: async () => {
        const urls = ['Appointment', 'Patient', 'Schedule', ...every];
        const answer = await app.inject({
          method: 'POST',
          url: '/fhir',
          headers: { ...headers, 'content-type': 'application/fhir+json' },
          payload: JSON.stringify({
            resourceType: 'Bundle',
            type: 'batch',
            entry: urls.map((url) => ({ request: { method: 'GET', url } })),
          }),
        });
        const [bookings, known, schedules, ...single] = answer.json<{ entry: Entry[] }>().entry;
        const inside = (entry: Entry | undefined) =>
          resourcesIn((entry?.resource as unknown as { entry?: Entry[] })?.entry ?? [], 'match');
        const read = resourcesIn(single);
        const searched = [...inside(bookings), ...inside(known)];
        if (JSON.stringify(bookingsAndPatients(read)) !== JSON.stringify(bookingsAndPatients(searched))) {
          throw new Error('in one batch, reads and searches disagree');
        }
        return { ...bookingsAndPatients(read), Schedule: idsOf(inside(schedules), 'Schedule') };
      },
    },
  ];
}

/** What each kind of write and read of a booking answers, by what it is asked of. */
export interface Answers {
  readonly [what: string]: number;
}

export async function answersOnPair({ app }: Pick<TestClinic, 'app'>, token: string, pair: Pair): Promise<Answers> {
  const [office, provider] = pair;
  const there = appointments.find((one) => one.pair.join() === pair.join())!;
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<number> => {
    const answer = await app.inject({
      method,
      url: `/fhir/${url}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === 'GET' || method === 'POST' ? {} : { 'if-match': 'W/"999"' }),
        ...(body
          ? { 'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' }
          : {}),
      },
      ...(body ? { payload: JSON.stringify(body) } : {}),
    });
    return answer.statusCode;
  };
  const resource = (id?: string) => ({
    resourceType: 'Appointment',
    ...(id ? { id } : {}),
    status: 'booked',
    // Taken on every pair.
    start: '2026-11-24T00:00:00Z',
    end: '2026-11-25T00:00:00Z',
    minutesDuration: 1440,
    participant: [{ actor: { reference: `Practitioner/${provider}` } }, { actor: { reference: `Location/${office}` } }],
  });
  const patch = [{ op: 'replace', path: '/status', value: 'arrived' }];
  const deleted = deletedOf(pair);
  return {
    create: await ask('POST', 'Appointment', resource()),
    'update of one that is there': await ask('PUT', `Appointment/${there.id}`, resource(there.id)),
    'update of none': await ask('PUT', 'Appointment/none', resource('none')),
    'update of one that was deleted': await ask('PUT', `Appointment/${deleted}`, resource(deleted)),
    'patch of one that is there': await ask('PATCH', `Appointment/${there.id}`, patch),
    'patch of none': await ask('PATCH', 'Appointment/none', patch),
    'delete of one that is there': await ask('DELETE', `Appointment/${there.id}`),
    'delete of one that was deleted': await ask('DELETE', `Appointment/${deleted}`),
    'delete of none': await ask('DELETE', 'Appointment/none'),
    'read of one that is there': await ask('GET', `Appointment/${there.id}`),
    'read of one that was deleted': await ask('GET', `Appointment/${deleted}`),
    'read of none': await ask('GET', 'Appointment/none'),
  };
}

/** Written from docs/domain.md §6 alone. */
export const expectedAnswers = (holdsScheduling: boolean): Answers =>
  holdsScheduling
    ? {
        create: 409,
        'update of one that is there': 412,
        'update of none': 404,
        'update of one that was deleted': 410,
        'patch of one that is there': 412,
        'patch of none': 404,
        'delete of one that is there': 412,
        'delete of one that was deleted': 410,
        'delete of none': 404,
        'read of one that is there': 200,
        'read of one that was deleted': 410,
        'read of none': 404,
      }
    : {
        create: 403,
        'update of one that is there': 403,
        'update of none': 403,
        'update of one that was deleted': 403,
        'patch of one that is there': 404,
        'patch of none': 404,
        'delete of one that is there': 404,
        'delete of one that was deleted': 404,
        'delete of none': 404,
        'read of one that is there': 404,
        'read of one that was deleted': 404,
        'read of none': 404,
      };
