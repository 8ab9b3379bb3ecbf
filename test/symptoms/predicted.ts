// What section 4 of docs/domain.md says that a missing cell does to the portal, written from that table alone. Nothing of ours is imported:
// what this says is what the portal is held against.

/** In the order in which the matrix has them; the first is the lowest bit of a mask. */
const columns = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'];

/** The published symptoms; the fifth of a document and of a laboratory result, which need different cells. */
export type Symptom =
  | '1 the provider is not on the Patients page'
  | '2 his bookings are not listed'
  | '3 no reminder is sent'
  | '4 the patient cannot confirm'
  | '5 a document cannot be attached'
  | '5 a laboratory result cannot be attached';

export const needs: Readonly<Record<Symptom, readonly string[]>> = {
  '1 the provider is not on the Patients page': ['Visible'],
  '2 his bookings are not listed': ['Visible', 'Scheduling', 'Patient'],
  '3 no reminder is sent': ['Visible', 'Scheduling', 'Patient'],
  '4 the patient cannot confirm': ['Visible', 'Scheduling'],
  '5 a document cannot be attached': ['Visible', 'EMR'],
  '5 a laboratory result cannot be attached': ['Visible', 'Labs'],
};

const holds = (mask: number, column: string): boolean => (mask >> columns.indexOf(column)) % 2 === 1;

/** Every symptom that a pair with this mask (0 to 63) has; any other it has not. */
export const predictedSymptoms = (mask: number): Symptom[] =>
  (Object.keys(needs) as Symptom[]).filter((symptom) => needs[symptom].some((column) => !holds(mask, column)));

/** The columns that the portal has to name where *Save for Ocean* does not bring all: those of Visible, EMR and Labs that are not ticked. That
 * the others hold only with Visible (section 3) is no reason to name a tick that is there. */
export const predictedLacking = (mask: number): string[] =>
  ['EMR', 'Labs', 'Visible'].filter((column) => !holds(mask, column));
