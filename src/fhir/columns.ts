// The six columns of Provider Permissions, and the one table of what each opens (docs/domain.md prints it). Both organisations
// name columns on the wire by these codes, so they stand with the wire's vocabulary.

export const columns = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'] as const;
export type Column = (typeof columns)[number];

/** A set of columns as bits: Patient 1, Scheduling 2, Billing 4, EMR 8, Labs 16, Visible 32. */
export type ColumnSet = number;

export const bitOf: Readonly<Record<Column, ColumnSet>> = {
  Patient: 1,
  Scheduling: 2,
  Billing: 4,
  EMR: 8,
  Labs: 16,
  Visible: 32,
};

export const noColumns: ColumnSet = 0;
export const allColumns: ColumnSet = 63;

export function columnSet(...named: readonly Column[]): ColumnSet {
  return named.reduce((set, column) => set | bitOf[column], noColumns);
}

export function columnsIn(set: ColumnSet): Column[] {
  return columns.filter((column) => (set & bitOf[column]) !== 0);
}

export function includesColumns(set: ColumnSet, needed: ColumnSet): boolean {
  return (set & needed) === needed;
}

/**
 * What each resource type needs on its pair (office, provider). Visible is part of every row: no other column opens anything
 * without it. Location and Organization need office membership alone.
 */
export const columnsNeeded = {
  Practitioner: columnSet('Visible'),
  PractitionerRole: columnSet('Visible'),
  Schedule: columnSet('Visible'),
  Appointment: columnSet('Visible', 'Scheduling'),
  Slot: columnSet('Visible', 'Scheduling'),
  Communication: columnSet('Visible', 'Scheduling'),
  Task: columnSet('Visible', 'Scheduling'),
  Patient: columnSet('Visible', 'Patient'),
  RelatedPerson: columnSet('Visible', 'Patient'),
  DocumentReference: columnSet('Visible', 'EMR'),
  Binary: columnSet('Visible', 'EMR'),
  Encounter: columnSet('Visible', 'EMR'),
  QuestionnaireResponse: columnSet('Visible', 'EMR'),
  Consent: columnSet('Visible', 'EMR'),
  DiagnosticReport: columnSet('Visible', 'Labs'),
  Observation: columnSet('Visible', 'Labs'),
  Account: columnSet('Visible', 'Billing'),
  ChargeItem: columnSet('Visible', 'Billing'),
  Coverage: columnSet('Visible', 'Billing'),
} as const satisfies Readonly<Record<string, ColumnSet>>;
