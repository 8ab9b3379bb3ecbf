// The chart's part of the table in resources.ts.
import { columnsNeeded } from '../../fhir/columns.ts';
import { balanceCents } from '../chart/chart.sql.ts';
import * as json from './chart-builders.sql.ts';
import { heldPair } from './held-pair.ts';
import type { Resource, SearchParameter } from './resources.ts';

const schedule = `join provider_schedule s on s.tenant_id = e.tenant_id and s.office_id = e.office_id and s.provider_id = e.provider_id`;
const entry = (table: string, needed: number) => ({
  from: `${table} e ${heldPair('e', needed)} ${schedule}`,
  where: 'e.tenant_id = $tenant',
  lastUpdated: 'e.last_updated',
  needs: needed,
});

/** What is changed after it was filed, each version kept. */
const filed = (table: string, needed: number) => ({
  ...entry(table, needed),
  historyFrom: `${table}_history e ${heldPair('e', needed)} ${schedule}`,
});

const patientOf = { Patient: 'e.patient_id' };
const roles = { Practitioner: 'e.provider_id', PractitionerRole: 's.practitioner_role_id' };
const date = (column: string): SearchParameter => ({ kind: 'date', column });
const reference = (columns: Readonly<Record<string, string>>): SearchParameter => ({ kind: 'reference', columns });

const common = {
  _lastUpdated: date('e.last_updated'),
  status: { kind: 'token', column: 'e.status' },
  patient: reference(patientOf),
} as const satisfies Record<string, SearchParameter>;
// Who did it is asked for by the practitioner alone: what was withheld is told within the filter, and a role is no filter of the matrix.
const byPractitioner = reference({ Practitioner: 'e.provider_id' });

type ChartType =
  | 'DocumentReference'
  | 'Binary'
  | 'Encounter'
  | 'DiagnosticReport'
  | 'Observation'
  | 'Account'
  | 'ChargeItem'
  | 'Coverage'
  | 'Task'
  | 'QuestionnaireResponse'
  | 'Consent';

export const chartResources: Readonly<Record<ChartType, Resource>> = {
  DocumentReference: {
    ...entry('document', columnsNeeded.DocumentReference),
    from: `document e ${heldPair('e', columnsNeeded.DocumentReference)} ${schedule}
      join binary_content b on b.tenant_id = e.tenant_id and b.binary_id = e.binary_id`,
    json: json.documentReferenceJson,
    id: 'e.document_id',
    sorts: { _id: 'e.document_id', _lastUpdated: 'e.last_updated', date: 'e.filed_at' },
    parameters: { ...common, subject: common.patient, date: date('e.filed_at'), author: byPractitioner },
    includes: { patient: patientOf, subject: patientOf, author: roles },
    summary: ['status', 'category', 'subject', 'date', 'author', 'description', 'content'],
    mandatory: ['status', 'content'],
  },
  Binary: {
    from: `document e ${heldPair('e', columnsNeeded.Binary)}
      join binary_content b on b.tenant_id = e.tenant_id and b.binary_id = e.binary_id`,
    where: 'e.tenant_id = $tenant',
    lastUpdated: 'b.last_updated',
    needs: columnsNeeded.Binary,
    json: json.binaryJson,
    id: 'b.binary_id',
    sorts: { _id: 'b.binary_id', _lastUpdated: 'b.last_updated' },
    parameters: { _lastUpdated: date('b.last_updated') },
    includes: {},
    summary: ['contentType', 'securityContext'],
    mandatory: ['contentType'],
  },
  Encounter: {
    ...entry('encounter', columnsNeeded.Encounter),
    json: json.encounterJson,
    id: 'e.encounter_id',
    sorts: { _id: 'e.encounter_id', _lastUpdated: 'e.last_updated', date: 'e.start_at' },
    parameters: {
      ...common,
      subject: common.patient,
      date: date('e.start_at'),
      participant: byPractitioner,
      practitioner: byPractitioner,
      location: reference({ Location: 'e.office_id' }),
    },
    includes: { patient: patientOf, subject: patientOf, participant: roles, location: { Location: 'e.office_id' } },
    summary: ['status', 'class', 'type', 'subject', 'participant', 'period', 'location'],
    mandatory: ['status', 'class'],
  },
  DiagnosticReport: {
    ...entry('diagnostic_report', columnsNeeded.DiagnosticReport),
    json: json.diagnosticReportJson,
    id: 'e.report_id',
    sorts: { _id: 'e.report_id', _lastUpdated: 'e.last_updated', date: 'e.effective_at', issued: 'e.issued_at' },
    parameters: {
      ...common,
      subject: common.patient,
      date: date('e.effective_at'),
      issued: date('e.issued_at'),
      performer: byPractitioner,
    },
    includes: { patient: patientOf, subject: patientOf, performer: roles },
    summary: ['status', 'category', 'code', 'subject', 'effectiveDateTime', 'issued', 'performer', 'result'],
    mandatory: ['status', 'code'],
  },
  Observation: {
    ...entry('observation', columnsNeeded.Observation),
    json: json.observationJson,
    id: 'e.observation_id',
    sorts: { _id: 'e.observation_id', _lastUpdated: 'e.last_updated', date: 'e.effective_at' },
    parameters: { ...common, subject: common.patient, date: date('e.effective_at'), performer: byPractitioner },
    includes: { patient: patientOf, subject: patientOf, performer: roles },
    summary: [
      'status',
      'category',
      'code',
      'subject',
      'effectiveDateTime',
      'performer',
      'valueQuantity',
      'valueString',
    ],
    mandatory: ['status', 'code'],
  },
  Account: {
    ...entry('account', columnsNeeded.Account),
    json: json.accountJson(balanceCents('e')),
    id: 'e.account_id',
    sorts: { _id: 'e.account_id', _lastUpdated: 'e.last_updated' },
    parameters: { ...common, subject: common.patient },
    includes: { patient: patientOf, subject: patientOf },
    summary: ['extension', 'status', 'subject'],
    mandatory: ['status'],
  },
  ChargeItem: {
    ...entry('charge_item', columnsNeeded.ChargeItem),
    json: json.chargeItemJson,
    id: 'e.charge_item_id',
    sorts: { _id: 'e.charge_item_id', _lastUpdated: 'e.last_updated' },
    parameters: {
      ...common,
      subject: common.patient,
      occurrence: date('e.occurred_on'),
      account: reference({ Account: 'e.account_id' }),
      'performer-actor': byPractitioner,
    },
    includes: {
      patient: patientOf,
      subject: patientOf,
      account: { Account: 'e.account_id' },
      'performer-actor': roles,
    },
    summary: ['extension', 'status', 'code', 'subject', 'occurrenceDateTime', 'performer', 'priceOverride', 'account'],
    mandatory: ['status', 'code', 'subject'],
  },
  Coverage: {
    ...entry('coverage', columnsNeeded.Coverage),
    json: json.coverageJson,
    id: 'e.coverage_id',
    sorts: { _id: 'e.coverage_id', _lastUpdated: 'e.last_updated' },
    parameters: { ...common, beneficiary: common.patient },
    includes: { patient: patientOf, beneficiary: patientOf },
    summary: ['extension', 'status', 'type', 'beneficiary', 'period', 'payor'],
    mandatory: ['status', 'beneficiary', 'payor'],
  },
  Task: {
    ...filed('task', columnsNeeded.Task),
    json: json.taskJson,
    id: 'e.task_id',
    sorts: { _id: 'e.task_id', _lastUpdated: 'e.last_updated', 'authored-on': 'e.authored_at' },
    parameters: {
      ...common,
      subject: common.patient,
      'authored-on': date('e.authored_at'),
      intent: { kind: 'token', column: 'e.intent' },
      priority: { kind: 'token', column: 'e.priority' },
      focus: reference({ Appointment: 'e.appointment_id' }),
    },
    includes: {
      patient: patientOf,
      subject: patientOf,
      focus: { Appointment: 'e.appointment_id' },
      owner: { PractitionerRole: 's.practitioner_role_id' },
    },
    summary: ['status', 'intent', 'priority', 'code', 'description', 'focus', 'for', 'authoredOn', 'owner'],
    mandatory: ['status', 'intent'],
  },
  QuestionnaireResponse: {
    ...filed('questionnaire_response', columnsNeeded.QuestionnaireResponse),
    json: json.questionnaireResponseJson,
    id: 'e.response_id',
    sorts: { _id: 'e.response_id', _lastUpdated: 'e.last_updated', authored: 'e.authored_at' },
    parameters: { ...common, subject: common.patient, authored: date('e.authored_at') },
    includes: { patient: patientOf, subject: patientOf },
    summary: ['extension', 'questionnaire', 'status', 'subject', 'authored'],
    mandatory: ['status'],
  },
  Consent: {
    ...filed('consent', columnsNeeded.Consent),
    json: json.consentJson,
    id: 'e.consent_id',
    sorts: { _id: 'e.consent_id', _lastUpdated: 'e.last_updated', date: 'e.authored_at' },
    parameters: {
      ...common,
      date: date('e.authored_at'),
      scope: { kind: 'token', column: 'e.scope' },
    },
    includes: { patient: patientOf },
    summary: ['extension', 'status', 'scope', 'category', 'patient', 'dateTime', 'policyRule'],
    // The invariant ppc-1 asks for the policy.
    mandatory: ['status', 'scope', 'category', 'policyRule'],
  },
};
