// Everything that the clinic of the surfaces' proof holds, as one list: what is where, of whom, and what it refers to. What of it may be
// seen is said by reference.ts and chart-reference.ts.
import { chartEntries } from '../../src/emr/fhir/test-chart-records.ts';
import { appointments, offices, type Pair, pairs, patients, providers } from '../../src/emr/fhir/test-clinic.ts';
import { chartReference, chartTypes } from './chart-reference.ts';
import { reference, type World } from './reference.ts';

export const fhirTypes = [
  'Location',
  'Practitioner',
  'PractitionerRole',
  'Schedule',
  'Patient',
  'Appointment',
  ...chartTypes,
] as const;
export type FhirType = (typeof fhirTypes)[number];

export interface FhirRecord {
  readonly id: string;
  /** Target type → id; one for each type that it refers to. */
  readonly refers: Readonly<Partial<Record<FhirType, string>>>;
}

const place = ([office, provider]: Pair) => ({ Practitioner: provider, Location: office });
const roleOf = (pair: Pair): string => `role-${pair.join('-')}`;

export const recordsOf: Readonly<Record<FhirType, readonly FhirRecord[]>> = {
  Location: offices.map((id) => ({ id, refers: {} })),
  Practitioner: providers.map((id) => ({ id, refers: {} })),
  PractitionerRole: pairs.map((pair) => ({ id: roleOf(pair), refers: place(pair) })),
  Schedule: pairs.map((pair) => ({ id: `schedule-${pair.join('-')}`, refers: place(pair) })),
  Patient: patients.map(({ id }) => ({ id, refers: {} })),
  Appointment: appointments.map(({ id, pair, patient }) => ({ id, refers: { ...place(pair), Patient: patient } })),
  ...(Object.fromEntries(
    chartTypes.map((type) => [
      type,
      chartEntries.map(({ id, pair, patient }) => ({
        id,
        refers: { ...place(pair), PractitionerRole: roleOf(pair), Patient: patient, Account: id, Appointment: id },
      })),
    ]),
  ) as Record<(typeof chartTypes)[number], FhirRecord[]>),
};

export type AllSeen = Readonly<Record<FhirType, readonly string[]>> & {
  /** Bookings whose patient is withheld. */
  readonly masked: readonly string[];
  /** Entries of the chart whose patient is withheld, as Type/id. */
  readonly maskedEntries: readonly string[];
};

export function allReference(world: World): AllSeen {
  const { masked, ...chart } = chartReference(world, chartEntries);
  return { ...chart, ...reference(world, { pairs, patients, appointments }), maskedEntries: masked };
}
