// Rows on their way into staging, as COPY's text format. One string per batch, no object kept: a million rows pass through here.
import type { PoolClient } from 'pg';
import { copyFrom } from '../../platform/database/copy.ts';
import type { RunKey } from './staging.sql.ts';

/**
 * A booking as the EMR gave it. Instants are ISO texts with a zone that PostgreSQL reads: whoever makes this has checked them,
 * because COPY takes all rows or none. null is absent.
 */
export interface StagedBooking {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string | null;
  readonly patientMasked: boolean;
  readonly status: string;
  readonly participation: string;
  readonly type: string | null;
  readonly startAt: string;
  readonly endAt: string;
  readonly version: string;
  readonly lastUpdated: string;
}

export interface StagedPatient {
  readonly patientId: string;
  readonly family: string;
  readonly given: string;
  readonly birthDate: string | null;
  readonly gender: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  readonly chartNumber: string | null;
  readonly version: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what has to be found; PostgreSQL has no text with it.
const special = /[\\\t\n\r\u0000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const everySpecial = /[\\\t\n\r\u0000]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\u0000': '' };

/** One value of COPY's text format. */
export const copyField = (value: string | null): string => {
  if (value === null) return '\\N';
  return special.test(value) ? value.replaceAll(everySpecial, (character) => escapes[character]!) : value;
};

const prefixOf = ({ siteId, connectionId, runId }: RunKey): string =>
  `${siteId}\t${copyField(connectionId)}\t${copyField(runId)}\t`;

async function* lines<T>(batches: AsyncIterable<readonly T[]>, line: (row: T) => string): AsyncGenerator<string> {
  for await (const batch of batches) {
    let text = '';
    for (const row of batch) text += line(row);
    if (text) yield text;
  }
}

/** Streams batches into staging by COPY, in the caller's transaction; resolves to the number of rows. */
export async function stageBookings(
  tx: PoolClient,
  key: RunKey,
  batches: AsyncIterable<readonly StagedBooking[]>,
): Promise<number> {
  const prefix = prefixOf(key);
  return copyFrom(
    tx,
    `copy intake.staged_booking (site_id, connection_id, run_id, booking_id, office_id, provider_id, patient_id, patient_masked, status,
       participation, type_text, start_at, end_at, emr_version, emr_last_updated) from stdin`,
    lines(
      batches,
      (row) =>
        `${prefix}${copyField(row.bookingId)}\t${copyField(row.officeId)}\t${copyField(row.providerId)}\t${copyField(row.patientId)}\t${
          row.patientMasked ? 't' : 'f'
        }\t${copyField(row.status)}\t${copyField(row.participation)}\t${copyField(row.type)}\t${row.startAt}\t${row.endAt}\t${copyField(
          row.version,
        )}\t${row.lastUpdated}\n`,
    ),
  );
}

export async function stagePatients(
  tx: PoolClient,
  key: RunKey,
  batches: AsyncIterable<readonly StagedPatient[]>,
): Promise<number> {
  const prefix = prefixOf(key);
  return copyFrom(
    tx,
    `copy intake.staged_patient (site_id, connection_id, run_id, patient_id, family, given, birth_date, gender, phone, email, language,
       chart_number, emr_version) from stdin`,
    lines(
      batches,
      (row) =>
        `${prefix}${copyField(row.patientId)}\t${copyField(row.family)}\t${copyField(row.given)}\t${copyField(row.birthDate)}\t${copyField(
          row.gender,
        )}\t${copyField(row.phone)}\t${copyField(row.email)}\t${row.language}\t${copyField(row.chartNumber)}\t${copyField(row.version)}\n`,
    ),
  );
}
