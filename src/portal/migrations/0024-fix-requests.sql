-- What Cloud Connect asks the EMR's administrator for, and what it answers the EMR about a change before it is saved.
create table connect.fix_request (
  site_id integer not null,
  fix_request_id text collate "C" not null,
  connection_id text collate "C" not null,
  requested_by text collate "C" not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  gap_ids text[] not null check (cardinality(gap_ids) > 0),
  -- As it was asked: offices and providers by name, columns, last days, features.
  asked jsonb not null,
  -- Signed with the connection's key; it grants nothing by itself.
  token text not null,
  primary key (site_id, fix_request_id),
  foreign key (site_id, connection_id) references connect.connection
);
create index fix_request_of_connection on connect.fix_request (site_id, connection_id, requested_at desc);
alter table connect.fix_request enable row level security;
alter table connect.fix_request force row level security;
create policy of_site on connect.fix_request to connect_app, portal_sync
  using (site_id = site_in_force()) with check (site_id = site_in_force());
grant select, insert on connect.fix_request to connect_app;

-- Where the EMR's own Manage Security is, as it says itself; null: it does not say.
alter table connect.emr_state add column manage_security_url text;

-- Counts of what a change would start and stop are made where the EMR asks for them.
do $$
declare t text;
begin
  foreach t in array array['appointment_link', 'reminder_rule', 'reminder_run', 'reminder_log', 'mail_settings', 'refused_address', 'mail_opt_out'] loop
    execute format('create policy of_site_for_counting on %I for select to connect_app using (site_id = site_in_force())', t);
  end loop;
end $$;
grant select (site_id, link_id, connection_id, booking_id, start_at, office_id, provider_id, locked_at) on appointment_link to connect_app;
grant select on reminder_rule, reminder_run, mail_settings to connect_app;
grant select (site_id, day, rule_id, outcome, connection_id, booking_id, patient_id, start_at) on reminder_log to connect_app;
grant select (site_id, connection_id, patient_id, address) on refused_address to connect_app;
grant select (site_id, connection_id, patient_id) on mail_opt_out to connect_app;
