// One builder for each resource type: an SQL expression that yields the resource as JSON text. Read, search, include and export
// use the same, so that a booking looks the same wherever it is read. Text is put together with || because that writes a
// million bookings several times faster than jsonb_build_object; free text goes through to_json, and nothing else has to:
// ids are FHIR ids, statuses and genders are checked by the tables.

/** A timestamptz as a JSON string, UTC with Z. Independent of the session's zone; 'UTC' needs no zone data. */
export const instant = (column: string): string => `left(to_json(timezone('UTC', ${column}))::text, -1) || 'Z"'`;

export const meta = (alias: string): string =>
  `'"meta":{"versionId":"' || ${alias}.version_id || '","lastUpdated":' || ${instant(`${alias}.last_updated`)} || '}'`;

export const text = (column: string): string => `to_json(${column})::text`;

/** `,"name":` and the free text, or nothing where it is null. */
export const optionalText = (before: string, column: string, after = ''): string =>
  `coalesce('${before}' || ${text(column)} || '${after}', '')`;

/** A person without a given name has none: FHIR knows no empty strings. */
const givenOf = (alias: string): string =>
  `case when ${alias}.given = '' then '' else ',"given":[' || ${text(`${alias}.given`)} || ']' end`;

const personName = (alias: string): string =>
  `'{"family":' || ${text(`${alias}.family`)} || ${givenOf(alias)} ||
   ${optionalText(',"prefix":[', `${alias}.prefix`, ']')} || ${optionalText(',"suffix":[', `${alias}.suffix`, ']')} || '}'`;

const practitionerDisplay = (alias: string): string =>
  `to_json(concat_ws(' ', ${alias}.prefix, ${alias}.given, ${alias}.family) || coalesce(', ' || ${alias}.suffix, ''))::text`;

/** Aliases: t tenant. It has no version of its own, so no meta. */
export const organizationJson = `'{"resourceType":"Organization","id":"' || t.tenant_id || '","active":true,"name":' || ${text('t.name')} || '}'`;

/** Aliases: o office. */
export const locationJson = `'{"resourceType":"Location","id":"' || o.office_id || '",' || ${meta('o')} ||
  ',"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/timezone","valueCode":' || ${text('o.zone')} || '}]' ||
  ',"status":"' || case when o.active then 'active' else 'inactive' end || '","name":' || ${text('o.name')} || ',"mode":"instance"' ||
  ${optionalText(',"telecom":[{"system":"phone","value":', 'o.phone', '}]')} ||
  ',"managingOrganization":{"reference":"Organization/' || o.tenant_id || '"}}'`;

/** Aliases: v provider. */
export const practitionerJson = `'{"resourceType":"Practitioner","id":"' || v.provider_id || '",' || ${meta('v')} ||
  ',"active":' || v.active || ',"name":[' || ${personName('v')} || ']}'`;

/** Aliases: s provider_schedule, v provider. */
export const practitionerRoleJson = `'{"resourceType":"PractitionerRole","id":"' || s.practitioner_role_id || '",' || ${meta('s')} ||
  ',"active":' || s.active || ',"practitioner":{"reference":"Practitioner/' || s.provider_id || '","display":' || ${practitionerDisplay('v')} ||
  '},"organization":{"reference":"Organization/' || s.tenant_id || '"},"location":[{"reference":"Location/' || s.office_id || '"}]}'`;

/** Aliases: s provider_schedule, v provider. */
export const scheduleJson = `'{"resourceType":"Schedule","id":"' || s.schedule_id || '",' || ${meta('s')} || ',"active":' || s.active ||
  ',"actor":[{"reference":"Practitioner/' || s.provider_id || '","display":' || ${practitionerDisplay('v')} ||
  '},{"reference":"Location/' || s.office_id || '"}]}'`;

/** Aliases: p patient. Pairs that he is attached to are left out: they may be pairs that the reader does not hold. */
export const patientJson = `'{"resourceType":"Patient","id":"' || p.patient_id || '",' || ${meta('p')} ||
  ${optionalText(
    ',"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"value":',
    'p.chart_number',
    '}]',
  )} ||
  ',"active":' || p.active || ',"name":[{"family":' || ${text('p.family')} || ${givenOf('p')} || '}]' ||
  case when p.phone is null and p.email is null then '' else ',"telecom":[' ||
    ${optionalText('{"system":"phone","value":', 'p.phone', '}')} ||
    case when p.phone is not null and p.email is not null then ',' else '' end ||
    ${optionalText('{"system":"email","value":', 'p.email', '}')} || ']' end ||
  coalesce(',"gender":"' || p.gender || '"', '') || coalesce(',"birthDate":' || to_json(p.birth_date)::text, '') ||
  ',"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"' || p.language || '"}]},"preferred":true}]}'`;

/**
 * Aliases: a appointment, g the held grant of its pair. Participants carry references and no display: whoever may know the name
 * reads the Patient, through the predicate; so a booking can never carry a name that the reader may not see. Without the
 * Patient column the reference says `masked`.
 */
export const appointmentJson = `'{"resourceType":"Appointment","id":"' || a.appointment_id || '",' || ${meta('a')} ||
  ',"status":"' || a.status || '"' || ${optionalText(',"serviceType":[{"text":', 'a.type_text', '}]')} ||
  ${optionalText(',"description":', 'a.reason')} ||
  ',"start":' || ${instant('a.start_at')} || ',"end":' || ${instant('a.end_at')} ||
  ',"minutesDuration":' || (extract(epoch from a.end_at - a.start_at)::integer / 60) || ',"created":' || ${instant('a.created_at')} ||
  ',"participant":[' ||
  case when a.patient_id is null then '' else '{"actor":{"reference":"Patient/' || a.patient_id ||
    case when (g.columns & 1) = 1 then '"}'
         else '","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}' end ||
    ',"status":"' || a.participation || '"},' end ||
  '{"actor":{"reference":"Practitioner/' || a.provider_id || '"},"status":"accepted"},' ||
  '{"actor":{"reference":"Location/' || a.office_id || '"},"status":"accepted"}]}'`;
