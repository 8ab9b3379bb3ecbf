// FHIR resources as the portal stages them. A resource that cannot be used is counted by its reason, never guessed at.
import { dataAbsentReasonUrl } from '../../fhir/outcome.ts';
import type { intake } from '../../portal/index.ts';

interface Extended {
  readonly extension?: readonly { readonly url: string; readonly valueCode?: string }[];
}
interface Actor extends Extended {
  readonly reference?: string;
  readonly _display?: Extended;
}
export interface AppointmentResource {
  readonly resourceType: 'Appointment';
  readonly id: string;
  readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string };
  readonly status: string;
  readonly start?: string;
  readonly end?: string;
  readonly appointmentType?: { readonly text?: string };
  readonly serviceType?: readonly { readonly text?: string }[];
  readonly participant?: readonly (Extended & { readonly actor?: Actor; readonly status?: string })[];
}
export interface PatientResource {
  readonly resourceType: 'Patient';
  readonly id: string;
  readonly meta?: { readonly versionId?: string };
  readonly name?: readonly { readonly family?: string; readonly given?: readonly string[] }[];
  readonly birthDate?: string;
  readonly gender?: string;
  readonly telecom?: readonly { readonly system?: string; readonly value?: string }[];
  readonly communication?: readonly {
    readonly language?: { readonly coding?: readonly { readonly code?: string }[]; readonly text?: string };
  }[];
  readonly identifier?: readonly { readonly value?: string }[];
}

const idOf = (reference: string | undefined, type: string): string | undefined =>
  reference?.startsWith(`${type}/`) ? reference.slice(type.length + 1).split('/')[0] : undefined;

const isMasked = (...places: readonly (Extended | undefined)[]): boolean =>
  places.some((place) =>
    place?.extension?.some((one) => one.url === dataAbsentReasonUrl && one.valueCode === 'masked'),
  );

/** undefined: it names no start, no end, or not the pair that it belongs to. */
export function stagedBookingOf(resource: AppointmentResource): intake.StagedBooking | undefined {
  let officeId: string | undefined;
  let providerId: string | undefined;
  let patientId: string | null = null;
  let patientMasked = false;
  let participation = 'needs-action';
  for (const participant of resource.participant ?? []) {
    const { actor } = participant;
    officeId ??= idOf(actor?.reference, 'Location');
    providerId ??= idOf(actor?.reference, 'Practitioner');
    const patient = idOf(actor?.reference, 'Patient');
    if (patient !== undefined) {
      patientId = patient;
      patientMasked = isMasked(actor, actor?._display, participant);
      participation = participant.status ?? participation;
    }
  }
  if (!officeId || !providerId || !resource.start || !resource.end || !resource.id) return undefined;
  return {
    bookingId: resource.id,
    officeId,
    providerId,
    patientId,
    patientMasked,
    status: resource.status,
    participation,
    type: resource.appointmentType?.text ?? resource.serviceType?.[0]?.text ?? null,
    startAt: resource.start,
    endAt: resource.end,
    version: resource.meta?.versionId ?? '',
    lastUpdated: resource.meta?.lastUpdated ?? resource.start,
  };
}

export function stagedPatientOf(resource: PatientResource): intake.StagedPatient | undefined {
  const name = resource.name?.[0];
  if (!resource.id || !name?.family) return undefined;
  const contact = (system: string) => resource.telecom?.find((one) => one.system === system)?.value ?? null;
  const language = resource.communication?.[0]?.language?.coding?.[0]?.code ?? 'en';
  return {
    patientId: resource.id,
    family: name.family,
    given: name.given?.join(' ') ?? '',
    birthDate: /^\d{4}-\d{2}-\d{2}$/.test(resource.birthDate ?? '') ? resource.birthDate! : null,
    gender: resource.gender ?? null,
    phone: contact('phone'),
    email: contact('email'),
    language: language.startsWith('fr') ? 'fr' : 'en',
    chartNumber: resource.identifier?.[0]?.value ?? null,
    version: resource.meta?.versionId ?? '',
  };
}
