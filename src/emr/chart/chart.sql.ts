// What a chart shows and what is written into it. Every reading statement joins held_grant on the entry's own pair, with the column that
// opens it; row-level security stands behind, and judges what is inserted.
import type { ColumnSet } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import type { MediaType } from '../../platform/media.ts';
import type { ChartPlace, Interpretation } from '../contract/chart.ts';
import type { AppointmentStatus, Participation } from '../contract/scheduler.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { Principal } from '../principal.ts';

export type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** Where a page before ended: entries are in the order of time and id, newest first. */
export interface Before {
  readonly key: string;
  readonly id: string;
}

export interface Asked {
  readonly patientId: string;
  /** These entries alone: what was just written. */
  readonly ids?: readonly string[];
  readonly before?: Before | undefined;
  readonly limit: number;
}

interface EntryRow extends ChartPlace {
  readonly zone: string;
  readonly version: number;
  readonly status: string;
  /** What the next page's Before is made of. */
  readonly key: string;
}

/** Joins of an entry `e`: the held grant of its pair and the names of the roster. */
const held = (table: string, needed: number) => `
  from ${table} e
  join held_grant h on h.tenant_id = e.tenant_id and h.office_id = e.office_id and h.provider_id = e.provider_id
                   and h.user_id = $2 and (h.columns & ${needed}) = ${needed}
  join office o on o.tenant_id = e.tenant_id and o.office_id = e.office_id
  join provider v on v.tenant_id = e.tenant_id and v.provider_id = e.provider_id`;

const placeColumns = `e.office_id as "officeId", o.name as office, e.provider_id as "providerId",
  concat_ws(' ', v.prefix, v.given, v.family, v.suffix) as provider`;
const entryColumns = `${placeColumns}, o.zone, e.version_id as version, e.status`;

const patient = 1;
const scheduling = 2;
const emr = 8;
const labs = 16;
const billing = 4;

function listOf<Row extends EntryRow>(what: {
  readonly table: string;
  readonly needed: number;
  readonly id: string;
  /** timestamptz or date. */
  readonly at: string;
  readonly columns: string;
  readonly joins?: string;
}) {
  const { table, needed, id, at, columns, joins = '' } = what;
  return async (db: Db, { tenantId, userId }: Actor, { patientId, ids, before, limit }: Asked): Promise<Row[]> => {
    const { rows } = await db.query<Row>(
      `select ${entryColumns}, to_json(e.${at})#>>'{}' as key, ${columns}
         ${held(table, needed)} ${joins}
        where e.tenant_id = $1 and e.patient_id = $3 and ($4::text[] is null or e.${id} = any($4))
          and ($5::text is null or (e.${at}, e.${id}) < ($5::text::${at.endsWith('_on') ? 'date' : 'timestamptz'}, $6::text))
        order by e.${at} desc, e.${id} desc limit $7`,
      [tenantId, userId, patientId, ids ?? null, before?.key ?? null, before?.id ?? null, limit],
    );
    return rows;
  };
}

const waitsForOcean = (type: string, id: string) => `
  left join saved_for_ocean s on s.tenant_id = e.tenant_id and s.item_type = '${type}' and s.item_id = e.${id}
       and s.office_id = e.office_id and s.provider_id = e.provider_id and s.fetched_at is null`;
const userName = (column: string) => `left join app_user u on u.tenant_id = e.tenant_id and u.user_id = e.${column}`;

export interface AppointmentRow extends EntryRow {
  readonly appointmentId: string;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly participation: Participation;
  readonly type: string | null;
  readonly reason: string | null;
}

export const listAppointments = listOf<AppointmentRow & { readonly status: AppointmentStatus }>({
  table: 'appointment',
  needed: scheduling | patient,
  id: 'appointment_id',
  at: 'start_at',
  columns: `e.appointment_id as "appointmentId", e.start_at as "startAt", e.end_at as "endAt", e.participation, e.type_text as type, e.reason`,
});

export interface DocumentRow extends EntryRow {
  readonly documentId: string;
  readonly folder: string;
  readonly title: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly filedAt: Date;
  readonly filedBy: string | null;
  readonly savedUntil: Date | null;
}

export const listDocuments = listOf<DocumentRow>({
  table: 'document',
  needed: emr,
  id: 'document_id',
  at: 'filed_at',
  columns: `e.document_id as "documentId", e.folder, e.title, b.media_type as "mediaType", b.bytes, e.filed_at as "filedAt",
            u.display_name as "filedBy", s.expires_at as "savedUntil"`,
  joins: `join binary_content b on b.tenant_id = e.tenant_id and b.binary_id = e.binary_id
          ${userName('filed_by')} ${waitsForOcean('DocumentReference', 'document_id')}`,
});

export async function listFolders(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
): Promise<{ folder: string; count: number }[]> {
  const { rows } = await db.query<{ folder: string; count: number }>(
    `select e.folder, count(*) as count ${held('document', emr)}
      where e.tenant_id = $1 and e.patient_id = $3 group by e.folder order by lower(e.folder), e.folder`,
    [tenantId, userId, patientId],
  );
  return rows;
}

export interface NoteRow extends EntryRow {
  readonly noteId: string;
  readonly type: string | null;
  readonly note: string;
  readonly startAt: Date;
  readonly writtenBy: string | null;
}

export const listNotes = listOf<NoteRow>({
  table: 'encounter',
  needed: emr,
  id: 'encounter_id',
  at: 'start_at',
  columns: `e.encounter_id as "noteId", e.type_text as type, e.note, e.start_at as "startAt", u.display_name as "writtenBy"`,
  joins: userName('written_by'),
});

export interface ReportRow extends EntryRow {
  readonly reportId: string;
  readonly name: string;
  readonly conclusion: string | null;
  readonly effectiveAt: Date;
  readonly savedUntil: Date | null;
}

export const listReports = listOf<ReportRow>({
  table: 'diagnostic_report',
  needed: labs,
  id: 'report_id',
  at: 'effective_at',
  columns: `e.report_id as "reportId", e.name, e.conclusion, e.effective_at as "effectiveAt", s.expires_at as "savedUntil"`,
  joins: waitsForOcean('DiagnosticReport', 'report_id'),
});

export interface ValueRow {
  readonly reportId: string;
  readonly observationId: string;
  readonly name: string;
  readonly loinc: string | null;
  readonly number: string | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly interpretation: Interpretation | null;
}

/** In the order of the laboratory. */
export async function listValues(
  db: Db,
  { tenantId, userId }: Actor,
  reportIds: readonly string[],
): Promise<ValueRow[]> {
  const { rows } = await db.query<ValueRow>(
    `select e.report_id as "reportId", e.observation_id as "observationId", e.name, e.loinc, e.value_number::text as number,
            e.value_text as text, e.unit, e.range_low::text as low, e.range_high::text as high, e.interpretation
       ${held('observation', labs)}
      where e.tenant_id = $1 and e.report_id = any($3::text[]) order by e.report_id, e.place, e.observation_id`,
    [tenantId, userId, reportIds],
  );
  return rows;
}

export interface ChargeRow extends EntryRow {
  readonly chargeItemId: string;
  readonly accountId: string;
  readonly description: string;
  readonly occurredOn: string;
  readonly quantity: number;
  readonly amountCents: number;
  readonly paidCents: number;
}

export const listCharges = listOf<ChargeRow>({
  table: 'charge_item',
  needed: billing,
  id: 'charge_item_id',
  at: 'occurred_on',
  columns: `e.charge_item_id as "chargeItemId", e.account_id as "accountId", e.description, e.occurred_on as "occurredOn", e.quantity,
            e.amount_cents as "amountCents", e.paid_cents as "paidCents"`,
});

/** What an account owes; below zero where more was paid than is billed. Charges are of their account's pair, so its grant is theirs. */
export const balanceCents = (account: string): string =>
  `(select coalesce(sum(case when c.status in ('billable', 'billed') then c.amount_cents else 0 end - c.paid_cents), 0)::bigint
      from charge_item c where c.tenant_id = ${account}.tenant_id and c.account_id = ${account}.account_id)`;

export interface AccountRow extends ChartPlace {
  readonly accountId: string;
  readonly status: string;
  readonly balanceCents: number;
}

export async function listAccounts(db: Db, { tenantId, userId }: Actor, patientId: string): Promise<AccountRow[]> {
  const { rows } = await db.query<AccountRow>(
    `select e.account_id as "accountId", ${placeColumns}, e.status,
            ${balanceCents('e')} as "balanceCents"
       ${held('account', billing)}
      where e.tenant_id = $1 and e.patient_id = $3 and e.status <> 'entered-in-error' order by lower(o.name), v.family, e.account_id`,
    [tenantId, userId, patientId],
  );
  return rows;
}

export interface CoverageRow extends ChartPlace {
  readonly coverageId: string;
  readonly status: string;
  readonly payor: string;
  readonly type: string | null;
  readonly subscriberNumber: string | null;
  readonly startOn: string | null;
  readonly endOn: string | null;
}

export async function listCoverages(db: Db, { tenantId, userId }: Actor, patientId: string): Promise<CoverageRow[]> {
  const { rows } = await db.query<CoverageRow>(
    `select e.coverage_id as "coverageId", ${placeColumns}, e.status, e.payor, e.type_text as type,
            e.subscriber_number as "subscriberNumber", e.start_on as "startOn", e.end_on as "endOn"
       ${held('coverage', billing)}
      where e.tenant_id = $1 and e.patient_id = $3 order by e.start_on desc nulls last, e.coverage_id`,
    [tenantId, userId, patientId],
  );
  return rows;
}

export interface ChartPatientRow {
  readonly patientId: string;
  readonly display: string;
  readonly birthDate: string | null;
  readonly gender: string | null;
  readonly chartNumber: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  readonly active: boolean;
}

/** Through Patient on one of the pairs where he is known. */
export async function findChartPatient(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
): Promise<ChartPatientRow | undefined> {
  const { rows } = await db.query<ChartPatientRow>(
    `select p.patient_id as "patientId", p.family || ', ' || p.given as display, p.birth_date as "birthDate", p.gender,
            p.chart_number as "chartNumber", p.phone, p.email, p.language, p.active
       from patient p
      where p.tenant_id = $1 and p.patient_id = $3
        and exists (select from patient_pair k
                      join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
                     where k.tenant_id = p.tenant_id and k.patient_id = p.patient_id and h.user_id = $2 and (h.columns & 1) = 1)`,
    [tenantId, userId, patientId],
  );
  return rows[0];
}

/**
 * Whether the user may see an entry of the patient's chart, on whatever tab. Bookings are none: they are in a chart only through Patient on
 * their own pair, which shows the patient himself.
 */
export async function hasChartEntries(db: Db, { tenantId, userId }: Actor, patientId: string): Promise<boolean> {
  const some = (table: string, needed: number, more = '') =>
    `exists (select ${held(table, needed)} where e.tenant_id = $1 and e.patient_id = $3${more})`;
  const { rows } = await db.query<{ has: boolean }>(
    `select ${[
      some('document', emr),
      some('encounter', emr),
      some('diagnostic_report', labs),
      some('charge_item', billing),
      some('account', billing, ` and e.status <> 'entered-in-error'`),
      some('coverage', billing),
    ].join(' or ')} as has`,
    [tenantId, userId, patientId],
  );
  return rows[0]!.has;
}

/** The pairs at which he is known, of those that the user holds Patient on. */
export async function listKnownAt(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
): Promise<(ChartPlace & { readonly attached: boolean })[]> {
  const { rows } = await db.query<ChartPlace & { attached: boolean }>(
    `select ${placeColumns}, e.attached ${held('patient_pair', patient)}
      where e.tenant_id = $1 and e.patient_id = $3 order by e.attached desc, lower(o.name), lower(v.family), e.office_id, e.provider_id`,
    [tenantId, userId, patientId],
  );
  return rows;
}

export interface HeldPlace extends ChartPlace {
  readonly columns: ColumnSet;
}

export interface PlaceInZone extends HeldPlace {
  readonly zone: string;
}

/** Every schedule in use on which the user holds Visible, with all that he holds there. */
export async function listHeldPlaces(db: Db, { tenantId, userId }: Actor): Promise<PlaceInZone[]> {
  const { rows } = await db.query<PlaceInZone>(
    `select ${placeColumns}, o.zone, h.columns::integer as columns
       from provider_schedule e
       join held_grant h on h.tenant_id = e.tenant_id and h.office_id = e.office_id and h.provider_id = e.provider_id and h.user_id = $2
       join office o on o.tenant_id = e.tenant_id and o.office_id = e.office_id
       join provider v on v.tenant_id = e.tenant_id and v.provider_id = e.provider_id
      where e.tenant_id = $1 and e.active and o.active
      order by lower(o.name), lower(v.family), lower(v.given), e.office_id, e.provider_id`,
    [tenantId, userId],
  );
  return rows;
}

/** Every schedule with its names and what `ofUser` holds there, nothing included. Needs the roster's scope. */
export async function listRosterPlaces(db: Db, tenantId: number, ofUser: string): Promise<HeldPlace[]> {
  const { rows } = await db.query<HeldPlace>(
    `select ${placeColumns}, coalesce(h.columns, 0)::integer as columns
       from provider_schedule e
       left join held_grant h on h.tenant_id = e.tenant_id and h.office_id = e.office_id and h.provider_id = e.provider_id and h.user_id = $2
       join office o on o.tenant_id = e.tenant_id and o.office_id = e.office_id
       join provider v on v.tenant_id = e.tenant_id and v.provider_id = e.provider_id
      where e.tenant_id = $1
      order by lower(o.name), lower(v.family), lower(v.given), e.office_id, e.provider_id`,
    [tenantId, ofUser],
  );
  return rows;
}

export async function findIntegrationUser(
  db: Db,
  tenantId: number,
): Promise<{ readonly userId: string; readonly username: string } | undefined> {
  const { rows } = await db.query<{ userId: string; username: string }>(
    // The portal's, where there are those of further applications as well.
    `select user_id as "userId", username from app_user where tenant_id = $1 and kind = 'service' and active
      order by username <> 'OceanAPI' || tenant_id, user_id limit 1`,
    [tenantId],
  );
  return rows[0];
}

interface NewEntry extends Pair {
  readonly patientId: string;
}

export async function insertDocument(
  db: Db,
  { tenantId, userId }: Actor,
  one: NewEntry & {
    readonly documentId: string;
    readonly binaryId: string;
    readonly folder: string;
    readonly title: string;
    readonly now: Date;
  },
): Promise<void> {
  await db.query(
    `insert into document (tenant_id, document_id, binary_id, patient_id, office_id, provider_id, folder, title, filed_at, filed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tenantId,
      one.documentId,
      one.binaryId,
      one.patientId,
      one.officeId,
      one.providerId,
      one.folder,
      one.title,
      one.now,
      userId,
    ],
  );
}

export async function insertNote(
  db: Db,
  { tenantId, userId }: Actor,
  one: NewEntry & {
    readonly noteId: string;
    readonly type: string | null;
    readonly note: string;
    readonly startAt: Date;
  },
): Promise<void> {
  await db.query(
    `insert into encounter (tenant_id, encounter_id, patient_id, office_id, provider_id, status, type_text, note, start_at, written_by)
     values ($1, $2, $3, $4, $5, 'finished', $6, $7, $8, $9)`,
    [tenantId, one.noteId, one.patientId, one.officeId, one.providerId, one.type, one.note, one.startAt, userId],
  );
}

export interface NewValue {
  readonly observationId: string;
  readonly name: string;
  readonly loinc: string | null;
  readonly number: string | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly interpretation: Interpretation | null;
}

export async function insertResult(
  db: Db,
  { tenantId, userId }: Actor,
  one: NewEntry & {
    readonly reportId: string;
    readonly name: string;
    readonly status: string;
    readonly conclusion: string | null;
    readonly effectiveAt: Date;
    readonly now: Date;
    readonly values: readonly NewValue[];
  },
): Promise<void> {
  await db.query(
    `insert into diagnostic_report (tenant_id, report_id, patient_id, office_id, provider_id, status, name, conclusion, effective_at,
                                    issued_at, recorded_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      tenantId,
      one.reportId,
      one.patientId,
      one.officeId,
      one.providerId,
      one.status,
      one.name,
      one.conclusion,
      one.effectiveAt,
      one.now,
      userId,
    ],
  );
  await db.query(
    `insert into observation (tenant_id, observation_id, report_id, patient_id, office_id, provider_id, place, status, name, loinc,
                              value_number, value_text, unit, range_low, range_high, interpretation, effective_at)
     select $1, v->>'observationId', $2, $3, $4, $5, n, $6, v->>'name', v->>'loinc', (v->>'number')::numeric, v->>'text', v->>'unit',
            (v->>'low')::numeric, (v->>'high')::numeric, v->>'interpretation', $7
       from jsonb_array_elements($8::jsonb) with ordinality as value (v, n)`,
    [
      tenantId,
      one.reportId,
      one.patientId,
      one.officeId,
      one.providerId,
      one.status,
      one.effectiveAt,
      JSON.stringify(one.values),
    ],
  );
}

/** Who bills this patient here takes turns, so that there is one account. */
export async function lockAccount(db: Db, tenantId: number, { patientId, officeId, providerId }: NewEntry) {
  await db.query(`select pg_advisory_xact_lock(hashtextextended($1, 1))`, [
    `${tenantId}/${patientId}/${officeId}/${providerId}`,
  ]);
}

/** The account in use, marked as changed: what it owes is part of what it says. */
export async function touchAccount(
  db: Db,
  { tenantId, userId }: Actor,
  { patientId, officeId, providerId }: NewEntry,
): Promise<string | undefined> {
  const { rows } = await db.query<{ accountId: string }>(
    `update account a set version_id = a.version_id + 1, last_updated = clock_timestamp()
      where a.tenant_id = $1
        and a.account_id = (select min(e.account_id collate "C") ${held('account', billing)}
                             where e.tenant_id = $1 and e.patient_id = $3 and e.office_id = $4 and e.provider_id = $5 and e.status = 'active')
     returning a.account_id as "accountId"`,
    [tenantId, userId, patientId, officeId, providerId],
  );
  return rows[0]?.accountId;
}

export async function insertAccount(
  db: Db,
  tenantId: number,
  one: NewEntry & { readonly accountId: string },
): Promise<void> {
  await db.query(
    'insert into account (tenant_id, account_id, patient_id, office_id, provider_id) values ($1, $2, $3, $4, $5)',
    [tenantId, one.accountId, one.patientId, one.officeId, one.providerId],
  );
}

export interface NewCharge {
  readonly chargeItemId: string;
  readonly description: string;
  readonly occurredOn: string;
  readonly quantity: number;
  readonly amountCents: number;
}

export async function insertCharges(
  db: Db,
  { tenantId, userId }: Actor,
  one: NewEntry & { readonly accountId: string; readonly charges: readonly NewCharge[] },
): Promise<void> {
  await db.query(
    `insert into charge_item (tenant_id, charge_item_id, account_id, patient_id, office_id, provider_id, status, description, occurred_on,
                              quantity, amount_cents, entered_by)
     select $1, c.id, $2, $3, $4, $5, 'billed', c.description, c.occurred_on, c.quantity, c.amount, $6
       from unnest($7::text[], $8::text[], $9::date[], $10::integer[], $11::bigint[]) as c (id, description, occurred_on, quantity, amount)`,
    [
      tenantId,
      one.accountId,
      one.patientId,
      one.officeId,
      one.providerId,
      userId,
      one.charges.map(({ chargeItemId }) => chargeItemId),
      one.charges.map(({ description }) => description),
      one.charges.map(({ occurredOn }) => occurredOn),
      one.charges.map(({ quantity }) => quantity),
      one.charges.map(({ amountCents }) => amountCents),
    ],
  );
}

export async function insertCoverage(
  db: Db,
  tenantId: number,
  one: NewEntry & {
    readonly coverageId: string;
    readonly payor: string;
    readonly type: string | null;
    readonly subscriberNumber: string | null;
    readonly startOn: string | null;
    readonly endOn: string | null;
  },
): Promise<void> {
  await db.query(
    `insert into coverage (tenant_id, coverage_id, patient_id, office_id, provider_id, payor, type_text, subscriber_number, start_on, end_on)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tenantId,
      one.coverageId,
      one.patientId,
      one.officeId,
      one.providerId,
      one.payor,
      one.type,
      one.subscriberNumber,
      one.startOn,
      one.endOn,
    ],
  );
}

/** The kinds of entries that can be marked, and where they lie. */
export const withdrawable = {
  document: { table: 'document', id: 'document_id', needed: emr },
  note: { table: 'encounter', id: 'encounter_id', needed: emr },
  result: { table: 'diagnostic_report', id: 'report_id', needed: labs },
  charge: { table: 'charge_item', id: 'charge_item_id', needed: billing },
} as const;
export type Withdrawable = keyof typeof withdrawable;

export interface LockedEntry extends NewEntry {
  readonly status: string;
  readonly version: number;
}

/** Holds the entry still until the transaction ends; undefined where there is none or the user may not see it. */
export async function lockEntry(
  db: Db,
  { tenantId, userId }: Actor,
  kind: Withdrawable,
  entryId: string,
): Promise<LockedEntry | undefined> {
  const { table, id, needed } = withdrawable[kind];
  const { rows } = await db.query<LockedEntry>(
    `select e.status, e.version_id as version, e.patient_id as "patientId", e.office_id as "officeId", e.provider_id as "providerId"
       ${held(table, needed)} where e.tenant_id = $1 and e.${id} = $3 for update of e`,
    [tenantId, userId, entryId],
  );
  return rows[0];
}

/** The values of a report are withdrawn with it. */
export async function markEnteredInError(db: Db, tenantId: number, kind: Withdrawable, entryId: string): Promise<void> {
  const { table, id } = withdrawable[kind];
  const mark = (where: string, column: string) =>
    db.query(
      `update ${where} set status = 'entered-in-error', version_id = version_id + 1, last_updated = clock_timestamp()
        where tenant_id = $1 and ${column} = $2 and status <> 'entered-in-error'`,
      [tenantId, entryId],
    );
  await mark(table, id);
  if (kind === 'result') await mark('observation', 'report_id');
}

/** Not more than is owed, and only on what is billed; false otherwise. */
export async function pay(db: Db, tenantId: number, chargeItemId: string, cents: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update charge_item set paid_cents = paid_cents + $3, version_id = version_id + 1, last_updated = clock_timestamp()
      where tenant_id = $1 and charge_item_id = $2 and status in ('billable', 'billed') and paid_cents + $3 <= amount_cents`,
    [tenantId, chargeItemId, cents],
  );
  return rowCount === 1;
}

/** The account of a charge says something else than before. */
export async function touchAccountOf(db: Db, tenantId: number, chargeItemId: string): Promise<void> {
  await db.query(
    `update account a set version_id = a.version_id + 1, last_updated = clock_timestamp()
       from charge_item c
      where c.tenant_id = $1 and c.charge_item_id = $2 and a.tenant_id = c.tenant_id and a.account_id = c.account_id`,
    [tenantId, chargeItemId],
  );
}
