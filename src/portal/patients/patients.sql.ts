// What the Patients page and the Day Sheet show. Everything that is not listed appears only as what a schedule says about itself,
// without patient data.
import type { Db } from '../../platform/database/db.ts';
import type { ListedSchedule, MessageState } from '../contract/patients.ts';
import { messageState } from '../messages/messages.sql.ts';

export interface SiteFacts {
  readonly zone: string;
  readonly revision: number;
}

export async function readSite(db: Db, siteId: number): Promise<SiteFacts> {
  const { rows } = await db.query<SiteFacts>('select zone, data_revision as revision from site where site_id = $1', [
    siteId,
  ]);
  return rows[0]!;
}

export interface SiteOffice {
  readonly connectionId: string;
  readonly officeId: string;
  readonly name: string;
  readonly zone: string;
}

export async function listOffices(db: Db, siteId: number): Promise<SiteOffice[]> {
  const { rows } = await db.query<SiteOffice>(
    `select connection_id as "connectionId", office_id as "officeId", name, zone from office
      where site_id = $1 order by lower(name), office_id`,
    [siteId],
  );
  return rows;
}

/** Providers that a synchroniser has met at this connection, by id. */
export async function listProviderNames(db: Db, siteId: number, connectionId: string): Promise<Map<string, string>> {
  const { rows } = await db.query<{ providerId: string; display: string }>(
    'select provider_id as "providerId", display from provider where site_id = $1 and connection_id = $2',
    [siteId, connectionId],
  );
  return new Map(rows.map((row) => [row.providerId, row.display]));
}

/** The day of each office as instants: offices of one site may stand in different zones. */
export interface OfficeDay {
  readonly connectionId: string;
  readonly officeId: string;
  readonly from: Date;
  readonly to: Date;
}

export interface BookingFilter {
  readonly days: readonly OfficeDay[];
  /** None: every provider. */
  readonly providerIds: readonly string[];
  /** Surname prefix, or the whole id of a booking, a patient or a chart; undefined: no search. */
  readonly search: string | undefined;
  /** undefined: whatever was written. */
  readonly message?: MessageState | undefined;
  /** Keyset: rows after this one. */
  readonly after: { readonly startAt: Date; readonly bookingId: string } | undefined;
  /** null: all of them. */
  readonly limit: number | null;
}

export interface BookingRow {
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly patientId: string | null;
  readonly family: string | null;
  readonly given: string | null;
  readonly birthDate: string | null;
  readonly type: string | null;
  readonly status: string;
  readonly participation: string;
  readonly state: 'present' | 'unconfirmed';
  readonly version: string;
  readonly message: MessageState;
}

/** The one definition of "listed", over booking `b`. FHIR's entered-in-error is a booking that never was. */
export const isListed = `b.state in ('present', 'unconfirmed') and not b.patient_masked and b.status <> 'entered-in-error'`;

/** The patient of a booking `b`. A day has few bookings and a site many patients: each is looked up, and never all of them read. */
const patientOf = (where = '') =>
  `from patient p where p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id ${where} offset 0`;

/** The search, over booking `b`, with the typed text and its LIKE pattern as parameters. */
const matchesSearch = (text: string, pattern: string): string =>
  `(${text}::text is null or b.booking_id = ${text} or b.patient_id = ${text}
    or exists (select ${patientOf(`and (lower(p.family) like ${pattern} or p.chart_number = ${text})`)}))`;

const searchValues = (search: string | undefined): (string | null)[] =>
  search === undefined ? [null, null] : [search, `${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`];

const dayValues = (days: readonly OfficeDay[]) => [
  days.map((day) => day.connectionId),
  days.map((day) => day.officeId),
  days.map((day) => day.from),
  days.map((day) => day.to),
];

export async function listBookings(db: Db, siteId: number, filter: BookingFilter): Promise<BookingRow[]> {
  const { after, days } = filter;
  if (days.length === 0) return [];
  const { rows } = await db.query<BookingRow>(
    `select b.booking_id as "bookingId", b.office_id as "officeId", b.provider_id as "providerId", b.start_at as "startAt",
            b.end_at as "endAt", b.patient_id as "patientId", p.family, p.given, p.birth_date as "birthDate", b.type_text as type,
            b.status, b.participation, b.state, b.emr_version as version, ${messageState} as message
       from (
         select b.*
           from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as day (connection_id, office_id, from_at, to_at)
           join booking b on b.site_id = $1 and b.connection_id = day.connection_id and b.office_id = day.office_id
                         and b.start_at >= day.from_at and b.start_at < day.to_at
          where ${isListed} and ${matchesSearch('$6', '$7')}
            and (cardinality($8::text[]) = 0 or b.provider_id = any ($8))
            and ($9::timestamptz is null or (b.start_at, b.booking_id) > ($9, $10))
            and ($12::text is null or ${messageState} = $12)
            -- The offices' days begin at different moments. The planner cannot estimate a moment that comes out of a join, and where it took
            -- the day to be long it read everything that had ever been, in the order of the page.
            and b.start_at >= $13 and b.start_at < $14
          order by b.start_at, b.booking_id
          limit $11) b
       left join lateral (select p.family, p.given, p.birth_date ${patientOf()}) p on true
      order by b.start_at, b.booking_id`,
    [
      siteId,
      ...dayValues(days),
      ...searchValues(filter.search),
      filter.providerIds,
      after?.startAt ?? null,
      after?.bookingId ?? null,
      filter.limit,
      filter.message ?? null,
      new Date(Math.min(...days.map(({ from }) => from.getTime()))),
      new Date(Math.max(...days.map(({ to }) => to.getTime()))),
    ],
  );
  return rows;
}

export interface ScheduleRow extends Omit<ListedSchedule, 'visibilitySince' | 'matchedAsOf' | 'count' | 'gapIds'> {
  readonly visibilitySince: Date;
  readonly matchedAsOf: Date | null;
  readonly listed: number;
}

export interface ScheduleFilter extends Pick<BookingFilter, 'days' | 'search' | 'message'> {
  readonly officeId: string | undefined;
}

/**
 * Every schedule that a synchroniser knows, with what the day holds of it. `listed` obeys office, search and message, and not the choice of
 * providers: the provider filter shows these numbers beside the providers that are not chosen.
 */
export async function listSchedules(
  db: Db,
  siteId: number,
  { days, officeId, search, message }: ScheduleFilter,
): Promise<ScheduleRow[]> {
  const { rows } = await db.query<ScheduleRow>(
    `select s.office_id as "officeId", o.name as "officeName", s.provider_id as "providerId", v.display as "providerDisplay",
            s.visibility, s.visibility_since as "visibilitySince", s.missing_columns::integer as "missingColumns",
            s.lapsed_on as "lapsedOn", s.matched_as_of as "matchedAsOf", s.outcome,
            n.listed::integer, n.lost::integer as "keptInvisible", n.masked::integer as withheld
       from schedule s
       join office o on o.site_id = s.site_id and o.connection_id = s.connection_id and o.office_id = s.office_id
       join provider v on v.site_id = s.site_id and v.connection_id = s.connection_id and v.provider_id = s.provider_id
      cross join lateral (
         select count(*) filter (where ${isListed} and ${matchesSearch('$6', '$7')} and ($8::text is null or b.office_id = $8)
                                 and ($9::text is null or ${messageState} = $9)) as listed,
                count(*) filter (where b.state = 'visibility-lost') as lost,
                count(*) filter (where b.state in ('present', 'unconfirmed') and b.patient_masked) as masked
           from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as day (connection_id, office_id, from_at, to_at)
           join booking b on b.site_id = s.site_id and b.connection_id = s.connection_id and b.office_id = s.office_id
                         and b.provider_id = s.provider_id and b.start_at >= day.from_at and b.start_at < day.to_at
          where day.connection_id = s.connection_id and day.office_id = s.office_id and b.status <> 'entered-in-error') n
      where s.site_id = $1
      order by lower(v.display), s.provider_id, lower(o.name), s.office_id`,
    [siteId, ...dayValues(days), ...searchValues(search), officeId ?? null, message ?? null],
  );
  return rows;
}
