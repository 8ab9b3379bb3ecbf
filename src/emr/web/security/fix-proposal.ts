// What a fix request proposes, as pending changes of the matrix: by the matrix as it is now, and not as it was when the request was made.
import { bitOf, type Column, type ColumnSet } from '../../../fhir/columns.ts';
import { dayAfter } from '../../../ui/day-after.ts';
import type { FixProposal, ProposedSchedule } from '../../contract/fix-requests.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import { keyOf, noChanges, type Pending, type Place, placesOf, targetOf, withTargets } from './pending-changes.ts';

/** Proposed where a last day is over: long enough not to be asked for again next month, and no row without an end. */
const proposedDays = 365;

export interface Proposed {
  readonly schedule: ProposedSchedule;
  readonly place: Place;
  /** Ticks that are asked for and are not there. */
  readonly missing: ColumnSet;
  /** Ticks that are to be taken away and are there. */
  readonly surplus: ColumnSet;
  /** The last day that is proposed; null: none is asked for, or one has been set. */
  readonly nextDay: string | null;
}

/** Those of the schedules that the clinic has. */
export function proposedOn(matrix: ProviderPermissions, { schedules }: FixProposal): Proposed[] {
  const places = new Map(placesOf(matrix).map((place) => [keyOf(place), place]));
  return schedules.flatMap((schedule) => {
    const place = places.get(`${schedule.officeId}/${schedule.providerId}`);
    if (!place) return [];
    const setOf = (some: readonly { readonly column: Column }[]): ColumnSet =>
      some.reduce((set, { column }) => set | bitOf[column], 0);
    const isOver = schedule.until !== null && place.row.lapsed;
    const nextDay = isOver ? (dayAfter(place.office.today, proposedDays) ?? null) : null;
    return [
      {
        schedule,
        place,
        missing: setOf(schedule.cells) & ~place.row.columns,
        surplus: setOf(schedule.removals) & place.row.columns,
        nextDay,
      },
    ];
  });
}

/** Everything that is proposed, or nothing of it; what else is pending stays. */
export function withAll(pending: Pending, all: readonly Proposed[], chosen: boolean): Pending {
  return withTargets(
    pending,
    all.map(({ place, missing, surplus, nextDay }) => {
      const { columns, accessUntilDay } = targetOf(pending, place);
      const day = nextDay === null ? accessUntilDay : chosen ? nextDay : place.row.accessUntilDay;
      const changed = chosen ? (columns | missing) & ~surplus : (columns & ~missing) | surplus;
      return [place, { columns: changed, accessUntilDay: day }] as const;
    }),
  );
}

export const proposedAtFirst = (matrix: ProviderPermissions, fix: FixProposal): Pending =>
  withAll(noChanges, proposedOn(matrix, fix), true);

/** ticked: as it is to be, whether it is asked for or is to go. */
export function withCell(pending: Pending, place: Place, column: Column, ticked: boolean): Pending {
  const { columns, accessUntilDay } = targetOf(pending, place);
  return withTargets(pending, [
    [place, { columns: ticked ? columns | bitOf[column] : columns & ~bitOf[column], accessUntilDay }],
  ]);
}

export const withDay = (pending: Pending, place: Place, accessUntilDay: string | null): Pending =>
  withTargets(pending, [[place, { columns: targetOf(pending, place).columns, accessUntilDay }]]);

/** How much of it is chosen: each tick, each day and each office counts as one. */
export function countChosen(
  pending: Pending,
  all: readonly Proposed[],
): { readonly chosen: number; readonly all: number } {
  let [chosen, whole] = [0, 0];
  const count = (set: ColumnSet) => Object.values(bitOf).filter((bit) => (set & bit) !== 0).length;
  for (const { place, missing, surplus, nextDay } of all) {
    const target = targetOf(pending, place);
    whole += count(missing) + count(surplus) + (nextDay === null ? 0 : 1);
    chosen += count(missing & target.columns) + count(surplus & ~target.columns);
    if (nextDay !== null && isDayChosen(place, target.accessUntilDay)) chosen += 1;
  }
  return { chosen, all: whole };
}

export const isDayChosen = ({ row }: Place, day: string | null): boolean => day !== row.accessUntilDay;
