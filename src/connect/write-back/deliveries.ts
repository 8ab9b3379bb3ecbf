// The table of kinds, the deliverer's half: how each is written in FHIR. The portal's half, when an act makes sense, is
// src/portal/outbox/kinds.ts. Both are total by the kind: a new one does not compile until it stands in both.
import { type ColumnSet, columnsNeeded } from '../../fhir/columns.ts';
import type { outbox } from '../../portal/index.ts';
import { type FhirResource, stagedBookingOf } from '../emr-client/resources.ts';

/** What reading the EMR says of a write-back that has not been sent yet. */
export type Finding =
  /** As it was seen: this changes it into what is wanted. */
  | { readonly found: 'as-seen'; readonly body: unknown }
  | { readonly found: 'as-wanted'; readonly booking: outbox.AcknowledgedBooking }
  | { readonly found: 'different'; readonly now: outbox.FoundBooking }
  /** It cannot be read as what it has to be. */
  | { readonly found: 'unreadable' };

interface Needing {
  /** Columns on the pair without which the EMR refuses it. */
  readonly needs: ColumnSet;
}

/** Changes a resource that there is. */
export interface Change extends Needing {
  /** Where it stands. */
  path(row: outbox.WriteBack): string;
  judge(row: outbox.WriteBack, resource: FhirResource): Finding;
}

export interface ToMake {
  /** FHIR's reference to the PractitionerRole that names the pair. */
  readonly role: string;
  /** Binary that was sent before; null: there is no content. */
  readonly binary: string | null;
  readonly filing: outbox.Filing | null;
}

/** Makes a resource that there was not. */
export interface Creation extends Needing {
  readonly type: string;
  body(row: outbox.WriteBack, made: ToMake): unknown;
}

export type Delivery = Change | Creation;

interface BookingChange {
  readonly isDone: (booking: { readonly status: string; readonly participation: string }) => boolean;
  readonly change: (resource: FhirResource) => FhirResource;
}

/** A change of a booking that leaves its start and its pair alone. */
function bookingDelivery({ isDone, change }: BookingChange): Change {
  return {
    needs: columnsNeeded.Appointment,
    path: ({ bookingId }) => `Appointment/${bookingId}`,
    judge: (row, resource) => {
      const booking = resource.resourceType === 'Appointment' ? stagedBookingOf(resource) : undefined;
      if (booking?.bookingId !== row.bookingId) return { found: 'unreadable' };
      const { status, participation, version, lastUpdated, startAt, officeId, providerId } = booking;
      const inPlace =
        new Date(startAt).getTime() === row.seenStartAt.getTime() &&
        officeId === row.officeId &&
        providerId === row.providerId;
      if (inPlace && isDone(booking)) {
        return { found: 'as-wanted', booking: { status, participation, version, lastUpdated } };
      }
      if (!inPlace || status !== row.seenStatus) {
        return { found: 'different', now: { status, startAt, officeId, providerId } };
      }
      return { found: 'as-seen', body: change(resource) };
    },
  };
}

const withStatus =
  (status: string) =>
  (resource: FhirResource): FhirResource => ({ ...resource, status });

interface Participant {
  readonly actor?: { readonly reference?: string };
  readonly status?: string;
}

const isPatient = ({ actor }: Participant): boolean => /(^|\/)Patient\/[^/]+$/.test(actor?.reference ?? '');

/** The patient's own answer, and nobody else's. */
export const withParticipation =
  (status: string) =>
  (resource: FhirResource): FhirResource => ({
    ...resource,
    participant: (resource['participant'] as readonly Participant[]).map((one) =>
      isPatient(one) ? { ...one, status } : one,
    ),
  });

export const deliveries: Readonly<Record<outbox.WriteBack['kind'], Delivery>> = {
  'mark-arrived': bookingDelivery({
    // Who is further in the clinic has arrived.
    isDone: ({ status }) => ['arrived', 'checked-in', 'fulfilled'].includes(status),
    change: withStatus('arrived'),
  }),
  'mark-confirmed': bookingDelivery({
    isDone: ({ status, participation }) => status === 'booked' && participation === 'accepted',
    change: withParticipation('accepted'),
  }),
  cancel: bookingDelivery({ isDone: ({ status }) => status === 'cancelled', change: withStatus('cancelled') }),
  'mark-reminded': {
    needs: columnsNeeded.Communication,
    type: 'Communication',
    body: ({ bookingId, requestedAt }, { role }) => ({
      resourceType: 'Communication',
      status: 'completed',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'reminder' }] },
      ],
      medium: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationMode', code: 'EMAILWRIT' }] },
      ],
      about: [{ reference: `Appointment/${bookingId}` }],
      sent: requestedAt.toISOString(),
      sender: { reference: role },
    }),
  },
  'file-document': {
    needs: columnsNeeded.DocumentReference,
    type: 'DocumentReference',
    body: ({ patientId }, { role, binary, filing }) => ({
      resourceType: 'DocumentReference',
      status: 'current',
      category: [{ text: filing!.folder }],
      subject: { reference: `Patient/${patientId}` },
      author: [{ reference: role }],
      description: filing!.title,
      content: [{ attachment: { contentType: filing!.mediaType, title: filing!.title, url: binary } }],
    }),
  },
};
