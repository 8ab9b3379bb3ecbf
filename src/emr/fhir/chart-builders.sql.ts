// The chart's resources, built as those of builders.sql.ts are. Aliases: e the entry, g the held grant of its pair, s its provider
// schedule, b a document's content. A patient is a reference and no name; without the Patient column it says `masked`.
import { providerScheduleUrl } from '../../fhir/extensions.ts';
import { instant, meta, optionalText, text } from './builders.sql.ts';

const tidegate = 'https://tidegate.dev/fhir/StructureDefinition';

const patient = `'{"reference":"Patient/' || e.patient_id ||
    case when (g.columns & 1) = 1 then '"}'
         else '","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}' end`;

/** The pair as FHIR has it: the provider, and his role in the office. */
const role = `'{"reference":"PractitionerRole/' || s.practitioner_role_id || '"}'`;
const practitioner = `'{"reference":"Practitioner/' || e.provider_id || '"}'`;

const head = (type: string, id: string): string =>
  `'{"resourceType":"${type}","id":"' || e.${id} || '",' || ${meta('e')}`;

const money = (cents: string): string => `'{"value":' || round(${cents} / 100.0, 2) || ',"currency":"CAD"}'`;

/** For the types that have no element for whom in the clinic they belong to. */
const ofSchedule = `'{"url":"${providerScheduleUrl}","valueReference":' || ${role} || '}'`;

export const documentReferenceJson = `${head('DocumentReference', 'document_id')} || ',"status":"' || e.status ||
  '","category":[{"text":' || ${text('e.folder')} || '}],"subject":' || ${patient} || ',"date":' || ${instant('e.filed_at')} ||
  ',"author":[' || ${role} || ',' || ${practitioner} || '],"description":' || ${text('e.title')} ||
  ',"content":[{"attachment":{"contentType":"' || b.media_type || '","url":"Binary/' || b.binary_id || '","size":' || b.bytes ||
  ',"title":' || ${text('e.title')} || '}}]}'`;

/** Without its data, and so marked: the data is read by itself. */
export const binaryJson = `'{"resourceType":"Binary","id":"' || b.binary_id || '","meta":{"versionId":"' || b.version_id ||
  '","lastUpdated":' || ${instant('b.last_updated')} ||
  ',"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]},"contentType":"' || b.media_type ||
  '","securityContext":{"reference":"DocumentReference/' || e.document_id || '"}}'`;

/** R4 has no element for what was written at a visit, so an extension carries it. */
export const encounterJson = `${head('Encounter', 'encounter_id')} ||
  ',"extension":[{"url":"${tidegate}/encounter-note","valueString":' || ${text('e.note')} || '}],"status":"' || e.status ||
  '","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}' ||
  ${optionalText(',"type":[{"text":', 'e.type_text', '}]')} || ',"subject":' || ${patient} ||
  ',"participant":[{"individual":' || ${role} || '},{"individual":' || ${practitioner} || '}],"period":{"start":' || ${instant('e.start_at')} ||
  coalesce(',"end":' || ${instant('e.end_at')}, '') || '},"location":[{"location":{"reference":"Location/' || e.office_id || '"}}]}'`;

export const diagnosticReportJson = `${head('DiagnosticReport', 'report_id')} || ',"status":"' || e.status ||
  '","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"code":{"text":' ||
  ${text('e.name')} || '},"subject":' || ${patient} || ',"effectiveDateTime":' || ${instant('e.effective_at')} ||
  ',"issued":' || ${instant('e.issued_at')} || ',"performer":[' || ${role} || ',' || ${practitioner} || ']' ||
  coalesce(',"result":[' || (select string_agg('{"reference":"Observation/' || v.observation_id || '"}', ',' order by v.place, v.observation_id)
                               from observation v where v.tenant_id = e.tenant_id and v.report_id = e.report_id) || ']', '') ||
  ${optionalText(',"conclusion":', 'e.conclusion')} || '}'`;

const quantity = (column: string): string => `'{"value":' || ${column} || ${optionalText(',"unit":', 'e.unit')} || '}'`;

export const observationJson = `${head('Observation', 'observation_id')} || ',"status":"' || e.status ||
  '","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{' ||
  coalesce('"coding":[{"system":"http://loinc.org","code":"' || e.loinc || '"}],', '') || '"text":' || ${text('e.name')} ||
  '},"subject":' || ${patient} || ',"effectiveDateTime":' || ${instant('e.effective_at')} ||
  ',"performer":[' || ${role} || ',' || ${practitioner} || ']' ||
  coalesce(',"valueQuantity":' || ${quantity('e.value_number')}, '') || ${optionalText(',"valueString":', 'e.value_text')} ||
  coalesce(',"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"' ||
           e.interpretation || '"}]}]', '') ||
  case when e.range_low is null and e.range_high is null then '' else ',"referenceRange":[{' ||
    coalesce('"low":' || ${quantity('e.range_low')}, '') ||
    case when e.range_low is not null and e.range_high is not null then ',' else '' end ||
    coalesce('"high":' || ${quantity('e.range_high')}, '') || '}]' end || '}'`;

/** R4's Account has no balance (R5's has), so an extension carries it. */
export const accountJson = (balanceCents: string): string => `${head('Account', 'account_id')} ||
  ',"extension":[' || ${ofSchedule} || ',{"url":"${tidegate}/account-balance","valueMoney":' || ${money(balanceCents)} ||
  '}],"status":"' || e.status || '","subject":[' || ${patient} || ']}'`;

export const chargeItemJson = `${head('ChargeItem', 'charge_item_id')} ||
  ',"extension":[{"url":"${tidegate}/amount-paid","valueMoney":' || ${money('e.paid_cents')} || '}],"status":"' || e.status ||
  '","code":{"text":' || ${text('e.description')} || '},"subject":' || ${patient} || ',"occurrenceDateTime":"' || e.occurred_on ||
  '","performer":[{"actor":' || ${role} || '},{"actor":' || ${practitioner} || '}],"quantity":{"value":' || e.quantity ||
  '},"priceOverride":' || ${money('e.amount_cents')} || ',"account":[{"reference":"Account/' || e.account_id || '"}]}'`;

export const coverageJson = `${head('Coverage', 'coverage_id')} || ',"extension":[' || ${ofSchedule} || '],"status":"' || e.status || '"' ||
  ${optionalText(',"type":{"text":', 'e.type_text', '}')} || ${optionalText(',"subscriberId":', 'e.subscriber_number')} ||
  ',"beneficiary":' || ${patient} ||
  case when e.start_on is null and e.end_on is null then '' else ',"period":{' || coalesce('"start":"' || e.start_on || '"', '') ||
    case when e.start_on is not null and e.end_on is not null then ',' else '' end || coalesce('"end":"' || e.end_on || '"', '') || '}' end ||
  ',"payor":[{"display":' || ${text('e.payor')} || '}]}'`;

export const taskJson = `${head('Task', 'task_id')} || ',"status":"' || e.status || '","intent":"' || e.intent || '"' ||
  coalesce(',"priority":"' || e.priority || '"', '') || ${optionalText(',"code":{"text":', 'e.code_text', '}')} ||
  ',"description":' || ${text('e.description')} || coalesce(',"focus":{"reference":"Appointment/' || e.appointment_id || '"}', '') ||
  ',"for":' || ${patient} || ',"authoredOn":' || ${instant('e.authored_at')} ||
  ',"owner":' || ${role} || ${optionalText(',"note":[{"text":', 'e.note', '}]')} || '}'`;

export const questionnaireResponseJson = `${head('QuestionnaireResponse', 'response_id')} || ',"extension":[' || ${ofSchedule} || ']' ||
  ${optionalText(',"questionnaire":', 'e.questionnaire')} || ',"status":"' || e.status || '","subject":' || ${patient} ||
  ',"authored":' || ${instant('e.authored_at')} ||
  case when jsonb_array_length(e.items) = 0 then '' else ',"item":' || e.items::text end || '}'`;

export const consentJson = `${head('Consent', 'consent_id')} || ',"extension":[' || ${ofSchedule} || '],"status":"' || e.status ||
  '","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"' || e.scope ||
  '"}]},"category":[{"text":' || ${text('e.category_text')} || '}],"patient":' || ${patient} ||
  ',"dateTime":' || ${instant('e.authored_at')} || ',"policyRule":{"text":' || ${text('e.policy_text')} || '}' ||
  coalesce(',"provision":{"type":"' || e.provision || '"}', '') || '}'`;
