-- What clients want to hear of, and the queue of what they have to be told.
--
-- A change is queued by a trigger in the transaction that makes it, so that it is there exactly when the change is. Here only the type
-- counts; whether the client may see it, and whether its criteria match, is judged when it is told, by the same predicate as a search.
-- Nothing of a resource but its id stands here, and a change of what is queued already adds no row.

create table subscription (
  tenant_id integer not null,
  subscription_id text collate "C" not null,
  user_id text collate "C" not null,
  client_id text collate "C" not null,
  status text not null default 'requested',
  reason text not null,
  criteria text not null,
  -- Of the criteria: a resource type, or 'permissions' for the version of the user's own permissions.
  watches text not null,
  endpoint text not null,
  -- What notifications are signed with, sealed under the EMR's key.
  secret_sealed bytea not null,
  -- 'none': a POST without a body; 'empty': a Bundle that says that there is something; 'id-only': one that names it.
  content text not null,
  end_at timestamptz,
  -- Why the last delivery failed, or why it is off: a word of ours, never what somebody answered.
  problem text,
  failures integer not null default 0,
  due_at timestamptz not null default now(),
  claimed_by text,
  leased_until timestamptz,
  -- How many notifications there were, and what the last one said of the permissions.
  notified bigint not null default 0,
  permission_version text,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id),
  foreign key (tenant_id, client_id) references oauth_client,
  foreign key (tenant_id, user_id) references app_user,
  constraint subscription_subscription_id_is_fhir check (subscription_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  check (status in ('requested', 'active', 'error', 'off')),
  check (content in ('none', 'empty', 'id-only')),
  check ((claimed_by is null) = (leased_until is null))
);
create index subscription_by_watched on subscription (tenant_id, watches) where status <> 'off';

create sequence subscription_change_number;
create table subscription_change (
  tenant_id integer not null,
  subscription_id text collate "C" not null,
  -- '*': more at once than anybody wants to be named one by one.
  resource_id text collate "C" not null,
  -- Another one with each change, so that what changed again while it was told is told again.
  number bigint not null default nextval('subscription_change_number'),
  deleted boolean not null,
  queued_at timestamptz not null default now(),
  primary key (tenant_id, subscription_id, resource_id),
  foreign key (tenant_id, subscription_id) references subscription on delete cascade
);

create function queue_changes() returns trigger language plpgsql as $$
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
end $$;

do $$
declare
  of_type record;
begin
  for of_type in
    select * from (values ('appointment', 'Appointment', 'appointment_id'), ('patient', 'Patient', 'patient_id'),
                          ('provider', 'Practitioner', 'provider_id'), ('office', 'Location', 'office_id'),
                          ('provider_schedule', 'Schedule', 'schedule_id'),
                          ('provider_schedule', 'PractitionerRole', 'practitioner_role_id'),
                          ('document', 'DocumentReference', 'document_id'), ('encounter', 'Encounter', 'encounter_id'),
                          ('diagnostic_report', 'DiagnosticReport', 'report_id'), ('observation', 'Observation', 'observation_id'),
                          ('account', 'Account', 'account_id'), ('charge_item', 'ChargeItem', 'charge_item_id'),
                          ('coverage', 'Coverage', 'coverage_id')) t (of_table, type, id)
  loop
    execute format('create trigger queue_inserted_%s after insert on %I referencing new table as changed
                      for each statement execute function queue_changes(%L, %L)',
                   lower(of_type.type), of_type.of_table, of_type.type, of_type.id);
    execute format('create trigger queue_updated_%s after update on %I referencing new table as changed
                      for each statement execute function queue_changes(%L, %L)',
                   lower(of_type.type), of_type.of_table, of_type.type, of_type.id);
  end loop;
end $$;
create trigger queue_deleted_appointment after delete on appointment referencing old table as changed
  for each statement execute function queue_changes('Appointment', 'appointment_id');

do $$
declare t text;
begin
  foreach t in array array['subscription', 'subscription_change'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
    -- Whoever changes a booking queues it for everybody who waits for it. Which are whose is decided by the routes.
    execute format('create policy of_tenant on %I to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;

grant select, insert, update, delete on subscription, subscription_change to emr_app;
grant select on subscription to emr_import;
grant select, insert, update on subscription_change to emr_import;
grant usage on sequence subscription_change_number to emr_app, emr_import;
