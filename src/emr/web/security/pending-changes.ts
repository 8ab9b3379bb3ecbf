// What has been ticked and is not saved yet: the rows as they would be, beside the rows as they were when the changes began.
import { bitOf, type Column, type ColumnSet, columns } from '../../../fhir/columns.ts';
import { dayAfter } from '../../../ui/day-after.ts';
import type { CellState } from '../../../ui/PermissionCell.tsx';
import type {
  PermissionOffice,
  PermissionRow,
  ProviderPermissions,
  SetProviderPermissionsRequest,
} from '../../contract/security.ts';

export interface Place {
  readonly office: PermissionOffice;
  readonly row: PermissionRow;
}
/** A row as it would be saved. */
export interface Target {
  readonly columns: ColumnSet;
  readonly accessUntilDay: string | null;
}
/** By `office/provider` (no FHIR id has a slash). A row that is as it was is not here. */
export type Pending = ReadonlyMap<string, Target>;

export const noChanges: Pending = new Map();

export const keyOf = ({ office, row }: Place): string => `${office.officeId}/${row.providerId}`;

export const placesOf = (matrix: ProviderPermissions): Place[] =>
  matrix.offices.flatMap((office) => office.rows.map((row) => ({ office, row })));

export const targetOf = (pending: Pending, place: Place): Target => pending.get(keyOf(place)) ?? place.row;

const isAsItWas = (row: PermissionRow, target: Target): boolean =>
  row.columns === target.columns && row.accessUntilDay === target.accessUntilDay;

export function withTargets(pending: Pending, targets: readonly (readonly [Place, Target])[]): Pending {
  const changed = new Map(pending);
  for (const [place, { columns: ticked, accessUntilDay }] of targets) {
    const target = { columns: ticked, accessUntilDay };
    if (isAsItWas(place.row, target)) changed.delete(keyOf(place));
    else changed.set(keyOf(place), target);
  }
  return changed;
}

/** How many of the places have all of `set` ticked. */
export const heldIn = (pending: Pending, places: readonly Place[], set: ColumnSet): number =>
  places.filter((place) => (targetOf(pending, place).columns & set) === set).length;

/** Ticks all of `set` in all the places, or, where all of it is ticked already, clears it. */
export function toggled(pending: Pending, places: readonly Place[], set: ColumnSet): Pending {
  const all = heldIn(pending, places, set) === places.length;
  return withTargets(
    pending,
    places.map((place) => {
      const { columns: ticked, accessUntilDay } = targetOf(pending, place);
      return [place, { columns: all ? ticked & ~set : ticked | set, accessUntilDay }] as const;
    }),
  );
}

/** The last day is over: `today` is the office's. Days as YYYY-MM-DD compare as text. */
const isOver = (accessUntilDay: string | null, today: string): boolean =>
  accessUntilDay !== null && accessUntilDay < today;

export const staysLapsed = ({ office }: Place, target: Target): boolean => isOver(target.accessUntilDay, office.today);

/** How near the end of a row is: over, or within `soonDays`. */
export type RowEnd = 'lapsed' | 'soon';
const soonDays = 14;
export function endOf({ office }: Place, { accessUntilDay }: Target): RowEnd | undefined {
  if (accessUntilDay === null) return undefined;
  if (isOver(accessUntilDay, office.today)) return 'lapsed';
  return accessUntilDay <= (dayAfter(office.today, soonDays) ?? '') ? 'soon' : undefined;
}

/** The row ends within so many days, and has not ended yet. */
export const endsWithin = ({ office, row: { accessUntilDay } }: Place, days: number): boolean =>
  accessUntilDay !== null && accessUntilDay >= office.today && accessUntilDay <= (dayAfter(office.today, days) ?? '');

/** `asked`: the published procedure asks for all six columns of this user, so an empty cell is a gap. */
export function cellStateOf(place: Place, target: Target, column: Column, asked: boolean): CellState {
  const was = (place.row.columns & bitOf[column]) !== 0;
  const is = (target.columns & bitOf[column]) !== 0;
  if (was !== is) return is ? 'will-grant' : 'will-take';
  if (!is) return asked ? 'needed' : 'not-held';
  if (staysLapsed(place, target)) return 'lapsed';
  return place.row.lapsed ? 'will-grant' : 'held';
}

/** A row that gives the integration user less than the published procedure asks for: nothing holds outside of its offices. */
export const isGap = ({ office, row }: Place): boolean =>
  !office.member || row.lapsed || columns.some((column) => !(row.columns & bitOf[column]));

export interface RowChange {
  readonly place: Place;
  readonly cells: readonly { readonly column: Column; readonly granted: boolean }[];
  readonly until: { readonly from: string | null; readonly to: string | null } | undefined;
}

export function changesOf(matrix: ProviderPermissions, pending: Pending): RowChange[] {
  return placesOf(matrix).flatMap((place) => {
    const target = pending.get(keyOf(place));
    if (!target) return [];
    const { row } = place;
    const cells = columns.flatMap((column) => {
      const granted = (target.columns & bitOf[column]) !== 0;
      return granted === ((row.columns & bitOf[column]) !== 0) ? [] : [{ column, granted }];
    });
    const moved = target.accessUntilDay !== row.accessUntilDay;
    return [{ place, cells, until: moved ? { from: row.accessUntilDay, to: target.accessUntilDay } : undefined }];
  });
}

export const countChanges = (changes: readonly RowChange[]): number =>
  changes.reduce((sum, { cells, until }) => sum + cells.length + (until ? 1 : 0), 0);

export function requestOf(matrix: ProviderPermissions, pending: Pending): SetProviderPermissionsRequest['changes'] {
  return placesOf(matrix).flatMap((place) => {
    const target = pending.get(keyOf(place));
    return target ? [{ officeId: place.office.officeId, providerId: place.row.providerId, ...target }] : [];
  });
}
