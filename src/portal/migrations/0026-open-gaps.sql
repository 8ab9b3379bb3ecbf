-- What Cloud Connect's Access Doctor has found and nobody has mended: the portal says its id at each absence, in the words of that place.
grant usage on schema connect to portal_app;
grant select on connect.gap_record to portal_app;
alter policy of_site on connect.gap_record to connect_app, portal_app, portal_sync;
create view open_gap with (security_invoker = true) as
select site_id, connection_id, gap_id, opened_at, cause, found->'schedules' as schedules, found->'features' as features, healed_at
  from connect.gap_record where closed_at is null;
grant select on open_gap to portal_app;

-- How many days are synchronised: a day beyond them is no absence.
grant select (site_id, connection_id, window_days, active) on connect.connection to portal_app;
create view synchronised_days with (security_invoker = true) as
select site_id, connection_id, window_days from connect.connection where active;
grant select on synchronised_days to portal_app;
