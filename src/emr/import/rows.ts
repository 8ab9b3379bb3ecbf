// One FHIR R4 resource as the rows that are staged for it, or the reason why it cannot be any. Nothing is trusted: every member may
// be missing or of another kind than the standard says.

import { createHash } from 'node:crypto';
import { isFhirId } from '../../fhir/search-query.ts';
import { plainText } from '../../platform/plain-text.ts';
import { isZone } from '../../platform/zones.ts';
import type { FoundResource } from './read-resources.ts';
import type { Unusable } from './report.ts';
import type { StagedRow } from './stage.ts';

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

export type Members = Readonly<Record<string, unknown>>;
export const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {};
export const listOf = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.map(membersOf) : []);
export const textOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  const text = plainText(value).trim();
  return text === '' ? null : text;
};
const joined = (value: unknown): string | null =>
  Array.isArray(value) ? textOf(value.filter((one) => typeof one === 'string').join(' ')) : null;

/**
 * What a Reference names, of this type: an id (`Type/id`, also at the end of an address), or `?system|value` for a conditional
 * reference (`Type?identifier=…`, as Synthea writes them) and for a logical one (`identifier`).
 */
export function referenced(value: unknown, type: string): string | null {
  const { reference, identifier, type: saidType } = membersOf(value);
  if (typeof reference === 'string') {
    const direct = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]*)?$/.exec(reference);
    if (direct) return direct[1] === type ? direct[2]! : null;
    const [path, query] = reference.split('?', 2);
    if (query === undefined || !path!.endsWith(type)) return null;
    const token = new URLSearchParams(query).get('identifier');
    return token === null ? null : `?${plainText(token)}`;
  }
  const token = tokenOf(membersOf(identifier));
  return token !== null && saidType === type ? `?${token}` : null;
}

const tokenOf = ({ system, value }: Members): string | null => {
  const text = textOf(value);
  return text === null ? null : `${textOf(system) ?? ''}|${text}`;
};

export const firstReferenced = (values: readonly unknown[], type: string): string | null => {
  for (const value of values) {
    const found = referenced(value, type);
    if (found !== null) return found;
  }
  return null;
};

/** An instant with its offset; a local time without one would be somebody's guess. */
export function instantIn(value: unknown): Date | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value))
    return null;
  const instant = new Date(value);
  const year = instant.getUTCFullYear();
  return year >= 1900 && year < 10_000 ? instant : null;
}

function timesOf(start: unknown, end: unknown): { start_at: Date; end_at: Date } | null {
  const times = { start_at: instantIn(start), end_at: instantIn(end) };
  const { start_at, end_at } = times;
  return start_at && end_at && end_at > start_at ? { start_at, end_at } : null;
}

/** A whole date that the calendar has; FHIR also allows a year or a month alone, which is nobody's birthday. */
export function dateIn(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[12]\d{3}-\d{2}-\d{2}$/.test(value)) return null;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) ? value : null;
}

const contact = (resource: FoundResource, system: string): string | null =>
  textOf(listOf(resource['telecom']).find((one) => one['system'] === system)?.['value']);

export const idOf = ({ id }: FoundResource): string | null => (typeof id === 'string' && isFhirId(id) ? id : null);

/** Where idOf found nothing: there is none, or what stands there goes into no address and no reference. */
export const whyNoId = ({ id }: FoundResource): Unusable => (id === undefined || id === '' ? 'no-id' : 'id-not-fhir');

export const saidAt = (resource: FoundResource): Date | null => instantIn(membersOf(resource['meta'])['lastUpdated']);

/** The name in use: official before the others, and an old one only where there is nothing else. */
function nameOf(resource: FoundResource) {
  const names = listOf(resource['name']).filter((name) => textOf(name['family']) !== null);
  const name = names.find((one) => one['use'] === 'official') ?? names.find((one) => one['use'] !== 'old') ?? names[0];
  if (!name) return null;
  return {
    family: textOf(name['family'])!,
    given: joined(name['given']) ?? '',
    prefix: joined(name['prefix']),
    suffix: joined(name['suffix']),
  };
}

export const conceptText = (value: unknown): string | null => {
  const concept = membersOf(value);
  return textOf(concept['text']) ?? textOf(listOf(concept['coding'])[0]?.['display']);
};

/** Identifiers by which other resources of the files may refer to this one. */
export function identifierRows(resource: FoundResource): StagedRow[] {
  const id = idOf(resource);
  if (id === null) return [];
  return listOf(resource['identifier']).flatMap((identifier) => {
    const token = tokenOf(identifier);
    return token === null
      ? []
      : [{ table: 'identifier', row: { kind: resource.resourceType, token, resource_id: id } }];
  });
}

export function officeRow(resource: FoundResource): StagedRow | Unusable {
  const id = idOf(resource);
  const name = textOf(resource['name']);
  if (id === null) return whyNoId(resource);
  if (name === null) return 'no-name';
  const zone = textOf(listOf(resource['extension']).find((one) => one['url'] === timezoneUrl)?.['valueCode']);
  if (zone !== null && !isZone(zone)) return 'zone-unknown';
  const active = resource['status'] !== 'inactive';
  return {
    table: 'office',
    row: { said_at: saidAt(resource), office_id: id, name, zone, phone: contact(resource, 'phone'), active },
  };
}

export function providerRow(resource: FoundResource): StagedRow | Unusable {
  const id = idOf(resource);
  const name = nameOf(resource);
  if (id === null) return whyNoId(resource);
  if (name === null) return 'no-name';
  return {
    table: 'provider',
    row: { said_at: saidAt(resource), provider_id: id, ...name, active: resource['active'] !== false },
  };
}

/** A role has a row for each of its offices. */
export function roleRows(resource: FoundResource): StagedRow[] | Unusable {
  const id = idOf(resource);
  const practitioner = referenced(resource['practitioner'], 'Practitioner');
  const offices = listOf(resource['location']).flatMap((one) => referenced(one, 'Location') ?? []);
  if (id === null) return whyNoId(resource);
  if (practitioner === null) return 'no-practitioner';
  if (offices.length === 0) return 'no-location';
  const active = resource['active'] !== false;
  return partRows(resource, { id, practitioner, role: null, active }, [...new Set(offices)]);
}

export function scheduleRows(resource: FoundResource): StagedRow[] | Unusable {
  const id = idOf(resource);
  const actors = listOf(resource['actor']);
  const practitioner = firstReferenced(actors, 'Practitioner');
  const role = firstReferenced(actors, 'PractitionerRole');
  const offices = actors.flatMap((actor) => referenced(actor, 'Location') ?? []);
  if (id === null) return whyNoId(resource);
  if (practitioner === null && role === null) return 'no-practitioner';
  // A role knows its office; a practitioner alone may have several.
  if (offices.length === 0 && role === null) return 'no-location';
  const active = resource['active'] !== false;
  return partRows(resource, { id, practitioner, role, active }, offices.length > 0 ? [...new Set(offices)] : [null]);
}

function partRows(
  resource: FoundResource,
  part: { id: string; practitioner: string | null; role: string | null; active: boolean },
  offices: readonly (string | null)[],
): StagedRow[] {
  const { id, ...rest } = part;
  const said_at = saidAt(resource);
  return offices.map((office, place) => ({
    table: 'schedule_part',
    row: { said_at, kind: resource.resourceType, resource_id: id, place: place + 1, ...rest, office },
  }));
}

export function patientRow(resource: FoundResource): StagedRow | Unusable {
  const id = idOf(resource);
  const name = nameOf(resource);
  if (id === null) return whyNoId(resource);
  if (name === null) return 'no-name';
  const gender = textOf(resource['gender']);
  const spoken = listOf(resource['communication']);
  const preferred = spoken.find((one) => one['preferred'] === true) ?? spoken[0];
  const code = textOf(listOf(membersOf(preferred?.['language'])['coding'])[0]?.['code']);
  const identifiers = listOf(resource['identifier']);
  const record = identifiers.find((one) =>
    listOf(membersOf(one['type'])['coding']).some((coding) => coding['code'] === 'MR'),
  );
  const general = Array.isArray(resource['generalPractitioner']) ? resource['generalPractitioner'] : [];
  return {
    table: 'patient',
    row: {
      said_at: saidAt(resource),
      patient_id: id,
      family: name.family,
      given: name.given,
      birth_date: dateIn(resource['birthDate']),
      gender: gender !== null && genders.has(gender) ? gender : null,
      phone: contact(resource, 'phone'),
      email: contact(resource, 'email'),
      language: code?.toLowerCase().startsWith('fr') ? 'fr' : 'en',
      chart_number: textOf((record ?? identifiers[0])?.['value']),
      active: resource['active'] !== false,
      practitioner: firstReferenced(general, 'Practitioner'),
      role: firstReferenced(general, 'PractitionerRole'),
    },
  };
}

export function appointmentRow(resource: FoundResource): StagedRow | Unusable {
  const id = idOf(resource);
  const participants = listOf(resource['participant']);
  const actors = participants.map((one) => one['actor']);
  const practitioner = firstReferenced(actors, 'Practitioner');
  const role = firstReferenced(actors, 'PractitionerRole');
  const status = textOf(resource['status']);
  const times = timesOf(resource['start'], resource['end']);
  if (id === null) return whyNoId(resource);
  if (practitioner === null && role === null) return 'no-practitioner';
  if (times === null) return 'no-time';
  if (status === null || !statuses.has(status)) return 'status-unknown';
  const said = textOf(participants.find((one) => referenced(one['actor'], 'Patient') !== null)?.['status']);
  return {
    table: 'booking',
    row: {
      said_at: saidAt(resource),
      kind: 'Appointment',
      appointment_id: id,
      of_appointment: null,
      practitioner,
      role,
      office: firstReferenced(actors, 'Location'),
      patient: firstReferenced(actors, 'Patient'),
      status,
      // FHIR has no status for "confirmed": the patient's participation says it.
      participation: said !== null && participations.has(said) ? said : 'needs-action',
      type_text: conceptText(resource['appointmentType']) ?? conceptText(listOf(resource['serviceType'])[0]),
      reason: textOf(resource['description']),
      ...times,
    },
  };
}

/** A visit that is over, as a booking that was kept. An Encounter's id may be some Appointment's too, so it is not taken as it is. */
export function encounterRow(resource: FoundResource, now: Date): StagedRow | Unusable {
  const id = idOf(resource);
  const people = listOf(resource['participant']).map((one) => one['individual']);
  const practitioner = firstReferenced(people, 'Practitioner');
  const role = firstReferenced(people, 'PractitionerRole');
  const period = membersOf(resource['period']);
  const times = timesOf(period['start'], period['end']);
  if (id === null) return whyNoId(resource);
  if (practitioner === null && role === null) return 'no-practitioner';
  if (times === null) return 'no-time';
  if (resource['status'] !== 'finished' || times.end_at > now) return 'not-a-past-visit';
  const places = listOf(resource['location']).map((one) => one['location']);
  const appointments = Array.isArray(resource['appointment']) ? resource['appointment'] : [];
  const named = `encounter-${id}`;
  return {
    table: 'booking',
    row: {
      said_at: saidAt(resource),
      kind: 'Encounter',
      appointment_id: named.length <= 64 ? named : `encounter-${createHash('md5').update(id).digest('hex')}`,
      of_appointment: firstReferenced(appointments, 'Appointment'),
      practitioner,
      role,
      office: firstReferenced(places, 'Location'),
      patient: referenced(resource['subject'], 'Patient'),
      status: 'fulfilled',
      participation: 'accepted',
      type_text: conceptText(listOf(resource['type'])[0]),
      reason: conceptText(listOf(resource['reasonCode'])[0]),
      ...times,
    },
  };
}
