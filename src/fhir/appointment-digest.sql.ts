// The digest of bookings as SQL, once for both sides: what it is of and how it is put together have to agree to the last character.

/** SQL expressions of one booking. Text unless said otherwise. */
export interface DigestedBooking {
  readonly id: string;
  readonly office: string;
  readonly provider: string;
  readonly version: string;
  /** timestamptz, as are the next two. */
  readonly lastUpdated: string;
  readonly start: string;
  readonly end: string;
  readonly status: string;
  readonly type: string;
  /** Null where there is no patient. */
  readonly patientId: string;
  readonly participation: string;
  /** boolean: who he is may not be said. */
  readonly masked: string;
  /** bytea, patientHash() of him; null where he is not there. */
  readonly patient: string;
  /** What stands for a patient who should be there and is not: another text on each side, because of nobody can it be said that he is the same. */
  readonly missing: string;
}

/** SQL expressions of one patient. Text unless said otherwise. */
export interface DigestedPatient {
  readonly version: string;
  readonly family: string;
  readonly given: string;
  /** date. */
  readonly birthDate: string;
  readonly gender: string;
  readonly phone: string;
  readonly email: string;
  readonly language: string;
  readonly chartNumber: string;
}

const separator = `E'\\x1f'`;
const joined = (parts: readonly string[]): string => parts.join(` || ${separator} || `);
const orNull = (text: string): string => `coalesce(${text}, E'\\x1e')`;
/** Microseconds since 2000 in eight bytes, whatever the session's zone and style of dates: a third of what it costs to write them as text. */
const bytesOf = (instant: string): string => `timestamptz_send(${instant})`;

/** bytea: who he is and how he is reached. */
export const patientHash = (patient: DigestedPatient): string =>
  `sha256(convert_to(${joined([
    patient.version,
    patient.family,
    patient.given,
    `coalesce((${patient.birthDate} - date '1970-01-01')::text, E'\\x1e')`,
    ...[patient.gender, patient.phone, patient.email].map(orNull),
    patient.language,
    orNull(patient.chartNumber),
  ])}, 'UTF8'))`;

/** bytea of one booking. `salt`: an SQL text. */
export const bookingHash = (salt: string, booking: DigestedBooking): string => `sha256(
  ${[booking.lastUpdated, booking.start, booking.end].map(bytesOf).join(' || ')} ||
  convert_to(${joined([
    salt,
    booking.id,
    booking.office,
    booking.provider,
    booking.version,
    booking.status,
    orNull(booking.type),
    `case when ${booking.patientId} is null then '' else ${joined([booking.patientId, booking.participation, "''"])} end`,
  ])}, 'UTF8') ||
  case when ${booking.patientId} is null then ''::bytea when ${booking.masked} then 'masked'::bytea
       else coalesce(${booking.patient}, '${booking.missing}'::bytea) end)`;

/**
 * The digest of a group of bookings, in whatever order: the sum of the first eight bytes of their hashes, each as a signed number. The salt is
 * nobody's before it is asked with: no bookings can be chosen to add up. `hash`: a column that holds bookingHash().
 */
export const digestOf = (hash: string): string =>
  `sum(('x' || encode(substr(${hash}, 1, 8), 'hex'))::bit(64)::bigint)::text`;
