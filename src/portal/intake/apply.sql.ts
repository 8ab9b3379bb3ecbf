import type { Db } from '../../platform/database/db.ts';
import type { Visibility } from '../contract/patients.ts';
import type { SyncedSchedule } from './schedules.sql.ts';
import type { RunKey } from './staging.sql.ts';

/** One slice as this run found it. */
export interface ApplySlice {
  readonly officeId: string;
  readonly officeName: string;
  readonly officeZone: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly selected: boolean;
  /** Visible and Scheduling held before and after reading, under one permission version: staged rows count. */
  readonly proved: boolean;
  /** Visible and Scheduling held by the last coverage; without it the slice's rows lose their visibility. */
  readonly readable: boolean;
  readonly visibility: Exclude<Visibility, 'lost'>;
  readonly missingColumns: number;
  readonly lapsedOn: string | null;
  readonly outcome: SyncedSchedule['outcome'];
  readonly from: Date;
  readonly to: Date;
  /** Matches the EMR as of this moment of the EMR's clock; null: leaves the freshness as it was. */
  readonly matchedAsOf: Date | null;
}

export interface ApplyRun extends RunKey {
  readonly slices: readonly ApplySlice[];
  /** Absent bookings that become `unconfirmed`: already judged by the guard. */
  readonly unconfirmed: readonly string[];
  /** Bookings of which the EMR itself said where they are now. */
  readonly evidence: readonly {
    readonly bookingId: string;
    readonly state: 'deleted' | 'out-of-window' | 'not-selected';
  }[];
}

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
  readonly visibilityLost: number;
  readonly withheld: number;
}

/** Applies a run in the caller's transaction. The counts are those of the statements that wrote. */
export async function apply(tx: Db, run: ApplyRun): Promise<AppliedSlice[]> {
  await applyRoster(tx, run);
  await applyPatients(tx, run);
  const counts = await applyBookings(tx, run);
  await applySchedules(tx, run);
  await tx.query('update site set data_revision = data_revision + 1 where site_id = $1', [run.siteId]);
  return counts;
}

async function applyRoster(tx: Db, { siteId, connectionId, slices }: ApplyRun): Promise<void> {
  await tx.query(
    `insert into office (site_id, connection_id, office_id, name, zone)
     select distinct on (office_id) $1::integer, $2, office_id, name, zone
       from unnest($3::text[], $4::text[], $5::text[]) as found (office_id, name, zone)
     on conflict (site_id, connection_id, office_id) do update set name = excluded.name, zone = excluded.zone
      where (office.name, office.zone) is distinct from (excluded.name, excluded.zone)`,
    [
      siteId,
      connectionId,
      slices.map((one) => one.officeId),
      slices.map((one) => one.officeName),
      slices.map((one) => one.officeZone),
    ],
  );
  await tx.query(
    `insert into provider (site_id, connection_id, provider_id, display)
     select distinct on (provider_id) $1::integer, $2, provider_id, display
       from unnest($3::text[], $4::text[]) as found (provider_id, display)
     on conflict (site_id, connection_id, provider_id) do update set display = excluded.display
      where provider.display is distinct from excluded.display`,
    [siteId, connectionId, slices.map((one) => one.providerId), slices.map((one) => one.providerDisplay)],
  );
}

async function applyPatients(tx: Db, { siteId, connectionId, runId }: ApplyRun): Promise<void> {
  await tx.query(
    `insert into patient (site_id, connection_id, patient_id, family, given, birth_date, gender, phone, email, language,
                          chart_number, emr_version)
     select distinct on (patient_id) site_id, connection_id, patient_id, family, given, birth_date, gender, phone, email, language,
            chart_number, emr_version
       from intake.staged_patient where site_id = $1 and connection_id = $2 and run_id = $3
      order by patient_id, length(emr_version) desc, emr_version desc
     on conflict (site_id, connection_id, patient_id) do update
        set family = excluded.family, given = excluded.given, birth_date = excluded.birth_date, gender = excluded.gender,
            phone = excluded.phone, email = excluded.email, language = excluded.language, chart_number = excluded.chart_number,
            emr_version = excluded.emr_version
      where patient.emr_version is distinct from excluded.emr_version`,
    [siteId, connectionId, runId],
  );
}

async function applyBookings(tx: Db, run: ApplyRun): Promise<AppliedSlice[]> {
  const { siteId, connectionId, runId, slices } = run;
  const { rows } = await tx.query<AppliedSlice & Record<string, unknown>>(
    `with slice as materialized (
       select * from unnest($4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::boolean[], $9::timestamptz[], $10::timestamptz[])
                as one (office_id, provider_id, selected, proved, readable, from_at, to_at)),
     staged as materialized (
       select distinct on (s.booking_id) s.*
         from intake.staged_booking s
         join slice on slice.office_id = s.office_id and slice.provider_id = s.provider_id and slice.proved and slice.selected
        where s.site_id = $1 and s.connection_id = $2 and s.run_id = $3 and s.start_at >= slice.from_at and s.start_at < slice.to_at
        order by s.booking_id, s.emr_last_updated desc, length(s.emr_version) desc, s.emr_version desc),
     created as (
       insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                            type_text, start_at, end_at, emr_version, emr_last_updated, state, state_since)
       select s.site_id, s.connection_id, s.booking_id, s.office_id, s.provider_id, s.patient_id, s.patient_masked, s.status,
              s.participation, s.type_text, s.start_at, s.end_at, s.emr_version, s.emr_last_updated, 'present', now()
         from staged s
        where not exists (select from booking b where b.site_id = $1 and b.connection_id = $2 and b.booking_id = s.booking_id)
       returning office_id, provider_id),
     updated as (
       update booking b
          set office_id = c.office_id, provider_id = c.provider_id, patient_id = c.patient_id, patient_masked = c.patient_masked,
              status = c.status, participation = c.participation, type_text = c.type_text, start_at = c.start_at, end_at = c.end_at,
              emr_version = c.emr_version, emr_last_updated = c.emr_last_updated, state = 'present',
              state_since = case when c.was = 'present' then b.state_since else now() end
         from (select s.*, k.state as was from staged s
                 join booking k on k.site_id = $1 and k.connection_id = $2 and k.booking_id = s.booking_id
                where k.state <> 'present' or k.emr_version <> s.emr_version or k.patient_masked <> s.patient_masked
                   or k.office_id <> s.office_id or k.provider_id <> s.provider_id or k.start_at <> s.start_at) c
        where b.site_id = $1 and b.connection_id = $2 and b.booking_id = c.booking_id
       returning b.office_id, b.provider_id, c.was),
     hidden as (
       update booking b
          set state = c.becomes, state_since = now()
         from (select k.booking_id,
                      case
                        when evidence.state is not null then evidence.state
                        when slice.office_id is not null and not slice.selected then 'not-selected'
                        when slice.office_id is null or not slice.readable then 'visibility-lost'
                        when k.start_at < slice.from_at or k.start_at >= slice.to_at then 'out-of-window'
                        when absent.booking_id is not null then 'unconfirmed'
                      end as becomes
                 from booking k
                 left join slice on slice.office_id = k.office_id and slice.provider_id = k.provider_id
                 left join unnest($11::text[]) as absent (booking_id) on absent.booking_id = k.booking_id
                 left join unnest($12::text[], $13::text[]) as evidence (booking_id, state) on evidence.booking_id = k.booking_id
                where k.site_id = $1 and k.connection_id = $2
                  and k.state <> 'deleted'
                  and not exists (select from staged s where s.booking_id = k.booking_id)) c
        where b.site_id = $1 and b.connection_id = $2 and b.booking_id = c.booking_id
          and c.becomes is not null and b.state <> c.becomes
          -- A row that left the lists for another reason does not become "lost" as well: it keeps the first reason.
          and (c.becomes <> 'visibility-lost' or b.state in ('present', 'unconfirmed'))
       returning b.office_id, b.provider_id, c.becomes)
     select slice.office_id as "officeId", slice.provider_id as "providerId",
            coalesce(f.fetched, 0)::integer as fetched, coalesce(n.created, 0)::integer as created,
            coalesce(u.updated, 0)::integer as updated,
            (coalesce(f.fetched, 0) - coalesce(n.created, 0) - coalesce(u.changed, 0))::integer as unchanged,
            coalesce(u.returned, 0)::integer as returned, coalesce(h.removed, 0)::integer as removed,
            coalesce(h.unconfirmed, 0)::integer as unconfirmed, coalesce(h.lost, 0)::integer as "visibilityLost",
            coalesce(f.withheld, 0)::integer as withheld
       from slice
       left join (select office_id, provider_id, count(*) as fetched, count(*) filter (where patient_masked) as withheld
                    from staged group by 1, 2) f using (office_id, provider_id)
       left join (select office_id, provider_id, count(*) as created from created group by 1, 2) n using (office_id, provider_id)
       left join (select office_id, provider_id, count(*) as changed, count(*) filter (where was = 'present') as updated,
                         count(*) filter (where was <> 'present') as returned
                    from updated group by 1, 2) u using (office_id, provider_id)
       left join (select office_id, provider_id, count(*) filter (where becomes in ('deleted', 'out-of-window', 'not-selected')) as removed,
                         count(*) filter (where becomes = 'unconfirmed') as unconfirmed,
                         count(*) filter (where becomes = 'visibility-lost') as lost
                    from hidden group by 1, 2) h using (office_id, provider_id)`,
    [
      siteId,
      connectionId,
      runId,
      slices.map((one) => one.officeId),
      slices.map((one) => one.providerId),
      slices.map((one) => one.selected),
      slices.map((one) => one.proved),
      slices.map((one) => one.readable),
      slices.map((one) => one.from),
      slices.map((one) => one.to),
      run.unconfirmed,
      run.evidence.map((one) => one.bookingId),
      run.evidence.map((one) => one.state),
    ],
  );
  return rows;
}

async function applySchedules(tx: Db, { siteId, connectionId, slices }: ApplyRun): Promise<void> {
  await tx.query(
    `insert into schedule (site_id, connection_id, office_id, provider_id, selected, visibility, visibility_since, missing_columns,
                           lapsed_on, matched_as_of, outcome)
     select $1::integer, $2, office_id, provider_id, selected, visibility, now(), missing_columns, lapsed_on, matched_as_of, outcome
       from unnest($3::text[], $4::text[], $5::boolean[], $6::text[], $7::smallint[], $8::date[], $9::timestamptz[], $10::text[])
            as one (office_id, provider_id, selected, visibility, missing_columns, lapsed_on, matched_as_of, outcome)
     on conflict (site_id, connection_id, office_id, provider_id) do update
        set selected = excluded.selected,
            visibility = case when excluded.visibility = 'never' and schedule.visibility <> 'never' then 'lost' else excluded.visibility end,
            visibility_since = case
              when schedule.visibility = (case when excluded.visibility = 'never' and schedule.visibility <> 'never' then 'lost'
                                               else excluded.visibility end)
              then schedule.visibility_since else excluded.visibility_since end,
            missing_columns = excluded.missing_columns, lapsed_on = excluded.lapsed_on,
            matched_as_of = coalesce(excluded.matched_as_of, schedule.matched_as_of), outcome = excluded.outcome`,
    [
      siteId,
      connectionId,
      slices.map((one) => one.officeId),
      slices.map((one) => one.providerId),
      slices.map((one) => one.selected),
      slices.map((one) => one.visibility),
      slices.map((one) => one.missingColumns),
      slices.map((one) => one.lapsedOn),
      slices.map((one) => one.matchedAsOf),
      slices.map((one) => one.outcome),
    ],
  );
  // A schedule that the roster no longer names cannot be read either.
  await tx.query(
    `update schedule s
        set outcome = 'cannot-be-read',
            visibility_since = case when s.visibility in ('lost', 'never') then s.visibility_since else now() end,
            visibility = case when s.visibility = 'never' then 'never' else 'lost' end
      where s.site_id = $1 and s.connection_id = $2
        and not exists (select from unnest($3::text[], $4::text[]) as one (office_id, provider_id)
                         where one.office_id = s.office_id and one.provider_id = s.provider_id)`,
    [siteId, connectionId, slices.map((one) => one.officeId), slices.map((one) => one.providerId)],
  );
}
