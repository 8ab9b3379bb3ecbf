import type { Db } from '../../platform/database/db.ts';
import { type ReadSlice, type RunSlice, sliceColumns, sliceTable } from './slices.ts';

export interface RunKey {
  readonly siteId: number;
  readonly connectionId: string;
  readonly runId: string;
}

const ofRun = (alias: string) => `${alias}.site_id = $1 and ${alias}.connection_id = $2 and ${alias}.run_id = $3`;

/** What is staged: a run that goes on after a crash compares this with what its checkpoint says. */
export async function countStaged(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
): Promise<{ bookings: number; patients: number }> {
  const { rows } = await db.query<{ bookings: number; patients: number }>(
    `select (select count(*) from intake.staged_booking b where ${ofRun('b')}) as bookings,
            (select count(*) from intake.staged_patient p where ${ofRun('p')}) as patients`,
    [siteId, connectionId, runId],
  );
  return rows[0]!;
}

/** Tells the planner how much is staged; nothing that joins staging may run before. In a short transaction: it holds a lock until the end. */
export async function analyzeStaging(tx: Db): Promise<void> {
  await tx.query('select intake.analyze_staging()');
}

/** Tells the planner what the tables hold after a run that brought a lot. In a short transaction, as above. */
export async function analyzeApplied(tx: Db): Promise<void> {
  await tx.query('select intake.analyze_applied()');
}

/**
 * For the rest of the transaction, in which all of a connection's bookings meet all that was staged: whatever the planner believes of
 * the tables, it reads each of them once. Its belief may be minutes old, and going through one table for each row of the other never ends.
 */
export async function readEachTableOnce(tx: Db): Promise<void> {
  await tx.query('set local enable_nestloop = off');
}

/**
 * Empties the connection's staging: this run's, and that of runs that ended without doing so. In a transaction. Where nobody else
 * has rows there, the files go at once instead of a million dead rows.
 */
export async function clearStaging(tx: Db, { siteId, connectionId }: Omit<RunKey, 'runId'>): Promise<void> {
  await tx.query('savepoint alone');
  try {
    await tx.query('lock table intake.staged_booking, intake.staged_patient in access exclusive mode nowait');
    const { rows } = await tx.query<{ others: boolean }>(
      `select exists (select from intake.staged_booking where (site_id, connection_id) <> ($1, $2))
           or exists (select from intake.staged_patient where (site_id, connection_id) <> ($1, $2)) as others`,
      [siteId, connectionId],
    );
    if (!rows[0]!.others) {
      await tx.query('truncate intake.staged_booking, intake.staged_patient');
      return;
    }
  } catch {
    // Somebody is staging at this moment: then row by row, beside them.
  }
  await tx.query('rollback to savepoint alone');
  await tx.query('delete from intake.staged_booking where site_id = $1 and connection_id = $2', [siteId, connectionId]);
  await tx.query('delete from intake.staged_patient where site_id = $1 and connection_id = $2', [siteId, connectionId]);
}

/**
 * Keeps the latest of each booking that was staged more than once: pages overlap, and a booking may have been changed while they
 * were turned.
 */
export async function removeDuplicates(tx: Db, { siteId, connectionId, runId }: RunKey): Promise<void> {
  await tx.query(
    `with twice as (
       select booking_id from intake.staged_booking s where ${ofRun('s')} group by booking_id having count(*) > 1),
     ranked as (
       select s.ctid as place, row_number() over (
                partition by s.booking_id order by s.emr_last_updated desc, length(s.emr_version) desc, s.emr_version desc, s.ctid desc) as nth
         from intake.staged_booking s join twice using (booking_id) where ${ofRun('s')})
     delete from intake.staged_booking where ctid = any (array(select place from ranked where nth > 1))`,
    [siteId, connectionId, runId],
  );
}

const namedOpenly = `s.patient_id is not null and not s.patient_masked
        and not exists (select from intake.staged_patient p where ${ofRun('p')} and p.patient_id = s.patient_id)`;

/** Patients whom staged bookings name openly and who are neither staged nor known: at most `limit`. */
export async function listUnknownPatients(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ patientId: string }>(
    `select distinct s.patient_id as "patientId" from intake.staged_booking s
      where ${ofRun('s')} and ${namedOpenly}
        and not exists (select from patient k where k.site_id = $1 and k.connection_id = $2 and k.patient_id = s.patient_id)
      order by 1 limit $4`,
    [siteId, connectionId, runId, limit],
  );
  return rows.map((row) => row.patientId);
}

/** Likewise, known or not, where none of his bookings is listed with his name: nobody has read him since he was seen last. */
export async function listPatientsNotInView(db: Db, { siteId, connectionId, runId }: RunKey): Promise<string[]> {
  const { rows } = await db.query<{ patientId: string }>(
    `select distinct s.patient_id as "patientId" from intake.staged_booking s
      where ${ofRun('s')} and ${namedOpenly}
        and not exists (select from booking b where b.site_id = $1 and b.connection_id = $2 and b.patient_id = s.patient_id
                           and b.state in ('present', 'unconfirmed') and not b.patient_masked)
      order by 1`,
    [siteId, connectionId, runId],
  );
  return rows.map((row) => row.patientId);
}

/**
 * Patients whom staged bookings name openly and who are not staged, whether or not they are known; and those of the unconfirmed bookings of
 * what was read of these slices, which stay listed.
 */
export async function listNamedPatients(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  slices: readonly ReadSlice[],
): Promise<string[]> {
  const { rows } = await db.query<{ patientId: string }>(
    `with ${sliceTable(4)}
     select s.patient_id as "patientId" from intake.staged_booking s where ${ofRun('s')} and ${namedOpenly}
     union
     select s.patient_id from booking s
       join slice on slice.office_id = s.office_id and slice.provider_id = s.provider_id
                 and s.start_at >= slice.read_from and s.start_at < slice.read_to
      where s.site_id = $1 and s.connection_id = $2 and s.state = 'unconfirmed' and ${namedOpenly}
      order by 1`,
    [siteId, connectionId, runId, ...sliceColumns(slices)],
  );
  return rows.map((row) => row.patientId);
}

/** The EMR named these patients and did not show them: for the portal they are withheld. */
export async function maskPatients(
  tx: Db,
  { siteId, connectionId, runId }: RunKey,
  patientIds: readonly string[],
): Promise<void> {
  await tx.query(
    `update intake.staged_booking s set patient_masked = true
      where ${ofRun('s')} and s.patient_id = any ($4)
        and not exists (select from intake.staged_patient p where ${ofRun('p')} and p.patient_id = s.patient_id)`,
    [siteId, connectionId, runId, patientIds],
  );
}

/** What was staged of these bookings is not how they are: the EMR said since that they are gone. */
export async function unstage(
  tx: Db,
  { siteId, connectionId, runId }: RunKey,
  bookingIds: readonly string[],
): Promise<void> {
  await tx.query(`delete from intake.staged_booking s where ${ofRun('s')} and s.booking_id = any ($4)`, [
    siteId,
    connectionId,
    runId,
    bookingIds,
  ]);
}

export interface Witness {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  /** FHIR instant, as the EMR said it. */
  readonly lastUpdated: string;
}

/** The staged bookings that were changed last. */
export async function listWitnesses(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  limit: number,
): Promise<Witness[]> {
  const { rows } = await db.query<Witness & Record<string, unknown>>(
    `select booking_id as "bookingId", office_id as "officeId", provider_id as "providerId",
            to_char(emr_last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "lastUpdated"
       from intake.staged_booking s where ${ofRun('s')} order by emr_last_updated desc, booking_id limit $4`,
    [siteId, connectionId, runId, limit],
  );
  return rows;
}

/**
 * Known bookings that lie in slices read whole, inside what was read of the window, and that the EMR did not give. Nothing follows from this
 * list alone.
 */
const absent = `
  from booking b
  join slice on slice.office_id = b.office_id and slice.provider_id = b.provider_id and slice.selected and slice.applies and slice.proved
            and slice.read_from < slice.read_to and b.start_at >= slice.read_from and b.start_at < slice.read_to
 where b.site_id = $1 and b.connection_id = $2 and b.state <> 'deleted'
   and not exists (select from intake.staged_booking s where ${ofRun('s')} and s.booking_id = b.booking_id)`;

export async function listAbsent(
  db: Db,
  key: RunKey,
  slices: readonly RunSlice[],
  { limit }: { readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.query<{ bookingId: string }>(
    `with ${sliceTable(4)} select b.booking_id as "bookingId" ${absent} order by b.booking_id limit ${limit}`,
    [key.siteId, key.connectionId, key.runId, ...sliceColumns(slices)],
  );
  return rows.map((row) => row.bookingId);
}

export interface AbsentCount {
  readonly officeId: string;
  readonly providerId: string;
  /** Bookings of this slice in the window that would newly become unconfirmed, or deleted. */
  readonly absent: number;
  /** Bookings of this slice in the window, those included. */
  readonly known: number;
}

/**
 * What the guard judges: of slices that were not read whole, how many there are. `except`: bookings that the EMR spoke of, in whatever way.
 * `already`: states in which the absence of a booking changes nothing.
 */
export async function countAbsent(
  db: Db,
  key: RunKey,
  slices: readonly RunSlice[],
  {
    except,
    already,
  }: { readonly except: readonly string[]; readonly already: readonly ('unconfirmed' | 'released')[] },
): Promise<AbsentCount[]> {
  const { rows } = await db.query<AbsentCount>(
    `with ${sliceTable(4)},
     gone as (select b.booking_id ${absent} and b.state <> all ($15) and b.booking_id <> all ($14))
     select slice.office_id as "officeId", slice.provider_id as "providerId", count(gone.booking_id) as absent,
            count(*) filter (where b.state in ('present', 'unconfirmed') or gone.booking_id is not null) as known
       from slice
       join booking b on b.site_id = $1 and b.connection_id = $2 and b.office_id = slice.office_id and b.provider_id = slice.provider_id
                     and b.start_at >= slice.from_at and b.start_at < slice.to_at
       left join gone on gone.booking_id = b.booking_id
      where slice.selected and slice.applies
      group by 1, 2`,
    [key.siteId, key.connectionId, key.runId, ...sliceColumns(slices), except, already],
  );
  return rows;
}

/** The slices whose staged bookings name one of these patients. */
export async function listSlicesNaming(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  patientIds: readonly string[],
): Promise<{ officeId: string; providerId: string }[]> {
  const { rows } = await db.query<{ officeId: string; providerId: string }>(
    `select distinct s.office_id as "officeId", s.provider_id as "providerId" from intake.staged_booking s
      where ${ofRun('s')} and s.patient_id = any ($4)`,
    [siteId, connectionId, runId, patientIds],
  );
  return rows;
}

/**
 * Takes bookings out of staging whose patient nobody could be asked about: to show them without him, or as withheld, would be neither
 * what the EMR said. Resolves to their ids: the EMR has them.
 */
export async function setAside(
  tx: Db,
  { siteId, connectionId, runId }: RunKey,
  patientIds: readonly string[],
): Promise<string[]> {
  const { rows } = await tx.query<{ bookingId: string }>(
    `delete from intake.staged_booking s
      where ${ofRun('s')} and s.patient_id = any ($4)
        and not exists (select from intake.staged_patient p where ${ofRun('p')} and p.patient_id = s.patient_id)
        and not exists (select from patient k where k.site_id = $1 and k.connection_id = $2 and k.patient_id = s.patient_id)
      returning s.booking_id as "bookingId"`,
    [siteId, connectionId, runId, patientIds],
  );
  return rows.map((row) => row.bookingId);
}

/** Of these bookings, those that are staged, or that the portal knows to be gone. */
export async function listSettled(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  bookingIds: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ bookingId: string }>(
    `select one as "bookingId" from unnest($4::text[]) as one
      where exists (select from intake.staged_booking s where ${ofRun('s')} and s.booking_id = one)
         or exists (select from booking b where b.site_id = $1 and b.connection_id = $2 and b.booking_id = one and b.state = 'deleted')`,
    [siteId, connectionId, runId, bookingIds],
  );
  return rows.map((row) => row.bookingId);
}

/** Where the portal knows these bookings to lie. */
export async function listPlaces(
  db: Db,
  { siteId, connectionId }: Omit<RunKey, 'runId'>,
  bookingIds: readonly string[],
): Promise<{ bookingId: string; officeId: string; providerId: string }[]> {
  const { rows } = await db.query<{ bookingId: string; officeId: string; providerId: string }>(
    `select booking_id as "bookingId", office_id as "officeId", provider_id as "providerId" from booking
      where site_id = $1 and connection_id = $2 and booking_id = any ($3)`,
    [siteId, connectionId, bookingIds],
  );
  return rows;
}

/** Pairs of these providers that staged bookings name and that are none of these slices. */
export async function listUnplaced(
  db: Db,
  { siteId, connectionId, runId }: RunKey,
  slices: readonly Pick<RunSlice, 'officeId' | 'providerId'>[],
  providerIds: readonly string[],
): Promise<{ officeId: string; providerId: string }[]> {
  const { rows } = await db.query<{ officeId: string; providerId: string }>(
    `select distinct s.office_id as "officeId", s.provider_id as "providerId" from intake.staged_booking s
      where ${ofRun('s')} and s.provider_id = any ($4)
        and not exists (select from unnest($5::text[], $6::text[]) as slice (office_id, provider_id)
                         where slice.office_id = s.office_id and slice.provider_id = s.provider_id)
      order by 1, 2`,
    [siteId, connectionId, runId, providerIds, slices.map((one) => one.officeId), slices.map((one) => one.providerId)],
  );
  return rows;
}
