import type { Db } from '../../platform/database/db.ts';
import { isReadInPart, type RunSlice, sliceColumns, sliceKey, sliceTable } from './slices.ts';
import { type RunKey, readEachTableOnce } from './staging.sql.ts';

export interface ApplyRun extends RunKey {
  /** full: all of the slices that the run reads was read, and what is neither staged nor explained is looked at. recent: only what changed, and what left by itself. */
  readonly reading: 'full' | 'recent';
  readonly slices: readonly RunSlice[];
  /** The EMR's clock: since when things are as this run found them. */
  readonly asOf: Date;
  /** What absent bookings of proved slices become; null: nothing. The guard says whether. */
  readonly absences: 'unconfirmed' | 'deleted' | null;
  /** Bookings that the EMR spoke of in a way that cannot be read: known to be there, and left as they are. */
  readonly unreadable: readonly string[];
  /** Bookings that the EMR said are gone. */
  readonly deleted: readonly string[];
}

/** What the statements did to one slice. */
export interface AppliedSlice {
  readonly officeId: string;
  readonly providerId: string;
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly returned: number;
  readonly removed: number;
  readonly unconfirmed: number;
  /** Of the unconfirmed: were out of view before, and are listed again with their mark. */
  readonly resurfaced: number;
  readonly visibilityLost: number;
  readonly withheld: number;
}
type Count = Exclude<keyof AppliedSlice, 'officeId' | 'providerId'>;
type Counted = Pick<AppliedSlice, 'officeId' | 'providerId'> & Partial<Record<Count, number>>;

/** Applies a run in the caller's transaction. The counts are those of the statements that wrote. */
export async function apply(tx: Db, run: ApplyRun): Promise<AppliedSlice[]> {
  if (run.reading === 'full') await readEachTableOnce(tx);
  await applyRoster(tx, run);
  await applyPatients(tx, run);
  await keepAcknowledged(tx, run);
  if (run.reading === 'recent') await leaveOlder(tx, run);
  const parts = [
    // Before the new ones are there: none of those is absent, and a first run would look at all of them again.
    run.reading === 'full' ? await settleAbsent(tx, run) : [],
    await writeGiven(tx, run),
    // After it: what moved into the window has not left it.
    run.reading === 'recent' ? await settleLeft(tx, run) : [],
    await countFetched(tx, run),
  ];
  await maskWithheld(tx, run);
  await applySchedules(tx, run);
  await tx.query('update site set data_revision = data_revision + 1 where site_id = $1', [run.siteId]);
  return summed(run.slices, parts.flat()).filter(
    ({ officeId, providerId, ...counts }) =>
      Object.values(counts).some((count) => count > 0) ||
      run.slices.some((slice) => slice.read && slice.officeId === officeId && slice.providerId === providerId),
  );
}

function summed(slices: readonly RunSlice[], parts: readonly Counted[]): AppliedSlice[] {
  const none = {
    fetched: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    returned: 0,
    removed: 0,
    unconfirmed: 0,
    resurfaced: 0,
    visibilityLost: 0,
    withheld: 0,
  };
  const totals = new Map(
    slices.map((one) => [sliceKey(one), { officeId: one.officeId, providerId: one.providerId, ...none }]),
  );
  for (const { officeId, providerId, ...counts } of parts) {
    const total = totals.get(sliceKey({ officeId, providerId }));
    if (!total) continue;
    for (const [name, count] of Object.entries(counts)) total[name as Count] += count;
  }
  return [...totals.values()].map((one) => ({
    ...one,
    unchanged: Math.max(0, one.fetched - one.created - one.updated - one.returned),
  }));
}

async function applyRoster(tx: Db, { siteId, connectionId, slices }: ApplyRun): Promise<void> {
  const named = slices.filter((slice) => slice.named !== null);
  await tx.query(
    `insert into office (site_id, connection_id, office_id, name, zone)
     select distinct on (office_id) $1::integer, $2, office_id, name, zone
       from unnest($3::text[], $4::text[], $5::text[]) as found (office_id, name, zone)
     on conflict (site_id, connection_id, office_id) do update set name = excluded.name, zone = excluded.zone
      where (office.name, office.zone) is distinct from (excluded.name, excluded.zone)`,
    [
      siteId,
      connectionId,
      named.map((one) => one.officeId),
      named.map((one) => one.named!.officeName),
      named.map((one) => one.named!.officeZone),
    ],
  );
  await tx.query(
    `insert into provider (site_id, connection_id, provider_id, display)
     select distinct on (provider_id) $1::integer, $2, provider_id, display
       from unnest($3::text[], $4::text[]) as found (provider_id, display)
     on conflict (site_id, connection_id, provider_id) do update set display = excluded.display
      where provider.display is distinct from excluded.display`,
    [siteId, connectionId, named.map((one) => one.providerId), named.map((one) => one.named!.providerDisplay)],
  );
}

const patientColumns = [
  'family',
  'given',
  'birth_date',
  'gender',
  'phone',
  'email',
  'language',
  'chart_number',
  'emr_version',
];
const listed = (columns: readonly string[], alias: string): string =>
  columns.map((column) => `${alias}.${column}`).join(', ');

/** Patients who are known or whom a staged booking names; the EMR shows more, and they are none of the portal's business. */
async function applyPatients(tx: Db, { siteId, connectionId, runId }: ApplyRun): Promise<void> {
  const staged = `select distinct on (p.patient_id) p.patient_id, ${listed(patientColumns, 'p')}
       from intake.staged_patient p where p.site_id = $1 and p.connection_id = $2 and p.run_id = $3
      order by p.patient_id, length(p.emr_version) desc, p.emr_version desc`;
  const key = [siteId, connectionId, runId];
  await tx.query(
    `with staged as (${staged})
     update patient k set ${patientColumns.map((column) => `${column} = staged.${column}`).join(', ')}
       from staged
      where k.site_id = $1 and k.connection_id = $2 and k.patient_id = staged.patient_id
        and (${listed(patientColumns, 'k')}) is distinct from (${listed(patientColumns, 'staged')})`,
    key,
  );
  await tx.query(
    `with staged as (${staged})
     insert into patient (site_id, connection_id, patient_id, ${patientColumns.join(', ')})
     select $1, $2, staged.patient_id, ${listed(patientColumns, 'staged')}
       from staged
      where not exists (select from patient k where k.site_id = $1 and k.connection_id = $2 and k.patient_id = staged.patient_id)
        and exists (select from intake.staged_booking b where b.site_id = $1 and b.connection_id = $2 and b.run_id = $3
                       and b.patient_id = staged.patient_id and not b.patient_masked)`,
    key,
  );
}

const bookingColumns = [
  'office_id',
  'provider_id',
  'patient_id',
  'patient_masked',
  'status',
  'participation',
  'type_text',
  'start_at',
  'end_at',
  'emr_version',
  'emr_last_updated',
];

const contents = ['status', 'participation', 'emr_version', 'emr_last_updated'];

/**
 * What the EMR acknowledged to us after this run began to read is newer than what the run may have read before: it takes the place of
 * that in staging. The acknowledging transaction and this one wait for each other at the connection's row.
 */
async function keepAcknowledged(tx: Db, { siteId, connectionId, runId, asOf }: ApplyRun): Promise<void> {
  await tx.query(
    `update intake.staged_booking s set ${contents.map((column) => `${column} = k.${column}`).join(', ')}
       from booking k
      where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3
        and k.site_id = $1 and k.connection_id = $2 and k.booking_id = s.booking_id
        and k.acknowledged_at >= $4 and s.emr_last_updated < k.acknowledged_at`,
    [siteId, connectionId, runId, asOf],
  );
}

/**
 * A history shows each version to whoever may see where it lay: of a booking that went out of sight the latest that is shown is an old one. What
 * is older than what is known says nothing new. An EMR that was restored from a backup is older, and read in full.
 */
async function leaveOlder(tx: Db, { siteId, connectionId, runId }: ApplyRun): Promise<void> {
  await tx.query(
    `delete from intake.staged_booking s using booking k
      where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3
        and k.site_id = $1 and k.connection_id = $2 and k.booking_id = s.booking_id
        and s.emr_last_updated < k.emr_last_updated
        and (length(s.emr_version), s.emr_version) < (length(k.emr_version), k.emr_version)`,
    [siteId, connectionId, runId],
  );
}

/** Each staged booking and the state in which the portal has to hold it. Parameters 1 to 3: the run; 4 to 13: the slices. */
const target = `${sliceTable(4)},
     target as (
       select s.booking_id, ${listed(
         bookingColumns.filter((column) => column !== 'patient_masked'),
         's',
       )},
              s.patient_id is not null and (s.patient_masked or not coalesce(slice.patients, false)) as patient_masked,
              case
                when s.status = 'entered-in-error' then 'deleted'
                when slice.selected is not true then 'not-selected'
                when s.start_at < slice.from_at or s.start_at >= slice.to_at then 'out-of-window'
                when not slice.applies then 'visibility-lost'
                else 'present'
              end as state
         from intake.staged_booking s
         left join slice on slice.office_id = s.office_id and slice.provider_id = s.provider_id
        where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3)`;

const runAndSlices = ({ siteId, connectionId, runId, slices }: ApplyRun): unknown[] => [
  siteId,
  connectionId,
  runId,
  ...sliceColumns(slices),
];

/**
 * Bookings that the EMR gave, each looked up once: of the known ones what changed is written and what did not is left alone, of the others
 * those of slices that count are created. The first run of a big clinic is this one statement, and so is one that finds nothing. An
 * unconfirmed booking that is confirmed again was listed all the time: it did not return.
 */
async function writeGiven(tx: Db, run: ApplyRun): Promise<Counted[]> {
  const { rows } = await tx.query<Counted & Record<string, unknown>>(
    `with ${target},
     different as materialized (
       select target.*, k.state as was
         from target left join booking k on k.site_id = $1 and k.connection_id = $2 and k.booking_id = target.booking_id
        where case when k.state is null then target.state = 'present'
                   else (${listed(bookingColumns, 'k')}, k.state) is distinct from (${listed(bookingColumns, 'target')}, target.state) end),
     updated as (
       update booking b
          set ${bookingColumns.map((column) => `${column} = c.${column}`).join(', ')}, state = c.state,
              state_since = case when c.was = c.state then b.state_since else $14 end
         from different c
        where c.was is not null and b.site_id = $1 and b.connection_id = $2 and b.booking_id = c.booking_id
       returning b.office_id, b.provider_id, b.state, c.was),
     created as (
       insert into booking (site_id, connection_id, booking_id, ${bookingColumns.join(', ')}, state, state_since)
       select $1, $2, c.booking_id, ${listed(bookingColumns, 'c')}, c.state, $14 from different c where c.was is null
       returning office_id, provider_id)
     select office_id as "officeId", provider_id as "providerId", 0 as created,
            count(*) filter (where state = 'present' and was in ('present', 'unconfirmed')) as updated,
            count(*) filter (where state = 'present' and was not in ('present', 'unconfirmed')) as returned,
            count(*) filter (where state in ('not-selected', 'out-of-window', 'deleted') and was in ('present', 'unconfirmed')) as removed,
            count(*) filter (where state = 'visibility-lost' and was in ('present', 'unconfirmed')) as "visibilityLost"
       from updated group by 1, 2
     union all
     select office_id, provider_id, count(*), 0, 0, 0, 0 from created group by 1, 2`,
    [...runAndSlices(run), run.asOf],
  );
  return rows;
}

/** What was given, and what was not read because it is said to be as it is. */
async function countFetched(tx: Db, run: ApplyRun): Promise<Counted[]> {
  const counts = `office_id as "officeId", provider_id as "providerId", count(*) as fetched, count(*) filter (where patient_masked) as withheld`;
  const { rows } = await tx.query<Counted & Record<string, unknown>>(
    `with ${target} select ${counts} from target where state = 'present' group by 1, 2`,
    runAndSlices(run),
  );
  const agreed = run.slices.filter((slice) => slice.read && slice.applies && slice.proved && isReadInPart(slice));
  if (run.reading !== 'full' || agreed.length === 0) return rows;
  const { rows: unread } = await tx.query<Counted & Record<string, unknown>>(
    `with ${sliceTable(4)},
     agreed as (
       select b.office_id, b.provider_id, b.patient_masked
         from booking b
         join slice on slice.office_id = b.office_id and slice.provider_id = b.provider_id
                   and b.start_at >= slice.from_at and b.start_at < slice.to_at
                   and not (b.start_at >= slice.read_from and b.start_at < slice.read_to)
        where b.site_id = $1 and b.connection_id = $2 and b.state = 'present'
          and not exists (select from intake.staged_booking s
                           where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3 and s.booking_id = b.booking_id))
     select ${counts} from agreed group by 1, 2`,
    runAndSlices({ ...run, slices: agreed }),
  );
  return [...rows, ...unread];
}

const settled = `
       returning b.office_id, b.provider_id, b.state, c.was)
     select office_id as "officeId", provider_id as "providerId",
            count(*) filter (where state in ('not-selected', 'out-of-window', 'deleted') and was in ('present', 'unconfirmed')) as removed,
            count(*) filter (where state = 'unconfirmed') as unconfirmed,
            count(*) filter (where state = 'unconfirmed' and was <> 'present') as resurfaced,
            count(*) filter (where state = 'visibility-lost' and was in ('present', 'unconfirmed')) as "visibilityLost"
       from settled group by 1, 2`;

/**
 * After a full reading: every known booking that the EMR did not give. Why it did not decides what becomes of it, in this order: his
 * provider is not selected; it lies outside the window; the slice cannot be read, so nothing is known; it was read whole, so the
 * booking is absent, and absence is no evidence, unless a Site Admin said of this EMR that it is.
 */
async function settleAbsent(tx: Db, run: ApplyRun): Promise<Counted[]> {
  const { rows } = await tx.query<Counted & Record<string, unknown>>(
    `with ${sliceTable(4)},
     becomes as (
       select b.booking_id, b.state as was,
              case
                when b.booking_id = any ($17) then 'deleted'
                when not slice.selected then 'not-selected'
                when b.start_at < slice.from_at or b.start_at >= slice.to_at then 'out-of-window'
                when not slice.applies then 'visibility-lost'
                when slice.proved and b.start_at >= slice.read_from and b.start_at < slice.read_to and $15::text is not null then $15
                else b.state
              end as state
         from booking b
         join slice on slice.office_id = b.office_id and slice.provider_id = b.provider_id
        where b.site_id = $1 and b.connection_id = $2
          and (b.state in ('present', 'unconfirmed', 'visibility-lost', 'not-selected')
               or (b.state = 'out-of-window' and b.start_at >= slice.from_at and b.start_at < slice.to_at))
          and b.booking_id <> all ($16)
          and not exists (select from intake.staged_booking s
                           where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3 and s.booking_id = b.booking_id)),
     settled as (
       update booking b set state = c.state, state_since = $14
         from becomes c
        where b.site_id = $1 and b.connection_id = $2 and b.booking_id = c.booking_id and c.state <> c.was
       ${settled}`,
    [
      ...runAndSlices({ ...run, slices: run.slices.filter((slice) => slice.read) }),
      run.asOf,
      run.absences,
      run.unreadable,
      run.deleted,
    ],
  );
  return rows;
}

/** One side of the window at a time: each is a range of an index, both together would be a walk through every booking there is. */
const leftTheWindow = (where: string): string => `
       select b.booking_id, b.state, 'out-of-window'
         from booking b
         join slice on slice.office_id = b.office_id and slice.provider_id = b.provider_id and slice.selected and slice.applies
        where b.site_id = $1 and b.connection_id = $2 and b.state in ('present', 'unconfirmed') and b.booking_id <> all ($14) and ${where}`;

/**
 * Beside a recent reading, which says nothing of what did not change: what the EMR said was deleted is gone, slices that can no longer be
 * followed lose their bookings from view at once, and days that have passed leave the window.
 */
async function settleLeft(tx: Db, run: ApplyRun): Promise<Counted[]> {
  const { siteId, connectionId, slices } = run;
  const { rows } = await tx.query<Counted & Record<string, unknown>>(
    `with ${sliceTable(3)},
     ended as (
       select slice.* from slice join schedule k using (office_id, provider_id)
        where k.site_id = $1 and k.connection_id = $2 and not (slice.selected and slice.applies)
          and k.visibility in ('readable', 'withheld')),
     becomes as (
       select b.booking_id, b.state as was, case when ended.selected then 'visibility-lost' else 'not-selected' end as state
         from ended
         join booking b on b.site_id = $1 and b.connection_id = $2 and b.office_id = ended.office_id and b.provider_id = ended.provider_id
        where b.state in ('present', 'unconfirmed') and b.booking_id <> all ($14)
       union all
       select b.booking_id, b.state, 'deleted' from booking b
        where b.site_id = $1 and b.connection_id = $2 and b.booking_id = any ($14) and b.state <> 'deleted'
       union all
       ${leftTheWindow('b.start_at < slice.from_at and b.start_at < (select max(from_at) from slice)')}
       union all
       ${leftTheWindow('b.start_at >= slice.to_at and b.start_at >= (select min(to_at) from slice)')}),
     settled as (
       update booking b set state = c.state, state_since = $13
         from becomes c
        where b.site_id = $1 and b.connection_id = $2 and b.booking_id = c.booking_id
       ${settled}`,
    [siteId, connectionId, ...sliceColumns(slices), run.asOf, run.deleted],
  );
  return rows;
}

/**
 * Patients who may no longer be shown are masked, whether or not the EMR gave their bookings: one that is absent stays listed, and he must
 * not. A recent reading, which is often, looks where they could be shown until now.
 */
async function maskWithheld(tx: Db, { siteId, connectionId, slices, reading }: ApplyRun): Promise<void> {
  const withheld = slices.filter((slice) => slice.read && slice.applies && !slice.patients);
  if (withheld.length === 0) return;
  await tx.query(
    `with ${sliceTable(4)}
     update booking b set patient_masked = true
       from slice join schedule k using (office_id, provider_id)
      where k.site_id = $1 and k.connection_id = $2 and (k.visibility = 'readable' or $3)
        and b.site_id = $1 and b.connection_id = $2 and b.office_id = slice.office_id and b.provider_id = slice.provider_id
        and b.state in ('present', 'unconfirmed') and b.patient_id is not null and not b.patient_masked`,
    [siteId, connectionId, reading === 'full', ...sliceColumns(withheld)],
  );
}

async function applySchedules(tx: Db, { siteId, connectionId, asOf, ...run }: ApplyRun): Promise<void> {
  const slices = run.slices.filter((slice) => slice.read);
  await tx.query(
    `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, missing_columns,
                           lapsed_on, matched_as_of, outcome)
     select $1::integer, $2, office_id, provider_id, one.selected, coalesce(one.visibility, k.visibility, 'never'), $11, one.missing_columns,
            one.lapsed_on, one.matched_as_of, one.outcome
       from unnest($3::text[], $4::text[], $5::boolean[], $6::text[], $7::smallint[], $8::date[], $9::timestamptz[], $10::text[])
            as one (office_id, provider_id, selected, visibility, missing_columns, lapsed_on, matched_as_of, outcome)
       left join (select * from schedule where site_id = $1 and connection_id = $2) k using (office_id, provider_id)
     on conflict (site_id, connection_id, office_id, provider_id) do update
        set (visibility, visibility_since) = (
              select becomes, case when becomes = schedule.visibility then schedule.visibility_since else excluded.visibility_since end
                from (select case
                               -- Of a provider who is not selected nothing was read: it stands as it stood.
                               when not excluded.selected then schedule.visibility
                               when excluded.visibility <> 'never' then excluded.visibility
                               when schedule.visibility = 'never' then 'never'
                               else 'lost'
                             end as becomes) as one),
            selected = excluded.selected, missing_columns = excluded.missing_columns, lapsed_on = excluded.lapsed_on,
            matched_as_of = coalesce(excluded.matched_as_of, schedule.matched_as_of), outcome = excluded.outcome`,
    [
      siteId,
      connectionId,
      slices.map((one) => one.officeId),
      slices.map((one) => one.providerId),
      slices.map((one) => one.selected),
      // Of what was not proved nothing was read that counts: it stands as it stood.
      slices.map((one) => (!one.applies ? 'never' : !one.proved ? null : one.patients ? 'readable' : 'withheld')),
      slices.map((one) => one.missingColumns),
      slices.map((one) => one.lapsedOn),
      slices.map((one) => one.matchedAsOf),
      slices.map((one) => one.outcome),
      asOf,
    ],
  );
}
