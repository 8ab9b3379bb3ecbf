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

CREATE OR REPLACE FUNCTION public.account_link_in_force()
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN decode(NULLIF(current_setting('tidegate.account_link'::text, true), ''::text), 'hex'::text);

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

create table connect.certificate (
  site_id integer not null,
  certificate_id text collate "C" not null,
  connection_id text collate "C" not null,
  gap_id text collate "C" not null,
  issued_at timestamp with time zone not null,
  document text not null,
  constraint certificate_pkey PRIMARY KEY (site_id, certificate_id),
  constraint certificate_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX certificate_of_connection ON connect.certificate USING btree (site_id, connection_id, issued_at DESC);
alter table connect.certificate enable row level security;
alter table connect.certificate force row level security;
create policy of_site on connect.certificate for all to connect_app, portal_sync
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
  absence_is_deletion boolean default false not null,
  select_new_providers boolean default false not null,
  failures integer default 0 not null,
  rest_until timestamp with time zone default '-infinity'::timestamp with time zone not null,
  gaps_due_at timestamp with time zone,
  test_booking_id text collate "C",
  constraint connection_pkey PRIMARY KEY (site_id, connection_id),
  constraint connection_site_id_name_key UNIQUE (site_id, name),
  constraint connection_auth_method_check CHECK (auth_method = ANY (ARRAY['client_secret_post'::text, 'private_key_jwt'::text])),
  constraint connection_interval_minutes_check CHECK (interval_minutes >= 5 AND interval_minutes <= 1440),
  constraint connection_test_booking_id_check CHECK (test_booking_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint connection_window_days_check CHECK (window_days >= 1 AND window_days <= 400),
  constraint connection_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX connection_gaps_due ON connect.connection USING btree (gaps_due_at) WHERE (gaps_due_at IS NOT NULL);
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
  integration_user text,
  tenant_id text collate "C",
  manage_security_url text,
  constraint emr_state_pkey PRIMARY KEY (site_id, connection_id),
  constraint emr_state_certainty_check CHECK (certainty = ANY (ARRAY['proved'::text, 'evidence'::text])),
  constraint emr_state_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.emr_state enable row level security;
alter table connect.emr_state force row level security;
create policy of_site on connect.emr_state for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.fix_request (
  site_id integer not null,
  fix_request_id text collate "C" not null,
  connection_id text collate "C" not null,
  requested_by text collate "C" not null,
  requested_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  gap_ids text[] not null,
  asked jsonb not null,
  token text not null,
  constraint fix_request_pkey PRIMARY KEY (site_id, fix_request_id),
  constraint fix_request_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX fix_request_of_connection ON connect.fix_request USING btree (site_id, connection_id, requested_at DESC);
alter table connect.fix_request enable row level security;
alter table connect.fix_request force row level security;
create policy of_site on connect.fix_request for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.gap_notice (
  site_id integer not null,
  connection_id text collate "C" not null,
  notice_id text collate "C" not null,
  gap_id text collate "C" not null,
  event text not null,
  body jsonb not null,
  made_at timestamp with time zone not null,
  next_attempt_at timestamp with time zone not null,
  failures integer default 0 not null,
  told_at timestamp with time zone,
  given_up_at timestamp with time zone,
  problem text,
  constraint gap_notice_pkey PRIMARY KEY (site_id, notice_id),
  constraint gap_notice_event_check CHECK (event = ANY (ARRAY['gap.opened'::text, 'gap.ended'::text])),
  constraint gap_notice_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.notice_settings(site_id, connection_id) ON DELETE CASCADE
);
CREATE INDEX gap_notice_due ON connect.gap_notice USING btree (next_attempt_at) WHERE ((told_at IS NULL) AND (given_up_at IS NULL));
CREATE INDEX gap_notice_of_connection ON connect.gap_notice USING btree (site_id, connection_id, made_at DESC);
alter table connect.gap_notice enable row level security;
alter table connect.gap_notice force row level security;
create policy of_site on connect.gap_notice for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on connect.gap_notice for select to portal_sync
  using (true);

create table connect.gap_record (
  site_id integer not null,
  connection_id text collate "C" not null,
  gap_id text collate "C" not null,
  opened_at timestamp with time zone not null,
  cause text not null,
  found jsonb not null,
  before jsonb not null,
  healed_at timestamp with time zone,
  unproved jsonb,
  closed_at timestamp with time zone,
  ending text,
  certificate_id text collate "C",
  constraint gap_record_pkey PRIMARY KEY (site_id, connection_id, gap_id, opened_at),
  constraint gap_record_check CHECK ((closed_at IS NULL) = (ending IS NULL)),
  constraint gap_record_check1 CHECK ((ending = 'proved'::text) = (certificate_id IS NOT NULL) OR ending IS NULL),
  constraint gap_record_ending_check CHECK (ending = ANY (ARRAY['proved'::text, 'gone'::text, 'withdrawn'::text])),
  constraint gap_record_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX gap_record_closed ON connect.gap_record USING btree (site_id, connection_id, closed_at DESC) WHERE (closed_at IS NOT NULL);
CREATE UNIQUE INDEX gap_record_open ON connect.gap_record USING btree (site_id, connection_id, gap_id) WHERE (closed_at IS NULL);
alter table connect.gap_record enable row level security;
alter table connect.gap_record force row level security;
create policy of_site on connect.gap_record for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.notice_settings (
  site_id integer not null,
  connection_id text collate "C" not null,
  webhook_url text,
  webhook_secret_sealed bytea,
  digest_to text[] default '{}'::text[] not null,
  digest_at time without time zone default '07:00:00'::time without time zone not null,
  digest_language text default 'en'::text not null,
  digest_day date,
  digest_problem text,
  digest_due_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  constraint notice_settings_pkey PRIMARY KEY (site_id, connection_id),
  constraint notice_settings_check CHECK ((webhook_url IS NULL) = (webhook_secret_sealed IS NULL)),
  constraint notice_settings_digest_language_check CHECK (digest_language = ANY (ARRAY['en'::text, 'fr'::text])),
  constraint notice_settings_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.notice_settings enable row level security;
alter table connect.notice_settings force row level security;
create policy of_site on connect.notice_settings for all to connect_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on connect.notice_settings for select to portal_sync
  using (true);

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
  row_since timestamp with time zone,
  constraint roster_entry_pkey PRIMARY KEY (site_id, connection_id, office_id, provider_id),
  constraint roster_entry_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.roster_entry enable row level security;
alter table connect.roster_entry force row level security;
create policy of_site on connect.roster_entry for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table connect.seen_provider (
  site_id integer not null,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  first_seen_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  deselected_at timestamp with time zone,
  constraint seen_provider_pkey PRIMARY KEY (site_id, connection_id, provider_id),
  constraint seen_provider_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
alter table connect.seen_provider enable row level security;
alter table connect.seen_provider force row level security;
create policy of_site on connect.seen_provider for all to connect_app, portal_sync
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
CREATE INDEX slice_ledger_of_slice ON connect.slice_ledger USING btree (site_id, connection_id, office_id, provider_id);
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
  refusals integer default 0 not null,
  ask_after timestamp with time zone default '-infinity'::timestamp with time zone not null,
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
  released jsonb,
  constraint sync_run_pkey PRIMARY KEY (site_id, connection_id, run_id),
  constraint sync_run_cause_check CHECK (cause = ANY (ARRAY['asked'::text, 'interval'::text, 'announced'::text, 'follow-up'::text])),
  constraint sync_run_certainty_check CHECK (certainty = ANY (ARRAY['proved'::text, 'evidence'::text])),
  constraint sync_run_mode_check CHECK (mode = ANY (ARRAY['recent'::text, 'full'::text, 'slice'::text])),
  constraint sync_run_slice_check CHECK ((mode = 'slice'::text) = (office_id IS NOT NULL) AND (mode = 'slice'::text) = (provider_id IS NOT NULL)),
  constraint sync_run_state_check CHECK (state = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'complete-with-gaps'::text, 'waiting-for-decision'::text, 'failed'::text])),
  constraint sync_run_site_id_connection_id_fkey FOREIGN KEY (site_id, connection_id) REFERENCES connect.connection(site_id, connection_id)
);
CREATE INDEX sync_run_announced ON connect.sync_run USING btree (site_id, connection_id, ended_at) WHERE (cause = 'announced'::text);
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

create table public.account_link (
  site_id integer not null,
  link_id text collate "C" not null,
  purpose text not null,
  token_hash bytea not null,
  email text not null,
  role text,
  user_id text collate "C",
  mail_id text collate "C",
  created_at timestamp with time zone not null,
  created_by text collate "C",
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  withdrawn_at timestamp with time zone,
  constraint account_link_pkey PRIMARY KEY (site_id, link_id),
  constraint account_link_check CHECK ((purpose = 'invitation'::text) = (role IS NOT NULL)),
  constraint account_link_check1 CHECK (purpose = 'invitation'::text OR user_id IS NOT NULL),
  constraint account_link_purpose_check CHECK (purpose = ANY (ARRAY['invitation'::text, 'password-reset'::text])),
  constraint account_link_role_check CHECK (role = ANY (ARRAY['member'::text, 'site-admin'::text])),
  constraint account_link_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint account_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.portal_user(user_id)
);
CREATE INDEX account_link_by_token ON public.account_link USING btree (token_hash);
CREATE INDEX account_link_by_user ON public.account_link USING btree (user_id, created_at) WHERE (purpose = 'password-reset'::text);
CREATE UNIQUE INDEX account_link_open_invitation ON public.account_link USING btree (site_id, lower(email)) WHERE ((purpose = 'invitation'::text) AND (used_at IS NULL) AND (withdrawn_at IS NULL));
alter table public.account_link enable row level security;
alter table public.account_link force row level security;
create policy of_person on public.account_link for select to portal_app
  using (user_id = public.person_in_force());
create policy of_person_used on public.account_link for update to portal_app
  using (user_id = public.person_in_force() AND purpose = 'password-reset'::text)
  with check (user_id = public.person_in_force());
create policy of_site on public.account_link for all to portal_app
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_token on public.account_link for select to portal_app
  using (token_hash = public.account_link_in_force());

create table public.appointment_link (
  site_id integer not null,
  link_id text collate "C" not null,
  token_hash bytea not null,
  form_key bytea not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  start_at timestamp with time zone not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  purpose text not null,
  cancel_notice_minutes integer not null,
  created_at timestamp with time zone not null,
  created_by text collate "C",
  tries smallint default 0 not null,
  locked_at timestamp with time zone,
  constraint appointment_link_pkey PRIMARY KEY (site_id, link_id),
  constraint appointment_link_cancel_notice_minutes_check CHECK (cancel_notice_minutes >= 0),
  constraint appointment_link_purpose_check CHECK (purpose = ANY (ARRAY['confirm'::text, 'cancel'::text, 'both'::text])),
  constraint appointment_link_site_id_connection_id_booking_id_fkey FOREIGN KEY (site_id, connection_id, booking_id) REFERENCES public.booking(site_id, connection_id, booking_id),
  constraint appointment_link_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX appointment_link_by_booking ON public.appointment_link USING btree (site_id, connection_id, booking_id);
CREATE INDEX appointment_link_by_token ON public.appointment_link USING btree (token_hash);
alter table public.appointment_link enable row level security;
alter table public.appointment_link force row level security;
create policy of_site on public.appointment_link for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.appointment_link for select to connect_app
  using (site_id = public.site_in_force());
create policy of_token on public.appointment_link for select to portal_app
  using (token_hash = decode(NULLIF(current_setting('tidegate.link'::text, true), ''::text), 'hex'::text));

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
CREATE INDEX audit_event_by_time ON public.audit_event USING btree (site_id, at DESC, audit_id DESC);
CREATE INDEX audit_event_by_user ON public.audit_event USING btree (site_id, user_id, at DESC);
CREATE INDEX audit_event_sign_in ON public.audit_event USING btree (site_id, user_id, at DESC) WHERE (action = 'sign-in'::text);
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
  constraint booking_state_check CHECK (state = ANY (ARRAY['present'::text, 'unconfirmed'::text, 'visibility-lost'::text, 'deleted'::text, 'released'::text, 'out-of-window'::text, 'not-selected'::text])),
  constraint booking_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX booking_by_acknowledgement ON public.booking USING btree (site_id, connection_id, acknowledged_at) WHERE (acknowledged_at IS NOT NULL);
CREATE INDEX booking_by_patient ON public.booking USING btree (site_id, connection_id, patient_id, start_at, booking_id);
CREATE INDEX booking_by_schedule ON public.booking USING btree (site_id, connection_id, office_id, provider_id, start_at);
CREATE INDEX booking_by_start ON public.booking USING btree (site_id, start_at, booking_id) WHERE (state = ANY (ARRAY['present'::text, 'unconfirmed'::text]));
alter table public.booking enable row level security;
alter table public.booking force row level security;
create policy of_site on public.booking for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.calendar_file (
  site_id integer not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  sequence integer not null,
  mail_id text collate "C" not null,
  rule_id text collate "C" not null,
  method text not null,
  uid text not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  left_at timestamp with time zone,
  to_test boolean default false not null,
  constraint calendar_file_pkey PRIMARY KEY (site_id, connection_id, booking_id, sequence),
  constraint calendar_file_site_id_mail_id_key UNIQUE (site_id, mail_id),
  constraint calendar_file_method_check CHECK (method = ANY (ARRAY['PUBLISH'::text, 'CANCEL'::text])),
  constraint calendar_file_sequence_check CHECK (sequence >= 0),
  constraint calendar_file_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint calendar_file_site_id_mail_id_fkey FOREIGN KEY (site_id, mail_id) REFERENCES public.mail(site_id, mail_id),
  constraint calendar_file_site_id_rule_id_fkey FOREIGN KEY (site_id, rule_id) REFERENCES public.reminder_rule(site_id, rule_id)
);
CREATE INDEX calendar_file_by_start ON public.calendar_file USING btree (site_id, start_at);
alter table public.calendar_file enable row level security;
alter table public.calendar_file force row level security;
create policy of_site on public.calendar_file for all to portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on public.calendar_file for select to portal_sync
  using (true);

create table public.mail (
  site_id integer not null,
  mail_id text collate "C" not null,
  connection_id text collate "C",
  booking_id text collate "C",
  start_at timestamp with time zone,
  office_id text collate "C",
  provider_id text collate "C",
  patient_id text collate "C",
  send_until timestamp with time zone,
  unless_confirmed boolean default false not null,
  recipient text not null,
  message jsonb,
  state text not null,
  state_since timestamp with time zone not null,
  reason text,
  reply_code integer,
  created_at timestamp with time zone not null,
  next_attempt_at timestamp with time zone not null,
  attempt integer default 0 not null,
  failures integer default 0 not null,
  lease_owner text,
  lease_until timestamp with time zone,
  data_at timestamp with time zone,
  to_staff boolean default false not null,
  constraint mail_pkey PRIMARY KEY (site_id, mail_id),
  constraint mail_check CHECK (message IS NOT NULL OR (state = ANY (ARRAY['accepted'::text, 'failed'::text, 'cancelled'::text]))),
  constraint mail_state_check CHECK (state = ANY (ARRAY['due'::text, 'sending'::text, 'accepted'::text, 'uncertain'::text, 'failed'::text, 'cancelled'::text])),
  constraint mail_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX mail_by_patient ON public.mail USING btree (site_id, connection_id, patient_id, created_at DESC);
CREATE INDEX mail_open ON public.mail USING btree (site_id, next_attempt_at) WHERE (state = ANY (ARRAY['due'::text, 'sending'::text]));
CREATE INDEX mail_uncertain ON public.mail USING btree (site_id, state_since) WHERE (state = 'uncertain'::text);
alter table public.mail enable row level security;
alter table public.mail force row level security;
create policy of_site on public.mail for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on public.mail for select to portal_sync
  using (true);

create table public.mail_opt_out (
  site_id integer not null,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  at timestamp with time zone not null,
  constraint mail_opt_out_pkey PRIMARY KEY (site_id, connection_id, patient_id),
  constraint mail_opt_out_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.mail_opt_out enable row level security;
alter table public.mail_opt_out force row level security;
create policy of_site on public.mail_opt_out for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.mail_opt_out for select to connect_app
  using (site_id = public.site_in_force());

create table public.mail_settings (
  site_id integer not null,
  quiet_from text default '20:00'::text not null,
  quiet_to text default '08:00'::text not null,
  test_address text,
  keep_days integer default 365 not null,
  version integer default 1 not null,
  run_at text default '10:00'::text not null,
  constraint mail_settings_pkey PRIMARY KEY (site_id),
  constraint mail_settings_keep_days_check CHECK (keep_days >= 30 AND keep_days <= 3650),
  constraint mail_settings_quiet_from_check CHECK (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text),
  constraint mail_settings_quiet_to_check CHECK (quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text),
  constraint mail_settings_run_at_check CHECK (run_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text),
  constraint mail_settings_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.mail_settings enable row level security;
alter table public.mail_settings force row level security;
create policy of_site on public.mail_settings for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.mail_settings for select to connect_app
  using (site_id = public.site_in_force());

create table public.message (
  site_id integer not null,
  thread_id text collate "C" not null,
  message_id text collate "C" not null,
  author text collate "C",
  text text not null,
  sent_at timestamp with time zone not null,
  read_at timestamp with time zone,
  mail_id text collate "C",
  press_id text collate "C" not null,
  constraint message_pkey PRIMARY KEY (site_id, thread_id, message_id),
  constraint message_site_id_press_id_key UNIQUE (site_id, press_id),
  constraint message_site_id_thread_id_fkey FOREIGN KEY (site_id, thread_id) REFERENCES public.thread(site_id, thread_id)
);
CREATE INDEX message_unread ON public.message USING btree (site_id, thread_id) WHERE ((author IS NULL) AND (read_at IS NULL));
alter table public.message enable row level security;
alter table public.message force row level security;
create policy of_site on public.message for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.message_file (
  site_id integer not null,
  thread_id text collate "C" not null,
  message_id text collate "C" not null,
  n integer not null,
  file_id text collate "C" not null,
  constraint message_file_pkey PRIMARY KEY (site_id, thread_id, message_id, n),
  constraint message_file_site_id_file_id_key UNIQUE (site_id, file_id),
  constraint message_file_site_id_file_id_fkey FOREIGN KEY (site_id, file_id) REFERENCES public.stored_file(site_id, file_id),
  constraint message_file_site_id_thread_id_message_id_fkey FOREIGN KEY (site_id, thread_id, message_id) REFERENCES public.message(site_id, thread_id, message_id)
);
alter table public.message_file enable row level security;
alter table public.message_file force row level security;
create policy of_site on public.message_file for all to portal_app, portal_sync
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

create view public.open_gap with (security_invoker=true) as
SELECT site_id,
    connection_id,
    gap_id,
    opened_at,
    cause,
    found -> 'schedules'::text AS schedules,
    found -> 'features'::text AS features,
    healed_at
   FROM connect.gap_record
  WHERE closed_at IS NULL;

create table public.opt_out_link (
  site_id integer not null,
  token_hash bytea not null,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  created_at timestamp with time zone not null,
  constraint opt_out_link_pkey PRIMARY KEY (site_id, token_hash),
  constraint opt_out_link_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX opt_out_link_by_token ON public.opt_out_link USING btree (token_hash);
alter table public.opt_out_link enable row level security;
alter table public.opt_out_link force row level security;
create policy of_site on public.opt_out_link for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_token on public.opt_out_link for select to portal_app
  using (token_hash = decode(NULLIF(current_setting('tidegate.opt_out'::text, true), ''::text), 'hex'::text));

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
  second_factor_at timestamp with time zone,
  offered_sealed bytea,
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
create policy of_site on public.portal_session for select to portal_app
  using (site_id = public.site_in_force());
create policy of_site_ended on public.portal_session for delete to portal_app
  using (site_id = public.site_in_force());

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
create policy of_account_link on public.portal_user for select to portal_app
  using ((EXISTS ( SELECT
   FROM public.account_link l
  WHERE l.token_hash = public.account_link_in_force() AND (l.user_id = portal_user.user_id OR lower(l.email) = lower(portal_user.email)))));
create policy of_invitation on public.portal_user for insert to portal_app
  with check ((EXISTS ( SELECT
   FROM public.account_link l
  WHERE l.token_hash = public.account_link_in_force() AND l.purpose = 'invitation'::text AND l.used_at IS NULL AND l.withdrawn_at IS NULL AND lower(l.email) = lower(portal_user.email))));
create policy of_reset on public.portal_user for update to portal_app
  using ((EXISTS ( SELECT
   FROM public.account_link l
  WHERE l.token_hash = public.account_link_in_force() AND l.purpose = 'password-reset'::text AND l.used_at IS NULL AND l.withdrawn_at IS NULL AND l.user_id = portal_user.user_id)));
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

create table public.recovery_code (
  user_id text collate "C" not null,
  code_hash bytea not null,
  used_at timestamp with time zone,
  constraint recovery_code_pkey PRIMARY KEY (user_id, code_hash),
  constraint recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.portal_user(user_id)
);
alter table public.recovery_code enable row level security;
alter table public.recovery_code force row level security;
create policy of_person on public.recovery_code for all to connect_app, portal_app
  using (user_id = public.person_in_force())
  with check (user_id = public.person_in_force());

create table public.refused_address (
  site_id integer not null,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  address text not null,
  refused_at timestamp with time zone not null,
  constraint refused_address_pkey PRIMARY KEY (site_id, connection_id, patient_id),
  constraint refused_address_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.refused_address enable row level security;
alter table public.refused_address force row level security;
create policy of_site on public.refused_address for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.refused_address for select to connect_app
  using (site_id = public.site_in_force());

create table public.reminder_log (
  site_id integer not null,
  entry_id text collate "C" not null,
  day date not null,
  rule_id text collate "C" not null,
  outcome text not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  booking_id text collate "C",
  patient_id text collate "C",
  start_at timestamp with time zone,
  bookings integer default 1 not null,
  mail_id text collate "C",
  at timestamp with time zone not null,
  kind text default 'reminder'::text not null,
  constraint reminder_log_pkey PRIMARY KEY (site_id, entry_id),
  constraint reminder_log_check CHECK ((outcome = 'due'::text) = (mail_id IS NOT NULL)),
  constraint reminder_log_check1 CHECK ((outcome = 'invisible'::text) = (booking_id IS NULL)),
  constraint reminder_log_kind_check CHECK (kind = ANY (ARRAY['reminder'::text, 'moved'::text, 'withdrawn'::text])),
  constraint reminder_log_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint reminder_log_site_id_mail_id_fkey FOREIGN KEY (site_id, mail_id) REFERENCES public.mail(site_id, mail_id),
  constraint reminder_log_site_id_rule_id_fkey FOREIGN KEY (site_id, rule_id) REFERENCES public.reminder_rule(site_id, rule_id)
);
CREATE INDEX reminder_log_by_day ON public.reminder_log USING btree (site_id, day DESC, entry_id DESC);
CREATE INDEX reminder_log_by_patient ON public.reminder_log USING btree (site_id, connection_id, patient_id, day) WHERE ((outcome = 'due'::text) AND (kind = 'reminder'::text));
CREATE UNIQUE INDEX reminder_log_one_outcome ON public.reminder_log USING btree (site_id, day, rule_id, connection_id, booking_id, start_at) WHERE ((booking_id IS NOT NULL) AND (kind = 'reminder'::text));
CREATE UNIQUE INDEX reminder_log_sent_once ON public.reminder_log USING btree (site_id, rule_id, connection_id, booking_id, start_at) WHERE ((outcome = 'due'::text) AND (kind = 'reminder'::text));
alter table public.reminder_log enable row level security;
alter table public.reminder_log force row level security;
create policy of_site on public.reminder_log for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.reminder_log for select to connect_app
  using (site_id = public.site_in_force());

create table public.reminder_rule (
  site_id integer not null,
  rule_id text collate "C" not null,
  name text not null,
  days smallint not null,
  provider_ids text[] not null,
  type_texts text[] not null,
  types_excluded boolean not null,
  confirmation boolean not null,
  cancellation boolean not null,
  cancel_notice_minutes integer not null,
  calendar boolean not null,
  also_confirmed boolean not null,
  subject_en text not null,
  text_en text not null,
  subject_fr text not null,
  text_fr text not null,
  enabled boolean default false not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  constraint reminder_rule_pkey PRIMARY KEY (site_id, rule_id),
  constraint reminder_rule_cancel_notice_minutes_check CHECK (cancel_notice_minutes >= 0 AND cancel_notice_minutes <= 43200),
  constraint reminder_rule_days_check CHECK (days >= '-60'::integer AND days <= 60),
  constraint reminder_rule_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.reminder_rule enable row level security;
alter table public.reminder_rule force row level security;
create policy of_site on public.reminder_rule for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.reminder_rule for select to connect_app
  using (site_id = public.site_in_force());
create policy of_worker on public.reminder_rule for select to portal_sync
  using (true);

create table public.reminder_run (
  site_id integer not null,
  day date not null,
  ran_at timestamp with time zone not null,
  constraint reminder_run_pkey PRIMARY KEY (site_id, day),
  constraint reminder_run_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.reminder_run enable row level security;
alter table public.reminder_run force row level security;
create policy of_site on public.reminder_run for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_site_for_counting on public.reminder_run for select to connect_app
  using (site_id = public.site_in_force());

create table public.saved_fetch (
  site_id integer not null,
  fetch_id text collate "C" not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  asked_by text collate "C" not null,
  asked_at timestamp with time zone not null,
  state text not null,
  lease_until timestamp with time zone,
  reason text,
  lacking jsonb,
  settled_at timestamp with time zone,
  columns_read smallint default 0 not null,
  constraint saved_fetch_pkey PRIMARY KEY (site_id, fetch_id),
  constraint saved_fetch_state_check CHECK (state = ANY (ARRAY['asked'::text, 'fetching'::text, 'done'::text, 'failed'::text])),
  constraint saved_fetch_site_id_connection_id_booking_id_fkey FOREIGN KEY (site_id, connection_id, booking_id) REFERENCES public.booking(site_id, connection_id, booking_id),
  constraint saved_fetch_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX saved_fetch_open ON public.saved_fetch USING btree (asked_at) WHERE (state = ANY (ARRAY['asked'::text, 'fetching'::text]));
alter table public.saved_fetch enable row level security;
alter table public.saved_fetch force row level security;
create policy of_site on public.saved_fetch for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_use on public.saved_fetch for select to connect_app
  using (site_id = public.site_in_force());
create policy of_worker on public.saved_fetch for select to portal_sync
  using (true);

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

create table public.second_factor (
  user_id text collate "C" not null,
  secret_sealed bytea not null,
  enrolled_at timestamp with time zone not null,
  last_step bigint not null,
  constraint second_factor_pkey PRIMARY KEY (user_id),
  constraint second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.portal_user(user_id)
);
alter table public.second_factor enable row level security;
alter table public.second_factor force row level security;
create policy of_person on public.second_factor for all to connect_app, portal_app
  using (user_id = public.person_in_force())
  with check (user_id = public.person_in_force());
create policy of_site on public.second_factor for select to portal_app
  using ((user_id IN ( SELECT m.user_id
   FROM public.site_member m
  WHERE m.site_id = public.site_in_force())));

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
  phone text,
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
  deactivated_at timestamp with time zone,
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
  connection_id text collate "C",
  write_back_id text collate "C",
  reason text not null,
  found_status text,
  found_start_at timestamp with time zone,
  found_office_id text collate "C",
  found_provider_id text collate "C",
  created_at timestamp with time zone not null,
  done_at timestamp with time zone,
  done_by text collate "C",
  link_id text collate "C",
  kind text,
  mail_id text collate "C",
  run_id text collate "C",
  thread_link_id text collate "C",
  constraint staff_task_pkey PRIMARY KEY (site_id, task_id),
  constraint staff_task_site_id_connection_id_write_back_id_key UNIQUE (site_id, connection_id, write_back_id),
  constraint staff_task_one_subject CHECK (num_nonnulls(write_back_id, link_id, mail_id, run_id, thread_link_id) = 1),
  constraint staff_task_reason_check CHECK (reason = ANY (ARRAY['changed'::text, 'deleted'::text, 'not-found'::text, 'refused'::text, 'not-taken'::text, 'too-late'::text, 'locked'::text, 'not-queued'::text, 'mail-uncertain'::text, 'mail-refused'::text, 'mail-given-up'::text, 'guarded'::text])),
  constraint staff_task_site_id_connection_id_write_back_id_fkey FOREIGN KEY (site_id, connection_id, write_back_id) REFERENCES public.write_back(site_id, connection_id, write_back_id),
  constraint staff_task_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint staff_task_site_id_link_id_fkey FOREIGN KEY (site_id, link_id) REFERENCES public.appointment_link(site_id, link_id),
  constraint staff_task_site_id_mail_id_fkey FOREIGN KEY (site_id, mail_id) REFERENCES public.mail(site_id, mail_id),
  constraint staff_task_site_id_thread_link_id_fkey FOREIGN KEY (site_id, thread_link_id) REFERENCES public.thread_link(site_id, link_id)
);
CREATE UNIQUE INDEX staff_task_of_mail ON public.staff_task USING btree (site_id, mail_id) WHERE (done_at IS NULL);
CREATE UNIQUE INDEX staff_task_of_run ON public.staff_task USING btree (site_id, run_id) WHERE (run_id IS NOT NULL);
CREATE UNIQUE INDEX staff_task_one_of_link ON public.staff_task USING btree (site_id, link_id, reason) WHERE ((done_at IS NULL) AND (link_id IS NOT NULL));
CREATE UNIQUE INDEX staff_task_one_of_thread_link ON public.staff_task USING btree (site_id, thread_link_id, reason) WHERE ((done_at IS NULL) AND (thread_link_id IS NOT NULL));
CREATE INDEX staff_task_open ON public.staff_task USING btree (site_id, created_at) WHERE (done_at IS NULL);
alter table public.staff_task enable row level security;
alter table public.staff_task force row level security;
create policy of_site on public.staff_task for all to connect_app, portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.stored_file (
  site_id integer not null,
  file_id text collate "C" not null,
  media_type text not null,
  title text not null,
  bytes integer default 0 not null,
  begun_at timestamp with time zone not null,
  arrived_at timestamp with time zone,
  kept_at timestamp with time zone,
  uploaded_by text collate "C",
  fetch_id text collate "C",
  constraint stored_file_pkey PRIMARY KEY (site_id, file_id),
  constraint stored_file_bytes_check CHECK (bytes >= 0 AND bytes <= 10485760),
  constraint stored_file_check CHECK (arrived_at IS NULL OR bytes > 0),
  constraint stored_file_check1 CHECK (kept_at IS NULL OR arrived_at IS NOT NULL),
  constraint stored_file_media_type_check CHECK (media_type = ANY (ARRAY['application/pdf'::text, 'image/jpeg'::text, 'image/png'::text, 'text/plain'::text])),
  constraint stored_file_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX stored_file_not_kept ON public.stored_file USING btree (site_id, begun_at) WHERE (kept_at IS NULL);
alter table public.stored_file enable row level security;
alter table public.stored_file force row level security;
create policy of_site on public.stored_file for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.stored_file_chunk (
  site_id integer not null,
  file_id text collate "C" not null,
  n integer not null,
  bytes bytea not null,
  constraint stored_file_chunk_pkey PRIMARY KEY (site_id, file_id, n),
  constraint stored_file_chunk_bytes_check CHECK (length(bytes) >= 1 AND length(bytes) <= 196608),
  constraint stored_file_chunk_n_check CHECK (n >= 0),
  constraint stored_file_chunk_site_id_file_id_fkey FOREIGN KEY (site_id, file_id) REFERENCES public.stored_file(site_id, file_id) ON DELETE CASCADE
);
alter table public.stored_file_chunk enable row level security;
alter table public.stored_file_chunk force row level security;
create policy of_site on public.stored_file_chunk for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.sync_wish (
  site_id integer not null,
  asked_by text collate "C" not null,
  asked_at timestamp with time zone not null,
  constraint sync_wish_pkey PRIMARY KEY (site_id),
  constraint sync_wish_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
alter table public.sync_wish enable row level security;
alter table public.sync_wish force row level security;
create policy of_site on public.sync_wish for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_worker on public.sync_wish for select to portal_sync
  using (true);

create view public.synchronised_days with (security_invoker=true) as
SELECT site_id,
    connection_id,
    window_days
   FROM connect.connection
  WHERE active;

create table public.thread (
  site_id integer not null,
  thread_id text collate "C" not null,
  kind text not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C" not null,
  subject text not null,
  recipient text not null,
  recipient_name text,
  language text not null,
  code_key bytea,
  code_hash bytea,
  created_at timestamp with time zone not null,
  created_by text collate "C" not null,
  last_at timestamp with time zone not null,
  constraint thread_pkey PRIMARY KEY (site_id, thread_id),
  constraint thread_check CHECK ((kind = 'referral'::text) = (recipient_name IS NOT NULL AND code_key IS NOT NULL AND code_hash IS NOT NULL)),
  constraint thread_kind_check CHECK (kind = ANY (ARRAY['patient'::text, 'referral'::text])),
  constraint thread_language_check CHECK (language = ANY (ARRAY['en'::text, 'fr'::text])),
  constraint thread_site_id_connection_id_booking_id_fkey FOREIGN KEY (site_id, connection_id, booking_id) REFERENCES public.booking(site_id, connection_id, booking_id),
  constraint thread_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX thread_by_last ON public.thread USING btree (site_id, last_at DESC, thread_id DESC);
CREATE INDEX thread_by_patient ON public.thread USING btree (site_id, connection_id, patient_id, last_at DESC);
alter table public.thread enable row level security;
alter table public.thread force row level security;
create policy of_site on public.thread for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());

create table public.thread_link (
  site_id integer not null,
  link_id text collate "C" not null,
  token_hash bytea not null,
  form_key bytea not null,
  thread_id text collate "C" not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  tries smallint default 0 not null,
  locked_at timestamp with time zone,
  constraint thread_link_pkey PRIMARY KEY (site_id, link_id),
  constraint thread_link_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id),
  constraint thread_link_site_id_thread_id_fkey FOREIGN KEY (site_id, thread_id) REFERENCES public.thread(site_id, thread_id)
);
CREATE INDEX thread_link_by_token ON public.thread_link USING btree (token_hash);
alter table public.thread_link enable row level security;
alter table public.thread_link force row level security;
create policy of_site on public.thread_link for all to portal_app, portal_sync
  using (site_id = public.site_in_force())
  with check (site_id = public.site_in_force());
create policy of_token on public.thread_link for select to portal_app
  using (token_hash = decode(NULLIF(current_setting('tidegate.link'::text, true), ''::text), 'hex'::text));

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
  file_id text collate "C",
  patient_id text collate "C",
  constraint write_back_pkey PRIMARY KEY (site_id, connection_id, write_back_id),
  constraint write_back_site_id_press_id_key UNIQUE (site_id, press_id),
  constraint write_back_of_file CHECK ((kind = 'file-document'::text) = (file_id IS NOT NULL AND patient_id IS NOT NULL)),
  constraint write_back_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sending'::text, 'conflict'::text, 'retrying'::text, 'parked'::text, 'acknowledged'::text, 'task'::text])),
  constraint write_back_site_id_connection_id_booking_id_fkey FOREIGN KEY (site_id, connection_id, booking_id) REFERENCES public.booking(site_id, connection_id, booking_id),
  constraint write_back_site_id_file_id_fkey FOREIGN KEY (site_id, file_id) REFERENCES public.stored_file(site_id, file_id),
  constraint write_back_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.site(site_id)
);
CREATE INDEX write_back_by_booking ON public.write_back USING btree (site_id, connection_id, booking_id, requested_at DESC);
CREATE UNIQUE INDEX write_back_one_open ON public.write_back USING btree (site_id, connection_id, booking_id) WHERE ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'conflict'::text, 'retrying'::text, 'parked'::text])) AND (kind = ANY (ARRAY['mark-arrived'::text, 'mark-confirmed'::text, 'cancel'::text])));
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
grant execute on function public.account_link_in_force() to public;
grant execute on function public.person_in_force() to public;
grant execute on function public.session_in_force() to public;
grant execute on function public.site_in_force() to public;
grant usage on schema connect to connect_app;
grant usage on schema public to connect_app;
grant delete, insert, select, update (signed_at) on connect.announcement to connect_app;
grant select on connect.certificate to connect_app;
grant delete, insert, select, update on connect.connection to connect_app;
grant delete, select, update (tenant_id) on connect.emr_state to connect_app;
grant insert, select on connect.fix_request to connect_app;
grant delete, select on connect.gap_notice to connect_app;
grant select on connect.gap_record to connect_app;
grant insert, select, update on connect.notice_settings to connect_app;
grant delete, insert, select, update on connect.roster_entry to connect_app;
grant delete, insert, select, update on connect.seen_provider to connect_app;
grant delete, insert, select, update on connect.selected_provider to connect_app;
grant select, update (cursor_at) on connect.slice_cursor to connect_app;
grant select on connect.slice_ledger to connect_app;
grant delete, select, update (ask_after, heard_at) on connect.subscription to connect_app;
grant insert, select, update on connect.sync_run to connect_app;
grant select on connect.write_back_breaker to connect_app;
grant select (booking_id, connection_id, link_id, locked_at, office_id, provider_id, site_id, start_at) on public.appointment_link to connect_app;
grant insert, select on public.audit_event to connect_app;
grant select, update (state, state_since) on public.booking to connect_app;
grant select (connection_id, patient_id, site_id) on public.mail_opt_out to connect_app;
grant select on public.mail_settings to connect_app;
grant select on public.office to connect_app;
grant select on public.patient to connect_app;
grant delete, insert, select, update on public.portal_session to connect_app;
grant select on public.portal_user to connect_app;
grant select on public.provider to connect_app;
grant delete, insert, select, update on public.recovery_code to connect_app;
grant select (address, connection_id, patient_id, site_id) on public.refused_address to connect_app;
grant select (booking_id, connection_id, day, kind, outcome, patient_id, rule_id, site_id, start_at) on public.reminder_log to connect_app;
grant select on public.reminder_rule to connect_app;
grant select on public.reminder_run to connect_app;
grant select (columns_read, connection_id, settled_at, site_id) on public.saved_fetch to connect_app;
grant select, update (outcome, selected) on public.schedule to connect_app;
grant delete, insert, select, update on public.second_factor to connect_app;
grant delete, insert, select, update on public.sign_in_attempt to connect_app;
grant select, update (data_revision) on public.site to connect_app;
grant select on public.site_member to connect_app;
grant select, update (done_at, done_by) on public.staff_task to connect_app;
grant select on public.write_back to connect_app;
grant usage on schema connect to portal_app;
grant usage on schema public to portal_app;
grant select (active, connection_id, site_id, window_days) on connect.connection to portal_app;
grant select on connect.gap_record to portal_app;
grant insert, select, update (used_at, user_id, withdrawn_at) on public.account_link to portal_app;
grant insert, select, update (locked_at, tries) on public.appointment_link to portal_app;
grant insert, select on public.audit_event to portal_app;
grant select on public.booking to portal_app;
grant insert, select (booking_id, connection_id, created_at, data_at, mail_id, office_id, patient_id, provider_id, reason, recipient, reply_code, site_id, start_at, state, state_since), update (data_at, failures, message, next_attempt_at, reason, state, state_since) on public.mail to portal_app;
grant insert, select on public.mail_opt_out to portal_app;
grant insert, select, update on public.mail_settings to portal_app;
grant insert, select, update (read_at) on public.message to portal_app;
grant insert, select on public.message_file to portal_app;
grant select on public.office to portal_app;
grant select on public.open_gap to portal_app;
grant select on public.opt_out_link to portal_app;
grant select on public.patient to portal_app;
grant delete, insert, select, update on public.portal_session to portal_app;
grant insert (display_name, email, password_hash, user_id), select, update (password_hash) on public.portal_user to portal_app;
grant select on public.provider to portal_app;
grant delete, insert, select, update on public.recovery_code to portal_app;
grant select on public.refused_address to portal_app;
grant select on public.reminder_log to portal_app;
grant insert, select, update on public.reminder_rule to portal_app;
grant select on public.reminder_run to portal_app;
grant insert, select on public.saved_fetch to portal_app;
grant select on public.schedule to portal_app;
grant delete, insert, select, update on public.second_factor to portal_app;
grant delete, insert, select, update on public.sign_in_attempt to portal_app;
grant select, update (data_revision) on public.site to portal_app;
grant insert (role, site_id, user_id), select, update (deactivated_at, role) on public.site_member to portal_app;
grant insert, select, update (done_at, done_by) on public.staff_task to portal_app;
grant delete, insert, select, update (arrived_at, bytes, kept_at, uploaded_by) on public.stored_file to portal_app;
grant insert, select on public.stored_file_chunk to portal_app;
grant insert, select on public.sync_wish to portal_app;
grant select on public.synchronised_days to portal_app;
grant insert, select, update (last_at) on public.thread to portal_app;
grant insert, select, update (locked_at, tries) on public.thread_link to portal_app;
grant insert, select on public.write_back to portal_app;
grant usage on schema connect to portal_sync;
grant usage on schema intake to portal_sync;
grant usage on schema public to portal_sync;
grant delete, insert, select, update on connect.announcement to portal_sync;
grant insert, select on connect.certificate to portal_sync;
grant delete, insert, select, update on connect.connection to portal_sync;
grant delete, insert, select, update on connect.emr_state to portal_sync;
grant delete, insert, select, update on connect.gap_notice to portal_sync;
grant insert, select, update on connect.gap_record to portal_sync;
grant select, update on connect.notice_settings to portal_sync;
grant delete, insert, select, update on connect.roster_entry to portal_sync;
grant delete, insert, select, update on connect.seen_provider to portal_sync;
grant delete, insert, select, update on connect.selected_provider to portal_sync;
grant delete, insert, select, update on connect.slice_cursor to portal_sync;
grant delete, insert, select, update on connect.slice_ledger to portal_sync;
grant delete, insert, select, update on connect.subscription to portal_sync;
grant delete, insert, select, update on connect.sync_run to portal_sync;
grant insert, select, update on connect.write_back_breaker to portal_sync;
grant delete, insert, select, truncate, update on intake.staged_booking to portal_sync;
grant delete, insert, select, truncate, update on intake.staged_patient to portal_sync;
grant insert, select on public.appointment_link to portal_sync;
grant insert, select on public.audit_event to portal_sync;
grant insert, select, update on public.booking to portal_sync;
grant delete, insert, select, update (left_at, to_test) on public.calendar_file to portal_sync;
grant delete, insert, select, update on public.mail to portal_sync;
grant select on public.mail_opt_out to portal_sync;
grant select on public.mail_settings to portal_sync;
grant insert, select, update on public.office to portal_sync;
grant delete, insert, select, update on public.opt_out_link to portal_sync;
grant insert, select, update on public.patient to portal_sync;
grant insert, select, update on public.portal_user to portal_sync;
grant insert, select, update on public.provider to portal_sync;
grant delete, insert, select, update on public.refused_address to portal_sync;
grant delete, insert, select on public.reminder_log to portal_sync;
grant select on public.reminder_rule to portal_sync;
grant insert, select on public.reminder_run to portal_sync;
grant select, update on public.saved_fetch to portal_sync;
grant insert, select, update on public.schedule to portal_sync;
grant insert, select, update on public.site to portal_sync;
grant insert, select, update on public.site_member to portal_sync;
grant delete, insert, select, update (done_at, done_by) on public.staff_task to portal_sync;
grant delete, insert, select, update (arrived_at, bytes, fetch_id, kept_at) on public.stored_file to portal_sync;
grant insert, select on public.stored_file_chunk to portal_sync;
grant delete, select on public.sync_wish to portal_sync;
grant insert, select, update on public.write_back to portal_sync;
grant execute on function intake.analyze_applied() to portal_sync;
grant execute on function intake.analyze_staging() to portal_sync;
