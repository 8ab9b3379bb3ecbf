// One FHIR resource as a row, or the reason why it cannot be one.
import { isFhirId } from '../../fhir/search-query.ts';
import type { AppointmentRow, OfficeRow, PatientRow, ProviderRow } from './import.sql.ts';
import type { FoundResource } from './read-resources.ts';

type Unusable = 'no-id' | 'no-name' | 'no-practitioner' | 'no-location' | 'no-time' | 'status-unknown' | 'zone-unknown';
interface Reference {
  readonly reference?: string;
}
interface Actor {
  readonly actor?: Reference;
  readonly individual?: Reference;
  readonly status?: string;
}

const timezoneUrl = 'http://hl7.org/fhir/StructureDefinition/timezone';
const statuses = new Set([
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
]);
const genders = new Set(['male', 'female', 'other', 'unknown']);
const participations = new Set(['accepted', 'declined', 'tentative', 'needs-action']);

const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

/** The id behind `Type/id`, also at the end of an absolute URL. */
export function referenced(reference: Reference | undefined, type: string): string | undefined {
  return new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$`).exec(reference?.reference ?? '')?.[1];
}

const contact = (resource: FoundResource, system: string): string | null =>
  textOf(listOf<{ system?: string; value?: string }>(resource['telecom']).find((one) => one.system === system)?.value);

const usableId = (resource: FoundResource): string | undefined =>
  typeof resource.id === 'string' && isFhirId(resource.id) ? resource.id : undefined;

export function officeOf(
  resource: FoundResource,
  otherwise: string,
  isZone: (name: string) => boolean,
): OfficeRow | Unusable {
  const id = usableId(resource);
  const name = textOf(resource['name']);
  if (!id) return 'no-id';
  if (!name) return 'no-name';
  const zone =
    listOf<{ url?: string; valueCode?: string }>(resource['extension']).find((one) => one.url === timezoneUrl)
      ?.valueCode ?? otherwise;
  if (!isZone(zone)) return 'zone-unknown';
  return { office_id: id, name, zone, phone: contact(resource, 'phone'), active: resource['status'] !== 'inactive' };
}

interface HumanName {
  readonly family?: string;
  readonly given?: readonly string[];
  readonly prefix?: readonly string[];
  readonly suffix?: readonly string[];
}

export function providerOf(resource: FoundResource): ProviderRow | Unusable {
  const id = usableId(resource);
  const name = listOf<HumanName>(resource['name'])[0];
  if (!id) return 'no-id';
  if (!name?.family) return 'no-name';
  return {
    provider_id: id,
    prefix: textOf(name.prefix?.join(' ')),
    given: name.given?.join(' ') ?? '',
    family: name.family,
    suffix: textOf(name.suffix?.join(' ')),
    active: resource['active'] !== false,
  };
}

export interface Role {
  readonly id: string;
  readonly providerId: string;
  readonly officeIds: readonly string[];
  readonly active: boolean;
}

export function roleOf(resource: FoundResource): Role | Unusable {
  const id = usableId(resource);
  const providerId = referenced(resource['practitioner'] as Reference | undefined, 'Practitioner');
  const officeIds = listOf<Reference>(resource['location']).flatMap((one) => referenced(one, 'Location') ?? []);
  if (!id) return 'no-id';
  if (!providerId) return 'no-practitioner';
  if (officeIds.length === 0) return 'no-location';
  return { id, providerId, officeIds, active: resource['active'] !== false };
}

export function scheduleOf(resource: FoundResource): { id: string; providerId: string; officeId: string } | Unusable {
  const id = usableId(resource);
  const actors = listOf<Reference>(resource['actor']);
  const providerId = actors.map((actor) => referenced(actor, 'Practitioner')).find((one) => one !== undefined);
  const officeId = actors.map((actor) => referenced(actor, 'Location')).find((one) => one !== undefined);
  if (!id) return 'no-id';
  if (!providerId) return 'no-practitioner';
  if (!officeId) return 'no-location';
  return { id, providerId, officeId };
}

export function patientOf(resource: FoundResource): PatientRow | Unusable {
  const id = usableId(resource);
  const name = listOf<HumanName>(resource['name'])[0];
  if (!id) return 'no-id';
  if (!name?.family) return 'no-name';
  const birthDate = textOf(resource['birthDate']);
  const gender = textOf(resource['gender']);
  const spoken = listOf<{ language?: { coding?: readonly { code?: string }[] } }>(resource['communication'])[0]
    ?.language?.coding?.[0]?.code;
  return {
    patient_id: id,
    family: name.family,
    given: name.given?.join(' ') ?? '',
    birth_date: birthDate && /^\d{4}-\d{2}-\d{2}$/.test(birthDate) ? birthDate : null,
    gender: gender && genders.has(gender) ? gender : null,
    phone: contact(resource, 'phone'),
    email: contact(resource, 'email'),
    language: spoken?.startsWith('fr') ? 'fr' : 'en',
    chart_number: textOf(listOf<{ value?: string }>(resource['identifier'])[0]?.value),
    active: resource['active'] !== false,
  };
}

/** The provider that a patient is attached to: his general practitioner, as a role or as a person. */
export function attachmentOf(resource: FoundResource) {
  const general = listOf<Reference>(resource['generalPractitioner'])[0];
  const practitioner = referenced(general, 'Practitioner');
  const role = referenced(general, 'PractitionerRole');
  return resource.id !== undefined && (practitioner ?? role) !== undefined
    ? { patientId: resource.id, practitioner, role }
    : undefined;
}

export type Booking = Omit<AppointmentRow, 'office_id'> & { readonly office_id: string | undefined };

const timesOf = (start: unknown, end: unknown): { start_at: Date; end_at: Date } | undefined => {
  // An instant has a zone; a local time without one would be somebody's guess.
  const isInstant = (value: unknown): value is string =>
    typeof value === 'string' && /T.*(Z|[+-]\d{2}:\d{2})$/.test(value);
  if (!isInstant(start) || !isInstant(end)) return undefined;
  const times = { start_at: new Date(start), end_at: new Date(end) };
  return times.end_at > times.start_at ? times : undefined;
};

export function appointmentOf(resource: FoundResource): Booking | Unusable {
  const id = usableId(resource);
  const participants = listOf<Actor>(resource['participant']);
  const find = (type: string) =>
    participants.map((one) => referenced(one.actor, type)).find((one) => one !== undefined);
  const provider = find('Practitioner');
  const status = String(resource['status']);
  const times = timesOf(resource['start'], resource['end']);
  if (!id) return 'no-id';
  if (!provider) return 'no-practitioner';
  if (!times) return 'no-time';
  if (!statuses.has(status)) return 'status-unknown';
  const patientPart = participants.find((one) => referenced(one.actor, 'Patient') !== undefined);
  const said = patientPart?.status ?? 'needs-action';
  return {
    appointment_id: id,
    office_id: find('Location'),
    provider_id: provider,
    patient_id: find('Patient') ?? null,
    status,
    participation: participations.has(said) ? said : 'needs-action',
    type_text:
      textOf((resource['appointmentType'] as { text?: string } | undefined)?.text) ??
      textOf(listOf<{ text?: string }>(resource['serviceType'])[0]?.text),
    reason: textOf(resource['description']),
    ...times,
  };
}

/** A past visit as a booking that was kept. */
export function encounterOf(resource: FoundResource): Booking | Unusable {
  const id = usableId(resource);
  const provider = listOf<Actor>(resource['participant'])
    .map((one) => referenced(one.individual, 'Practitioner'))
    .find((one) => one !== undefined);
  const period = resource['period'] as { start?: string; end?: string } | undefined;
  const times = timesOf(period?.start, period?.end);
  if (!id) return 'no-id';
  if (!provider) return 'no-practitioner';
  if (!times) return 'no-time';
  const place = listOf<{ location?: Reference }>(resource['location'])[0]?.location;
  return {
    appointment_id: id,
    office_id: referenced(place, 'Location'),
    provider_id: provider,
    patient_id: referenced(resource['subject'] as Reference | undefined, 'Patient') ?? null,
    status: 'fulfilled',
    participation: 'accepted',
    type_text: textOf(listOf<{ text?: string }>(resource['type'])[0]?.text),
    reason: null,
    ...times,
  };
}
