// Cells of the matrix under the names that people know. Roster level alone.
import { type ColumnSet, columnsIn } from '../../fhir/columns.ts';
import type { NamedCell } from '../contract/chart.ts';
import type { HeldPlace } from './chart.sql.ts';

/** The cells of `needed` that are not held, place by place. */
export const cellsMissing = (places: readonly HeldPlace[], needed: ColumnSet): NamedCell[] =>
  places.flatMap(({ columns, ...place }) => columnsIn(needed & ~columns).map((column) => ({ ...place, column })));
