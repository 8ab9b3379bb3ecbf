-- A connection belongs to one site. Unless the planner is told, it multiplies the two and takes what a connection holds for a handful of
-- rows among many: it then goes through all of them once for each booking that a run brings.
create statistics booking_place (dependencies) on site_id, connection_id from booking;
create statistics patient_place (dependencies) on site_id, connection_id from patient;

-- The server takes statistics by itself a minute or two after a table was filled. Whoever synchronises again before that would wait for
-- a plan made for an empty table; so a run that brought a lot takes them at its end. ANALYZE is the owner's to do: this does it on these
-- two tables and nothing else.
create function intake.analyze_applied() returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  analyze public.booking;
  analyze public.patient;
end $$;
revoke execute on function intake.analyze_applied() from public;
grant execute on function intake.analyze_applied() to portal_sync;
