import type { PoolClient } from 'pg';
import { copyFrom } from '../../platform/database/copy.ts';
import type { RunKey } from './staging.sql.ts';

/** A booking as the EMR gave it. Instants are ISO texts with a zone; null is absent. */
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
  readonly language: string;
  readonly chartNumber: string | null;
  readonly version: string;
}

const needsEscape = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value of COPY's text format. */
const field = (value: string | null): string => {
  if (value === null) return '\\N';
  return needsEscape.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character]!) : value;
};

const prefixOf = ({ siteId, connectionId, runId }: RunKey): string =>
  `${siteId}\t${field(connectionId)}\t${field(runId)}\t`;

/** About this much text goes to the server at a time. */
const chunkLength = 64 * 1024;

async function* chunks<T>(rows: AsyncIterable<readonly T[]>, line: (row: T) => string): AsyncGenerator<string> {
  let text = '';
  for await (const batch of rows) {
    for (const row of batch) text += line(row);
    if (text.length >= chunkLength) {
      yield text;
      text = '';
    }
  }
  if (text) yield text;
}

/** Streams batches into staging by COPY, in the caller's transaction. */
export async function stageBookings(
  tx: PoolClient,
  key: RunKey,
  rows: AsyncIterable<readonly StagedBooking[]>,
): Promise<void> {
  const prefix = prefixOf(key);
  await copyFrom(
    tx,
    `copy intake.staged_booking (site_id, connection_id, run_id, booking_id, office_id, provider_id, patient_id, patient_masked, status,
       participation, type_text, start_at, end_at, emr_version, emr_last_updated) from stdin`,
    chunks(
      rows,
      (row) =>
        `${prefix}${field(row.bookingId)}\t${field(row.officeId)}\t${field(row.providerId)}\t${field(row.patientId)}\t${
          row.patientMasked ? 't' : 'f'
        }\t${field(row.status)}\t${field(row.participation)}\t${field(row.type)}\t${field(row.startAt)}\t${field(row.endAt)}\t${field(
          row.version,
        )}\t${field(row.lastUpdated)}\n`,
    ),
  );
}

export async function stagePatients(
  tx: PoolClient,
  key: RunKey,
  rows: AsyncIterable<readonly StagedPatient[]>,
): Promise<void> {
  const prefix = prefixOf(key);
  await copyFrom(
    tx,
    `copy intake.staged_patient (site_id, connection_id, run_id, patient_id, family, given, birth_date, gender, phone, email, language,
       chart_number, emr_version) from stdin`,
    chunks(
      rows,
      (row) =>
        `${prefix}${field(row.patientId)}\t${field(row.family)}\t${field(row.given)}\t${field(row.birthDate)}\t${field(row.gender)}\t${field(
          row.phone,
        )}\t${field(row.email)}\t${field(row.language)}\t${field(row.chartNumber)}\t${field(row.version)}\n`,
    ),
  );
}
