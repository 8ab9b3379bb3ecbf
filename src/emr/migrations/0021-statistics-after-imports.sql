-- Right after an import the planner took the record for empty and looked each patient up by the index of changes, some hundred times too slow. Who
-- imports tells it what there is, and does not wait for autovacuum.
create function import.take_statistics_of_record() returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
  analyze public.office, public.provider, public.provider_schedule, public.patient, public.patient_pair, public.appointment,
          public.document, public.encounter, public.diagnostic_report, public.observation, public.account, public.charge_item, public.coverage;
end $$;
revoke execute on function import.take_statistics_of_record() from public;
grant execute on function import.take_statistics_of_record() to emr_import;
