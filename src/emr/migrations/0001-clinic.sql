-- The clinic's record. Every table belongs to a tenant, and tenant_id leads every key, so that one dialect serves a laptop
-- and a distributed PostgreSQL. Identifiers are made by the application; imported resources keep their FHIR logical id.
--
-- Two walls stand between a request and a row. The first is the view held_grant, which every statement that lists or reads
-- joins. The second is row-level security, written independently below and forced on every table that the request-serving
-- role can read. Neither uses the other, and the mask proof takes each away in turn.

create function tenant_in_force() returns integer language sql stable parallel safe
  return nullif(current_setting('tidegate.tenant_id', true), '')::integer;

create function user_in_force() returns text language sql stable parallel safe
  return nullif(current_setting('tidegate.user_id', true), '');

-- 'roster' opens the clinic's list of offices and providers to those who administer it or ask about themselves
-- ($permission-coverage, what a search withheld). Anything else, and above all nothing at all, is the strict reading.
create function roster_in_force() returns boolean language sql stable parallel safe
  return coalesce(current_setting('tidegate.scope', true), '') = 'roster';

create table tenant (
  tenant_id integer primary key check (tenant_id > 0),
  name text not null,
  roster_version bigint not null default 1,
  created_at timestamptz not null default now()
);

create table office (
  tenant_id integer not null references tenant,
  office_id text collate "C" not null,
  name text not null,
  zone text not null,
  phone text,
  active boolean not null default true,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, office_id)
);

create table provider (
  tenant_id integer not null references tenant,
  provider_id text collate "C" not null,
  prefix text,
  given text not null,
  family text not null,
  suffix text,
  active boolean not null default true,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, provider_id)
);

create table provider_schedule (
  tenant_id integer not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  schedule_id text collate "C" not null,
  practitioner_role_id text collate "C" not null,
  active boolean not null default true,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, office_id, provider_id),
  unique (tenant_id, schedule_id),
  unique (tenant_id, practitioner_role_id),
  foreign key (tenant_id, office_id) references office,
  foreign key (tenant_id, provider_id) references provider
);
create index provider_schedule_by_provider on provider_schedule (tenant_id, provider_id, office_id);

create table patient (
  tenant_id integer not null references tenant,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text check (gender in ('male', 'female', 'other', 'unknown')),
  phone text,
  email text,
  language text not null default 'en' check (language in ('en', 'fr')),
  chart_number text,
  active boolean not null default true,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, patient_id)
);
create index patient_by_last_updated on patient (tenant_id, last_updated, patient_id);
create index patient_by_family on patient (tenant_id, lower(family), lower(given), patient_id);

-- Where a patient is known: attached to a provider in an office, or booked there. Kept by the statements that attach and
-- book, because a policy on patient that looked into appointment would be narrowed by appointment's own policy.
create table patient_pair (
  tenant_id integer not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  attached boolean not null default false,
  primary key (tenant_id, patient_id, office_id, provider_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule
);
create index patient_pair_by_pair on patient_pair (tenant_id, office_id, provider_id, patient_id);

create table appointment (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  status text not null check (status in ('proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow',
                                         'entered-in-error', 'checked-in', 'waitlist')),
  -- FHIR has no status for "confirmed": the patient's participation says it.
  participation text not null default 'needs-action' check (participation in ('needs-action', 'accepted', 'declined', 'tentative')),
  type_text text,
  reason text,
  start_at timestamptz not null,
  end_at timestamptz not null check (end_at > start_at),
  created_at timestamptz not null default clock_timestamp(),
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, appointment_id),
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, patient_id) references patient
);
create index appointment_by_schedule on appointment (tenant_id, office_id, provider_id, start_at);
create index appointment_by_start on appointment (tenant_id, start_at, appointment_id);
create index appointment_by_last_updated on appointment (tenant_id, last_updated, appointment_id);
create index appointment_by_patient on appointment (tenant_id, patient_id);

create table app_user (
  tenant_id integer not null references tenant,
  user_id text collate "C" not null,
  kind text not null check (kind in ('administrator', 'staff', 'service')),
  username text not null,
  display_name text not null,
  -- A service user signs in nowhere, so it has no password.
  password_hash text check (kind <> 'service' or password_hash is null),
  active boolean not null default true,
  -- Goes up with every change of this user's grants and memberships, in the same transaction.
  permission_version bigint not null default 1,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
create unique index app_user_by_username on app_user (tenant_id, lower(username));

create table office_membership (
  tenant_id integer not null,
  user_id text collate "C" not null,
  office_id text collate "C" not null,
  since timestamptz not null default now(),
  primary key (tenant_id, user_id, office_id),
  foreign key (tenant_id, user_id) references app_user,
  foreign key (tenant_id, office_id) references office
);

-- columns: Patient 1, Scheduling 2, Billing 4, EMR 8, Labs 16, Visible 32.
-- access_until_day is what a person typed: the last day on which the row holds. access_until is the instant at which it lapses,
-- the start of the following day in the office's zone, computed by the zone module and never in SQL.
create table permission_grant (
  tenant_id integer not null,
  user_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  columns smallint not null check (columns between 0 and 63),
  access_until_day date,
  access_until timestamptz,
  changed_at timestamptz not null default now(),
  changed_by text collate "C",
  primary key (tenant_id, user_id, office_id, provider_id),
  check ((access_until_day is null) = (access_until is null)),
  foreign key (tenant_id, user_id) references app_user,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule
);

create table audit_event (
  tenant_id integer not null references tenant,
  audit_id text collate "C" not null,
  at timestamptz not null default clock_timestamp(),
  -- Who acted: a user of this tenant, or null for the system itself (set-up, import).
  user_id text collate "C",
  action text not null,
  entity text not null,
  entity_id text not null,
  before jsonb,
  after jsonb,
  request_id text,
  primary key (tenant_id, audit_id)
);
create index audit_event_by_entity on audit_event (tenant_id, entity, entity_id, at);

create table session (
  tenant_id integer not null,
  token_hash bytea not null,
  user_id text collate "C" not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, user_id) references app_user
);

create table sign_in_attempt (
  tenant_id integer not null references tenant,
  username_hash bytea not null,
  failures integer not null,
  last_failed_at timestamptz not null,
  primary key (tenant_id, username_hash)
);

-- The client id begins with the tenant's number ('1042-…') and an access token with it too, so that the tenant comes from the
-- credential alone and every look-up is keyed by tenant.
create table oauth_client (
  tenant_id integer not null,
  client_id text collate "C" not null,
  user_id text collate "C" not null,
  name text not null,
  auth_method text not null check (auth_method in ('client_secret_post', 'private_key_jwt')),
  secret_hash bytea,
  jwks jsonb,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  rotated_at timestamptz,
  primary key (tenant_id, client_id),
  foreign key (tenant_id, user_id) references app_user,
  check ((auth_method = 'client_secret_post') = (secret_hash is not null))
);

create table oauth_token (
  tenant_id integer not null,
  token_hash bytea not null,
  client_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamptz not null,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, client_id) references oauth_client
);

create table oauth_assertion_seen (
  tenant_id integer not null,
  client_id text collate "C" not null,
  jti_hash bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, client_id, jti_hash),
  foreign key (tenant_id, client_id) references oauth_client
);

create table export_job (
  tenant_id integer not null,
  export_id text collate "C" not null,
  user_id text collate "C" not null,
  request jsonb not null,
  permission_version text not null,
  transaction_time timestamptz not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, export_id),
  foreign key (tenant_id, user_id) references app_user
);

-- The first wall. One row for each pair that a user holds anything of: he is active, belongs to the office, the grant has not
-- lapsed and has Visible, without which no other column opens anything.
create view held_grant with (security_invoker = true) as
  select g.tenant_id, g.user_id, g.office_id, g.provider_id, g.columns
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
    join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
   where u.active
     and (g.columns & 32) = 32
     and (g.access_until is null or g.access_until > now());

-- Changes whenever anything that $permission-coverage answers does, the lapse of a grant included: the number of rows that
-- have lapsed by now is part of it, so no job has to run for the version to move.
create function permission_version(of_tenant integer, of_user text) returns text language sql stable
  return (
    select u.permission_version || '.' || t.roster_version || '.' ||
           (select count(*) from permission_grant g
             where g.tenant_id = of_tenant and g.user_id = of_user and g.access_until <= now())
      from app_user u join tenant t on t.tenant_id = u.tenant_id
     where u.tenant_id = of_tenant and u.user_id = of_user);
