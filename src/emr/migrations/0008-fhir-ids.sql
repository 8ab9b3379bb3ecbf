-- The ids of resources go into JSON as they are (fhir/builders.sql.ts), so a table takes nothing but a FHIR id: `id` of FHIR R4's data
-- types. Other tables name these rows by foreign keys, and so need no check of their own; versions and what was saved for Ocean have
-- none for the entry that they are of.
do $$
declare
  place text[];
begin
  foreach place slice 1 in array array[
    ['office', 'office_id'], ['provider', 'provider_id'], ['provider_schedule', 'schedule_id'], ['provider_schedule', 'practitioner_role_id'],
    ['patient', 'patient_id'], ['appointment', 'appointment_id'], ['appointment_version', 'appointment_id'],
    ['binary_content', 'binary_id'], ['document', 'document_id'], ['encounter', 'encounter_id'], ['diagnostic_report', 'report_id'],
    ['observation', 'observation_id'], ['account', 'account_id'], ['charge_item', 'charge_item_id'], ['coverage', 'coverage_id'],
    ['saved_for_ocean', 'item_id']
  ] loop
    execute format('alter table %I add constraint %I check (%I ~ ''^[A-Za-z0-9.-]{1,64}$'')', place[1], place[1] || '_' || place[2] || '_is_fhir',
                   place[2]);
  end loop;
end $$;
