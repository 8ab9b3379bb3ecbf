// The portal as a surface of the mask proof: the real worker does a full sync in the world as it is, then the portal's own API and its
// tables say what is listed.

import { appointments, pairs, patients } from '../../src/emr/fhir/test-clinic.ts';
import { bitOf } from '../../src/fhir/columns.ts';
import type { Surface } from './fhir-surfaces.ts';
import type { MaskClinic } from './mask-clinic.ts';
import type { Seen } from './reference.ts';

/** `isFresh`: whether the portal knew nothing before; then what is not permitted is not even stored. */
export function portalSurface({ portal, days, dayOf }: MaskClinic, isFresh: () => boolean): Surface {
  const booked = new Map(appointments.map((one) => [one.id, one]));
  const sliceOf = (id: string): string => booked.get(id)!.pair.join(' ');
  const byDay = (ids: readonly string[]) =>
    Object.fromEntries(days.map((day) => [day, ids.filter((id) => dayOf.get(id) === day).sort()]));
  const patientsOf = (ids: readonly string[]) => [...new Set(ids.map((id) => booked.get(id)!.patient))].sort();

  return {
    name: 'portal after a full sync',
    look: async () => {
      const { state } = await portal.sync('full');
      if (!state.startsWith('complete')) throw new Error(`the full sync ended ${state}`);
      const pages = await Promise.all(days.map((day) => portal.page(`date=${day}`)));
      const sheets = await Promise.all(days.map((day) => portal.daySheet(`date=${day}`)));
      const searched = await Promise.all(
        appointments.map(({ id }) => portal.page(`date=${dayOf.get(id)}&search=${id}`)),
      );
      const idsByDay = (read: typeof pages) =>
        Object.fromEntries(read.map((page) => [page.date, page.bookings.map(({ bookingId }) => bookingId).sort()]));
      const rowsOf = pages.flatMap(({ date, schedules }) =>
        schedules.map((row) => ({ ...row, date, slice: `${row.officeId} ${row.providerId}` })),
      );
      const texts = [...new Set([...pages, ...sheets, ...searched].flatMap(stringsIn))];
      const { rows: stored } = await portal.owner.query<{ id: string; masked: boolean }>(
        `select booking_id as id, patient_masked as masked from booking where state in ('present', 'unconfirmed') or $1 order by 1`,
        [isFresh()],
      );
      const { rows: known } = await portal.owner.query<{ id: string }>(
        'select patient_id as id from patient order by 1',
      );
      return {
        providers: [
          ...new Set(rowsOf.filter((row) => (row.missingColumns & bitOf.Visible) === 0).map(({ slice }) => slice)),
        ].sort(),
        listed: idsByDay(pages),
        daySheet: idsByDay(sheets),
        found: searched.flatMap(({ bookings }) => bookings.map(({ bookingId }) => bookingId)).sort(),
        counts: rowsOf.map(({ slice, date, count }) => `${slice} ${date} ${count ?? 'unknown'}`).sort(),
        withheld: rowsOf
          .filter(({ withheld }) => withheld > 0)
          .map(({ slice, date, withheld, missingColumns }) => `${slice} ${date} ${withheld} ${missingColumns}`)
          .sort(),
        // Whatever else an answer may say, it names no other booking and no other patient.
        named: texts.filter((text) => booked.has(text) || patients.some(({ id }) => id === text)).sort(),
        stored: stored.map(({ id }) => id),
        storedMasked: stored.filter(({ masked }) => masked).map(({ id }) => id),
        ...(isFresh() ? { patients: known.map(({ id }) => id) } : {}),
      };
    },
    expected: (seen) => {
      const listed = seen.Appointment.filter((id) => !seen.masked.includes(id));
      const onDays = (of: (slice: string, day: string) => string) =>
        pairs.flatMap((pair) => days.map((day) => of(pair.join(' '), day))).sort();
      const count = (ids: readonly string[], slice: string, day: string) =>
        ids.filter((id) => sliceOf(id) === slice && dayOf.get(id) === day).length;
      const isReadable = (slice: string) => seen.Appointment.some((id) => sliceOf(id) === slice);
      return {
        providers: visibleIn(seen),
        listed: byDay(listed),
        daySheet: byDay(listed),
        found: listed,
        counts: onDays((slice, day) => `${slice} ${day} ${isReadable(slice) ? count(listed, slice, day) : 'unknown'}`),
        withheld: onDays((slice, day) => {
          const n = count(seen.masked, slice, day);
          return n === 0 ? '' : `${slice} ${day} ${n} ${bitOf.Patient}`;
        }).filter((line) => line !== ''),
        named: [...listed, ...patientsOf(listed)].sort(),
        stored: seen.Appointment,
        storedMasked: seen.masked,
        patients: patientsOf(listed),
      };
    },
  };
}

const visibleIn = (seen: Seen): string[] =>
  pairs
    .filter((pair) => seen.Schedule.includes(`schedule-${pair.join('-')}`))
    .map((pair) => pair.join(' '))
    .sort();

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/** The portal knows nothing any more but its connection. */
export const emptyPortal = `
  truncate booking, patient, schedule, provider, office, connect.slice_cursor, connect.roster_entry, connect.slice_ledger, connect.sync_run cascade`;

const spoil = (table: string, body: string): string => `
  create or replace function spoil() returns trigger language plpgsql as $$ begin ${body} return new; end $$;
  create trigger spoil before insert or update on ${table} for each row execute function spoil()`;

/** What a faulty portal would do with what it was given. */
export const faultsOfPortal: Readonly<Record<string, string>> = {
  'bookings are listed whose patient is withheld': spoil('booking', 'new.patient_masked := false;'),
  'bookings stay listed whose visibility is lost': spoil(
    'booking',
    `if new.state = 'visibility-lost' then new.state := 'present'; end if;`,
  ),
  'providers are listed who are not visible': spoil('schedule', 'new.missing_columns := 0;'),
  'a booking comes under another day': spoil(
    'booking',
    `new.start_at := new.start_at + interval '1 day'; new.end_at := new.end_at + interval '1 day';`,
  ),
};
export const withoutFaultOfPortal = 'drop function if exists spoil() cascade';
