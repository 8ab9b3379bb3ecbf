import type { AppointmentStatus, Participation } from './scheduler.ts';

/** Where a booking stands, as people speak of it: FHIR's statuses, and *confirmed*, which FHIR says by the patient's participation. */
export type BookingState = AppointmentStatus | 'confirmed';

/** States that a person may put a booking into. Cancelling asks first and has a door of its own. */
export const settableStates = [
  'waitlist',
  'pending',
  'booked',
  'confirmed',
  'arrived',
  'checked-in',
  'fulfilled',
  'noshow',
] as const satisfies readonly BookingState[];
export type SettableState = (typeof settableStates)[number];

/** *Confirmed* is a booking whose patient has accepted. */
export const stateOf = ({
  status,
  participation,
}: {
  readonly status: AppointmentStatus;
  readonly participation: Participation;
}): BookingState => (status === 'booked' && participation === 'accepted' ? 'confirmed' : status);

/** What a state is on the wire. Booked takes a confirmation back; the others leave what the patient said as it is. */
export const wireOf = (
  state: SettableState,
): { readonly status: AppointmentStatus; readonly participation?: Participation } => {
  if (state === 'confirmed') return { status: 'booked', participation: 'accepted' };
  return state === 'booked' ? { status: 'booked', participation: 'needs-action' } : { status: state };
};
