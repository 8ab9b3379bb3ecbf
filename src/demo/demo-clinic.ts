// A believable clinic from a seed, written as FHIR files: the same seed and day give the same bytes. Everybody in it is invented and
// named so that nobody can take them for real; addresses end in .example, telephone numbers are 555-01xx.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addDays, instantOf, weekdayOf } from '../platform/zones.ts';
import { demoCharts } from './demo-chart.ts';

export interface DemoOptions {
  readonly seed: number;
  /** The day around which the bookings lie, YYYY-MM-DD. */
  readonly day: string;
  readonly directory: string;
}

/** sfc32: small, fast, and passes PractRand; the state is the seed and three constants. */
export function seededRandom(seed: number): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  for (let n = 0; n < 16; n += 1) next();
  return next;
}

export const demoOffices = [
  { id: 'lantern-hill', name: 'Lantern Hill', zone: 'America/Vancouver' },
  { id: 'driftwood-street', name: 'Driftwood Street', zone: 'America/Vancouver' },
  { id: 'marigold-square', name: 'Marigold Square', zone: 'America/Vancouver' },
  { id: 'north-quay', name: 'North Quay', zone: 'America/Edmonton' },
] as const;

/** Offices by number in demoOffices. */
export const demoProviders: readonly {
  readonly id: string;
  readonly prefix: string | null;
  readonly given: string;
  readonly family: string;
  readonly offices: readonly number[];
}[] = [
  { id: 'quill', prefix: 'Dr.', given: 'Juniper', family: 'Quill', offices: [0, 2] },
  { id: 'wobbleton', prefix: 'Dr.', given: 'Fern', family: 'Wobbleton', offices: [0] },
  { id: 'pretendwell', prefix: 'Dr.', given: 'Sol', family: 'Pretendwell', offices: [0, 1] },
  { id: 'pemberwhistle', prefix: null, given: 'Clover', family: 'Pemberwhistle', offices: [0] },
  { id: 'bellefiction', prefix: 'Dre', given: 'Odette', family: 'Bellefiction', offices: [0, 3] },
  { id: 'marmalade', prefix: 'Dr.', given: 'Otto', family: 'Marmalade', offices: [0] },
  { id: 'fabricado', prefix: 'Dr.', given: 'Wren', family: 'Fabricado', offices: [2] },
  { id: 'thistlewick', prefix: 'Dr.', given: 'Basil', family: 'Thistlewick', offices: [2, 1] },
  { id: 'notreally', prefix: null, given: 'Hazel', family: 'Notreally', offices: [2] },
  { id: 'sansnom', prefix: 'Dre', given: 'Églantine', family: 'Sansnom', offices: [3] },
  { id: 'inventaire', prefix: 'Dr', given: 'Théophile', family: 'Inventaire', offices: [3] },
  { id: 'madeupson', prefix: 'Dr.', given: 'Ivy', family: 'Madeupson', offices: [1] },
  { id: 'neverwas', prefix: 'Dr.', given: 'Cedar', family: 'Neverwas', offices: [1] },
  { id: 'phantomly', prefix: 'Dr.', given: 'Rowan', family: 'Phantomly', offices: [1, 3] },
  { id: 'seemingly', prefix: null, given: 'Posy', family: 'Seemingly', offices: [1] },
  { id: 'figment', prefix: 'Dr.', given: 'Linden', family: 'Figment', offices: [3] },
  { id: 'pretexte', prefix: 'Dre', given: 'Capucine', family: 'Prétexte', offices: [3] },
  { id: 'allegedly', prefix: 'Dr.', given: 'Bryony', family: 'Allegedly', offices: [2] },
];

const families = [
  'Madeup',
  'Nobody',
  'Fictitious',
  'Imaginaire',
  'Pretend',
  'Inventé',
  'Factice',
  'Placeholder',
  'Nonesuch',
  'Wasnt',
  'Example',
  'Notional',
  'Makebelieve',
  'Whimsy',
  'Fable',
  'Dummy',
  'Mockford',
  'Sampleson',
  'Bidon',
  'Semblance',
  'Mirage',
  'Likely',
  'Légende',
  'Devinette',
  'Absente',
  'Hypothetical',
  'Conjured',
  'Guesswork',
  'Illusion',
  'Bogus',
  'Apparent',
  'Standin',
  'Trial',
  'Essai',
  'Testerly',
  'Specimen',
  'Exemple',
  'Rêvée',
  'Feinte',
  'Neverland',
];
const givens = [
  'Mara',
  'Nils',
  'Bea',
  'Théo',
  'Ines',
  'Gus',
  'Hugo',
  'Wanda',
  'Pip',
  'Poppy',
  'Ezra',
  'Lin',
  'Marguerite',
  'Sven',
  'Tess',
  'Otis',
  'Fay',
  'Remy',
  'Zoé',
  'Kit',
  'Abe',
  'Noor',
  'Jules',
  'Max',
  'Gil',
  'Cleo',
  'Dot',
  'Ravi',
  'Uma',
  'Bo',
  'Ada',
  'Lou',
  'Mia',
  'Sam',
  'Élodie',
  'Walt',
  'Nell',
  'Hans',
  'Rose',
  'Paul',
  'Lise',
  'Marc',
  'Anaïs',
  'Denis',
];
const visits = [
  'Recheck',
  'Physical',
  'Result',
  'Prenatal',
  'Refill',
  'Procedure',
  'Counselling',
  'Vaccine',
  'Diabetes review',
  'Suivi',
  'Examen',
];

const patientCount = 3000;
const chartCount = 150;
const daysBefore = 45;
const daysAfter = 45;
/** Starts in minutes after midnight: mornings and afternoons, no lunch. */
const openMinutes = [8 * 60, 12 * 60, 13 * 60, 16 * 60 + 30] as const;

const isWeekend = (date: string): boolean => weekdayOf(date) > 5;
const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/**
 * Writes one NDJSON file a type (bookings gzipped) into `directory`, which it makes, and returns how many bookings there are. The
 * bytes depend on seed, day and the zones' rules alone; those of the .gz on Node's zlib too.
 */
export async function writeDemoFiles({ seed, day, directory }: DemoOptions): Promise<{ readonly bookings: number }> {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const ndjson = (resources: readonly object[]): string => resources.map((one) => `${JSON.stringify(one)}\n`).join('');

  const locations = demoOffices.map(({ id, name, zone }, n) => ({
    resourceType: 'Location',
    id,
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: zone }],
    status: 'active',
    name,
    telecom: [{ system: 'phone', value: `604-555-010${n}` }],
  }));
  const practitioners = demoProviders.map(({ id, prefix, given, family }) => ({
    resourceType: 'Practitioner',
    id,
    active: true,
    name: [{ family, given: [given], ...(prefix ? { prefix: [prefix] } : {}) }],
  }));
  const pairs = demoProviders.flatMap((provider) =>
    provider.offices.map((n) => ({ provider, office: demoOffices[n]! })),
  );
  const roles = pairs.map(({ provider, office }) => ({
    resourceType: 'PractitionerRole',
    id: `role-${provider.id}-${office.id}`,
    active: true,
    practitioner: { reference: `Practitioner/${provider.id}` },
    location: [{ reference: `Location/${office.id}` }],
  }));
  const schedules = pairs.map(({ provider, office }) => ({
    resourceType: 'Schedule',
    id: `schedule-${provider.id}-${office.id}`,
    active: true,
    actor: [{ reference: `Practitioner/${provider.id}` }, { reference: `Location/${office.id}` }],
  }));
  const patients = Array.from({ length: patientCount }, (_, n) => {
    const given = pick(givens);
    // Two families' names together, for a third of them: few people of a clinic share a full name.
    const family = random() < 0.35 ? `${pick(families)}-${pick(families)}` : pick(families);
    const born = addDays('1935-01-01', Math.floor(random() * 32_000));
    return {
      resourceType: 'Patient',
      id: `patient-${n + 1}`,
      identifier: [{ value: String(100_001 + n) }],
      active: true,
      name: [{ family, given: [given] }],
      telecom: [
        { system: 'phone', value: `604-555-01${String(n % 100).padStart(2, '0')}` },
        // Some have none: a reminder cannot reach them, and the portal has to say so.
        ...(random() < 0.9 ? [{ system: 'email', value: `patient${n + 1}@mail.example` }] : []),
      ],
      gender: pick(['female', 'male', 'other']),
      birthDate: born,
      communication: [
        { language: { coding: [{ system: 'urn:ietf:bcp:47', code: random() < 0.25 ? 'fr' : 'en' }] }, preferred: true },
      ],
      generalPractitioner: [{ reference: `PractitionerRole/${pick(roles).id}` }],
    };
  });

  const bookings: object[] = [];
  for (let offset = -daysBefore; offset < daysAfter; offset += 1) {
    const date = addDays(day, offset);
    if (isWeekend(date)) continue;
    for (const { provider, office } of pairs) {
      // Who works in two offices is in one of them on a day.
      if (
        provider.offices.length === 2 &&
        (offset + daysBefore) % 2 !== provider.offices.indexOf(demoOffices.indexOf(office as never))
      )
        continue;
      for (const [from, to] of [openMinutes.slice(0, 2), openMinutes.slice(2)] as [number, number][]) {
        let minutes = from;
        while (minutes < to) {
          const long = pick([15, 15, 15, 30, 30, 45]);
          if (random() < 0.62 && minutes + long <= to) {
            const start = instantOf(office.zone, date, clock(minutes));
            const drawn = random();
            const past = offset < 0;
            const status = drawn < 0.05 ? 'cancelled' : past ? (drawn < 0.1 ? 'noshow' : 'fulfilled') : 'booked';
            bookings.push({
              resourceType: 'Appointment',
              id: `booking-${bookings.length + 1}`,
              status,
              serviceType: [{ text: pick(visits) }],
              start: start.toISOString(),
              end: new Date(start.getTime() + long * 60_000).toISOString(),
              participant: [
                {
                  actor: { reference: `Patient/patient-${1 + Math.floor(random() * patientCount)}` },
                  status: random() < 0.35 ? 'accepted' : 'needs-action',
                },
                { actor: { reference: `Practitioner/${provider.id}` }, status: 'accepted' },
                { actor: { reference: `Location/${office.id}` }, status: 'accepted' },
              ],
            });
          }
          minutes += long;
        }
      }
    }
  }

  // Drawn apart from the rest, so that neither moves the other.
  const charts = demoCharts(
    patients.slice(0, chartCount).map(({ id, generalPractitioner }) => ({
      patientId: id,
      roleId: generalPractitioner[0]!.reference.split('/')[1]!,
    })),
    { random: seededRandom(seed + 1), day },
  );

  await mkdir(directory, { recursive: true });
  await Promise.all([
    ...Object.entries(charts).map(([type, resources]) =>
      writeFile(join(directory, `${type}.ndjson`), ndjson(resources)),
    ),
    writeFile(join(directory, 'Location.ndjson'), ndjson(locations)),
    writeFile(join(directory, 'Practitioner.ndjson'), ndjson(practitioners)),
    writeFile(join(directory, 'PractitionerRole.ndjson'), ndjson(roles)),
    writeFile(join(directory, 'Schedule.ndjson'), ndjson(schedules)),
    writeFile(join(directory, 'Patient.ndjson'), ndjson(patients)),
    writeFile(join(directory, 'Appointment.ndjson.gz'), gzipSync(ndjson(bookings), { level: 6 })),
  ]);
  return { bookings: bookings.length };
}
