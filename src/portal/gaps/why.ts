// *Why is this missing?*, asked by whoever expected a booking. The gates are those of docs/domain.md, section 5, judged by what the portal
// holds: schedules, gaps that Cloud Connect has found, and the bookings that the asker may see. A booking that may not be seen is never looked
// for: the answer is the same whether it is there or not.

import { bitOf } from '../../fhir/columns.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/db.ts';
import { addDays, endOfDay, localDateTime, localText, startOfDay, todayIn } from '../../platform/zones.ts';
import { asSite } from '../context.ts';
import type {
  GateNumber,
  GateOutcome,
  WhyAnswer,
  WhyFound,
  WhyGate,
  WhyPlace,
  WhyQuery,
  WhySchedule,
} from '../contract/why.ts';
import { sliceKey } from '../intake/slices.ts';
import * as patients from '../patients/patients.sql.ts';
import { gapsBySchedule, listOpenGaps, type OpenGap, readWindowDays } from './open-gaps.sql.ts';

/** Bookings that fit and are told of. */
const foundAtMost = 10;
/** A time that somebody remembers is about that. */
const minutesAround = 45;

const gateOf: Readonly<Record<string, GateNumber>> = {
  authorisation: 1,
  unreachable: 1,
  membership: 2,
  cells: 3,
  expiry: 3,
  vanished: 3,
  selection: 4,
  reading: 7,
  'failed-run': 7,
};

export function whyMissing(
  { pool, clock }: { readonly pool: Pool; readonly clock: Clock },
  siteId: number,
  asked: WhyQuery,
): Promise<WhyAnswer> {
  return asSite(
    pool,
    siteId,
    async (tx) => {
      const { zone } = await patients.readSite(tx, siteId);
      const today = todayIn(zone, clock);
      const offices = await patients.listOffices(tx, siteId);
      const windowDays = (await readWindowDays(tx, siteId)) ?? null;
      const lastDay = windowDays === null ? null : addDays(today, windowDays - 1);
      const gaps = gapsBySchedule(await listOpenGaps(tx, siteId));
      const inOffice = offices.filter(({ officeId }) => asked.office === undefined || officeId === asked.office);
      const dayOf = (office: patients.SiteOffice, first: string, last: string) => ({
        connectionId: office.connectionId,
        officeId: office.officeId,
        from: startOfDay(office.zone, first),
        to: endOfDay(office.zone, last),
      });
      const first = asked.date ?? today;
      const isInWindow = lastDay === null || (first >= today && first <= lastDay);
      const days = inOffice.map((office) => dayOf(office, first, asked.date ?? addDays(today, windowDays ?? 14)));
      const looksFor = Boolean(asked.name) || asked.time !== undefined;
      const rows = looksFor
        ? await patients.listBookings(tx, siteId, {
            days,
            providerIds: asked.provider === undefined ? [] : [asked.provider],
            search: asked.name || undefined,
            after: undefined,
            limit: asked.time === undefined ? foundAtMost + 1 : null,
          })
        : [];
      const schedules = await patients.listSchedules(tx, siteId, {
        days: inOffice.map((office) => dayOf(office, first, first)),
        officeId: asked.office,
        search: undefined,
      });
      const named = new Map(schedules.map((one) => [sliceKey(one), one]));
      const zoneOf = new Map(offices.map((office) => [office.officeId, office.zone]));
      const found = rows.flatMap((row): WhyFound[] => {
        const schedule = named.get(sliceKey(row));
        const { date, time } = localDateTime(zoneOf.get(row.officeId) ?? zone, row.startAt);
        if (!schedule || (asked.time !== undefined && !isAround(time, asked.time))) return [];
        const { bookingId, officeId, providerId, given, family } = row;
        const { officeName, providerDisplay } = schedule;
        return [
          {
            ...{ bookingId, officeId, officeName, providerId, providerDisplay, date, start: time.slice(0, 5) },
            patientDisplay: row.patientId === null ? null : [given, family].filter(Boolean).join(' ') || row.patientId,
          },
        ];
      });
      return {
        today,
        asked,
        found: found.slice(0, foundAtMost),
        more: found.length > foundAtMost,
        lastDay,
        windowDays,
        schedules: schedules
          .filter(
            ({ officeId, providerId }) =>
              (asked.office === undefined || officeId === asked.office) &&
              (asked.provider === undefined || providerId === asked.provider),
          )
          .map((row) => ({
            ...namesOf(row, zone),
            ...wayOf(row, gaps.get(sliceKey(row)) ?? [], asked.feature ?? 'day-sheet', isInWindow),
          })),
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

function isAround(time: string, asked: string): boolean {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  return Math.abs(minutes(time) - minutes(asked)) <= minutesAround;
}

function namesOf(
  { officeId, officeName, providerId, providerDisplay, matchedAsOf }: patients.ScheduleRow,
  zone: string,
): Omit<WhySchedule, 'gates' | 'answer'> {
  return {
    ...{ officeId, officeName, providerId, providerDisplay },
    matchedAsOf: matchedAsOf && localText(zone, matchedAsOf),
  };
}

/** What each place needs of what was read; which of the other columns are missing, their gap says. */
const readWith: Readonly<Record<WhyPlace, number>> = {
  'provider-list': bitOf.Visible,
  'day-sheet': bitOf.Visible | bitOf.Scheduling | bitOf.Patient,
  reminders: bitOf.Visible | bitOf.Scheduling | bitOf.Patient,
  confirm: bitOf.Visible | bitOf.Scheduling,
  attachments: bitOf.Visible,
  filing: bitOf.Visible,
};

/** The way to a place, gate by gate; `gaps`: those of the schedule. */
export function wayOf(
  row: Pick<patients.ScheduleRow, 'outcome' | 'visibility' | 'missingColumns' | 'lapsedOn'>,
  gaps: readonly OpenGap[],
  place: WhyPlace,
  isInWindow: boolean,
): Pick<WhySchedule, 'gates' | 'answer'> {
  // What is healed and not proved yet is in nobody's way.
  const broken = gaps.filter(({ features, healed }) => !healed && features.includes(place));
  const by = (gate: GateNumber) => broken.find((gap) => gateOf[gap.cause] === gate) ?? null;
  const is = (passes: boolean): GateOutcome => (passes ? 'passes' : 'fails');
  const selected = row.outcome !== 'not-selected';
  const ofBookings = place === 'day-sheet' || place === 'reminders';
  const holds =
    (row.missingColumns & readWith[place]) === 0 &&
    row.lapsedOn === null &&
    (!ofBookings || row.visibility === 'readable');
  const granted = by(1) === null && by(2) === null && by(3) === null && holds;
  const wasRead =
    place === 'provider-list' ||
    row.outcome === 'complete' ||
    row.outcome === 'partly' ||
    // Bookings alone are read; where they may not be, the gate before says so to whoever asks for them.
    (row.outcome === 'cannot-be-read' && !ofBookings && granted);
  const states: Readonly<Record<GateNumber, GateOutcome>> = {
    1: is(by(1) === null),
    2: is(by(2) === null),
    3: is(by(3) === null && (holds || !selected)),
    4: is(selected && by(4) === null),
    5: is(isInWindow),
    6: 'unknown',
    7: is(selected && wasRead && by(7) === null),
    // This answer has no filters but those that were asked with.
    8: 'passes',
  };
  const gates = ([1, 2, 3, 4, 5, 6, 7, 8] as const).map(
    (gate): WhyGate => ({ gate, state: states[gate], gapId: by(gate)?.gapId ?? null }),
  );
  return { gates, answer: gates.find(({ state }) => state === 'fails') ?? null };
}
