-- Staging is written once and read once; after a crash of the server it is empty, which a run that goes on notices (it counts) and
-- reads again. So it needs no write-ahead log, which is half of what COPY costs. Its rows are found by one scan: an index would be
-- written for every row and read for none.
alter table intake.staged_booking set unlogged;
alter table intake.staged_patient set unlogged;
drop index intake.staged_booking_by_run;
drop index intake.staged_patient_by_run;
grant truncate on intake.staged_booking, intake.staged_patient to portal_sync;

-- A table that was just filled by COPY has no statistics. The planner then takes it for one row and joins a hundred thousand with a
-- hundred thousand by going through all of the one for each of the other. ANALYZE is the owner's to do: this does it on these two
-- tables and nothing else, from a small sample, which is enough to tell one row from a million.
create function intake.analyze_staging() returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp set default_statistics_target = 10 as $$
begin
  analyze intake.staged_booking;
  analyze intake.staged_patient;
end $$;
revoke execute on function intake.analyze_staging() from public;
grant execute on function intake.analyze_staging() to portal_sync;

-- Up to where this slice has been read. The window moves on by a day every day, and bookings on the day that enters it were made
-- long ago, behind the cursor: a recent run has to read what lies between here and the window's end whatever its age.
alter table connect.slice_cursor add column window_to timestamptz;
