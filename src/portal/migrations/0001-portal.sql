-- The portal's side: what people sign in with, what a synchroniser has brought in, and Cloud Connect's own schema.
-- site_id leads every key of what belongs to a site. portal_user and portal_session belong to a person, who may be a member of
-- several sites.

create schema intake;
create schema connect;

create function site_in_force() returns integer language sql stable parallel safe
  return nullif(current_setting('tidegate.site_id', true), '')::integer;

create table site (
  site_id integer primary key check (site_id > 0),
  name text not null,
  zone text not null,
  -- Goes up with every apply; what an open page asks for to know whether to read again.
  data_revision bigint not null default 1,
  created_at timestamptz not null default now()
);

create table portal_user (
  user_id text collate "C" primary key,
  email text not null,
  display_name text not null,
  password_hash text not null,
  active boolean not null default true,
  created_at timestamptz not null default now()
);
create unique index portal_user_by_email on portal_user (lower(email));

create table site_member (
  site_id integer not null references site,
  user_id text collate "C" not null references portal_user,
  role text not null check (role in ('member', 'site-admin')),
  since timestamptz not null default now(),
  primary key (site_id, user_id)
);
create index site_member_by_user on site_member (user_id, site_id);

create table portal_session (
  token_hash bytea primary key,
  -- The two apps sign in separately: a portal session opens nothing in Cloud Connect.
  app text not null check (app in ('portal', 'connect')),
  user_id text collate "C" not null references portal_user,
  site_id integer not null references site,
  created_at timestamptz not null,
  last_seen_at timestamptz not null
);

create table sign_in_attempt (
  email_hash bytea primary key,
  failures integer not null,
  last_failed_at timestamptz not null
);

create table audit_event (
  site_id integer not null references site,
  audit_id text collate "C" not null,
  at timestamptz not null default clock_timestamp(),
  user_id text collate "C",
  action text not null,
  entity text not null,
  entity_id text not null,
  before jsonb,
  after jsonb,
  request_id text,
  primary key (site_id, audit_id)
);

-- What a synchroniser brought in. Ids are the EMR's logical ids; connection_id says which EMR's.

create table office (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  name text not null,
  zone text not null,
  primary key (site_id, connection_id, office_id)
);

create table provider (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  display text not null,
  primary key (site_id, connection_id, provider_id)
);

-- One slice: a provider in an office, as the integration user can see it. Each has its own freshness.
create table schedule (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  selected boolean not null,
  -- readable: bookings and their patients. withheld: bookings, patients masked. lost: was readable. never: has not been.
  visibility text not null check (visibility in ('readable', 'withheld', 'lost', 'never')),
  visibility_since timestamptz not null,
  -- Columns (bit set, as the EMR's) that the switched-on features need here and that are not held.
  missing_columns smallint not null default 0,
  -- The last day on which a lapsed grant held, if that is why.
  lapsed_on date,
  -- This slice matched the EMR at this moment of the EMR's clock; null: it never has.
  matched_as_of timestamptz,
  outcome text not null check (outcome in ('complete', 'partly', 'cannot-be-read', 'needs-full', 'waiting', 'failed', 'not-selected')),
  primary key (site_id, connection_id, office_id, provider_id),
  foreign key (site_id, connection_id, office_id) references office,
  foreign key (site_id, connection_id, provider_id) references provider
);

create table patient (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null default 'en',
  chart_number text,
  emr_version text not null,
  primary key (site_id, connection_id, patient_id)
);
create index patient_by_family on patient (site_id, lower(family), lower(given), patient_id);

-- state: present and unconfirmed are listed (unconfirmed with a mark); every other state leaves every list, search, count,
-- file and reminder. Rows are never deleted for absence.
create table booking (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  patient_masked boolean not null,
  status text not null,
  participation text not null,
  type_text text,
  start_at timestamptz not null,
  end_at timestamptz not null,
  emr_version text not null,
  emr_last_updated timestamptz not null,
  state text not null check (state in ('present', 'unconfirmed', 'visibility-lost', 'deleted', 'out-of-window', 'not-selected')),
  state_since timestamptz not null,
  primary key (site_id, connection_id, booking_id)
);
create index booking_by_start on booking (site_id, start_at, booking_id) where state in ('present', 'unconfirmed');
create index booking_by_schedule on booking (site_id, connection_id, office_id, provider_id, start_at);
create index booking_by_patient on booking (site_id, connection_id, patient_id);

-- Staging: keyed by run, written by COPY, read by one diff, emptied after each run. It is the checkpoint of a run: what is here and
-- marked as complete in the run's row need not be fetched again. No request-serving role has any right here, and it has
-- no row-level security because COPY FROM is refused on a table that has: the one listed exception.

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
  start_at timestamptz not null,
  end_at timestamptz not null,
  emr_version text not null,
  emr_last_updated timestamptz not null
);
create index staged_booking_by_run on intake.staged_booking (site_id, connection_id, run_id);

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
create index staged_patient_by_run on intake.staged_patient (site_id, connection_id, run_id);
