import { type ColumnSet, columnsNeeded } from '../../fhir/columns.ts';
import type { ChartTabName } from '../contract/chart.ts';

/** What opens the entries of each tab, on the entry's own pair. */
export const neededByTab: Readonly<Record<ChartTabName, ColumnSet>> = {
  // A booking under a patient says whose it is, so Patient is needed too: the scheduler withholds the name without it.
  appointments: columnsNeeded.Appointment | columnsNeeded.Patient,
  documents: columnsNeeded.DocumentReference,
  notes: columnsNeeded.Encounter,
  results: columnsNeeded.DiagnosticReport,
  bills: columnsNeeded.ChargeItem,
};
