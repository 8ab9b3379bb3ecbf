-- portal_app serves the portal's requests, connect_app Cloud Connect's, portal_sync is the worker's: the only role that may write
-- what came from an EMR, and the only one with any right on staging.

grant usage on schema public to portal_app, connect_app, portal_sync;
grant usage on schema connect to connect_app, portal_sync;
grant usage on schema intake to portal_sync;

do $$
declare t text;
begin
  foreach t in array array['public.site', 'public.site_member', 'public.audit_event', 'public.office', 'public.provider',
                           'public.schedule', 'public.patient', 'public.booking', 'connect.connection', 'connect.selected_provider',
                           'connect.roster_entry', 'connect.slice_cursor', 'connect.sync_run', 'connect.slice_ledger'] loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy of_site on %s to portal_app, connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;

-- Before a session names the site, sign-in has to find the person and the sites that he is a member of; the worker has to find
-- connections that are due. Both say so by leaving the site unset and naming what they do.
create policy of_person on site_member for select to portal_app, connect_app
  using (user_id = nullif(current_setting('tidegate.user_id', true), ''));
create policy of_person on site for select to portal_app, connect_app
  using (site_id in (select m.site_id from site_member m where m.user_id = nullif(current_setting('tidegate.user_id', true), '')));
create policy of_worker on connect.connection for select to portal_sync using (true);
create policy of_worker on connect.sync_run for select to portal_sync using (true);

grant select on site, site_member, office, provider, schedule, patient, booking to portal_app, connect_app;
grant select, insert, update on portal_user to portal_app, connect_app, portal_sync;
grant select, insert, update, delete on portal_session, sign_in_attempt to portal_app, connect_app;
grant select, insert on audit_event to portal_app, connect_app, portal_sync;

grant select, insert, update, delete on connect.connection, connect.selected_provider to connect_app;
grant select, insert, update on connect.roster_entry, connect.sync_run to connect_app;
grant select on connect.slice_cursor, connect.slice_ledger to connect_app;
grant update (selected, outcome) on schedule to connect_app;
grant update (data_revision) on site to connect_app;
grant update (state, state_since) on booking to connect_app;

grant select, insert, update on site, site_member, office, provider, schedule, patient, booking to portal_sync;
grant select, insert, update, delete on connect.connection, connect.selected_provider, connect.roster_entry, connect.slice_cursor,
  connect.sync_run, connect.slice_ledger to portal_sync;
grant select, insert, update, delete on intake.staged_booking, intake.staged_patient to portal_sync;
