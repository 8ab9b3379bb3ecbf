// The only probe that writes: a patient's confirmation is set on the booking that the clinic has named for it, read back, and taken back. On any
// other booking it would say something of a real patient.
import { newId } from '../../platform/ids.ts';
import type { EmrClient, ResourceAnswer } from '../emr-client/emr-client.ts';
import { type FhirResource, stagedBookingOf } from '../emr-client/resources.ts';
import { withParticipation } from '../write-back/deliveries.ts';
import type { ProbeTarget } from './probe.ts';
import { type Outcome, said } from './said.ts';

/** Why the booking says nothing of the target; undefined: it can be tried. */
function unfit(answer: ResourceAnswer, target: ProbeTarget, now: Date): Outcome | undefined {
  if (answer.status === 404 || answer.status === 410) return said('not-probed', 'test-booking-gone');
  const { resource } = answer;
  const booking = resource?.resourceType === 'Appointment' ? stagedBookingOf(resource) : undefined;
  if (answer.status !== 200 || !booking) return said('failed', 'confirm-refused', { status: answer.status });
  if (booking.officeId !== target.officeId || booking.providerId !== target.providerId) {
    return said('not-probed', 'test-booking-elsewhere');
  }
  const isOpen = booking.status === 'booked' && booking.patientId !== null && new Date(booking.startAt) > now;
  return isOpen ? undefined : said('not-probed', 'test-booking-unfit');
}

const participationOf = ({ resource }: ResourceAnswer): string | undefined =>
  resource?.resourceType === 'Appointment' ? stagedBookingOf(resource)?.participation : undefined;

/**
 * Of a booking that is confirmed already the confirmation is taken back and set again. failed says which step: refused, not kept, or not
 * undone; the last leaves the test booking changed.
 */
export async function confirmRoundTrip(
  client: Pick<EmrClient, 'read' | 'update'>,
  target: ProbeTarget,
  { testBookingId, now }: { readonly testBookingId: string; readonly now: Date },
): Promise<Outcome> {
  const path = `Appointment/${encodeURIComponent(testBookingId)}`;
  const first = await client.read(path);
  const reason = unfit(first, target, now);
  if (reason) return reason;
  const before = participationOf(first)!;
  const wanted = before === 'accepted' ? 'needs-action' : 'accepted';

  /** Resolves to the status of the refusal; undefined: it was taken, and reads so. */
  const set = async (from: ResourceAnswer, participation: string): Promise<ResourceAnswer | number> => {
    const body = withParticipation(participation)(from.resource as FhirResource);
    const answer = await client.update(path, { ifMatch: from.version ?? '', idempotencyKey: newId(), body });
    if (answer.status >= 300) return answer.status;
    return client.read(path);
  };
  const tried = await set(first, wanted);
  if (typeof tried === 'number') return said('failed', 'confirm-refused', { status: tried });
  if (participationOf(tried) !== wanted) return said('failed', 'confirm-not-kept');
  const undone = await set(tried, before);
  if (typeof undone === 'number' || participationOf(undone) !== before) return said('failed', 'confirm-not-undone');
  return said('passed', 'confirm-round-trip');
}
