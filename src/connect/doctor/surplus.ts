// Least privilege: what the EMR grants and nothing here needs. Pure, as diagnose.ts is, and over the same facts.
//
// 1. Taking away exactly the surplus makes no gap, mends none, and changes nothing of what a run reads for what is switched on.
// 2. At a selected schedule all that is switched on is kept, with what it rests on, and what a run reads with; the rest is surplus.
// 3. Of a provider whom nobody selected all is surplus; not of one about whom nobody has decided yet: that is asked first.
// 4. Ticks count, and not what holds: a row that lapsed would open again with a new last day.
// 5. Where the EMR says nothing of permissions nothing is known to be too much.
import { bitOf, type Column, type ColumnSet, columns } from '../../fhir/columns.ts';
import { columnsNeededBy, columnsRestedOn, type Feature, features } from '../contract/features.ts';
import type { Need, SurplusReason } from '../contract/least-privilege.ts';
import { readableColumns } from '../sync/plan-slices.ts';
import type { Facts, Pair } from './diagnose.ts';

export interface Surplus extends Pair {
  /** Ticks that may go; never none. */
  readonly columns: ColumnSet;
  readonly why: SurplusReason;
}

export const columnsKeptFor = (switchedOn: readonly Feature[]): ColumnSet =>
  switchedOn.reduce((set, feature) => set | columnsNeededBy[feature] | columnsRestedOn[feature], readableColumns);

/** What each column is needed for at a selected schedule. */
export function needsOf(switchedOn: readonly Feature[]): Record<Column, readonly Need[]> {
  const needs = {} as Record<Column, readonly Need[]>;
  for (const column of columns) {
    const needing = features.filter(
      (feature) =>
        switchedOn.includes(feature) && ((columnsNeededBy[feature] | columnsRestedOn[feature]) & bitOf[column]) !== 0,
    );
    needs[column] = (readableColumns & bitOf[column]) !== 0 ? ['synchronising', ...needing] : needing;
  }
  return needs;
}

export type SurplusFacts = Pick<Facts, 'certainty' | 'features' | 'selected' | 'undecided' | 'roster'>;

export function surplusOf(facts: SurplusFacts): Surplus[] {
  if (facts.certainty !== 'proved') return [];
  const kept = columnsKeptFor(facts.features);
  return facts.roster.flatMap(({ officeId, providerId, granted }): Surplus[] => {
    const selected = facts.selected.has(providerId);
    if (!selected && facts.undecided.has(providerId)) return [];
    const set = selected ? granted & ~kept : granted;
    return set === 0 ? [] : [{ officeId, providerId, columns: set, why: selected ? 'no-feature' : 'not-selected' }];
  });
}
