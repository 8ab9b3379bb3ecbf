-- Generated from the migrations by `npm run schema:write`, for reading. Do not edit; do not execute.

-- Roles

create role connect_app login nosuperuser nobypassrls;
create role portal_app login nosuperuser nobypassrls;
create role portal_sync login nosuperuser nobypassrls;

-- Schemas

create schema connect;
create schema intake;
create schema public;

-- Functions

CREATE OR REPLACE FUNCTION intake.analyze_applied()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  analyze public.booking;
  analyze public.patient;
end $function$;

CREATE OR REPLACE FUNCTION intake.analyze_staging()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET default_statistics_target TO '10'
AS $function$
begin
  analyze intake.staged_booking;
  analyze intake.staged_patient;
end $function$;

CREATE OR REPLACE FUNCTION public.person_in_force()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('tidegate.user_id'::text, true), ''::text);

CREATE OR REPLACE FUNCTION public.session_in_force()
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN decode(NULLIF(current_setting('tidegate.session'::text, true), ''::text), 'hex'::text);

CREATE OR REPLACE FUNCTION public.site_in_force()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('tidegate.site_id'::text, true), ''::text))::integer;

-- Tables and views

create table connect.announcement (
  site_id integer not null,
  connection_id text collate "C" not null,
  watches text collate "C" not null,
  webhook_id text collate "C" not null,
  signed_at timestamp with time zone not null,
  constraint announcement_pkey PRIMARY KEY (site_id, connection_id, watches, webhook_id),
  constraint announcement_site_id_connection_id_watches_fkey FOREIGN KEY (site_id, connection_id, watches) REFERENCES connect.subscription(site_id, connection_id, watches) ON DELETE CASCADE
);
alter table connect.announcement enable row level security;
alter table connect.announcement force row level security;
create policy of_site on connect.announcement for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.connection (
  site_id integer not null,
  connection_id text collate "C" not null,
  name text not null,
  base_url text not null,
  client_id text not null,
  auth_method text not null,
  credential_sealed bytea not null,
  window_days integer default 14 not null,
  interval_minutes integer default 30 not null,
  features text[] not null,
  settings_version integer default 1 not null,
  active boolean default true not null,
  next_run_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  announcements_due_at timestamp with time zone default now() not null,
  constraint connection_pkey PRIMARY KEY (site_id, connection_id),
  constraint connection_site_id_name_key UNIQUE (site_id, name),
  constraint connection_auth_method_check CHECK (auth_method = ANY (ARRAY['client_secret_post'::text, 'private_key_jwt'::text])),
  constraint connection_interval_minutes_check CHECK (interval_minutes >= 5 AND interval_minutes <= 1440),
  constraint connection_window_days_check CHECK (window_days >= 1 AND window_days <= 400),
  constraint connection_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table connect.connection enable row level security;
alter table connect.connection force row level security;
create policy of_site on connect.connection for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on connect.connection for select to portal_sync
  using (true);

create table connect.emr_state (
  site_id integer not null,
  connection_id text collate "C" not null,
  witnesses jsonb default '[]'::jsonb not null,
  certainty text default 'proved'::text not null,
  constraint emr_state_pkey PRIMARY KEY (site_id, connection_id),
  constraint emr_state_certainty_check CHECK (certainty = ANY (ARRAY['proved'::text, 'evidence'::text])),
  constraint emr_state_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.emr_state enable row level security;
alter table connect.emr_state force row level security;
create policy of_site on connect.emr_state for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.roster_entry (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  office_name text not null,
  office_zone text not null,
  provider_display text not null,
  member boolean not null,
  columns_held smallint not null,
  columns_granted smallint not null,
  access_until_day date,
  lapsed boolean not null,
  read_at timestamp with time zone not null,
  permission_version text not null,
  constraint roster_entry_pkey PRIMARY KEY (site_id, connection_id, office_id, provider_id),
  constraint roster_entry_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.roster_entry enable row level security;
alter table connect.roster_entry force row level security;
create policy of_site on connect.roster_entry for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.selected_provider (
  site_id integer not null,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  since timestamp with time zone default now() not null,
  constraint selected_provider_pkey PRIMARY KEY (site_id, connection_id, provider_id),
  constraint selected_provider_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.selected_provider enable row level security;
alter table connect.selected_provider force row level security;
create policy of_site on connect.selected_provider for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.slice_cursor (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  columns_held smallint not null,
  cursor_at timestamp with time zone,
  window_to timestamp with time zone,
  problem jsonb,
  constraint slice_cursor_pkey PRIMARY KEY (site_id, connection_id, office_id, provider_id),
  constraint slice_cursor_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.slice_cursor enable row level security;
alter table connect.slice_cursor force row level security;
create policy of_site on connect.slice_cursor for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.slice_ledger (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  fetched integer default 0 not null,
  created integer default 0 not null,
  updated integer default 0 not null,
  unchanged integer default 0 not null,
  returned integer default 0 not null,
  removed integer default 0 not null,
  unconfirmed integer default 0 not null,
  visibility_lost integer default 0 not null,
  withheld integer default 0 not null,
  outcome text not null,
  missing_columns smallint default 0 not null,
  resurfaced integer default 0 not null,
  problem jsonb,
  unusable integer default 0 not null,
  constraint slice_ledger_pkey PRIMARY KEY (site_id, connection_id, run_id, office_id, provider_id),
  constraint slice_ledger_site_id_connection_id_run_id_fkey FOREIGN KEY (site_id, connection_id, run_id) REFERENCES connect.sync_run(site_id, connection_id, run_id)
);
alter table connect.slice_ledger enable row level security;
alter table connect.slice_ledger force row level security;
create policy of_site on connect.slice_ledger for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.subscription (
  site_id integer not null,
  connection_id text collate "C" not null,
  watches text collate "C" not null,
  address_key text collate "C" not null,
  secret_sealed bytea not null,
  emr_id text collate "C",
  state text not null,
  problem jsonb,
  checked_at timestamp with time zone,
  heard_at timestamp with time zone,
  constraint subscription_pkey PRIMARY KEY (site_id, connection_id, watches),
  constraint subscription_state_check CHECK (state = ANY (ARRAY['asked'::text, 'active'::text, 'refused'::text])),
  constraint subscription_watches_check CHECK (watches = ANY (ARRAY['Appointment'::text, 'Patient'::text, '$permission-coverage'::text])),
  constraint subscription_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX subscription_by_key ON connect.subscription USING btree (address_key);
alter table connect.subscription enable row level security;
alter table connect.subscription force row level security;
create policy of_address on connect.subscription for select to connect_app
  using (address_key = NULLIF(current_setting('tidegate.announcement'::text, true), ''::text));
create policy of_site on connect.subscription for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.sync_run (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  mode text not null,
  state text not null,
  step text not null,
  requested_by text collate "C",
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  lease_owner text,
  lease_until timestamp with time zone,
  attempt integer default 0 not null,
  checkpoint jsonb default '{}'::jsonb not null,
  progress jsonb default '{}'::jsonb not null,
  totals jsonb default '{}'::jsonb not null,
  problem jsonb,
  office_id text collate "C",
  provider_id text collate "C",
  cause text default 'asked'::text not null,
  not_before timestamp with time zone default '-infinity'::timestamp with time zone not null,
  certainty text,
  constraint sync_run_pkey PRIMARY KEY (site_id, connection_id, run_id),
  constraint sync_run_cause_check CHECK (cause = ANY (ARRAY['asked'::text, 'interval'::text, 'announced'::text, 'follow-up'::text])),
  constraint sync_run_certainty_check CHECK (certainty = ANY (ARRAY['proved'::text, 'evidence'::text])),
  constraint sync_run_mode_check CHECK (mode = ANY (ARRAY['recent'::text, 'full'::text, 'slice'::text])),
  constraint sync_run_slice_check CHECK ((mode = 'slice'::text) = (office_id IS NOT NULL) AND (mode = 'slice'::text) = (provider_id IS NOT NULL)),
  constraint sync_run_state_check CHECK (state = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'complete-with-gaps'::text, 'waiting-for-decision'::text, 'failed'::text])),
  constraint sync_run_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX sync_run_latest ON connect.sync_run USING btree (site_id, connection_id, requested_at DESC);
CREATE UNIQUE INDEX sync_run_one_queued ON connect.sync_run USING btree (site_id, connection_id, mode) WHERE ((state = 'queued'::text) AND (mode <> 'slice'::text));
CREATE UNIQUE INDEX sync_run_one_queued_slice ON connect.sync_run USING btree (site_id, connection_id, office_id, provider_id) WHERE ((state = 'queued'::text) AND (mode = 'slice'::text));
CREATE UNIQUE INDEX sync_run_one_running ON connect.sync_run USING btree (site_id, connection_id) WHERE (state = 'running'::text);
alter table connect.sync_run enable row level security;
alter table connect.sync_run force row level security;
create policy of_site on connect.sync_run for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on connect.sync_run for select to portal_sync
  using (true);

create table connect.write_back_breaker (
  site_id integer not null,
  connection_id text collate "C" not null,
  failures integer default 0 not null,
  open_until timestamp with time zone,
  constraint write_back_breaker_pkey PRIMARY KEY (site_id, connection_id),
  constraint write_back_breaker_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.write_back_breaker enable row level security;
alter table connect.write_back_breaker force row level security;
create policy of_site on connect.write_back_breaker for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table intake.staged_booking (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  booking_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  patient_masked boolean not null,
  status text not null,
  participation text not null,
  type_text text,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  emr_version text not null,
  emr_last_updated timestamp with time zone not null
);
-- row-level security: off

create table intake.staged_patient (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null,
  chart_number text,
  emr_version text not null
);
-- row-level security: off

create table public.audit_event (
  site_id integer not null,
  audit_id text collate "C" not null,
  at timestamp with time zone default clock_timestamp() not null,
  user_id text collate "C",
  action text not null,
  entity text not null,
  entity_id text not null,
  before jsonb,
  after jsonb,
  request_id text,
  constraint audit_event_pkey PRIMARY KEY (site_id, audit_id),
  constraint audit_event_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.audit_event enable row level security;
alter table public.audit_event force row level security;
create policy of_site on public.audit_event for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.booking (
  site_id integer not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  patient_masked boolean not null,
  status text not null,
  participation text not null,
  type_text text,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  emr_version text not null,
  emr_last_updated timestamp with time zone not null,
  state text not null,
  state_since timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  constraint booking_pkey PRIMARY KEY (site_id, connection_id, booking_id),
  constraint booking_state_check CHECK (state = ANY (ARRAY['present'::text, 'unconfirmed'::text, 'visibility-lost'::text, 'deleted'::text, 'out-of-window'::text, 'not-selected'::text])),
  constraint booking_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX booking_by_acknowledgement ON public.booking USING btree (site_id, connection_id, acknowledged_at) WHERE (acknowledged_at IS NOT NULL);
CREATE INDEX booking_by_patient ON public.booking USING btree (site_id, connection_id, patient_id);
CREATE INDEX booking_by_schedule ON public.booking USING btree (site_id, connection_id, office_id, provider_id, start_at);
CREATE INDEX booking_by_start ON public.booking USING btree (site_id, start_at, booking_id) WHERE (state = ANY (ARRAY['present'::text, 'unconfirmed'::text]));
alter table public.booking enable row level security;
alter table public.booking force row level security;
create policy of_site on public.booking for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.office (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  name text not null,
  zone text not null,
  constraint office_pkey PRIMARY KEY (site_id, connection_id, office_id),
  constraint office_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.office enable row level security;
alter table public.office force row level security;
create policy of_site on public.office for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.patient (
  site_id integer not null,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text default 'en'::text not null,
  chart_number text,
  emr_version text not null,
  constraint patient_pkey PRIMARY KEY (site_id, connection_id, patient_id),
  constraint patient_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX patient_by_family ON public.patient USING btree (site_id, lower(family), lower(given), patient_id);
alter table public.patient enable row level security;
alter table public.patient force row level security;
create policy of_site on public.patient for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.portal_session (
  token_hash bytea not null,
  app text not null,
  user_id text collate "C" not null,
  site_id integer not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint portal_session_pkey PRIMARY KEY (token_hash),
  constraint portal_session_app_check CHECK (app = ANY (ARRAY['portal'::text, 'connect'::text])),
  constraint portal_session_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint portal_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.portal_user(user_id)
);
alter table public.portal_session enable row level security;
alter table public.portal_session force row level security;
create policy of_person on public.portal_session for all to connect_app, portal_app
  using (user_id = public.person_in_force())
  with check (user_id = public.person_in_force());
create policy of_session on public.portal_session for all to connect_app, portal_app
  using (token_hash = public.session_in_force())
  with check (token_hash = public.session_in_force());

create table public.portal_user (
  user_id text collate "C" not null,
  email text not null,
  display_name text not null,
  password_hash text not null,
  active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  constraint portal_user_pkey PRIMARY KEY (user_id)
);
CREATE UNIQUE INDEX portal_user_by_email ON public.portal_user USING btree (lower(email));
alter table public.portal_user enable row level security;
alter table public.portal_user force row level security;
create policy of_session on public.portal_user for select to connect_app, portal_app
  using ((user_id IN ( SELECT s.user_id
   FROM public.portal_session s
  WHERE s.token_hash = public.session_in_force())));
create policy of_sign_in on public.portal_user for select to connect_app, portal_app
  using (lower(email) = lower(NULLIF(current_setting('tidegate.email'::text, true), ''::text)));
create policy of_site on public.portal_user for select to connect_app, portal_app
  using ((user_id IN ( SELECT m.user_id
   FROM public.site_member m
  WHERE m.site_id = public.site_in_force())));
create policy of_worker on public.portal_user for all to portal_sync
  using (true)
  with check (true);

create table public.provider (
  site_id integer not null,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  display text not null,
  constraint provider_pkey PRIMARY KEY (site_id, connection_id, provider_id),
  constraint provider_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.provider enable row level security;
alter table public.provider force row level security;
create policy of_site on public.provider for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.schedule (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  selected boolean not null,
  visibility text not null,
  visibility_since timestamp with time zone not null,
  missing_columns smallint default 0 not null,
  lapsed_on date,
  matched_as_of timestamp with time zone,
  outcome text not null,
  constraint schedule_pkey PRIMARY KEY (site_id, connection_id, office_id, provider_id),
  constraint schedule_outcome_check CHECK (outcome = ANY (ARRAY['complete'::text, 'partly'::text, 'cannot-be-read'::text, 'needs-full'::text, 'waiting'::text, 'failed'::text, 'not-selected'::text])),
  constraint schedule_visibility_check CHECK (visibility = ANY (ARRAY['readable'::text, 'withheld'::text, 'lost'::text, 'never'::text])),
  constraint schedule_site_id_connection_id_office_id_fkey FOREIGN KEY (site_id, connection_id, office_id) REFERENCES public.office(site_id, connection_id, office_id),
  constraint schedule_site_id_connection_id_provider_id_fkey FOREIGN KEY (site_id, connection_id, provider_id) REFERENCES public.provider(site_id, connection_id, provider_id),
  constraint schedule_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.schedule enable row level security;
alter table public.schedule force row level security;
create policy of_site on public.schedule for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.sign_in_attempt (
  email_hash bytea not null,
  failures integer not null,
  last_failed_at timestamp with time zone not null,
  constraint sign_in_attempt_pkey PRIMARY KEY (email_hash)
);
alter table public.sign_in_attempt enable row level security;
alter table public.sign_in_attempt force row level security;
create policy of_sign_in on public.sign_in_attempt for all to connect_app, portal_app
  using (email_hash = decode(NULLIF(current_setting('tidegate.sign_in'::text, true), ''::text), 'hex'::text))
  with check (email_hash = decode(NULLIF(current_setting('tidegate.sign_in'::text, true), ''::text), 'hex'::text));

create table public.site (
  site_id integer not null,
  name text not null,
  zone text not null,
  data_revision bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  constraint site_pkey PRIMARY KEY (site_id),
  constraint site_site_id_check CHECK (site_id > 0)
);
alter table public.site enable row level security;
alter table public.site force row level security;
create policy of_person on public.site for select to connect_app, portal_app
  using ((site_id IN ( SELECT m.site_id
   FROM public.site_member m
  WHERE m.user_id = NULLIF(current_setting('tidegate.user_id'::text, true), ''::text))));
create policy of_site on public.site for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.site_member (
  site_id integer not null,
  user_id text collate "C" not null,
  role text not null,
  since timestamp with time zone default now() not null,
  constraint site_member_pkey PRIMARY KEY (site_id, user_id),
  constraint site_member_role_check CHECK (role = ANY (ARRAY['member'::text, 'site-admin'::text])),
  constraint site_member_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint site_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.portal_user(user_id)
);
CREATE INDEX site_member_by_user ON public.site_member USING btree (user_id, site_id);
alter table public.site_member enable row level security;
alter table public.site_member force row level security;
create policy of_person on public.site_member for select to connect_app, portal_app
  using (user_id = NULLIF(current_setting('tidegate.user_id'::text, true), ''::text));
create policy of_site on public.site_member for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.staff_task (
  site_id integer not null,
  task_id text collate "C" not null,
  connection_id text collate "C" not null,
  write_back_id text collate "C" not null,
  reason text not null,
  found_status text,
  found_start_at timestamp with time zone,
  found_office_id text collate "C",
  found_provider_id text collate "C",
  created_at timestamp with time zone not null,
  done_at timestamp with time zone,
  done_by text collate "C",
  constraint staff_task_pkey PRIMARY KEY (site_id, task_id),
  constraint staff_task_site_id_connection_id_write_back_id_key UNIQUE (site_id, connection_id, write_back_id),
  constraint staff_task_reason_check CHECK (reason = ANY (ARRAY['changed'::text, 'deleted'::text, 'not-found'::text, 'refused'::text, 'not-taken'::text, 'too-late'::text])),
  constraint staff_task_site_id_connection_id_write_back_id_fkey FOREIGN KEY (site_id, connection_id, write_back_id) REFERENCES public.write_back(site_id, connection_id, write_back_id),
  constraint staff_task_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX staff_task_open ON public.staff_task USING btree (site_id, created_at) WHERE (done_at IS NULL);
alter table public.staff_task enable row level security;
alter table public.staff_task force row level security;
create policy of_site on public.staff_task for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.write_back (
  site_id integer not null,
  connection_id text collate "C" not null,
  write_back_id text collate "C" not null,
  kind text not null,
  booking_id text collate "C" not null,
  press_id text collate "C" not null,
  requested_by text collate "C",
  requested_at timestamp with time zone not null,
  seen_version text not null,
  seen_status text not null,
  seen_start_at timestamp with time zone not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  state text not null,
  state_since timestamp with time zone not null,
  next_attempt_at timestamp with time zone not null,
  attempt integer default 0 not null,
  lease_owner text,
  lease_until timestamp with time zone,
  failures integer default 0 not null,
  generation integer default 1 not null,
  request jsonb,
  sends integer default 0 not null,
  missing_columns smallint default 0 not null,
  problem jsonb,
  already boolean default false not null,
  constraint write_back_pkey PRIMARY KEY (site_id, connection_id, write_back_id),
  constraint write_back_site_id_press_id_key UNIQUE (site_id, press_id),
  constraint write_back_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sending'::text, 'conflict'::text, 'retrying'::text, 'parked'::text, 'acknowledged'::text, 'task'::text])),
  constraint write_back_site_id_connection_id_booking_id_fkey FOREIGN KEY (site_id, connection_id, booking_id) REFERENCES public.booking(site_id, connection_id, booking_id),
  constraint write_back_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX write_back_by_booking ON public.write_back USING btree (site_id, connection_id, booking_id, requested_at DESC);
CREATE UNIQUE INDEX write_back_one_open ON public.write_back USING btree (site_id, connection_id, booking_id) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'conflict'::text, 'retrying'::text, 'parked'::text]));
CREATE INDEX write_back_open ON public.write_back USING btree (site_id, connection_id, next_attempt_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'conflict'::text, 'retrying'::text, 'parked'::text]));
alter table public.write_back enable row level security;
alter table public.write_back force row level security;
create policy of_site on public.write_back for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on public.write_back for select to portal_sync
  using (true);

-- Grants

grant usage on schema public to public;
grant execute on function public.person_in_force() to public;
grant execute on function public.session_in_force() to public;
grant execute on function public.site_in_force() to public;
grant usage on schema connect to connect_app;
grant usage on schema public to connect_app;
grant delete, insert, select, update (signed_at) on connect.announcement to connect_app;
grant delete, insert, select, update on connect.connection to connect_app;
grant delete, select on connect.emr_state to connect_app;
grant delete, insert, select, update on connect.roster_entry to connect_app;
grant delete, insert, select, update on connect.selected_provider to connect_app;
grant select, update (cursor_at) on connect.slice_cursor to connect_app;
grant select on connect.slice_ledger to connect_app;
grant delete, select, update (heard_at) on connect.subscription to connect_app;
grant insert, select, update on connect.sync_run to connect_app;
grant select on connect.write_back_breaker to connect_app;
grant insert, select on public.audit_event to connect_app;
grant select, update (state, state_since) on public.booking to connect_app;
grant select on public.office to connect_app;
grant select on public.patient to connect_app;
grant delete, insert, select, update on public.portal_session to connect_app;
grant select on public.portal_user to connect_app;
grant select on public.provider to connect_app;
grant select, update (outcome, selected) on public.schedule to connect_app;
grant delete, insert, select, update on public.sign_in_attempt to connect_app;
grant select, update (data_revision) on public.site to connect_app;
grant select on public.site_member to connect_app;
grant select on public.staff_task to connect_app;
grant select on public.write_back to connect_app;
grant usage on schema public to portal_app;
grant insert, select on public.audit_event to portal_app;
grant select on public.booking to portal_app;
grant select on public.office to portal_app;
grant select on public.patient to portal_app;
grant delete, insert, select, update on public.portal_session to portal_app;
grant select on public.portal_user to portal_app;
grant select on public.provider to portal_app;
grant select on public.schedule to portal_app;
grant delete, insert, select, update on public.sign_in_attempt to portal_app;
grant select, update (data_revision) on public.site to portal_app;
grant select on public.site_member to portal_app;
grant select, update (done_at, done_by) on public.staff_task to portal_app;
grant insert, select on public.write_back to portal_app;
grant usage on schema connect to portal_sync;
grant usage on schema intake to portal_sync;
grant usage on schema public to portal_sync;
grant delete, insert, select, update on connect.announcement to portal_sync;
grant delete, insert, select, update on connect.connection to portal_sync;
grant delete, insert, select, update on connect.emr_state to portal_sync;
grant delete, insert, select, update on connect.roster_entry to portal_sync;
grant delete, insert, select, update on connect.selected_provider to portal_sync;
grant delete, insert, select, update on connect.slice_cursor to portal_sync;
grant delete, insert, select, update on connect.slice_ledger to portal_sync;
grant delete, insert, select, update on connect.subscription to portal_sync;
grant delete, insert, select, update on connect.sync_run to portal_sync;
grant insert, select, update on connect.write_back_breaker to portal_sync;
grant delete, insert, select, truncate, update on intake.staged_booking to portal_sync;
grant delete, insert, select, truncate, update on intake.staged_patient to portal_sync;
grant insert, select on public.audit_event to portal_sync;
grant insert, select, update on public.booking to portal_sync;
grant insert, select, update on public.office to portal_sync;
grant insert, select, update on public.patient to portal_sync;
grant insert, select, update on public.portal_user to portal_sync;
grant insert, select, update on public.provider to portal_sync;
grant insert, select, update on public.schedule to portal_sync;
grant insert, select, update on public.site to portal_sync;
grant insert, select, update on public.site_member to portal_sync;
grant insert, select on public.staff_task to portal_sync;
grant select, update on public.write_back to portal_sync;
grant execute on function intake.analyze_applied() to portal_sync;
grant execute on function intake.analyze_staging() to portal_sync;
