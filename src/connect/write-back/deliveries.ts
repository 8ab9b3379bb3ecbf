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

export interface Delivery {
  /** Columns on the pair without which the EMR refuses it. */
  readonly needs: ColumnSet;
  /** Where the resource that it changes stands. */
  path(row: outbox.WriteBack): string;
  judge(row: outbox.WriteBack, resource: FhirResource): Finding;
}

interface BookingChange {
  readonly isDone: (booking: { readonly status: string; readonly participation: string }) => boolean;
  readonly change: (resource: FhirResource) => FhirResource;
}

/** A change of a booking that leaves its start and its pair alone. */
function bookingDelivery({ isDone, change }: BookingChange): Delivery {
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

export const deliveries: Readonly<Record<outbox.WriteBack['kind'], Delivery>> = {
  'mark-arrived': bookingDelivery({
    // Who is further in the clinic has arrived.
    isDone: ({ status }) => ['arrived', 'checked-in', 'fulfilled'].includes(status),
    change: withStatus('arrived'),
  }),
  'mark-confirmed': bookingDelivery({
    isDone: ({ status, participation }) => status === 'booked' && participation === 'accepted',
    change: (resource) => ({
      ...resource,
      participant: (resource['participant'] as readonly Participant[]).map((one) =>
        isPatient(one) ? { ...one, status: 'accepted' } : one,
      ),
    }),
  }),
  cancel: bookingDelivery({ isDone: ({ status }) => status === 'cancelled', change: withStatus('cancelled') }),
};
