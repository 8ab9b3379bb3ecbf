// The FHIR surfaces of the mask proof: each asks the running server in its own way and says what it saw.
import { appointments, pairs, patients, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import type { Seen } from './reference.ts';

type Type = Exclude<keyof Seen, 'masked'>;

/** What a surface shows, by names of its own; `masked` are bookings whose patient is withheld. */
export type Shown = Readonly<Record<string, unknown>>;

/** One way of looking; it may see part of the types only. */
export interface Surface {
  readonly name: string;
  look(): Promise<Shown>;
  /** What of the reference this surface shows; the whole by default. */
  expected?(seen: Seen): Shown;
}

interface Resource {
  readonly resourceType: string;
  readonly id: string;
}
interface Bundle {
  readonly entry?: readonly { readonly resource: Resource; readonly search: { readonly mode: string } }[];
  readonly link: readonly { readonly relation: string; readonly url: string }[];
}

const everything: Readonly<Record<Type, readonly string[]>> = {
  Location: ['north', 'south'],
  Practitioner: ['abel', 'baker'],
  PractitionerRole: pairs.map((pair) => `role-${pair.join('-')}`),
  Schedule: pairs.map((pair) => `schedule-${pair.join('-')}`),
  Patient: patients.map(({ id }) => id),
  Appointment: appointments.map(({ id }) => id),
};
const types = Object.keys(everything) as Type[];

const idsOf = (resources: readonly Resource[], type: string): string[] =>
  resources
    .filter(({ resourceType }) => resourceType === type)
    .map(({ id }) => id)
    .sort();
const maskedOf = (resources: readonly Resource[]): string[] =>
  idsOf(
    resources.filter((one) => JSON.stringify(one).includes('"valueCode":"masked"')),
    'Appointment',
  );
const seenOf = (resources: readonly Resource[], asked: readonly Type[]): Shown => ({
  ...Object.fromEntries(asked.map((type) => [type, idsOf(resources, type)])),
  ...(asked.includes('Appointment') ? { masked: maskedOf(resources) } : {}),
});

export function fhirSurfaces({ app }: Pick<TestClinic, 'app'>, token: string): Surface[] {
  const ask = (url: string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'GET',
      url: url.replace(/^http:\/\/[^/]+/, ''),
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
  const bundleOf = async (query: string): Promise<Bundle> => {
    const answer = await ask(query);
    if (answer.statusCode !== 200) throw new Error(`${query}: ${answer.statusCode} ${answer.body}`);
    return answer.json<Bundle>();
  };
  const inMode = (bundle: Bundle, mode: string): Resource[] =>
    (bundle.entry ?? []).filter(({ search }) => search.mode === mode).map(({ resource }) => resource);
  const pages = (type: Type, size: number): Surface => ({
    name: `pages of ${size}: ${type}`,
    look: async () => {
      const found: Resource[] = [];
      let next: string | undefined = `/fhir/${type}?_count=${size}`;
      while (next) {
        const bundle: Bundle = await bundleOf(next);
        found.push(...inMode(bundle, 'match'));
        next = bundle.link.find(({ relation }) => relation === 'next')?.url;
      }
      return seenOf(found, [type]);
    },
  });
  return [
    {
      name: 'search',
      look: async () => {
        const bundles = await Promise.all(types.map((type) => bundleOf(`/fhir/${type}`)));
        return seenOf(
          bundles.flatMap((bundle) => inMode(bundle, 'match')),
          types,
        );
      },
    },
    {
      name: 'read',
      look: async () => {
        const answers = await Promise.all(
          types.flatMap((type) => everything[type].map((id) => ask(`/fhir/${type}/${id}`))),
        );
        const odd = answers.find(({ statusCode }) => statusCode !== 200 && statusCode !== 404);
        if (odd) throw new Error(`read: ${odd.statusCode} ${odd.body}`);
        return seenOf(
          answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json()),
          types,
        );
      },
    },
    {
      name: 'include',
      look: async () => {
        const bundle = await bundleOf('/fhir/Appointment?_include=Appointment:actor');
        return seenOf(inMode(bundle, 'include'), ['Patient', 'Practitioner', 'Location']);
      },
      expected: (seen) => {
        const booked = appointments.filter(({ id }) => seen.Appointment.includes(id));
        const of = (id: (one: (typeof booked)[number]) => string, visible: readonly string[]) =>
          [...new Set(booked.map(id))].filter((one) => visible.includes(one)).sort();
        return {
          Patient: of(({ patient }) => patient, seen.Patient),
          Practitioner: of(({ pair }) => pair[1], seen.Practitioner),
          Location: of(({ pair }) => pair[0], seen.Location),
        };
      },
    },
    {
      name: 'export',
      look: async () => {
        const started = await ask('/fhir/$export', { prefer: 'respond-async' });
        const manifest = (await ask(String(started.headers['content-location']))).json<{
          output: { type: string; url: string }[];
        }>();
        const files = await Promise.all(manifest.output.map(({ url }) => ask(url)));
        const lines = files.flatMap(({ body }) => body.split('\n').filter((line) => line !== ''));
        return seenOf(
          lines.map((line) => JSON.parse(line) as Resource),
          types,
        );
      },
    },
    pages('Appointment', 1),
    pages('Appointment', 5),
    pages('Patient', 1),
    pages('Patient', 5),
  ];
}
