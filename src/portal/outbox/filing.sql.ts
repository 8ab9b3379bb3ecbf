// What the EMR has to hear of that changes no booking.
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';

/** What goes into the chart. */
export interface Filing {
  readonly fileId: string;
  readonly mediaType: string;
  readonly title: string;
  /** Where it lies there. */
  readonly folder: string;
}

/** The folder of a patient's chart that the portal files into. */
const folder = 'Patient messages';

export async function findFiling(db: Db, siteId: number, fileId: string): Promise<Filing> {
  const { rows } = await db.query<Omit<Filing, 'folder'> & Record<string, unknown>>(
    'select file_id as "fileId", media_type as "mediaType", title from stored_file where site_id = $1 and file_id = $2 and kept_at is not null',
    [siteId, fileId],
  );
  return { ...rows[0]!, folder };
}

/** Belongs into the transaction that says that a mail was sent: if it was a reminder, the EMR shows it at the booking. */
export async function queueReminderMark(tx: Db, siteId: number, mailId: string): Promise<void> {
  const { rowCount } = await tx.query(
    // `data_at`: when the mail began to leave.
    `insert into write_back (site_id, connection_id, write_back_id, press_id, kind, booking_id, requested_by, requested_at, seen_version,
                             seen_status, seen_start_at, office_id, provider_id, state, state_since, next_attempt_at)
     select m.site_id, m.connection_id, $3, 'reminder.' || m.mail_id, 'mark-reminded', m.booking_id, null,
            date_trunc('milliseconds', coalesce(m.data_at, clock_timestamp())), b.emr_version, b.status, m.start_at, m.office_id, m.provider_id,
            'queued', clock_timestamp(), clock_timestamp()
       from mail m
       join booking b on b.site_id = m.site_id and b.connection_id = m.connection_id and b.booking_id = m.booking_id
      where m.site_id = $1 and m.mail_id = $2
        -- What follows a reminder up reminds of nothing.
        and not exists (select from reminder_log l where l.site_id = m.site_id and l.mail_id = m.mail_id and l.kind <> 'reminder')
     on conflict do nothing`,
    [siteId, mailId, newId()],
  );
  if (rowCount === 1) await tx.query(`select pg_notify('write_back', '')`);
}

export interface NewFilings {
  readonly siteId: number;
  /** The booking whose pair and patient the chart is found by. */
  readonly connectionId: string;
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string;
  /** Kept ones. */
  readonly fileIds: readonly string[];
  /** null: whoever has the link. */
  readonly requestedBy: string | null;
  readonly now: Date;
}

/** Belongs into the transaction that keeps the files: each goes into the chart once. */
export async function queueFilings(tx: Db, one: NewFilings): Promise<void> {
  if (one.fileIds.length === 0) return;
  await tx.query(
    `insert into write_back (site_id, connection_id, write_back_id, press_id, kind, booking_id, requested_by, requested_at, seen_version,
                             seen_status, seen_start_at, office_id, provider_id, file_id, patient_id, state, state_since, next_attempt_at)
     select $1, $2, f.write_back_id, 'file.' || f.file_id, 'file-document', $3, $7, $8, b.emr_version, b.status, b.start_at, $4, $5,
            f.file_id, $6, 'queued', clock_timestamp(), clock_timestamp()
       from booking b, unnest($9::text[], $10::text[]) f (file_id, write_back_id)
      where b.site_id = $1 and b.connection_id = $2 and b.booking_id = $3
     on conflict (site_id, press_id) do nothing`,
    [
      one.siteId,
      one.connectionId,
      one.bookingId,
      one.officeId,
      one.providerId,
      one.patientId,
      one.requestedBy,
      one.now,
      one.fileIds,
      one.fileIds.map(() => newId()),
    ],
  );
  await tx.query(`select pg_notify('write_back', '')`);
}
