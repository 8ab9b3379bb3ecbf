// What a run may do with each slice, decided from the coverage alone and from what the portal has followed so far. Pure.
import { allColumns, bitOf, type ColumnSet, columnSet, includesColumns } from '../../fhir/columns.ts';
import { columnsMissing } from '../../fhir/permission-coverage.ts';
import { addDays, isZone, localDateTime, startOfDay } from '../../platform/zones.ts';
import { intake } from '../../portal/index.ts';
import { columnsNeededByAll, type Feature } from '../contract/features.ts';
import type { SyncMode } from '../contract/sync.ts';
import type { Coverage } from '../emr-client/read-coverage.ts';
import type { Said } from './sync.sql.ts';

/** Bookings are read with these two; without either the EMR answers with less, and with no error. */
export const readableColumns: ColumnSet = columnSet('Visible', 'Scheduling');

export interface SliceCursor {
  readonly officeId: string;
  readonly providerId: string;
  /** The EMR's clock when the slice was read; null: it must be read in full before recent changes mean anything. */
  readonly cursorAt: Date | null;
  readonly windowTo: Date | null;
  /** What the last run that read it had to say of it. */
  readonly problem: Said | null;
}

/** The slice as intake takes it; freshness, waiting and proof are the run's to fill in at its end. */
export interface PlannedSlice extends Omit<intake.RunSlice, 'proved' | 'matchedAsOf'> {
  readonly columnsHeld: ColumnSet;
  /** Patient is held and its patients were not read: they come with a reading of the whole. */
  readonly patientsBehind: boolean;
  /** Up to where it is followed; null: it has to be read whole before recent changes mean anything. */
  readonly cursor: { readonly at: Date; readonly windowTo: Date } | null;
  /** What was the matter with it before this run. */
  readonly before: Said | null;
}

export interface PlanSlices {
  readonly mode: SyncMode;
  /** The one slice of a run that is of one. */
  readonly only: { readonly officeId: string; readonly providerId: string } | null;
  readonly coverage: Coverage;
  readonly selected: ReadonlySet<string>;
  readonly features: readonly Feature[];
  readonly windowDays: number;
  readonly cursors: readonly SliceCursor[];
  readonly known: readonly intake.KnownSchedule[];
  /** For offices whose zone the zone module does not know. */
  readonly siteZone: string;
}

export function planSlices(plan: PlanSlices): PlannedSlice[] {
  const { coverage, known } = plan;
  const now = new Date(coverage.asOf);
  const needed = columnsNeededByAll(plan.features) | readableColumns;
  const offices = new Map(coverage.offices.map((office) => [office.officeId, office]));
  const cursors = new Map(plan.cursors.map((cursor) => [intake.sliceKey(cursor), cursor]));
  const knownAs = new Map(known.map((schedule) => [intake.sliceKey(schedule), schedule]));

  const roster = coverage.schedules
    .filter((row) => offices.has(row.officeId) && (row.scheduleActive || row.columnsHeld !== 0))
    .map((row): PlannedSlice => {
      const office = offices.get(row.officeId)!;
      const zone = isZone(office.zone) ? office.zone : plan.siteZone;
      return {
        officeId: row.officeId,
        providerId: row.providerId,
        named: { officeName: office.name, officeZone: zone, providerDisplay: row.providerDisplay },
        columnsHeld: row.columnsHeld,
        missingColumns: columnsMissing(row, office.member, needed),
        lapsedOn: row.lapsed ? (row.accessUntilDay ?? null) : null,
        ...windowOf(zone, now, plan.windowDays),
        ...readingOf(
          plan,
          row.columnsHeld,
          needed,
          knownAs.get(intake.sliceKey(row)),
          cursors.get(intake.sliceKey(row)),
          row,
        ),
      };
    });

  // Known and no longer on the roster: nothing is held of it, so nothing is known of it any more. Where the roster is only what is listed,
  // that somebody is not on it says nothing: he is asked for like the others.
  const held = coverage.certainty === 'proved' ? 0 : allColumns;
  const listed = new Set(roster.map(intake.sliceKey));
  const vanished = known
    .filter((schedule) => !listed.has(intake.sliceKey(schedule)))
    .map(
      (schedule): PlannedSlice => ({
        officeId: schedule.officeId,
        providerId: schedule.providerId,
        named: null,
        columnsHeld: held,
        missingColumns: needed & ~held,
        lapsedOn: null,
        ...windowOf(isZone(schedule.officeZone) ? schedule.officeZone : plan.siteZone, now, plan.windowDays),
        ...readingOf(
          plan,
          held,
          needed,
          schedule,
          held === 0 ? undefined : cursors.get(intake.sliceKey(schedule)),
          schedule,
        ),
      }),
    );
  return [...roster, ...vanished];
}

/** From the start of today in the office's zone, whole days. */
export function windowOf(
  zone: string,
  now: Date,
  days: number,
): Pick<PlannedSlice, 'from' | 'to' | 'readFrom' | 'readTo'> {
  const today = localDateTime(zone, now).date;
  const [from, to] = [startOfDay(zone, today), startOfDay(zone, addDays(today, days))];
  return { from, to, readFrom: from, readTo: to };
}

type Reading = Pick<
  PlannedSlice,
  'read' | 'selected' | 'applies' | 'patients' | 'outcome' | 'cursor' | 'patientsBehind' | 'before'
>;

function readingOf(
  { mode, only, selected }: PlanSlices,
  held: ColumnSet,
  needed: ColumnSet,
  known: intake.KnownSchedule | undefined,
  cursor: SliceCursor | undefined,
  { officeId, providerId }: { readonly officeId: string; readonly providerId: string },
): Reading {
  const read = only === null || (only.officeId === officeId && only.providerId === providerId);
  // Read whole: what the EMR does not give of it is absent.
  const whole = mode !== 'recent' && read;
  const isSelected = selected.has(providerId);
  const readable = includesColumns(held, readableColumns);
  const shown = known?.visibility === 'readable' || known?.visibility === 'withheld';
  // Followed: read in full once, and never out of sight or out of the selection since. What changed meanwhile, unseen, lies behind
  // the cursor, and no recent run would ever bring it.
  const followed =
    cursor?.cursorAt && cursor.windowTo && shown && known.outcome !== 'needs-full'
      ? { at: cursor.cursorAt, windowTo: cursor.windowTo }
      : null;
  const applies = isSelected && readable && (whole || followed !== null);
  const patientHeld = (held & bitOf.Patient) !== 0;
  // Patient that came back shows patients whose bookings did not change: only a reading of the whole brings them.
  const patients = patientHeld && (whole || known?.visibility === 'readable');
  return {
    read,
    selected: isSelected,
    applies,
    patients,
    patientsBehind: applies && patientHeld && !patients,
    cursor: applies ? followed : null,
    before: cursor?.problem ?? null,
    outcome: !isSelected
      ? 'not-selected'
      : !readable
        ? 'cannot-be-read'
        : !applies
          ? 'needs-full'
          : !whole && known?.outcome === 'waiting'
            ? // What a person has to decide is decided by nothing that changed meanwhile.
              'waiting'
            : (needed & ~held) !== 0 || patientHeld !== patients
              ? 'partly'
              : 'complete',
  };
}
