/** 201 to POST /api/bookings/:id/link: for the patient alone. It is told once and stored nowhere. */
export interface AppointmentLink {
  readonly url: string;
}
