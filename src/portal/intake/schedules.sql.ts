import type { Db } from '../../platform/database/db.ts';
import type { Visibility } from '../contract/patients.ts';

export interface SyncedSchedule {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly selected: boolean;
  readonly visibility: Visibility;
  readonly missingColumns: number;
  readonly lapsedOn: string | null;
  readonly matchedAsOf: Date | null;
  readonly outcome: 'complete' | 'partly' | 'cannot-be-read' | 'needs-full' | 'waiting' | 'failed' | 'not-selected';
  readonly shown: number;
  readonly keptInvisible: number;
  readonly withheld: number;
  /** Of those shown: absent in the EMR, without evidence. */
  readonly unconfirmed: number;
  readonly skipped: number;
}

/** Every schedule of a connection with what the portal holds of it. */
export async function listSchedulesFor(db: Db, siteId: number, connectionId: string): Promise<SyncedSchedule[]> {
  const { rows } = await db.query<SyncedSchedule>(
    `with held as (
       select office_id, provider_id,
              count(*) filter (where state in ('present', 'unconfirmed') and not patient_masked) as shown,
              count(*) filter (where state = 'visibility-lost') as lost,
              count(*) filter (where state in ('present', 'unconfirmed') and patient_masked) as masked,
              count(*) filter (where state = 'unconfirmed' and not patient_masked) as unconfirmed,
              count(*) filter (where state in ('not-selected', 'deleted', 'released')) as skipped
         from booking where site_id = $1 and connection_id = $2 group by 1, 2)
     select s.office_id as "officeId", o.name as "officeName", s.provider_id as "providerId", p.display as "providerDisplay", s.selected,
            s.visibility, s.missing_columns::integer as "missingColumns", s.lapsed_on as "lapsedOn", s.matched_as_of as "matchedAsOf",
            s.outcome, coalesce(h.shown, 0)::integer as shown, coalesce(h.lost, 0)::integer as "keptInvisible",
            coalesce(h.masked, 0)::integer as withheld,
            coalesce(h.unconfirmed, 0)::integer as unconfirmed, coalesce(h.skipped, 0)::integer as skipped
       from schedule s
       join office o on o.site_id = s.site_id and o.connection_id = s.connection_id and o.office_id = s.office_id
       join provider p on p.site_id = s.site_id and p.connection_id = s.connection_id and p.provider_id = s.provider_id
       left join held h on h.office_id = s.office_id and h.provider_id = s.provider_id
      where s.site_id = $1 and s.connection_id = $2
      order by lower(p.display), s.provider_id, lower(o.name)`,
    [siteId, connectionId],
  );
  return rows;
}

/** Providers taken out of the selection leave the lists at once; their bookings stay stored. New ones wait for a full run. */
export async function markNotSelected(
  db: Db,
  siteId: number,
  connectionId: string,
  selectedProviderIds: readonly string[],
): Promise<void> {
  await db.query(
    `update booking set state = 'not-selected', state_since = now()
      where site_id = $1 and connection_id = $2 and provider_id <> all ($3) and state in ('present', 'unconfirmed')`,
    [siteId, connectionId, selectedProviderIds],
  );
  await db.query(
    `update schedule set selected = provider_id = any ($3),
            outcome = case when provider_id <> all ($3) then 'not-selected' when not selected then 'needs-full' else outcome end
      where site_id = $1 and connection_id = $2`,
    [siteId, connectionId, selectedProviderIds],
  );
  await db.query('update site set data_revision = data_revision + 1 where site_id = $1', [siteId]);
}

export async function readDataRevision(db: Db, siteId: number): Promise<number> {
  const { rows } = await db.query<{ revision: number }>(
    'select data_revision as revision from site where site_id = $1',
    [siteId],
  );
  return rows[0]!.revision;
}

export interface KnownSchedule {
  readonly officeId: string;
  readonly officeZone: string;
  readonly providerId: string;
  readonly selected: boolean;
  readonly visibility: Visibility;
  readonly outcome: SyncedSchedule['outcome'];
}

/** The schedules of a connection without their counts: what a run has to know before it begins. */
export async function listKnownSchedules(db: Db, siteId: number, connectionId: string): Promise<KnownSchedule[]> {
  const { rows } = await db.query<KnownSchedule>(
    `select s.office_id as "officeId", o.zone as "officeZone", s.provider_id as "providerId", s.selected, s.visibility, s.outcome
       from schedule s
       join office o on o.site_id = s.site_id and o.connection_id = s.connection_id and o.office_id = s.office_id
      where s.site_id = $1 and s.connection_id = $2`,
    [siteId, connectionId],
  );
  return rows;
}

export async function isKnownSchedule(
  db: Db,
  one: {
    readonly siteId: number;
    readonly connectionId: string;
    readonly officeId: string;
    readonly providerId: string;
  },
): Promise<boolean> {
  const { rows } = await db.query(
    'select from schedule where site_id = $1 and connection_id = $2 and office_id = $3 and provider_id = $4',
    [one.siteId, one.connectionId, one.officeId, one.providerId],
  );
  return rows.length > 0;
}

export async function readSiteZone(db: Db, siteId: number): Promise<string> {
  const { rows } = await db.query<{ zone: string }>('select zone from site where site_id = $1', [siteId]);
  return rows[0]!.zone;
}
