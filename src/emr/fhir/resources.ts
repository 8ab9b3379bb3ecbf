// The resource types that this server reads: where each comes from, who may see it (the one predicate, first wall), what it can
// be searched and sorted by. Read, search, include and export are all made from this table.
import { type ColumnSet, columnsNeeded, noColumns } from '../../fhir/columns.ts';
import {
  appointmentJson,
  locationJson,
  organizationJson,
  patientJson,
  practitionerJson,
  practitionerRoleJson,
  scheduleJson,
} from './builders.sql.ts';
import { chartResources } from './chart-resources.ts';
import { heldPair } from './held-pair.ts';
import { subscriptionResource } from './subscription-resource.ts';

export const resourceTypes = [
  'Organization',
  'Location',
  'Practitioner',
  'PractitionerRole',
  'Schedule',
  'Patient',
  'Appointment',
  'DocumentReference',
  'Binary',
  'Encounter',
  'DiagnosticReport',
  'Observation',
  'Account',
  'ChargeItem',
  'Coverage',
  'Task',
  'QuestionnaireResponse',
  'Consent',
  'Subscription',
] as const;
export type ResourceType = (typeof resourceTypes)[number];
/**
 * A Binary's content is fetched by itself; what an export could say of it stands in its DocumentReference. Subscriptions are the client's,
 * and no part of the record.
 */
export const exportedTypes = resourceTypes.filter((type) => type !== 'Binary' && type !== 'Subscription');

/** How a search parameter becomes a condition. `columns` are SQL columns of the type's own aliases. */
export type SearchParameter =
  | { readonly kind: 'date'; readonly column: string }
  | { readonly kind: 'token'; readonly column: string }
  | { readonly kind: 'boolean'; readonly column: string }
  /** An exact value without a system. */
  | { readonly kind: 'identifier'; readonly column: string }
  /** The beginning of any of the columns, whatever the case. */
  | { readonly kind: 'string'; readonly columns: readonly string[] }
  | { readonly kind: 'reference'; readonly columns: Readonly<Record<string, string>> };

export interface Resource {
  readonly json: string;
  /** From and join; $tenant and $user stand for the principal. */
  readonly from: string;
  /** The predicate; with the joins above it is the first wall. */
  readonly where: string;
  readonly id: string;
  /** Absent: the type has no version and cannot be asked by _lastUpdated. */
  readonly lastUpdated?: string;
  readonly sorts: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, SearchParameter>>;
  /** Include name → target type → the column that holds its id. */
  readonly includes: Readonly<Record<string, Readonly<Partial<Record<ResourceType, string>>>>>;
  /** Columns of the pair that a row needs; none: office membership alone. */
  readonly needs: ColumnSet;
  /** Where every version is, by the same aliases and under the same predicate; absent: no versions are kept. */
  readonly historyFrom?: string;
  /** Elements of _summary=true and, with them, those that _elements may not leave out. */
  readonly summary: readonly string[];
  readonly mandatory: readonly string[];
}

const id = (column: string) => ({ _id: column });

const scheduleReferences = { Practitioner: 's.provider_id', Location: 's.office_id' };
const appointmentActors = { Patient: 'a.patient_id', Practitioner: 'a.provider_id', Location: 'a.office_id' };
const ofSchedule = {
  from: `provider_schedule s ${heldPair('s', columnsNeeded.Schedule)}
    join provider v on v.tenant_id = s.tenant_id and v.provider_id = s.provider_id`,
  where: 's.tenant_id = $tenant',
  lastUpdated: 's.last_updated',
  needs: columnsNeeded.Schedule,
};

export const resources: Readonly<Record<ResourceType, Resource>> = {
  Organization: {
    json: organizationJson,
    from: 'tenant t',
    where: `t.tenant_id = $tenant and exists (select 1 from held_office m where m.tenant_id = $tenant and m.user_id = $user)`,
    id: 't.tenant_id::text',
    sorts: id('t.tenant_id::text'),
    parameters: {},
    includes: {},
    needs: noColumns,
    summary: ['active', 'name'],
    mandatory: [],
  },
  Location: {
    json: locationJson,
    from: `office o join held_office m on m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $user`,
    where: 'o.tenant_id = $tenant',
    id: 'o.office_id',
    lastUpdated: 'o.last_updated',
    sorts: { ...id('o.office_id'), _lastUpdated: 'o.last_updated' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 'o.last_updated' },
      status: { kind: 'token', column: `case when o.active then 'active' else 'inactive' end` },
    },
    includes: {},
    needs: noColumns,
    summary: ['status', 'name', 'mode', 'managingOrganization'],
    mandatory: [],
  },
  Practitioner: {
    json: practitionerJson,
    from: 'provider v',
    where: `v.tenant_id = $tenant and exists (select 1 from held_grant g where g.tenant_id = v.tenant_id and g.user_id = $user
              and g.provider_id = v.provider_id and (g.columns & ${columnsNeeded.Practitioner}) = ${columnsNeeded.Practitioner})`,
    id: 'v.provider_id',
    lastUpdated: 'v.last_updated',
    sorts: { ...id('v.provider_id'), _lastUpdated: 'v.last_updated' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 'v.last_updated' },
      active: { kind: 'boolean', column: 'v.active' },
    },
    includes: {},
    needs: columnsNeeded.Practitioner,
    summary: ['active', 'name'],
    mandatory: [],
  },
  PractitionerRole: {
    ...ofSchedule,
    json: practitionerRoleJson,
    id: 's.practitioner_role_id',
    sorts: { ...id('s.practitioner_role_id'), _lastUpdated: 's.last_updated' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 's.last_updated' },
      active: { kind: 'boolean', column: 's.active' },
      practitioner: { kind: 'reference', columns: { Practitioner: 's.provider_id' } },
      location: { kind: 'reference', columns: { Location: 's.office_id' } },
    },
    includes: { practitioner: { Practitioner: 's.provider_id' }, location: { Location: 's.office_id' } },
    summary: ['active', 'practitioner', 'organization', 'location'],
    mandatory: [],
  },
  Schedule: {
    ...ofSchedule,
    json: scheduleJson,
    id: 's.schedule_id',
    sorts: { ...id('s.schedule_id'), _lastUpdated: 's.last_updated' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 's.last_updated' },
      active: { kind: 'boolean', column: 's.active' },
      actor: { kind: 'reference', columns: scheduleReferences },
    },
    includes: { actor: scheduleReferences },
    summary: ['active', 'actor'],
    mandatory: ['actor'],
  },
  Patient: {
    json: patientJson,
    from: 'patient p',
    where: `p.tenant_id = $tenant and p.patient_id in (
      select k.patient_id from patient_pair k ${heldPair('k', columnsNeeded.Patient)} where k.tenant_id = $tenant)`,
    id: 'p.patient_id',
    lastUpdated: 'p.last_updated',
    sorts: { ...id('p.patient_id'), _lastUpdated: 'p.last_updated' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 'p.last_updated' },
      active: { kind: 'boolean', column: 'p.active' },
      identifier: { kind: 'identifier', column: 'p.chart_number' },
      birthdate: { kind: 'date', column: 'p.birth_date' },
      family: { kind: 'string', columns: ['p.family'] },
      given: { kind: 'string', columns: ['p.given'] },
      name: { kind: 'string', columns: ['p.family', 'p.given'] },
      email: { kind: 'identifier', column: 'p.email' },
      phone: { kind: 'identifier', column: 'p.phone' },
    },
    includes: {},
    historyFrom: 'patient_history p',
    needs: columnsNeeded.Patient,
    summary: ['identifier', 'active', 'name', 'telecom', 'gender', 'birthDate'],
    mandatory: [],
  },
  Appointment: {
    json: appointmentJson,
    from: `appointment a ${heldPair('a', columnsNeeded.Appointment)}`,
    historyFrom: `appointment_history a ${heldPair('a', columnsNeeded.Appointment)}`,
    where: 'a.tenant_id = $tenant',
    id: 'a.appointment_id',
    lastUpdated: 'a.last_updated',
    sorts: { ...id('a.appointment_id'), _lastUpdated: 'a.last_updated', date: 'a.start_at' },
    parameters: {
      _lastUpdated: { kind: 'date', column: 'a.last_updated' },
      date: { kind: 'date', column: 'a.start_at' },
      status: { kind: 'token', column: 'a.status' },
      practitioner: { kind: 'reference', columns: { Practitioner: 'a.provider_id' } },
      location: { kind: 'reference', columns: { Location: 'a.office_id' } },
      patient: { kind: 'reference', columns: { Patient: 'a.patient_id' } },
      actor: { kind: 'reference', columns: appointmentActors },
    },
    includes: {
      patient: { Patient: 'a.patient_id' },
      practitioner: { Practitioner: 'a.provider_id' },
      location: { Location: 'a.office_id' },
      actor: appointmentActors,
    },
    needs: columnsNeeded.Appointment,
    summary: ['status', 'serviceType', 'start', 'end', 'participant'],
    // The invariants app-2 and app-3 of Appointment ask for both times.
    mandatory: ['status', 'start', 'end', 'participant'],
  },
  ...chartResources,
  Subscription: subscriptionResource,
};

export const isResourceType = (text: string): text is ResourceType => resourceTypes.some((type) => type === text);
