// The predicate in TypeScript. The same rule stands in SQL twice, as the view held_grant and in row-level security; a property
// test holds the three together. A user holds a column on a pair (office, provider) when he is active, belongs to the office, the
// pair's row has not lapsed, and it has the column and Visible. A grant at one office says nothing about another.
import { bitOf, type ColumnSet, noColumns } from '../../fhir/columns.ts';

export interface GrantRow {
  readonly officeId: string;
  readonly providerId: string;
  readonly columns: ColumnSet;
  /** The instant at which the row lapses; null: no end. */
  readonly accessUntil: Date | null;
}

export interface GrantsOfUser {
  readonly active: boolean;
  /** Offices that the user belongs to. */
  readonly offices: Iterable<string>;
  readonly rows: Iterable<GrantRow>;
  readonly now: Date;
}

/** office → provider → columns that hold. A pair that is not in it holds nothing. */
export type Permissions = ReadonlyMap<string, ReadonlyMap<string, ColumnSet>>;

/** Good for as long as the permission version that the rows were read under, and no longer than the next lapse. */
export function compilePermissions({ active, offices, rows, now }: GrantsOfUser): Permissions {
  const held = new Map<string, Map<string, ColumnSet>>();
  if (!active) return held;
  for (const office of offices) held.set(office, new Map());
  for (const { officeId, providerId, columns, accessUntil } of rows) {
    const lapsed = accessUntil !== null && accessUntil.getTime() <= now.getTime();
    if (lapsed || (columns & bitOf.Visible) === 0) continue;
    held.get(officeId)?.set(providerId, columns);
  }
  return held;
}

export function columnsOnPair(permissions: Permissions, officeId: string, providerId: string): ColumnSet {
  return permissions.get(officeId)?.get(providerId) ?? noColumns;
}

/** `needed` is at least one column; nothing is needed of nobody. */
export function holdsPair(permissions: Permissions, officeId: string, providerId: string, needed: ColumnSet): boolean {
  const held = permissions.get(officeId)?.get(providerId);
  return held !== undefined && (held & needed) === needed;
}
