// FHIR resources as the portal stages them. A resource that cannot be used is said to be so, never guessed at; and what is used has
// been looked at closely, because one value that PostgreSQL refuses would break the COPY of a million others.
import { dataAbsentReasonUrl } from '../../fhir/outcome.ts';
import { isFhirId } from '../../fhir/search-query.ts';
import type { intake } from '../../portal/index.ts';

export interface FhirResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [member: string]: unknown;
}

interface Extended {
  readonly extension?: readonly { readonly url: string; readonly valueCode?: string }[];
}
interface Actor extends Extended {
  readonly reference?: string;
}
interface Concept {
  readonly text?: string;
  readonly coding?: readonly { readonly display?: string; readonly code?: string }[];
}
interface AppointmentResource {
  readonly id?: string;
  readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string };
  readonly status?: string;
  readonly start?: string;
  readonly end?: string;
  readonly appointmentType?: Concept;
  readonly serviceType?: readonly Concept[];
  readonly participant?: readonly (Extended & { readonly actor?: Actor; readonly status?: string })[];
}
interface PatientResource {
  readonly id?: string;
  readonly meta?: { readonly versionId?: string };
  readonly name?: readonly { readonly use?: string; readonly family?: string; readonly given?: readonly string[] }[];
  readonly birthDate?: string;
  readonly gender?: string;
  readonly telecom?: readonly { readonly system?: string; readonly value?: string }[];
  readonly communication?: readonly { readonly preferred?: boolean; readonly language?: Concept }[];
  readonly identifier?: readonly { readonly type?: Concept; readonly value?: string }[];
}

const instantPattern =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

const dayExists = (text: string): boolean =>
  Number(text.slice(8, 10)) <= 28 ||
  new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10));

const isInstant = (text: unknown): text is string =>
  typeof text === 'string' && instantPattern.test(text) && dayExists(text);

const isDate = (text: unknown): text is string =>
  typeof text === 'string' && /^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(text) && dayExists(text);

const slash = 47;

/** The id in `Patient/7`, or in an absolute URL that ends so. */
export function idOf(reference: string | undefined, type: string): string | undefined {
  if (typeof reference !== 'string') return undefined;
  // As a rule it begins with the type: a million bookings have three each.
  const isRelative = reference.charCodeAt(type.length) === slash && reference.startsWith(type);
  const before = isRelative ? 0 : reference.indexOf(`/${type}/`) + 1;
  if (!isRelative && before === 0) return undefined;
  const at = before + type.length + 1;
  const end = reference.indexOf('/', at);
  const id = end < 0 ? reference.slice(at) : reference.slice(at, end);
  return isFhirId(id) ? id : undefined;
}

const isMasked = (...places: readonly (Extended | undefined)[]): boolean =>
  places.some((place) =>
    place?.extension?.some((one) => one.url === dataAbsentReasonUrl && one.valueCode === 'masked'),
  );

const wordsOf = (concept: Concept | undefined): string | null =>
  concept?.text ?? concept?.coding?.[0]?.display ?? concept?.coding?.[0]?.code ?? null;

/** The office and provider that a booking names, however little else of it can be used. */
export function pairOf({ participant }: FhirResource): { officeId: string; providerId: string } | undefined {
  if (!Array.isArray(participant)) return undefined;
  const named = (type: string) =>
    (participant as NonNullable<AppointmentResource['participant']>)
      .map((one) => idOf(one?.actor?.reference, type))
      .find((id) => id !== undefined);
  const [officeId, providerId] = [named('Location'), named('Practitioner')];
  return officeId === undefined || providerId === undefined ? undefined : { officeId, providerId };
}

/** What is shaped otherwise than FHIR says cannot be used, wherever in it that shows. */
const orUndefined =
  <T>(read: (resource: FhirResource) => T | undefined) =>
  (resource: FhirResource): T | undefined => {
    try {
      return read(resource);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };

/** undefined: it has no id, start or end that can be read, or names not the pair that it belongs to. */
export const stagedBookingOf = orUndefined(bookingIn);

function bookingIn(resource: FhirResource): intake.StagedBooking | undefined {
  const { id, meta, status, start, end, participant, serviceType, appointmentType } = resource as AppointmentResource;
  if (typeof id !== 'string' || !isFhirId(id) || typeof status !== 'string' || !Array.isArray(participant))
    return undefined;
  if (!isInstant(start) || !isInstant(end)) return undefined;
  let officeId: string | undefined;
  let providerId: string | undefined;
  let patientId: string | null = null;
  let patientMasked = false;
  let participation = 'needs-action';
  for (const one of participant as NonNullable<AppointmentResource['participant']>) {
    const reference = one.actor?.reference;
    const patient: string | undefined = patientId === null ? idOf(reference, 'Patient') : undefined;
    if (patient !== undefined) {
      patientId = patient;
      patientMasked =
        one.extension !== undefined || one.actor?.extension !== undefined ? isMasked(one.actor, one) : false;
      participation = typeof one.status === 'string' ? one.status : participation;
      continue;
    }
    const provider = providerId === undefined ? idOf(reference, 'Practitioner') : undefined;
    if (provider !== undefined) providerId = provider;
    else officeId ??= idOf(reference, 'Location');
  }
  if (officeId === undefined || providerId === undefined) return undefined;
  return {
    bookingId: id,
    officeId,
    providerId,
    patientId,
    patientMasked,
    status,
    participation,
    type: wordsOf(appointmentType) ?? wordsOf(serviceType?.[0]),
    startAt: start,
    endAt: end,
    version: meta?.versionId ?? meta?.lastUpdated ?? '',
    lastUpdated: isInstant(meta?.lastUpdated) ? meta.lastUpdated : start,
  };
}

/** undefined: it has no id or no family name. */
export const stagedPatientOf = orUndefined(patientIn);

function patientIn(resource: FhirResource): intake.StagedPatient | undefined {
  const { id, meta, name, birthDate, gender, telecom, communication, identifier } = resource as PatientResource;
  const called = name?.find((one) => one.use === 'official') ?? name?.[0];
  if (typeof id !== 'string' || !isFhirId(id) || typeof called?.family !== 'string') return undefined;
  const contact = (system: string) => telecom?.find((one) => one.system === system)?.value ?? null;
  const language = (communication?.find((one) => one.preferred) ?? communication?.[0])?.language?.coding?.[0]?.code;
  const chart = identifier?.find((one) => one.type?.coding?.some((coding) => coding.code === 'MR')) ?? identifier?.[0];
  return {
    patientId: id,
    family: called.family,
    given: called.given?.join(' ') ?? '',
    birthDate: isDate(birthDate) ? birthDate : null,
    gender: typeof gender === 'string' ? gender : null,
    phone: contact('phone'),
    email: contact('email'),
    language: language?.startsWith('fr') ? 'fr' : 'en',
    chartNumber: chart?.value ?? null,
    version: meta?.versionId ?? '',
  };
}
