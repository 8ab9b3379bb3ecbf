import { endOfDay, localDateTime, localText, startOfDay, todayIn } from '../../platform/zones.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { ListedBooking, ListedSchedule, PatientsPage, PatientsQuery } from '../contract/patients.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps } from '../gaps/open-gaps.sql.ts';
import { isLinkable } from '../links/links.ts';
import { actsOn } from '../outbox/kinds.ts';
import { readLastWriteBacks } from '../outbox/read-last-write-backs.ts';
import * as sql from './patients.sql.ts';
import { cursorOf, placeOf } from './place.ts';

/** Whether the number of rows is the number of bookings that there are, as of the moment that the schedule names. */
const isCountKnown = ({ visibility, outcome }: sql.ScheduleRow): boolean =>
  (visibility === 'readable' || visibility === 'withheld') &&
  outcome !== 'not-selected' &&
  outcome !== 'needs-full' &&
  outcome !== 'cannot-be-read';

function listedSchedule(
  { listed, visibilitySince, matchedAsOf, ...row }: sql.ScheduleRow,
  zone: string,
  gapIds: readonly string[],
): ListedSchedule {
  return {
    ...row,
    gapIds,
    visibilitySince: localText(zone, visibilitySince),
    matchedAsOf: matchedAsOf && localText(zone, matchedAsOf),
    count: isCountKnown({ listed, visibilitySince, matchedAsOf, ...row }) ? listed : null,
  };
}

function listedBooking(
  row: sql.BookingRow,
  officeZone: string,
  writeBack: ListedBooking['writeBack'],
  now: Date,
): ListedBooking {
  const { bookingId, officeId, providerId, patientId, type, status, participation } = row;
  return {
    bookingId,
    officeId,
    providerId,
    start: localDateTime(officeZone, row.startAt).time,
    end: localDateTime(officeZone, row.endAt).time,
    patient: patientId === null ? null : { patientId, display: nameOf(row, patientId), birthDate: row.birthDate },
    type,
    status,
    participation,
    unconfirmed: row.state === 'unconfirmed',
    version: row.version,
    message: row.message,
    writeBack,
    acts: actsOn(row, writeBack),
    linkable: isLinkable(row, now),
  };
}

/** A patient whom the EMR named and did not describe has his id for a name. */
const nameOf = ({ given, family }: sql.BookingRow, patientId: string): string =>
  [given, family].filter(Boolean).join(' ') || patientId;

/** One page of the day; `limit` null reads all of it, for paper. One snapshot, so that counts and rows agree. */
export async function readPatientsPage(
  { pool, clock }: Pick<PortalContext, 'pool' | 'clock'>,
  siteId: number,
  query: Omit<PatientsQuery, 'limit'> & { readonly limit: number | null },
): Promise<PatientsPage> {
  const after = query.after === undefined ? undefined : placeOf(query.after);
  const search = query.search || undefined;
  const { limit } = query;
  return asSite(
    pool,
    siteId,
    async (tx) => {
      const { zone, revision } = await sql.readSite(tx, siteId);
      const today = todayIn(zone, clock);
      const date = query.date ?? today;
      const offices = await sql.listOffices(tx, siteId);
      const days = offices.map((office) => ({
        connectionId: office.connectionId,
        officeId: office.officeId,
        from: startOfDay(office.zone, date),
        to: endOfDay(office.zone, date),
      }));
      const rows = await sql.listBookings(tx, siteId, {
        days: days.filter((day) => query.office === undefined || day.officeId === query.office),
        providerIds: query.provider,
        search,
        message: query.message,
        after,
        // One more than asked for says whether there is a next page. `limit null` is SQL's own "no limit".
        limit: limit === null ? null : limit + 1,
      });
      const schedules = await sql.listSchedules(tx, siteId, {
        days,
        officeId: query.office,
        search,
        message: query.message,
      });
      const gaps = gapsBySchedule(await listOpenGaps(tx, siteId));
      const page = limit === null ? rows : rows.slice(0, limit);
      const lastWriteBacks = await readLastWriteBacks(tx, {
        siteId,
        zone,
        bookingIds: page.map((row) => row.bookingId),
        since: startOfDay(zone, today),
        gaps,
      });
      const zoneOf = new Map(offices.map((office) => [office.officeId, office.zone]));
      return {
        date,
        today,
        zone,
        revision,
        offices: offices.map(({ officeId, name }) => ({ officeId, name })),
        schedules: schedules.map((row) => listedSchedule(row, zone, gapIdsAt(gaps, row, 'provider-list', 'day-sheet'))),
        bookings: page.map((row) =>
          listedBooking(row, zoneOf.get(row.officeId)!, lastWriteBacks.get(row.bookingId) ?? null, clock.now()),
        ),
        next: rows.length > page.length ? cursorOf(page.at(-1)!) : null,
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}
