// What the pending changes open and stop once they are saved. A tick alone opens nothing: the row must not have lapsed, the provider
// must be Visible, and the user must belong to the office.
import { bitOf, type Column, type ColumnSet, columns, noColumns } from '../../../fhir/columns.ts';
import { type Place, type RowChange, staysLapsed, type Target } from './pending-changes.ts';

export interface Effect {
  readonly column: Column;
  readonly places: readonly Place[];
}
export type WhyIdle = 'no-member' | 'lapsed' | 'not-visible';
export interface Effects {
  readonly opens: readonly Effect[];
  readonly stops: readonly Effect[];
  /** Rows in which a tick is added that opens nothing, and why. */
  readonly idle: readonly { readonly place: Place; readonly why: WhyIdle }[];
}

const whyNothingHolds = (place: Place, target: Target): WhyIdle | undefined => {
  if (!place.office.member) return 'no-member';
  if (staysLapsed(place, target)) return 'lapsed';
  return target.columns & bitOf.Visible ? undefined : 'not-visible';
};

/** What a row lets its user read, as it is or as it would be. */
export const holdsIn = (place: Place, target: Target): ColumnSet =>
  whyNothingHolds(place, target) ? noColumns : target.columns;

export function effectsOf(changes: readonly RowChange[], targetOf: (place: Place) => Target): Effects {
  const rows = changes.map(({ place, cells }) => ({
    place,
    cells,
    before: holdsIn(place, place.row),
    after: holdsIn(place, targetOf(place)),
  }));
  const collect = (moved: (row: { before: ColumnSet; after: ColumnSet }) => ColumnSet): Effect[] =>
    columns.flatMap((column) => {
      const places = rows.filter((row) => (moved(row) & bitOf[column]) !== 0).map(({ place }) => place);
      return places.length > 0 ? [{ column, places }] : [];
    });
  return {
    opens: collect(({ before, after }) => after & ~before),
    stops: collect(({ before, after }) => before & ~after),
    idle: rows.flatMap(({ place, cells }) => {
      const why = cells.some(({ granted }) => granted) ? whyNothingHolds(place, targetOf(place)) : undefined;
      return why ? [{ place, why }] : [];
    }),
  };
}
