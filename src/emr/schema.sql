-- Generated from the migrations by `npm run schema:write`, for reading. Do not edit; do not execute.

-- Roles

create role emr_app login nosuperuser nobypassrls;
create role emr_import login nosuperuser nobypassrls;

-- Schemas

create schema import;
create schema public;

-- Sequences

create sequence public.subscription_change_number as bigint start 1 increment 1;

-- Functions

CREATE OR REPLACE FUNCTION import.take_statistics()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog'
AS $function$
begin
  analyze import.office, import.provider, import.schedule_part, import.patient, import.booking, import.identifier, import.chart,
          import.content;
end $function$;

CREATE OR REPLACE FUNCTION import.take_statistics_of_record()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog'
AS $function$
begin
  analyze public.office, public.provider, public.provider_schedule, public.patient, public.patient_pair, public.appointment,
          public.document, public.encounter, public.diagnostic_report, public.observation, public.account, public.charge_item, public.coverage;
end $function$;

CREATE OR REPLACE FUNCTION public.changes_settled_until()
 RETURNS timestamp with time zone
 LANGUAGE sql
AS $function$
  select least(now(), (select to_timestamp(min(objid::bigint) + 1767225600)
                         from pg_locks
                        where locktype = 'advisory' and classid = 1870 and objsubid = 2
                          and database = (select oid from pg_database where datname = current_database())))
$function$;

CREATE OR REPLACE FUNCTION public.count_on_after_tombstones()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update appointment a set version_id = gone.version_id + 1
    from (select v.tenant_id, v.appointment_id, max(v.version_id) as version_id
            from appointment_version v
            join after n on n.tenant_id = v.tenant_id and n.appointment_id = v.appointment_id
           group by 1, 2) gone
   where a.tenant_id = gone.tenant_id and a.appointment_id = gone.appointment_id and a.version_id <= gone.version_id;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.forget_clinic_status()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.clinic_status := null;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_deleted_appointments()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into appointment_version (tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, patient_id,
                                   status, participation, type_text, reason, start_at, end_at, created_at)
  select b.tenant_id, b.appointment_id, b.version_id + k.ahead, case when k.gone then clock_timestamp() else b.last_updated end, k.gone,
         b.office_id, b.provider_id, b.patient_id, b.status, b.participation, b.type_text, b.reason, b.start_at, b.end_at, b.created_at
    from before b, (values (0, false), (1, true)) k (ahead, gone);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_superseded_appointments()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into appointment_version (tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, patient_id,
                                   status, participation, type_text, reason, start_at, end_at, created_at)
  select b.tenant_id, b.appointment_id, b.version_id, b.last_updated, false, b.office_id, b.provider_id, b.patient_id,
         b.status, b.participation, b.type_text, b.reason, b.start_at, b.end_at, b.created_at
    from before b
    join after a on a.tenant_id = b.tenant_id and a.appointment_id = b.appointment_id and a.version_id > b.version_id
  on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_superseded_filings()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  execute format('insert into %1$I select b.* from before b
                    join after a on a.tenant_id = b.tenant_id and a.%2$I = b.%2$I and a.version_id > b.version_id
                  on conflict do nothing', tg_argv[0], tg_argv[1]);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_superseded_patients()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into patient_version (tenant_id, patient_id, version_id, last_updated, family, given, birth_date, gender, phone, email,
                               language, chart_number, active)
  select b.tenant_id, b.patient_id, b.version_id, b.last_updated, b.family, b.given, b.birth_date, b.gender, b.phone, b.email,
         b.language, b.chart_number, b.active
    from before b
    join after a on a.tenant_id = b.tenant_id and a.patient_id = b.patient_id and a.version_id > b.version_id
  on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.office_in_force()
 RETURNS TABLE(office_id text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT m.office_id
    FROM (public.office_membership m
      JOIN public.app_user u ON (((u.tenant_id = m.tenant_id) AND (u.user_id = m.user_id))))
   WHERE ((m.tenant_id = public.tenant_in_force()) AND (m.user_id = public.user_in_force()) AND u.active);
END;

CREATE OR REPLACE FUNCTION public.open_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform open_changes_from(clock_timestamp());
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.open_changes_from(at timestamp with time zone)
 RETURNS void
 LANGUAGE sql
AS $function$
  select pg_advisory_xact_lock_shared(1870, floor(extract(epoch from at) - 1767225600)::integer)
$function$;

CREATE OR REPLACE FUNCTION public.pair_in_force(needed smallint)
 RETURNS TABLE(office_id text, provider_id text)
 LANGUAGE sql
 STABLE PARALLEL SAFE
BEGIN ATOMIC
 SELECT g.office_id,
     g.provider_id
    FROM public.permission_grant g
   WHERE ((g.tenant_id = public.tenant_in_force()) AND (g.user_id = public.user_in_force()) AND ((g.columns & (pair_in_force.needed | (32)::smallint)) = (pair_in_force.needed | (32)::smallint)) AND (COALESCE(g.access_until, 'infinity'::timestamp with time zone) > now()) AND (EXISTS ( SELECT 1
            FROM public.office_membership m
           WHERE ((m.tenant_id = g.tenant_id) AND (m.user_id = g.user_id) AND (m.office_id = g.office_id)))) AND (EXISTS ( SELECT 1
            FROM public.app_user u
           WHERE ((u.tenant_id = g.tenant_id) AND (u.user_id = g.user_id) AND u.active))));
END;

CREATE OR REPLACE FUNCTION public.permission_version(of_tenant integer, of_user text)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN (SELECT ((((u.permission_version || '.'::text) || t.roster_version) || '.'::text) || (SELECT count(*) AS count FROM public.permission_grant g WHERE ((g.tenant_id = permission_version.of_tenant) AND (g.user_id = permission_version.of_user) AND (g.access_until <= now())))) FROM (public.app_user u JOIN public.tenant t ON ((t.tenant_id = u.tenant_id))) WHERE ((u.tenant_id = permission_version.of_tenant) AND (u.user_id = permission_version.of_user)));

CREATE OR REPLACE FUNCTION public.queue_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  type constant text := tg_argv[0];
  id constant text := tg_argv[1];
  queued bigint;
begin
  -- Nearly always there is nobody to tell.
  if not exists (select from subscription s where s.tenant_id = tenant_in_force() and s.watches = type and s.status <> 'off') then
    return null;
  end if;
  execute format(
    'insert into subscription_change as c (tenant_id, subscription_id, resource_id, deleted)
     select distinct s.tenant_id, s.subscription_id, case when n.many then ''*'' else a.%1$I end, $1 and not n.many
       from changed a
       cross join (select count(*) > 1000 as many from changed) n
       join subscription s on s.tenant_id = a.tenant_id and s.watches = $2 and s.status <> ''off''
      order by 1, 2, 3
     on conflict (tenant_id, subscription_id, resource_id)
     do update set number = nextval(''subscription_change_number''), deleted = excluded.deleted', id)
    using tg_op = 'DELETE', type;
  get diagnostics queued = row_count;
  -- A hint that saves waiting; whoever misses it looks by himself.
  if queued > 0 then perform pg_notify('subscription_change', ''); end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.roster_in_force()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (COALESCE(current_setting('tidegate.scope'::text, true), ''::text) = 'roster'::text);

CREATE OR REPLACE FUNCTION public.tenant_in_force()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('tidegate.tenant_id'::text, true), ''::text))::integer;

CREATE OR REPLACE FUNCTION public.user_in_force()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('tidegate.user_id'::text, true), ''::text);

-- Tables and views

create table import.booking (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  kind text not null,
  appointment_id text collate "C" not null,
  of_appointment text collate "C",
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  patient text collate "C",
  status text not null,
  participation text not null,
  type_text text,
  reason text,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  constraint booking_pkey PRIMARY KEY (tenant_id, n)
);
-- row-level security: off

create table import.chart (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  kind text not null,
  resource_id text collate "C" not null,
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  patient text collate "C",
  parent text collate "C",
  status text not null,
  own jsonb not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  constraint chart_pkey PRIMARY KEY (tenant_id, n)
);
CREATE INDEX chart_by_kind ON import.chart USING btree (tenant_id, kind, resource_id);
-- row-level security: off

create table import.content (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  kind text not null,
  binary_id text collate "C" not null,
  media_type text not null,
  bytes integer not null,
  sha256 text not null,
  data text not null,
  constraint content_pkey PRIMARY KEY (tenant_id, n)
);
CREATE INDEX content_by_binary ON import.content USING btree (tenant_id, binary_id);
-- row-level security: off

create table import.identifier (
  tenant_id integer not null,
  kind text not null,
  token text collate "C" not null,
  resource_id text collate "C" not null
);
CREATE INDEX identifier_by_token ON import.identifier USING btree (tenant_id, kind, token);
-- row-level security: off

create table import.office (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  office_id text collate "C" not null,
  name text not null,
  zone text,
  phone text,
  active boolean not null,
  constraint office_pkey PRIMARY KEY (tenant_id, n)
);
-- row-level security: off

create table import.patient (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null,
  chart_number text,
  active boolean not null,
  practitioner text collate "C",
  role text collate "C",
  constraint patient_pkey PRIMARY KEY (tenant_id, n)
);
-- row-level security: off

create table import.provider (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  provider_id text collate "C" not null,
  prefix text,
  given text not null,
  family text not null,
  suffix text,
  active boolean not null,
  constraint provider_pkey PRIMARY KEY (tenant_id, n)
);
-- row-level security: off

create table import.schedule_part (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamp with time zone,
  kind text not null,
  resource_id text collate "C" not null,
  place integer not null,
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  active boolean not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  constraint schedule_part_pkey PRIMARY KEY (tenant_id, n, place)
);
-- row-level security: off

create table public.access_event (
  tenant_id integer not null,
  event_id text collate "C" not null,
  at timestamp with time zone default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  request_id text not null,
  user_id text collate "C",
  client_id text collate "C",
  door text not null,
  kind text not null,
  route text not null,
  status smallint not null,
  entity_type text,
  entity_id text collate "C",
  patient_id text collate "C",
  office_id text collate "C",
  provider_id text collate "C",
  query text,
  page_end text,
  shown text[],
  permission_version text,
  snapshot text,
  read_at timestamp with time zone,
  constraint access_event_pkey PRIMARY KEY (tenant_id, event_id),
  constraint access_event_door_check CHECK (door = ANY (ARRAY['fhir'::text, 'screen'::text, 'oauth'::text])),
  constraint access_event_kind_check CHECK (kind = ANY (ARRAY['read'::text, 'search'::text, 'history'::text, 'everything'::text, 'export'::text, 'create'::text, 'update'::text, 'delete'::text, 'batch'::text, 'sign-in'::text, 'sign-out'::text, 'token'::text]))
);
CREATE INDEX access_event_by_entity ON public.access_event USING btree (tenant_id, entity_type, entity_id, at) WHERE (entity_id IS NOT NULL);
CREATE INDEX access_event_by_patient ON public.access_event USING btree (tenant_id, patient_id, at) WHERE (patient_id IS NOT NULL);
CREATE INDEX access_event_by_shown ON public.access_event USING gin (shown) WHERE (shown IS NOT NULL);
CREATE INDEX access_event_by_time ON public.access_event USING btree (tenant_id, at, event_id);
CREATE INDEX access_event_by_xid ON public.access_event USING btree (tenant_id, xid);
alter table public.access_event enable row level security;
alter table public.access_event force row level security;
create policy import_of_tenant on public.access_event for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.access_event for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.account (
  tenant_id integer not null,
  account_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text default 'active'::text not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint account_pkey PRIMARY KEY (tenant_id, account_id),
  constraint account_tenant_id_account_id_patient_id_office_id_provider__key UNIQUE (tenant_id, account_id, patient_id, office_id, provider_id),
  constraint account_account_id_is_fhir CHECK (account_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint account_status_check CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text, 'entered-in-error'::text, 'on-hold'::text, 'unknown'::text])),
  constraint account_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint account_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX account_by_last_updated ON public.account USING btree (tenant_id, last_updated, account_id);
CREATE INDEX account_by_patient ON public.account USING btree (tenant_id, patient_id, office_id, provider_id);
CREATE TRIGGER queue_inserted_account AFTER INSERT ON public.account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Account', 'account_id');
CREATE TRIGGER queue_updated_account AFTER UPDATE ON public.account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Account', 'account_id');
alter table public.account enable row level security;
alter table public.account force row level security;
create policy import_of_tenant on public.account for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.account for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))));

create table public.app_user (
  tenant_id integer not null,
  user_id text collate "C" not null,
  kind text not null,
  username text not null,
  display_name text not null,
  password_hash text,
  active boolean default true not null,
  permission_version bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  constraint app_user_pkey PRIMARY KEY (tenant_id, user_id),
  constraint app_user_check CHECK (kind <> 'service'::text OR password_hash IS NULL),
  constraint app_user_kind_check CHECK (kind = ANY (ARRAY['administrator'::text, 'staff'::text, 'service'::text])),
  constraint app_user_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
CREATE UNIQUE INDEX app_user_by_username ON public.app_user USING btree (tenant_id, lower(username));
alter table public.app_user enable row level security;
alter table public.app_user force row level security;
create policy import_of_tenant on public.app_user for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.app_user for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.appointment (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  status text not null,
  participation text default 'needs-action'::text not null,
  type_text text,
  reason text,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  clinic_status text collate "C",
  constraint appointment_pkey PRIMARY KEY (tenant_id, appointment_id),
  constraint appointment_appointment_id_is_fhir CHECK (appointment_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint appointment_check CHECK (end_at > start_at),
  constraint appointment_participation_check CHECK (participation = ANY (ARRAY['needs-action'::text, 'accepted'::text, 'declined'::text, 'tentative'::text])),
  constraint appointment_status_check CHECK (status = ANY (ARRAY['proposed'::text, 'pending'::text, 'booked'::text, 'arrived'::text, 'fulfilled'::text, 'cancelled'::text, 'noshow'::text, 'entered-in-error'::text, 'checked-in'::text, 'waitlist'::text])),
  constraint appointment_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint appointment_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX appointment_by_last_updated ON public.appointment USING btree (tenant_id, last_updated, appointment_id);
CREATE INDEX appointment_by_patient ON public.appointment USING btree (tenant_id, patient_id);
CREATE INDEX appointment_by_schedule ON public.appointment USING btree (tenant_id, office_id, provider_id, start_at, end_at);
CREATE INDEX appointment_by_start ON public.appointment USING btree (tenant_id, start_at, appointment_id);
CREATE INDEX appointment_longer_than_four_hours ON public.appointment USING btree (tenant_id, office_id, provider_id, end_at, start_at) WHERE ((end_at - start_at) > 'PT4H'::interval);
CREATE TRIGGER count_on AFTER INSERT ON public.appointment REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.count_on_after_tombstones();
CREATE TRIGGER forget_clinic_status BEFORE UPDATE ON public.appointment FOR EACH ROW WHEN (old.clinic_status IS NOT NULL AND NOT new.clinic_status IS DISTINCT FROM old.clinic_status AND (old.status IS DISTINCT FROM new.status OR old.participation IS DISTINCT FROM new.participation)) EXECUTE FUNCTION public.forget_clinic_status();
CREATE TRIGGER keep_deleted AFTER DELETE ON public.appointment REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION public.keep_deleted_appointments();
CREATE TRIGGER keep_superseded AFTER UPDATE ON public.appointment REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.keep_superseded_appointments();
CREATE TRIGGER open_change BEFORE INSERT OR DELETE OR UPDATE ON public.appointment FOR EACH STATEMENT EXECUTE FUNCTION public.open_change();
CREATE TRIGGER queue_deleted_appointment AFTER DELETE ON public.appointment REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Appointment', 'appointment_id');
CREATE TRIGGER queue_inserted_appointment AFTER INSERT ON public.appointment REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Appointment', 'appointment_id');
CREATE TRIGGER queue_updated_appointment AFTER UPDATE ON public.appointment REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Appointment', 'appointment_id');
alter table public.appointment enable row level security;
alter table public.appointment force row level security;
create policy import_of_tenant on public.appointment for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_scheduling_pair on public.appointment for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create view public.appointment_history with (security_invoker=true) as
SELECT appointment.tenant_id,
    appointment.appointment_id,
    appointment.version_id,
    appointment.last_updated,
    false AS deleted,
    appointment.office_id,
    appointment.provider_id,
    appointment.patient_id,
    appointment.status,
    appointment.participation,
    appointment.type_text,
    appointment.reason,
    appointment.start_at,
    appointment.end_at,
    appointment.created_at
   FROM public.appointment
UNION ALL
 SELECT appointment_version.tenant_id,
    appointment_version.appointment_id,
    appointment_version.version_id,
    appointment_version.last_updated,
    appointment_version.deleted,
    appointment_version.office_id,
    appointment_version.provider_id,
    appointment_version.patient_id,
    appointment_version.status,
    appointment_version.participation,
    appointment_version.type_text,
    appointment_version.reason,
    appointment_version.start_at,
    appointment_version.end_at,
    appointment_version.created_at
   FROM public.appointment_version;

create table public.appointment_status (
  tenant_id integer not null,
  code text collate "C" not null,
  display text not null,
  means text not null,
  place smallint not null,
  constraint appointment_status_pkey PRIMARY KEY (tenant_id, code),
  constraint appointment_status_code_check CHECK (code ~ '^[a-z0-9-]{1,64}$'::text),
  constraint appointment_status_means_check CHECK (means = ANY (ARRAY['waitlist'::text, 'pending'::text, 'booked'::text, 'confirmed'::text, 'arrived'::text, 'checked-in'::text, 'fulfilled'::text, 'noshow'::text])),
  constraint appointment_status_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
alter table public.appointment_status enable row level security;
alter table public.appointment_status force row level security;
create policy import_of_tenant on public.appointment_status for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_member on public.appointment_status for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.office_in_force() office_in_force(office_id))));
create policy of_roster on public.appointment_status for all to emr_app
  using (tenant_id = public.tenant_in_force() AND public.roster_in_force())
  with check (tenant_id = public.tenant_in_force() AND public.roster_in_force());

create table public.appointment_type (
  tenant_id integer not null,
  code text collate "C" not null,
  display text not null,
  place smallint not null,
  constraint appointment_type_pkey PRIMARY KEY (tenant_id, code),
  constraint appointment_type_code_check CHECK (code ~ '^[a-z0-9-]{1,64}$'::text),
  constraint appointment_type_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
alter table public.appointment_type enable row level security;
alter table public.appointment_type force row level security;
create policy import_of_tenant on public.appointment_type for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_member on public.appointment_type for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.office_in_force() office_in_force(office_id))));
create policy of_roster on public.appointment_type for all to emr_app
  using (tenant_id = public.tenant_in_force() AND public.roster_in_force())
  with check (tenant_id = public.tenant_in_force() AND public.roster_in_force());

create table public.appointment_version (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  version_id integer not null,
  last_updated timestamp with time zone not null,
  deleted boolean not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  status text not null,
  participation text not null,
  type_text text,
  reason text,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint appointment_version_pkey PRIMARY KEY (tenant_id, appointment_id, version_id),
  constraint appointment_version_appointment_id_is_fhir CHECK (appointment_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint appointment_version_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint appointment_version_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX appointment_version_by_last_updated ON public.appointment_version USING btree (tenant_id, last_updated, appointment_id);
alter table public.appointment_version enable row level security;
alter table public.appointment_version force row level security;
create policy import_of_tenant on public.appointment_version for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_scheduling_pair on public.appointment_version for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create table public.audit_chain (
  tenant_id integer not null,
  seq bigint not null,
  source text not null,
  entry_id text collate "C" not null,
  sealed_at timestamp with time zone default clock_timestamp() not null,
  hash bytea not null,
  constraint audit_chain_pkey PRIMARY KEY (tenant_id, seq),
  constraint audit_chain_tenant_id_source_entry_id_key UNIQUE (tenant_id, source, entry_id),
  constraint audit_chain_hash_check CHECK (length(hash) = 32),
  constraint audit_chain_seq_check CHECK (seq > 0),
  constraint audit_chain_source_check CHECK (source = ANY (ARRAY['access'::text, 'change'::text, 'pairs'::text]))
);
alter table public.audit_chain enable row level security;
alter table public.audit_chain force row level security;
create policy import_of_tenant on public.audit_chain for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.audit_chain for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.audit_event (
  tenant_id integer not null,
  audit_id text collate "C" not null,
  at timestamp with time zone default clock_timestamp() not null,
  user_id text collate "C",
  action text not null,
  entity text not null,
  entity_id text not null,
  before jsonb,
  after jsonb,
  request_id text,
  xid xid8 default pg_current_xact_id() not null,
  constraint audit_event_pkey PRIMARY KEY (tenant_id, audit_id)
);
CREATE INDEX audit_event_by_entity ON public.audit_event USING btree (tenant_id, entity, entity_id, at);
CREATE INDEX audit_event_by_time ON public.audit_event USING btree (tenant_id, at, audit_id);
CREATE INDEX audit_event_by_xid ON public.audit_event USING btree (tenant_id, xid);
alter table public.audit_event enable row level security;
alter table public.audit_event force row level security;
create policy import_of_tenant on public.audit_event for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.audit_event for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.binary_chunk (
  tenant_id integer not null,
  binary_id text collate "C" not null,
  n integer not null,
  bytes bytea not null,
  constraint binary_chunk_pkey PRIMARY KEY (tenant_id, binary_id, n),
  constraint binary_chunk_bytes_check CHECK (length(bytes) >= 1 AND length(bytes) <= 196608),
  constraint binary_chunk_n_check CHECK (n >= 0),
  constraint binary_chunk_tenant_id_binary_id_fkey FOREIGN KEY (tenant_id, binary_id) REFERENCES public.binary_content(tenant_id, binary_id) ON DELETE CASCADE
);
alter table public.binary_chunk enable row level security;
alter table public.binary_chunk force row level security;
create policy import_of_tenant on public.binary_chunk for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_emr_pair on public.binary_chunk for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (binary_id IN ( SELECT b.binary_id
   FROM public.binary_content b
  WHERE b.tenant_id = public.tenant_in_force() AND b.filed_at IS NOT NULL AND ((b.office_id, b.provider_id) IN ( SELECT p.office_id,
            p.provider_id
           FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))));
create policy of_sender on public.binary_chunk for insert to emr_app
  with check (tenant_id = public.tenant_in_force() AND (binary_id IN ( SELECT b.binary_id
   FROM public.binary_content b
  WHERE b.tenant_id = public.tenant_in_force() AND b.arrived_at IS NULL AND b.begun_by = public.user_in_force())));

create table public.binary_content (
  tenant_id integer not null,
  binary_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  media_type text not null,
  bytes integer default 0 not null,
  sha256 bytea,
  begun_by text collate "C",
  begun_at timestamp with time zone not null,
  arrived_at timestamp with time zone,
  filed_at timestamp with time zone,
  last_updated timestamp with time zone default clock_timestamp() not null,
  version_id integer default 1 not null,
  constraint binary_content_pkey PRIMARY KEY (tenant_id, binary_id),
  constraint binary_content_binary_id_is_fhir CHECK (binary_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint binary_content_bytes_check CHECK (bytes >= 0 AND bytes <= 20971520),
  constraint binary_content_check CHECK (arrived_at IS NULL OR bytes > 0 AND sha256 IS NOT NULL),
  constraint binary_content_check1 CHECK (filed_at IS NULL OR arrived_at IS NOT NULL),
  constraint binary_content_media_type_check CHECK (media_type = ANY (ARRAY['application/pdf'::text, 'image/jpeg'::text, 'image/png'::text, 'text/plain'::text])),
  constraint binary_content_sha256_check CHECK (length(sha256) = 32),
  constraint binary_content_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id)
);
CREATE INDEX binary_content_not_filed ON public.binary_content USING btree (tenant_id, begun_at) WHERE (filed_at IS NULL);
alter table public.binary_content enable row level security;
alter table public.binary_content force row level security;
create policy import_of_tenant on public.binary_content for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy not_filed on public.binary_content for delete to emr_app
  using (tenant_id = public.tenant_in_force() AND filed_at IS NULL);
create policy of_emr_pair on public.binary_content for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (filed_at IS NULL OR ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id)))));
create policy of_sender on public.binary_content for insert to emr_app
  with check (tenant_id = public.tenant_in_force() AND begun_by = public.user_in_force() AND filed_at IS NULL AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));
create policy of_sender_until_filed on public.binary_content for update to emr_app
  using (tenant_id = public.tenant_in_force() AND begun_by = public.user_in_force() AND filed_at IS NULL)
  with check (tenant_id = public.tenant_in_force() AND begun_by = public.user_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create table public.charge_item (
  tenant_id integer not null,
  charge_item_id text collate "C" not null,
  account_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  description text not null,
  occurred_on date not null,
  quantity integer not null,
  amount_cents bigint not null,
  paid_cents bigint default 0 not null,
  entered_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint charge_item_pkey PRIMARY KEY (tenant_id, charge_item_id),
  constraint charge_item_amount_cents_check CHECK (amount_cents >= 0 AND amount_cents <= 1000000000),
  constraint charge_item_charge_item_id_is_fhir CHECK (charge_item_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint charge_item_check CHECK (paid_cents >= 0 AND paid_cents <= amount_cents),
  constraint charge_item_quantity_check CHECK (quantity >= 1 AND quantity <= 10000),
  constraint charge_item_status_check CHECK (status = ANY (ARRAY['planned'::text, 'billable'::text, 'not-billable'::text, 'aborted'::text, 'billed'::text, 'entered-in-error'::text, 'unknown'::text])),
  constraint charge_item_tenant_id_account_id_patient_id_office_id_prov_fkey FOREIGN KEY (tenant_id, account_id, patient_id, office_id, provider_id) REFERENCES public.account(tenant_id, account_id, patient_id, office_id, provider_id) ON UPDATE CASCADE,
  constraint charge_item_tenant_id_entered_by_fkey FOREIGN KEY (tenant_id, entered_by) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX charge_item_by_account ON public.charge_item USING btree (tenant_id, account_id);
CREATE INDEX charge_item_by_last_updated ON public.charge_item USING btree (tenant_id, last_updated, charge_item_id);
CREATE INDEX charge_item_by_patient ON public.charge_item USING btree (tenant_id, patient_id, occurred_on, charge_item_id);
CREATE TRIGGER queue_inserted_chargeitem AFTER INSERT ON public.charge_item REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('ChargeItem', 'charge_item_id');
CREATE TRIGGER queue_updated_chargeitem AFTER UPDATE ON public.charge_item REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('ChargeItem', 'charge_item_id');
alter table public.charge_item enable row level security;
alter table public.charge_item force row level security;
create policy import_of_tenant on public.charge_item for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.charge_item for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))));

create table public.consent (
  tenant_id integer not null,
  consent_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  scope text not null,
  category_text text not null,
  policy_text text not null,
  provision text,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint consent_pkey PRIMARY KEY (tenant_id, consent_id),
  constraint consent_consent_id_is_fhir CHECK (consent_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint consent_provision_check CHECK (provision = ANY (ARRAY['deny'::text, 'permit'::text])),
  constraint consent_scope_check CHECK (scope = ANY (ARRAY['adr'::text, 'research'::text, 'patient-privacy'::text, 'treatment'::text])),
  constraint consent_status_check CHECK (status = ANY (ARRAY['draft'::text, 'proposed'::text, 'active'::text, 'rejected'::text, 'inactive'::text, 'entered-in-error'::text])),
  constraint consent_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint consent_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint consent_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX consent_by_last_updated ON public.consent USING btree (tenant_id, last_updated, consent_id);
CREATE INDEX consent_by_patient ON public.consent USING btree (tenant_id, patient_id, authored_at, consent_id);
CREATE TRIGGER keep_superseded AFTER UPDATE ON public.consent REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.keep_superseded_filings('consent_version', 'consent_id');
CREATE TRIGGER queue_inserted_consent AFTER INSERT ON public.consent REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Consent', 'consent_id');
CREATE TRIGGER queue_updated_consent AFTER UPDATE ON public.consent REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Consent', 'consent_id');
alter table public.consent enable row level security;
alter table public.consent force row level security;
create policy of_pair on public.consent for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create view public.consent_history with (security_invoker=true) as
SELECT e.tenant_id,
    e.consent_id,
    e.patient_id,
    e.office_id,
    e.provider_id,
    e.status,
    e.scope,
    e.category_text,
    e.policy_text,
    e.provision,
    e.authored_at,
    e.filed_by,
    e.version_id,
    e.last_updated,
    false AS deleted
   FROM public.consent e
UNION ALL
 SELECT v.tenant_id,
    v.consent_id,
    v.patient_id,
    v.office_id,
    v.provider_id,
    v.status,
    v.scope,
    v.category_text,
    v.policy_text,
    v.provision,
    v.authored_at,
    v.filed_by,
    v.version_id,
    v.last_updated,
    false AS deleted
   FROM public.consent_version v;

create table public.consent_version (
  tenant_id integer not null,
  consent_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  scope text not null,
  category_text text not null,
  policy_text text not null,
  provision text,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer not null,
  last_updated timestamp with time zone not null,
  constraint consent_version_pkey PRIMARY KEY (tenant_id, consent_id, version_id),
  constraint consent_consent_id_is_fhir CHECK (consent_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint consent_provision_check CHECK (provision = ANY (ARRAY['deny'::text, 'permit'::text])),
  constraint consent_scope_check CHECK (scope = ANY (ARRAY['adr'::text, 'research'::text, 'patient-privacy'::text, 'treatment'::text])),
  constraint consent_status_check CHECK (status = ANY (ARRAY['draft'::text, 'proposed'::text, 'active'::text, 'rejected'::text, 'inactive'::text, 'entered-in-error'::text])),
  constraint consent_version_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint consent_version_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint consent_version_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX consent_version_by_last_updated ON public.consent_version USING btree (tenant_id, last_updated, consent_id);
alter table public.consent_version enable row level security;
alter table public.consent_version force row level security;
create policy of_pair on public.consent_version for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create table public.coverage (
  tenant_id integer not null,
  coverage_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text default 'active'::text not null,
  payor text not null,
  type_text text,
  subscriber_number text,
  start_on date,
  end_on date,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint coverage_pkey PRIMARY KEY (tenant_id, coverage_id),
  constraint coverage_check CHECK (end_on >= start_on),
  constraint coverage_coverage_id_is_fhir CHECK (coverage_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint coverage_status_check CHECK (status = ANY (ARRAY['active'::text, 'cancelled'::text, 'draft'::text, 'entered-in-error'::text])),
  constraint coverage_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint coverage_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX coverage_by_last_updated ON public.coverage USING btree (tenant_id, last_updated, coverage_id);
CREATE INDEX coverage_by_patient ON public.coverage USING btree (tenant_id, patient_id, coverage_id);
CREATE TRIGGER queue_inserted_coverage AFTER INSERT ON public.coverage REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Coverage', 'coverage_id');
CREATE TRIGGER queue_updated_coverage AFTER UPDATE ON public.coverage REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Coverage', 'coverage_id');
alter table public.coverage enable row level security;
alter table public.coverage force row level security;
create policy import_of_tenant on public.coverage for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.coverage for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id))));

create table public.diagnostic_report (
  tenant_id integer not null,
  report_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  name text not null,
  conclusion text,
  effective_at timestamp with time zone not null,
  issued_at timestamp with time zone not null,
  recorded_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint diagnostic_report_pkey PRIMARY KEY (tenant_id, report_id),
  constraint diagnostic_report_tenant_id_report_id_patient_id_office_id__key UNIQUE (tenant_id, report_id, patient_id, office_id, provider_id),
  constraint diagnostic_report_report_id_is_fhir CHECK (report_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint diagnostic_report_status_check CHECK (status = ANY (ARRAY['registered'::text, 'partial'::text, 'preliminary'::text, 'final'::text, 'amended'::text, 'corrected'::text, 'appended'::text, 'cancelled'::text, 'entered-in-error'::text, 'unknown'::text])),
  constraint diagnostic_report_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint diagnostic_report_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id),
  constraint diagnostic_report_tenant_id_recorded_by_fkey FOREIGN KEY (tenant_id, recorded_by) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX diagnostic_report_by_last_updated ON public.diagnostic_report USING btree (tenant_id, last_updated, report_id);
CREATE INDEX diagnostic_report_by_patient ON public.diagnostic_report USING btree (tenant_id, patient_id, effective_at, report_id);
CREATE TRIGGER queue_inserted_diagnosticreport AFTER INSERT ON public.diagnostic_report REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('DiagnosticReport', 'report_id');
CREATE TRIGGER queue_updated_diagnosticreport AFTER UPDATE ON public.diagnostic_report REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('DiagnosticReport', 'report_id');
alter table public.diagnostic_report enable row level security;
alter table public.diagnostic_report force row level security;
create policy import_of_tenant on public.diagnostic_report for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.diagnostic_report for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id))));

create table public.document (
  tenant_id integer not null,
  document_id text collate "C" not null,
  binary_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text default 'current'::text not null,
  folder text not null,
  title text not null,
  filed_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint document_pkey PRIMARY KEY (tenant_id, document_id),
  constraint document_tenant_id_binary_id_key UNIQUE (tenant_id, binary_id),
  constraint document_document_id_is_fhir CHECK (document_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint document_status_check CHECK (status = ANY (ARRAY['current'::text, 'superseded'::text, 'entered-in-error'::text])),
  constraint document_tenant_id_binary_id_fkey FOREIGN KEY (tenant_id, binary_id) REFERENCES public.binary_content(tenant_id, binary_id),
  constraint document_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint document_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint document_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX document_by_last_updated ON public.document USING btree (tenant_id, last_updated, document_id);
CREATE INDEX document_by_patient ON public.document USING btree (tenant_id, patient_id, filed_at, document_id);
CREATE TRIGGER queue_inserted_documentreference AFTER INSERT ON public.document REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('DocumentReference', 'document_id');
CREATE TRIGGER queue_updated_documentreference AFTER UPDATE ON public.document REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('DocumentReference', 'document_id');
alter table public.document enable row level security;
alter table public.document force row level security;
create policy import_of_tenant on public.document for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.document for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create table public.encounter (
  tenant_id integer not null,
  encounter_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  type_text text,
  note text not null,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone,
  written_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint encounter_pkey PRIMARY KEY (tenant_id, encounter_id),
  constraint encounter_check CHECK (end_at >= start_at),
  constraint encounter_encounter_id_is_fhir CHECK (encounter_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint encounter_status_check CHECK (status = ANY (ARRAY['planned'::text, 'arrived'::text, 'triaged'::text, 'in-progress'::text, 'onleave'::text, 'finished'::text, 'cancelled'::text, 'entered-in-error'::text, 'unknown'::text])),
  constraint encounter_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint encounter_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id),
  constraint encounter_tenant_id_written_by_fkey FOREIGN KEY (tenant_id, written_by) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX encounter_by_last_updated ON public.encounter USING btree (tenant_id, last_updated, encounter_id);
CREATE INDEX encounter_by_patient ON public.encounter USING btree (tenant_id, patient_id, start_at, encounter_id);
CREATE TRIGGER queue_inserted_encounter AFTER INSERT ON public.encounter REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Encounter', 'encounter_id');
CREATE TRIGGER queue_updated_encounter AFTER UPDATE ON public.encounter REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Encounter', 'encounter_id');
alter table public.encounter enable row level security;
alter table public.encounter force row level security;
create policy import_of_tenant on public.encounter for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.encounter for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create table public.export_job (
  tenant_id integer not null,
  export_id text collate "C" not null,
  user_id text collate "C" not null,
  request jsonb not null,
  permission_version text not null,
  transaction_time timestamp with time zone not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint export_job_pkey PRIMARY KEY (tenant_id, export_id),
  constraint export_job_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
alter table public.export_job enable row level security;
alter table public.export_job force row level security;
create policy import_of_tenant on public.export_job for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.export_job for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create view public.held_grant with (security_invoker=true) as
SELECT g.tenant_id,
    g.user_id,
    g.office_id,
    g.provider_id,
    g.columns
   FROM public.permission_grant g
     JOIN public.office_membership m ON m.tenant_id = g.tenant_id AND m.user_id = g.user_id AND m.office_id = g.office_id
     JOIN public.app_user u ON u.tenant_id = g.tenant_id AND u.user_id = g.user_id
  WHERE u.active AND (g.columns::integer & 32) <> 0 AND (g.access_until IS NULL OR g.access_until > now());

create view public.held_office with (security_invoker=true) as
SELECT m.tenant_id,
    m.user_id,
    m.office_id
   FROM public.office_membership m
     JOIN public.app_user u ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id
  WHERE u.active;

create table public.oauth_approval (
  tenant_id integer not null,
  approval_id text collate "C" not null,
  client_id text collate "C" not null,
  approved_by text collate "C" not null,
  approved_at timestamp with time zone not null,
  scopes text[] not null,
  office_ids text[] not null,
  ended_at timestamp with time zone,
  ended_by text collate "C",
  constraint oauth_approval_pkey PRIMARY KEY (tenant_id, approval_id),
  constraint oauth_approval_tenant_id_approved_by_fkey FOREIGN KEY (tenant_id, approved_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint oauth_approval_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id),
  constraint oauth_approval_tenant_id_ended_by_fkey FOREIGN KEY (tenant_id, ended_by) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE UNIQUE INDEX oauth_approval_in_force ON public.oauth_approval USING btree (tenant_id, client_id) WHERE (ended_at IS NULL);
alter table public.oauth_approval enable row level security;
alter table public.oauth_approval force row level security;
create policy import_of_tenant on public.oauth_approval for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_approval for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.oauth_assertion_seen (
  tenant_id integer not null,
  client_id text collate "C" not null,
  jti_hash bytea not null,
  expires_at timestamp with time zone not null,
  constraint oauth_assertion_seen_pkey PRIMARY KEY (tenant_id, client_id, jti_hash),
  constraint oauth_assertion_seen_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id)
);
alter table public.oauth_assertion_seen enable row level security;
alter table public.oauth_assertion_seen force row level security;
create policy import_of_tenant on public.oauth_assertion_seen for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_assertion_seen for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.oauth_client (
  tenant_id integer not null,
  client_id text collate "C" not null,
  user_id text collate "C" not null,
  name text not null,
  auth_method text not null,
  secret_hash bytea,
  jwks jsonb,
  active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  rotated_at timestamp with time zone,
  jwks_uri text,
  scopes text[] default ARRAY['system/*.cruds'::text] not null,
  redirect_uris text[] default ARRAY[]::text[] not null,
  former_secret_hash bytea,
  former_jwks jsonb,
  former_jwks_uri text,
  former_until timestamp with time zone,
  constraint oauth_client_pkey PRIMARY KEY (tenant_id, client_id),
  constraint oauth_client_auth_method_check CHECK (auth_method = ANY (ARRAY['client_secret_post'::text, 'private_key_jwt'::text])),
  constraint oauth_client_check CHECK ((auth_method = 'client_secret_post'::text) = (secret_hash IS NOT NULL)),
  constraint oauth_client_former_check CHECK (num_nonnulls(former_secret_hash, former_jwks, former_jwks_uri) =
CASE
    WHEN former_until IS NULL THEN 0
    ELSE 1
END),
  constraint oauth_client_keys_check CHECK (num_nonnulls(jwks, jwks_uri) =
CASE
    WHEN auth_method = 'private_key_jwt'::text THEN 1
    ELSE 0
END),
  constraint oauth_client_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
alter table public.oauth_client enable row level security;
alter table public.oauth_client force row level security;
create policy import_of_tenant on public.oauth_client for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_client for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.oauth_code (
  tenant_id integer not null,
  code_hash bytea not null,
  client_id text collate "C" not null,
  approval_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamp with time zone not null,
  consumed_at timestamp with time zone,
  constraint oauth_code_pkey PRIMARY KEY (tenant_id, code_hash),
  constraint oauth_code_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES public.oauth_approval(tenant_id, approval_id),
  constraint oauth_code_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id)
);
alter table public.oauth_code enable row level security;
alter table public.oauth_code force row level security;
create policy import_of_tenant on public.oauth_code for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_code for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.oauth_interaction (
  tenant_id integer not null,
  interaction_hash bytea not null,
  client_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamp with time zone not null,
  constraint oauth_interaction_pkey PRIMARY KEY (tenant_id, interaction_hash),
  constraint oauth_interaction_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id)
);
alter table public.oauth_interaction enable row level security;
alter table public.oauth_interaction force row level security;
create policy import_of_tenant on public.oauth_interaction for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_interaction for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.oauth_token (
  tenant_id integer not null,
  token_hash bytea not null,
  client_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamp with time zone not null,
  approval_id text collate "C",
  constraint oauth_token_pkey PRIMARY KEY (tenant_id, token_hash),
  constraint oauth_token_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES public.oauth_approval(tenant_id, approval_id),
  constraint oauth_token_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id)
);
alter table public.oauth_token enable row level security;
alter table public.oauth_token force row level security;
create policy import_of_tenant on public.oauth_token for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.oauth_token for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.observation (
  tenant_id integer not null,
  observation_id text collate "C" not null,
  report_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  place integer not null,
  status text not null,
  name text not null,
  loinc text,
  value_number numeric,
  value_text text,
  unit text,
  range_low numeric,
  range_high numeric,
  interpretation text,
  effective_at timestamp with time zone not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint observation_pkey PRIMARY KEY (tenant_id, observation_id),
  constraint observation_check CHECK (range_high >= range_low),
  constraint observation_check1 CHECK ((value_number IS NULL) <> (value_text IS NULL)),
  constraint observation_check2 CHECK (value_number IS NOT NULL OR unit IS NULL AND range_low IS NULL AND range_high IS NULL),
  constraint observation_interpretation_check CHECK (interpretation = ANY (ARRAY['N'::text, 'L'::text, 'H'::text, 'LL'::text, 'HH'::text, 'A'::text, 'AA'::text])),
  constraint observation_loinc_check CHECK (loinc ~ '^[0-9]{1,7}-[0-9]$'::text),
  constraint observation_observation_id_is_fhir CHECK (observation_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint observation_status_check CHECK (status = ANY (ARRAY['registered'::text, 'preliminary'::text, 'final'::text, 'amended'::text, 'corrected'::text, 'cancelled'::text, 'entered-in-error'::text, 'unknown'::text])),
  constraint observation_tenant_id_report_id_patient_id_office_id_provi_fkey FOREIGN KEY (tenant_id, report_id, patient_id, office_id, provider_id) REFERENCES public.diagnostic_report(tenant_id, report_id, patient_id, office_id, provider_id) ON UPDATE CASCADE
);
CREATE INDEX observation_by_last_updated ON public.observation USING btree (tenant_id, last_updated, observation_id);
CREATE INDEX observation_by_patient ON public.observation USING btree (tenant_id, patient_id, effective_at, observation_id);
CREATE INDEX observation_by_report ON public.observation USING btree (tenant_id, report_id, place);
CREATE TRIGGER queue_inserted_observation AFTER INSERT ON public.observation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Observation', 'observation_id');
CREATE TRIGGER queue_updated_observation AFTER UPDATE ON public.observation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Observation', 'observation_id');
alter table public.observation enable row level security;
alter table public.observation force row level security;
create policy import_of_tenant on public.observation for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_pair on public.observation for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id))));

create table public.office (
  tenant_id integer not null,
  office_id text collate "C" not null,
  name text not null,
  zone text not null,
  phone text,
  active boolean default true not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint office_pkey PRIMARY KEY (tenant_id, office_id),
  constraint office_office_id_is_fhir CHECK (office_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint office_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
CREATE TRIGGER queue_inserted_location AFTER INSERT ON public.office REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Location', 'office_id');
CREATE TRIGGER queue_updated_location AFTER UPDATE ON public.office REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Location', 'office_id');
alter table public.office enable row level security;
alter table public.office force row level security;
create policy import_of_tenant on public.office for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_member on public.office for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (public.roster_in_force() OR (office_id IN ( SELECT m.office_id
   FROM public.office_in_force() m(office_id)))));

create table public.office_membership (
  tenant_id integer not null,
  user_id text collate "C" not null,
  office_id text collate "C" not null,
  since timestamp with time zone default now() not null,
  role text default 'staff'::text not null,
  constraint office_membership_pkey PRIMARY KEY (tenant_id, user_id, office_id),
  constraint office_membership_role_check CHECK (role = ANY (ARRAY['staff'::text, 'manager'::text])),
  constraint office_membership_tenant_id_office_id_fkey FOREIGN KEY (tenant_id, office_id) REFERENCES public.office(tenant_id, office_id),
  constraint office_membership_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
alter table public.office_membership enable row level security;
alter table public.office_membership force row level security;
create policy import_of_tenant on public.office_membership for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.office_membership for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.open_hours (
  tenant_id integer not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  weekday smallint not null,
  from_time text collate "C" not null,
  until_time text collate "C" not null,
  slot_minutes smallint not null,
  constraint open_hours_pkey PRIMARY KEY (tenant_id, office_id, provider_id, weekday, from_time),
  constraint open_hours_check CHECK (from_time < until_time),
  constraint open_hours_from_time_check CHECK (from_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text),
  constraint open_hours_slot_minutes_check CHECK (slot_minutes >= 5 AND slot_minutes <= 240),
  constraint open_hours_until_time_check CHECK (until_time ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'::text),
  constraint open_hours_weekday_check CHECK (weekday >= 1 AND weekday <= 7),
  constraint open_hours_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id)
);
alter table public.open_hours enable row level security;
alter table public.open_hours force row level security;
create policy import_of_tenant on public.open_hours for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_roster on public.open_hours for all to emr_app
  using (tenant_id = public.tenant_in_force() AND public.roster_in_force())
  with check (tenant_id = public.tenant_in_force() AND public.roster_in_force());
create policy of_scheduling_pair on public.open_hours for select to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create table public.patient (
  tenant_id integer not null,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text default 'en'::text not null,
  chart_number text,
  active boolean default true not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint patient_pkey PRIMARY KEY (tenant_id, patient_id),
  constraint patient_gender_check CHECK (gender = ANY (ARRAY['male'::text, 'female'::text, 'other'::text, 'unknown'::text])),
  constraint patient_language_check CHECK (language = ANY (ARRAY['en'::text, 'fr'::text])),
  constraint patient_patient_id_is_fhir CHECK (patient_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint patient_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
CREATE INDEX patient_by_family ON public.patient USING btree (tenant_id, lower(family), lower(given), patient_id);
CREATE INDEX patient_by_last_updated ON public.patient USING btree (tenant_id, last_updated, patient_id);
CREATE TRIGGER keep_superseded AFTER UPDATE ON public.patient REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.keep_superseded_patients();
CREATE TRIGGER open_change BEFORE INSERT OR DELETE OR UPDATE ON public.patient FOR EACH STATEMENT EXECUTE FUNCTION public.open_change();
CREATE TRIGGER queue_inserted_patient AFTER INSERT ON public.patient REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Patient', 'patient_id');
CREATE TRIGGER queue_updated_patient AFTER UPDATE ON public.patient REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Patient', 'patient_id');
alter table public.patient enable row level security;
alter table public.patient force row level security;
create policy change_of_patient_pair on public.patient for update to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.patient_pair k
  WHERE k.tenant_id = public.tenant_in_force() AND k.patient_id = patient.patient_id AND (((k.office_id, k.provider_id) IN ( SELECT p.office_id,
            p.provider_id
           FROM public.pair_in_force(1::smallint) p(office_id, provider_id)))) IS TRUE)));
create policy import_of_tenant on public.patient for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy nobody_yet on public.patient for insert to emr_app
  with check (tenant_id = public.tenant_in_force());
create policy of_patient_pair on public.patient for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.patient_pair k
  WHERE k.tenant_id = public.tenant_in_force() AND k.patient_id = patient.patient_id AND (((k.office_id, k.provider_id) IN ( SELECT p.office_id,
            p.provider_id
           FROM public.pair_in_force(1::smallint) p(office_id, provider_id)))) IS TRUE)));

create view public.patient_history with (security_invoker=true) as
SELECT patient.tenant_id,
    patient.patient_id,
    patient.version_id,
    patient.last_updated,
    false AS deleted,
    patient.family,
    patient.given,
    patient.birth_date,
    patient.gender,
    patient.phone,
    patient.email,
    patient.language,
    patient.chart_number,
    patient.active
   FROM public.patient
UNION ALL
 SELECT patient_version.tenant_id,
    patient_version.patient_id,
    patient_version.version_id,
    patient_version.last_updated,
    false AS deleted,
    patient_version.family,
    patient_version.given,
    patient_version.birth_date,
    patient_version.gender,
    patient_version.phone,
    patient_version.email,
    patient_version.language,
    patient_version.chart_number,
    patient_version.active
   FROM public.patient_version;

create table public.patient_pair (
  tenant_id integer not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  attached boolean default false not null,
  constraint patient_pair_pkey PRIMARY KEY (tenant_id, patient_id, office_id, provider_id),
  constraint patient_pair_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint patient_pair_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX patient_pair_by_pair ON public.patient_pair USING btree (tenant_id, office_id, provider_id, patient_id);
alter table public.patient_pair enable row level security;
alter table public.patient_pair force row level security;
create policy attaching on public.patient_pair for insert to emr_app
  with check (tenant_id = public.tenant_in_force() AND attached AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(1::smallint) p(office_id, provider_id))));
create policy change_of_attachment on public.patient_pair for update to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(1::smallint) p(office_id, provider_id))));
create policy import_of_tenant on public.patient_pair for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_chart_pair on public.patient_pair for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))) OR ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id))) OR ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(4::smallint) p(office_id, provider_id)))));
create policy of_patient_pair on public.patient_pair for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(1::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create table public.patient_version (
  tenant_id integer not null,
  patient_id text collate "C" not null,
  version_id integer not null,
  last_updated timestamp with time zone not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null,
  chart_number text,
  active boolean not null,
  constraint patient_version_pkey PRIMARY KEY (tenant_id, patient_id, version_id),
  constraint patient_version_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX patient_version_by_last_updated ON public.patient_version USING btree (tenant_id, last_updated, patient_id);
alter table public.patient_version enable row level security;
alter table public.patient_version force row level security;
create policy import_of_tenant on public.patient_version for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_patient_pair on public.patient_version for all to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.patient_pair k
  WHERE k.tenant_id = public.tenant_in_force() AND k.patient_id = patient_version.patient_id AND (((k.office_id, k.provider_id) IN ( SELECT p.office_id,
            p.provider_id
           FROM public.pair_in_force(1::smallint) p(office_id, provider_id)))) IS TRUE)));

create table public.permission_grant (
  tenant_id integer not null,
  user_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  columns smallint not null,
  access_until_day date,
  access_until timestamp with time zone,
  changed_at timestamp with time zone default now() not null,
  changed_by text collate "C",
  constraint permission_grant_pkey PRIMARY KEY (tenant_id, user_id, office_id, provider_id),
  constraint permission_grant_check CHECK ((access_until_day IS NULL) = (access_until IS NULL)),
  constraint permission_grant_columns_check CHECK (columns >= 0 AND columns <= 63),
  constraint permission_grant_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint permission_grant_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
alter table public.permission_grant enable row level security;
alter table public.permission_grant force row level security;
create policy import_of_tenant on public.permission_grant for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.permission_grant for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.permission_state (
  tenant_id integer not null,
  user_id text collate "C" not null,
  permission_version text not null,
  at timestamp with time zone default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  pairs jsonb not null,
  constraint permission_state_pkey PRIMARY KEY (tenant_id, user_id, permission_version),
  constraint permission_state_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
alter table public.permission_state enable row level security;
alter table public.permission_state force row level security;
create policy import_of_tenant on public.permission_state for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.permission_state for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.provider (
  tenant_id integer not null,
  provider_id text collate "C" not null,
  prefix text,
  given text not null,
  family text not null,
  suffix text,
  active boolean default true not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint provider_pkey PRIMARY KEY (tenant_id, provider_id),
  constraint provider_provider_id_is_fhir CHECK (provider_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint provider_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
CREATE TRIGGER queue_inserted_practitioner AFTER INSERT ON public.provider REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Practitioner', 'provider_id');
CREATE TRIGGER queue_updated_practitioner AFTER UPDATE ON public.provider REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Practitioner', 'provider_id');
alter table public.provider enable row level security;
alter table public.provider force row level security;
create policy import_of_tenant on public.provider for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_visible_pair on public.provider for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (public.roster_in_force() OR (provider_id IN ( SELECT p.provider_id
   FROM public.pair_in_force(32::smallint) p(office_id, provider_id)))));

create table public.provider_schedule (
  tenant_id integer not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  schedule_id text collate "C" not null,
  practitioner_role_id text collate "C" not null,
  active boolean default true not null,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint provider_schedule_pkey PRIMARY KEY (tenant_id, office_id, provider_id),
  constraint provider_schedule_tenant_id_practitioner_role_id_key UNIQUE (tenant_id, practitioner_role_id),
  constraint provider_schedule_tenant_id_schedule_id_key UNIQUE (tenant_id, schedule_id),
  constraint provider_schedule_practitioner_role_id_is_fhir CHECK (practitioner_role_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint provider_schedule_schedule_id_is_fhir CHECK (schedule_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint provider_schedule_tenant_id_office_id_fkey FOREIGN KEY (tenant_id, office_id) REFERENCES public.office(tenant_id, office_id),
  constraint provider_schedule_tenant_id_provider_id_fkey FOREIGN KEY (tenant_id, provider_id) REFERENCES public.provider(tenant_id, provider_id)
);
CREATE INDEX provider_schedule_by_provider ON public.provider_schedule USING btree (tenant_id, provider_id, office_id);
CREATE TRIGGER queue_inserted_practitionerrole AFTER INSERT ON public.provider_schedule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('PractitionerRole', 'practitioner_role_id');
CREATE TRIGGER queue_inserted_schedule AFTER INSERT ON public.provider_schedule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Schedule', 'schedule_id');
CREATE TRIGGER queue_updated_practitionerrole AFTER UPDATE ON public.provider_schedule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('PractitionerRole', 'practitioner_role_id');
CREATE TRIGGER queue_updated_schedule AFTER UPDATE ON public.provider_schedule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Schedule', 'schedule_id');
alter table public.provider_schedule enable row level security;
alter table public.provider_schedule force row level security;
create policy import_of_tenant on public.provider_schedule for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_visible_pair on public.provider_schedule for select to emr_app
  using (tenant_id = public.tenant_in_force() AND (public.roster_in_force() OR ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(32::smallint) p(office_id, provider_id)))));

create table public.questionnaire_response (
  tenant_id integer not null,
  response_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  questionnaire text,
  items jsonb not null,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint questionnaire_response_pkey PRIMARY KEY (tenant_id, response_id),
  constraint questionnaire_response_items_check CHECK (jsonb_typeof(items) = 'array'::text),
  constraint questionnaire_response_response_id_is_fhir CHECK (response_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint questionnaire_response_status_check CHECK (status = ANY (ARRAY['in-progress'::text, 'completed'::text, 'amended'::text, 'entered-in-error'::text, 'stopped'::text])),
  constraint questionnaire_response_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint questionnaire_response_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint questionnaire_response_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX questionnaire_response_by_last_updated ON public.questionnaire_response USING btree (tenant_id, last_updated, response_id);
CREATE INDEX questionnaire_response_by_patient ON public.questionnaire_response USING btree (tenant_id, patient_id, authored_at, response_id);
CREATE TRIGGER keep_superseded AFTER UPDATE ON public.questionnaire_response REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.keep_superseded_filings('questionnaire_response_version', 'response_id');
CREATE TRIGGER queue_inserted_questionnaireresponse AFTER INSERT ON public.questionnaire_response REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('QuestionnaireResponse', 'response_id');
CREATE TRIGGER queue_updated_questionnaireresponse AFTER UPDATE ON public.questionnaire_response REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('QuestionnaireResponse', 'response_id');
alter table public.questionnaire_response enable row level security;
alter table public.questionnaire_response force row level security;
create policy of_pair on public.questionnaire_response for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create view public.questionnaire_response_history with (security_invoker=true) as
SELECT e.tenant_id,
    e.response_id,
    e.patient_id,
    e.office_id,
    e.provider_id,
    e.status,
    e.questionnaire,
    e.items,
    e.authored_at,
    e.filed_by,
    e.version_id,
    e.last_updated,
    false AS deleted
   FROM public.questionnaire_response e
UNION ALL
 SELECT v.tenant_id,
    v.response_id,
    v.patient_id,
    v.office_id,
    v.provider_id,
    v.status,
    v.questionnaire,
    v.items,
    v.authored_at,
    v.filed_by,
    v.version_id,
    v.last_updated,
    false AS deleted
   FROM public.questionnaire_response_version v;

create table public.questionnaire_response_version (
  tenant_id integer not null,
  response_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  questionnaire text,
  items jsonb not null,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer not null,
  last_updated timestamp with time zone not null,
  constraint questionnaire_response_version_pkey PRIMARY KEY (tenant_id, response_id, version_id),
  constraint questionnaire_response_items_check CHECK (jsonb_typeof(items) = 'array'::text),
  constraint questionnaire_response_response_id_is_fhir CHECK (response_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint questionnaire_response_status_check CHECK (status = ANY (ARRAY['in-progress'::text, 'completed'::text, 'amended'::text, 'entered-in-error'::text, 'stopped'::text])),
  constraint questionnaire_response_versio_tenant_id_office_id_provider_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint questionnaire_response_version_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint questionnaire_response_version_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX questionnaire_response_version_by_last_updated ON public.questionnaire_response_version USING btree (tenant_id, last_updated, response_id);
alter table public.questionnaire_response_version enable row level security;
alter table public.questionnaire_response_version force row level security;
create policy of_pair on public.questionnaire_response_version for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))));

create table public.recovery_code (
  tenant_id integer not null,
  user_id text collate "C" not null,
  code_hash bytea not null,
  used_at timestamp with time zone,
  constraint recovery_code_pkey PRIMARY KEY (tenant_id, user_id, code_hash),
  constraint recovery_code_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.second_factor(tenant_id, user_id)
);
alter table public.recovery_code enable row level security;
alter table public.recovery_code force row level security;
create policy import_of_tenant on public.recovery_code for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.recovery_code for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.reminder_mark (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  sent_at timestamp with time zone not null,
  communication_id text collate "C" not null,
  marked_by text collate "C" not null,
  marked_at timestamp with time zone default clock_timestamp() not null,
  constraint reminder_mark_pkey PRIMARY KEY (tenant_id, appointment_id, sent_at),
  constraint reminder_mark_tenant_id_appointment_id_fkey FOREIGN KEY (tenant_id, appointment_id) REFERENCES public.appointment(tenant_id, appointment_id) ON DELETE CASCADE
);
alter table public.reminder_mark enable row level security;
alter table public.reminder_mark force row level security;
create policy of_booking on public.reminder_mark for all to emr_app
  using (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.appointment a
  WHERE a.tenant_id = reminder_mark.tenant_id AND a.appointment_id = reminder_mark.appointment_id)))
  with check (tenant_id = public.tenant_in_force() AND (EXISTS ( SELECT
   FROM public.appointment a
  WHERE a.tenant_id = reminder_mark.tenant_id AND a.appointment_id = reminder_mark.appointment_id)));

create table public.saved_for_ocean (
  tenant_id integer not null,
  item_type text not null,
  item_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  saved_by text collate "C" not null,
  saved_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  fetched_by text collate "C",
  fetched_at timestamp with time zone,
  constraint saved_for_ocean_pkey PRIMARY KEY (tenant_id, item_type, item_id, office_id, provider_id),
  constraint saved_for_ocean_check CHECK ((fetched_by IS NULL) = (fetched_at IS NULL)),
  constraint saved_for_ocean_item_id_is_fhir CHECK (item_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint saved_for_ocean_item_type_check CHECK (item_type = ANY (ARRAY['DocumentReference'::text, 'DiagnosticReport'::text])),
  constraint saved_for_ocean_tenant_id_fetched_by_fkey FOREIGN KEY (tenant_id, fetched_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint saved_for_ocean_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint saved_for_ocean_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id),
  constraint saved_for_ocean_tenant_id_saved_by_fkey FOREIGN KEY (tenant_id, saved_by) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX saved_for_ocean_by_patient ON public.saved_for_ocean USING btree (tenant_id, patient_id);
alter table public.saved_for_ocean enable row level security;
alter table public.saved_for_ocean force row level security;
create policy import_of_tenant on public.saved_for_ocean for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_item_pair on public.saved_for_ocean for all to emr_app
  using (tenant_id = public.tenant_in_force() AND (item_type = 'DocumentReference'::text AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))) OR item_type = 'DiagnosticReport'::text AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id)))))
  with check (tenant_id = public.tenant_in_force() AND (item_type = 'DocumentReference'::text AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(8::smallint) p(office_id, provider_id))) OR item_type = 'DiagnosticReport'::text AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(16::smallint) p(office_id, provider_id)))));

create table public.second_factor (
  tenant_id integer not null,
  user_id text collate "C" not null,
  secret_sealed bytea not null,
  enrolled_at timestamp with time zone not null,
  last_step bigint not null,
  constraint second_factor_pkey PRIMARY KEY (tenant_id, user_id),
  constraint second_factor_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
alter table public.second_factor enable row level security;
alter table public.second_factor force row level security;
create policy import_of_tenant on public.second_factor for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.second_factor for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.session (
  tenant_id integer not null,
  token_hash bytea not null,
  user_id text collate "C" not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  session_id text collate "C" not null,
  second_factor_at timestamp with time zone,
  offered_sealed bytea,
  constraint session_pkey PRIMARY KEY (tenant_id, token_hash),
  constraint session_tenant_id_session_id_key UNIQUE (tenant_id, session_id),
  constraint session_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX session_by_user ON public.session USING btree (tenant_id, user_id);
alter table public.session enable row level security;
alter table public.session force row level security;
create policy import_of_tenant on public.session for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.session for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.sign_in_attempt (
  tenant_id integer not null,
  username_hash bytea not null,
  failures integer not null,
  last_failed_at timestamp with time zone not null,
  constraint sign_in_attempt_pkey PRIMARY KEY (tenant_id, username_hash),
  constraint sign_in_attempt_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id)
);
alter table public.sign_in_attempt enable row level security;
alter table public.sign_in_attempt force row level security;
create policy import_of_tenant on public.sign_in_attempt for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.sign_in_attempt for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.subscription (
  tenant_id integer not null,
  subscription_id text collate "C" not null,
  user_id text collate "C" not null,
  client_id text collate "C" not null,
  status text default 'requested'::text not null,
  reason text not null,
  criteria text not null,
  watches text not null,
  endpoint text not null,
  secret_sealed bytea not null,
  content text not null,
  end_at timestamp with time zone,
  problem text,
  failures integer default 0 not null,
  due_at timestamp with time zone default now() not null,
  claimed_by text,
  leased_until timestamp with time zone,
  notified bigint default 0 not null,
  permission_version text,
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  impact_endpoint text,
  constraint subscription_pkey PRIMARY KEY (tenant_id, subscription_id),
  constraint subscription_check CHECK ((claimed_by IS NULL) = (leased_until IS NULL)),
  constraint subscription_content_check CHECK (content = ANY (ARRAY['none'::text, 'empty'::text, 'id-only'::text])),
  constraint subscription_impact_check CHECK (impact_endpoint IS NULL OR watches = 'permissions'::text),
  constraint subscription_status_check CHECK (status = ANY (ARRAY['requested'::text, 'active'::text, 'error'::text, 'off'::text])),
  constraint subscription_subscription_id_is_fhir CHECK (subscription_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint subscription_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id),
  constraint subscription_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.app_user(tenant_id, user_id)
);
CREATE INDEX subscription_by_watched ON public.subscription USING btree (tenant_id, watches) WHERE (status <> 'off'::text);
alter table public.subscription enable row level security;
alter table public.subscription force row level security;
create policy import_of_tenant on public.subscription for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.subscription for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.subscription_change (
  tenant_id integer not null,
  subscription_id text collate "C" not null,
  resource_id text collate "C" not null,
  number bigint default nextval('public.subscription_change_number'::regclass) not null,
  deleted boolean not null,
  queued_at timestamp with time zone default now() not null,
  constraint subscription_change_pkey PRIMARY KEY (tenant_id, subscription_id, resource_id),
  constraint subscription_change_tenant_id_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES public.subscription(tenant_id, subscription_id) ON DELETE CASCADE
);
alter table public.subscription_change enable row level security;
alter table public.subscription_change force row level security;
create policy import_of_tenant on public.subscription_change for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.subscription_change for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create table public.task (
  tenant_id integer not null,
  task_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  intent text not null,
  priority text,
  code_text text,
  description text not null,
  appointment_id text collate "C",
  note text,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer default 1 not null,
  last_updated timestamp with time zone default clock_timestamp() not null,
  constraint task_pkey PRIMARY KEY (tenant_id, task_id),
  constraint task_appointment_id_is_fhir CHECK (appointment_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint task_intent_check CHECK (intent = ANY (ARRAY['unknown'::text, 'proposal'::text, 'plan'::text, 'order'::text, 'original-order'::text, 'reflex-order'::text, 'filler-order'::text, 'instance-order'::text, 'option'::text])),
  constraint task_priority_check CHECK (priority = ANY (ARRAY['routine'::text, 'urgent'::text, 'asap'::text, 'stat'::text])),
  constraint task_status_check CHECK (status = ANY (ARRAY['draft'::text, 'requested'::text, 'received'::text, 'accepted'::text, 'rejected'::text, 'ready'::text, 'cancelled'::text, 'in-progress'::text, 'on-hold'::text, 'failed'::text, 'completed'::text, 'entered-in-error'::text])),
  constraint task_task_id_is_fhir CHECK (task_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint task_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint task_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint task_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX task_by_last_updated ON public.task USING btree (tenant_id, last_updated, task_id);
CREATE INDEX task_by_patient ON public.task USING btree (tenant_id, patient_id, authored_at, task_id);
CREATE TRIGGER keep_superseded AFTER UPDATE ON public.task REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.keep_superseded_filings('task_version', 'task_id');
CREATE TRIGGER queue_inserted_task AFTER INSERT ON public.task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Task', 'task_id');
CREATE TRIGGER queue_updated_task AFTER UPDATE ON public.task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.queue_changes('Task', 'task_id');
alter table public.task enable row level security;
alter table public.task force row level security;
create policy of_scheduling_pair on public.task for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create view public.task_history with (security_invoker=true) as
SELECT e.tenant_id,
    e.task_id,
    e.patient_id,
    e.office_id,
    e.provider_id,
    e.status,
    e.intent,
    e.priority,
    e.code_text,
    e.description,
    e.appointment_id,
    e.note,
    e.authored_at,
    e.filed_by,
    e.version_id,
    e.last_updated,
    false AS deleted
   FROM public.task e
UNION ALL
 SELECT v.tenant_id,
    v.task_id,
    v.patient_id,
    v.office_id,
    v.provider_id,
    v.status,
    v.intent,
    v.priority,
    v.code_text,
    v.description,
    v.appointment_id,
    v.note,
    v.authored_at,
    v.filed_by,
    v.version_id,
    v.last_updated,
    false AS deleted
   FROM public.task_version v;

create table public.task_version (
  tenant_id integer not null,
  task_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null,
  intent text not null,
  priority text,
  code_text text,
  description text not null,
  appointment_id text collate "C",
  note text,
  authored_at timestamp with time zone not null,
  filed_by text collate "C",
  version_id integer not null,
  last_updated timestamp with time zone not null,
  constraint task_version_pkey PRIMARY KEY (tenant_id, task_id, version_id),
  constraint task_appointment_id_is_fhir CHECK (appointment_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint task_intent_check CHECK (intent = ANY (ARRAY['unknown'::text, 'proposal'::text, 'plan'::text, 'order'::text, 'original-order'::text, 'reflex-order'::text, 'filler-order'::text, 'instance-order'::text, 'option'::text])),
  constraint task_priority_check CHECK (priority = ANY (ARRAY['routine'::text, 'urgent'::text, 'asap'::text, 'stat'::text])),
  constraint task_status_check CHECK (status = ANY (ARRAY['draft'::text, 'requested'::text, 'received'::text, 'accepted'::text, 'rejected'::text, 'ready'::text, 'cancelled'::text, 'in-progress'::text, 'on-hold'::text, 'failed'::text, 'completed'::text, 'entered-in-error'::text])),
  constraint task_task_id_is_fhir CHECK (task_id ~ '^[A-Za-z0-9.-]{1,64}$'::text),
  constraint task_version_tenant_id_filed_by_fkey FOREIGN KEY (tenant_id, filed_by) REFERENCES public.app_user(tenant_id, user_id),
  constraint task_version_tenant_id_office_id_provider_id_fkey FOREIGN KEY (tenant_id, office_id, provider_id) REFERENCES public.provider_schedule(tenant_id, office_id, provider_id),
  constraint task_version_tenant_id_patient_id_fkey FOREIGN KEY (tenant_id, patient_id) REFERENCES public.patient(tenant_id, patient_id)
);
CREATE INDEX task_version_by_last_updated ON public.task_version USING btree (tenant_id, last_updated, task_id);
alter table public.task_version enable row level security;
alter table public.task_version force row level security;
create policy of_scheduling_pair on public.task_version for all to emr_app
  using (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))))
  with check (tenant_id = public.tenant_in_force() AND ((office_id, provider_id) IN ( SELECT p.office_id,
    p.provider_id
   FROM public.pair_in_force(2::smallint) p(office_id, provider_id))));

create table public.tenant (
  tenant_id integer not null,
  name text not null,
  roster_version bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  constraint tenant_pkey PRIMARY KEY (tenant_id),
  constraint tenant_tenant_id_check CHECK (tenant_id > 0)
);
alter table public.tenant enable row level security;
alter table public.tenant force row level security;
create policy any_tenant on public.tenant for all to emr_app
  using (true);
create policy import_of_tenant on public.tenant for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

create view public.user_session with (security_invoker=true) as
SELECT s.tenant_id,
    s.session_id,
    s.token_hash,
    s.user_id,
    s.created_at,
    s.last_seen_at,
    s.offered_sealed,
    u.username,
    u.display_name,
    u.kind,
        CASE
            WHEN s.second_factor_at IS NOT NULL THEN NULL::text
            WHEN f.user_id IS NOT NULL THEN 'code'::text
            WHEN u.kind = 'administrator'::text THEN 'enrol'::text
            ELSE NULL::text
        END AS next
   FROM public.session s
     JOIN public.app_user u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id AND u.active
     LEFT JOIN public.second_factor f ON f.tenant_id = s.tenant_id AND f.user_id = s.user_id;

create table public.write_key (
  tenant_id integer not null,
  client_id text collate "C" not null,
  key_hash bytea not null,
  request_hash bytea not null,
  written jsonb,
  expires_at timestamp with time zone not null,
  constraint write_key_pkey PRIMARY KEY (tenant_id, client_id, key_hash),
  constraint write_key_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES public.oauth_client(tenant_id, client_id)
);
alter table public.write_key enable row level security;
alter table public.write_key force row level security;
create policy import_of_tenant on public.write_key for all to emr_import
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());
create policy of_tenant on public.write_key for all to emr_app
  using (tenant_id = public.tenant_in_force())
  with check (tenant_id = public.tenant_in_force());

-- Grants

grant usage on schema public to public;
grant execute on function public.changes_settled_until() to public;
grant execute on function public.count_on_after_tombstones() to public;
grant execute on function public.forget_clinic_status() to public;
grant execute on function public.keep_deleted_appointments() to public;
grant execute on function public.keep_superseded_appointments() to public;
grant execute on function public.keep_superseded_filings() to public;
grant execute on function public.keep_superseded_patients() to public;
grant execute on function public.office_in_force() to public;
grant execute on function public.open_change() to public;
grant execute on function public.open_changes_from(timestamp with time zone) to public;
grant execute on function public.pair_in_force(smallint) to public;
grant execute on function public.permission_version(integer,text) to public;
grant execute on function public.queue_changes() to public;
grant execute on function public.roster_in_force() to public;
grant execute on function public.tenant_in_force() to public;
grant execute on function public.user_in_force() to public;
grant usage on schema public to emr_app;
grant insert, select on public.access_event to emr_app;
grant insert, select, update (last_updated, version_id) on public.account to emr_app;
grant insert, select, update on public.app_user to emr_app;
grant delete, insert, select, update on public.appointment to emr_app;
grant select on public.appointment_history to emr_app;
grant delete, insert, select on public.appointment_status to emr_app;
grant delete, insert, select on public.appointment_type to emr_app;
grant insert, select on public.appointment_version to emr_app;
grant insert, select on public.audit_chain to emr_app;
grant insert, select on public.audit_event to emr_app;
grant insert, select on public.binary_chunk to emr_app;
grant delete, insert, select, update (arrived_at, bytes, filed_at, last_updated, sha256) on public.binary_content to emr_app;
grant insert, select, update (last_updated, paid_cents, status, version_id) on public.charge_item to emr_app;
grant insert, select, update on public.consent to emr_app;
grant select on public.consent_history to emr_app;
grant insert, select on public.consent_version to emr_app;
grant insert, select on public.coverage to emr_app;
grant insert, select, update (last_updated, status, version_id) on public.diagnostic_report to emr_app;
grant insert, select, update (last_updated, status, version_id) on public.document to emr_app;
grant insert, select, update (last_updated, status, version_id) on public.encounter to emr_app;
grant delete, insert, select, update on public.export_job to emr_app;
grant select on public.held_grant to emr_app;
grant select on public.held_office to emr_app;
grant insert, select, update on public.oauth_approval to emr_app;
grant delete, insert, select, update on public.oauth_assertion_seen to emr_app;
grant insert, select, update on public.oauth_client to emr_app;
grant delete, insert, select, update on public.oauth_code to emr_app;
grant delete, insert, select, update on public.oauth_interaction to emr_app;
grant delete, insert, select, update on public.oauth_token to emr_app;
grant insert, select, update (last_updated, status, version_id) on public.observation to emr_app;
grant select on public.office to emr_app;
grant delete, insert, select, update on public.office_membership to emr_app;
grant delete, insert, select on public.open_hours to emr_app;
grant insert, select, update (active, birth_date, chart_number, email, family, gender, given, language, last_updated, phone, version_id) on public.patient to emr_app;
grant select on public.patient_history to emr_app;
grant insert, select, update (attached) on public.patient_pair to emr_app;
grant insert, select on public.patient_version to emr_app;
grant delete, insert, select, update on public.permission_grant to emr_app;
grant insert, select on public.permission_state to emr_app;
grant select on public.provider to emr_app;
grant select on public.provider_schedule to emr_app;
grant insert, select, update on public.questionnaire_response to emr_app;
grant select on public.questionnaire_response_history to emr_app;
grant insert, select on public.questionnaire_response_version to emr_app;
grant delete, insert, select, update on public.recovery_code to emr_app;
grant insert, select on public.reminder_mark to emr_app;
grant delete, insert, select, update on public.saved_for_ocean to emr_app;
grant delete, insert, select, update on public.second_factor to emr_app;
grant delete, insert, select, update on public.session to emr_app;
grant delete, insert, select, update on public.sign_in_attempt to emr_app;
grant delete, insert, select, update on public.subscription to emr_app;
grant delete, insert, select, update on public.subscription_change to emr_app;
grant insert, select, update on public.task to emr_app;
grant select on public.task_history to emr_app;
grant insert, select on public.task_version to emr_app;
grant select, update (roster_version) on public.tenant to emr_app;
grant select on public.user_session to emr_app;
grant delete, insert, select, update on public.write_key to emr_app;
grant usage on sequence public.subscription_change_number to emr_app;
grant usage on schema import to emr_import;
grant usage on schema public to emr_import;
grant delete, insert, select, update on import.booking to emr_import;
grant delete, insert, select, update on import.chart to emr_import;
grant delete, insert, select, update on import.content to emr_import;
grant delete, insert, select, update on import.identifier to emr_import;
grant delete, insert, select, update on import.office to emr_import;
grant delete, insert, select, update on import.patient to emr_import;
grant delete, insert, select, update on import.provider to emr_import;
grant delete, insert, select, update on import.schedule_part to emr_import;
grant insert, select, update on public.account to emr_import;
grant insert, select, update on public.app_user to emr_import;
grant insert, select, update on public.appointment to emr_import;
grant delete, insert, select on public.appointment_status to emr_import;
grant delete, insert, select on public.appointment_type to emr_import;
grant insert, select on public.appointment_version to emr_import;
grant insert, select on public.audit_event to emr_import;
grant delete, insert, select on public.binary_chunk to emr_import;
grant insert, select, update on public.binary_content to emr_import;
grant insert, select, update on public.charge_item to emr_import;
grant insert, select, update on public.coverage to emr_import;
grant insert, select, update on public.diagnostic_report to emr_import;
grant insert, select, update on public.document to emr_import;
grant insert, select, update on public.encounter to emr_import;
grant select on public.held_grant to emr_import;
grant delete, insert, select, update on public.oauth_client to emr_import;
grant insert, select, update on public.observation to emr_import;
grant insert, select, update on public.office to emr_import;
grant delete, insert, select, update on public.office_membership to emr_import;
grant delete, insert, select on public.open_hours to emr_import;
grant insert, select, update on public.patient to emr_import;
grant insert, select, update on public.patient_pair to emr_import;
grant insert, select on public.patient_version to emr_import;
grant delete, insert, select, update on public.permission_grant to emr_import;
grant insert, select, update on public.provider to emr_import;
grant insert, select, update on public.provider_schedule to emr_import;
grant select on public.subscription to emr_import;
grant insert, select, update on public.subscription_change to emr_import;
grant insert, select, update on public.tenant to emr_import;
grant usage on sequence public.subscription_change_number to emr_import;
grant execute on function import.take_statistics() to emr_import;
grant execute on function import.take_statistics_of_record() to emr_import;
