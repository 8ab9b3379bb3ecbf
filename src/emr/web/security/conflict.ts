// Two administrators, one matrix: what the other one saved beside what is pending here, cell by cell.
import { bitOf, type Column, columns } from '../../../fhir/columns.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import {
  keyOf,
  noChanges,
  type Pending,
  type Place,
  placesOf,
  type Target,
  targetOf,
  withTargets,
} from './pending-changes.ts';

type Value = boolean | string | null;

/** A column's tick (boolean), or *Access Until* (a day or null): when the changes began, as saved since, and as pending here. */
export interface ConflictCell {
  readonly key: string;
  /** The row as it is saved now. */
  readonly place: Place;
  readonly field: Column | 'until';
  readonly began: Value;
  readonly theirs: Value;
  readonly mine: Value;
}

export interface Conflict {
  readonly cells: readonly ConflictCell[];
  /** Rows with changes pending here that are no provider schedule any more: they cannot be kept. */
  readonly gone: readonly Place[];
  /** Nobody else changed a cell: the version alone moved, and what is pending can go on as it is. */
  readonly harmless: boolean;
}

export type Side = 'mine' | 'theirs';

const savedIn = (target: Target, field: Column | 'until'): Value =>
  field === 'until' ? target.accessUntilDay : (target.columns & bitOf[field]) !== 0;

/** Cells that either side changed, and that the two do not agree on. */
export function conflictOf(base: ProviderPermissions, theirs: ProviderPermissions, pending: Pending): Conflict {
  const now = new Map(placesOf(theirs).map((place) => [keyOf(place), place]));
  const cells: ConflictCell[] = [];
  const gone: Place[] = [];
  for (const before of placesOf(base)) {
    const place = now.get(keyOf(before));
    if (!place) {
      if (pending.has(keyOf(before))) gone.push(before);
      continue;
    }
    const mine = targetOf(pending, before);
    for (const field of [...columns, 'until'] as const) {
      const values = {
        began: savedIn(before.row, field),
        theirs: savedIn(place.row, field),
        mine: savedIn(mine, field),
      };
      if (values.theirs !== values.mine) cells.push({ key: `${keyOf(place)}/${field}`, place, field, ...values });
    }
  }
  return { cells, gone, harmless: gone.length === 0 && cells.every((cell) => cell.theirs === cell.began) };
}

/** Whoever changed a cell keeps it, unless a person says otherwise; where both did, mine is proposed and theirs is shown. */
export const sideAtFirst = ({ began, mine }: ConflictCell): Side => (mine === began ? 'theirs' : 'mine');

/** What is pending on top of what is saved now, once each cell has its side. */
export function resolved(cells: readonly ConflictCell[], sides: ReadonlyMap<string, Side>): Pending {
  return cells.reduce((pending, cell) => {
    if ((sides.get(cell.key) ?? sideAtFirst(cell)) === 'theirs') return pending;
    const { columns: ticked, accessUntilDay } = targetOf(pending, cell.place);
    const target: Target =
      cell.field === 'until'
        ? { columns: ticked, accessUntilDay: cell.mine as string | null }
        : { columns: cell.mine ? ticked | bitOf[cell.field] : ticked & ~bitOf[cell.field], accessUntilDay };
    return withTargets(pending, [[cell.place, target]]);
  }, noChanges);
}
