// The need manifest (docs/domain.md, section 4): what each portal feature needs of the EMR, per provider schedule. One file, versioned.
import { type ColumnSet, columnSet } from '../../fhir/columns.ts';

export const needManifestVersion = 1;

export const features = [
  'provider-list',
  'day-sheet',
  'reminders',
  'confirm',
  'attachments',
  'filing',
  'balance',
] as const;
export type Feature = (typeof features)[number];

export const columnsNeededBy: Readonly<Record<Feature, ColumnSet>> = {
  'provider-list': columnSet('Visible'),
  'day-sheet': columnSet('Visible', 'Scheduling', 'Patient'),
  reminders: columnSet('Visible', 'Scheduling', 'Patient'),
  confirm: columnSet('Visible', 'Scheduling'),
  attachments: columnSet('Visible', 'EMR', 'Labs'),
  filing: columnSet('Visible', 'EMR'),
  balance: columnSet('Visible', 'Billing'),
};

export function columnsNeededByAll(switchedOn: readonly Feature[]): ColumnSet {
  return switchedOn.reduce((set, feature) => set | columnsNeededBy[feature], 0);
}

/** What the portal needs of a schedule for a feature that is about a patient of a booking that it lists. */
const listedBooking = columnSet('Visible', 'Scheduling', 'Patient');

/**
 * What a feature needs at its own schedule beside columnsNeededBy, because it begins at a booking that the portal lists with its patient. The
 * EMR refuses nothing for want of these, so they are no gap of the feature; whoever takes them away leaves it nothing to begin at.
 */
export const columnsRestedOn: Readonly<Record<Feature, ColumnSet>> = {
  'provider-list': 0,
  'day-sheet': listedBooking,
  reminders: listedBooking,
  confirm: listedBooking,
  attachments: listedBooking,
  filing: listedBooking,
  balance: listedBooking,
};
