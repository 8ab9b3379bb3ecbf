/** FHIR's Appointment.status in a clinic's words. */
export type BookingStatusWord = 'booked' | 'confirmed' | 'pending' | 'arrived' | 'seen' | 'cancelled' | 'noshow';

const words: Readonly<Record<string, BookingStatusWord>> = {
  proposed: 'pending',
  pending: 'pending',
  waitlist: 'pending',
  arrived: 'arrived',
  'checked-in': 'arrived',
  fulfilled: 'seen',
  cancelled: 'cancelled',
  noshow: 'noshow',
};

/** undefined: a status that FHIR does not have. The patient's own yes shows only while the booking stands: what happened since says more. */
export function bookingStatusOf({
  status,
  participation,
}: {
  readonly status: string;
  readonly participation: string;
}): BookingStatusWord | undefined {
  if (status === 'booked') return participation === 'accepted' ? 'confirmed' : 'booked';
  return Object.hasOwn(words, status) ? words[status] : undefined;
}
