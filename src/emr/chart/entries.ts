import { type ColumnSet, columnsNeeded } from '../../fhir/columns.ts';
import type { ChartTabName } from '../contract/chart.ts';

/** What opens the entries of each tab, on the entry's own pair. */
export const neededByTab: Readonly<Record<ChartTabName, ColumnSet>> = {
  documents: columnsNeeded.DocumentReference,
  notes: columnsNeeded.Encounter,
  results: columnsNeeded.DiagnosticReport,
  bills: columnsNeeded.ChargeItem,
};
