-- What was, and what a client may write.
--
-- The tables themselves hold what is; appointment_version and patient_version hold the versions before it and, for a booking that was
-- deleted, a tombstone. A first version costs nothing, so an import of a million bookings writes none. Triggers keep them, once for
-- each statement, because a version that one of several writing statements forgets is a change that nobody can follow.

create table appointment_version (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  version_id integer not null,
  last_updated timestamptz not null,
  -- The booking was deleted; the rest is what it was before, so that the pair decides who may know.
  deleted boolean not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C",
  status text not null,
  participation text not null,
  type_text text,
  reason text,
  start_at timestamptz not null,
  end_at timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, appointment_id, version_id),
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, patient_id) references patient
);
create index appointment_version_by_last_updated on appointment_version (tenant_id, last_updated, appointment_id);

create table patient_version (
  tenant_id integer not null,
  patient_id text collate "C" not null,
  version_id integer not null,
  last_updated timestamptz not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null,
  chart_number text,
  active boolean not null,
  primary key (tenant_id, patient_id, version_id),
  foreign key (tenant_id, patient_id) references patient
);
create index patient_version_by_last_updated on patient_version (tenant_id, last_updated, patient_id);

create function keep_superseded_appointments() returns trigger language plpgsql as $$
begin
  insert into appointment_version (tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, patient_id,
                                   status, participation, type_text, reason, start_at, end_at, created_at)
  select b.tenant_id, b.appointment_id, b.version_id, b.last_updated, false, b.office_id, b.provider_id, b.patient_id,
         b.status, b.participation, b.type_text, b.reason, b.start_at, b.end_at, b.created_at
    from before b
    join after a on a.tenant_id = b.tenant_id and a.appointment_id = b.appointment_id and a.version_id > b.version_id
  on conflict do nothing;
  return null;
end $$;

create function keep_deleted_appointments() returns trigger language plpgsql as $$
begin
  insert into appointment_version (tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, patient_id,
                                   status, participation, type_text, reason, start_at, end_at, created_at)
  select b.tenant_id, b.appointment_id, b.version_id + k.ahead, case when k.gone then clock_timestamp() else b.last_updated end, k.gone,
         b.office_id, b.provider_id, b.patient_id, b.status, b.participation, b.type_text, b.reason, b.start_at, b.end_at, b.created_at
    from before b, (values (0, false), (1, true)) k (ahead, gone);
  return null;
end $$;

-- A booking that was deleted and comes again with its id (an import brings it) goes on counting after its tombstone.
create function count_on_after_tombstones() returns trigger language plpgsql as $$
begin
  update appointment a set version_id = gone.version_id + 1
    from (select v.tenant_id, v.appointment_id, max(v.version_id) as version_id
            from appointment_version v
            join after n on n.tenant_id = v.tenant_id and n.appointment_id = v.appointment_id
           group by 1, 2) gone
   where a.tenant_id = gone.tenant_id and a.appointment_id = gone.appointment_id and a.version_id <= gone.version_id;
  return null;
end $$;

create function keep_superseded_patients() returns trigger language plpgsql as $$
begin
  insert into patient_version (tenant_id, patient_id, version_id, last_updated, family, given, birth_date, gender, phone, email,
                               language, chart_number, active)
  select b.tenant_id, b.patient_id, b.version_id, b.last_updated, b.family, b.given, b.birth_date, b.gender, b.phone, b.email,
         b.language, b.chart_number, b.active
    from before b
    join after a on a.tenant_id = b.tenant_id and a.patient_id = b.patient_id and a.version_id > b.version_id
  on conflict do nothing;
  return null;
end $$;

create trigger keep_superseded after update on appointment
  referencing old table as before new table as after for each statement execute function keep_superseded_appointments();
create trigger keep_deleted after delete on appointment
  referencing old table as before for each statement execute function keep_deleted_appointments();
create trigger count_on after insert on appointment
  referencing new table as after for each statement execute function count_on_after_tombstones();
create trigger keep_superseded after update on patient
  referencing old table as before new table as after for each statement execute function keep_superseded_patients();

-- Every version of everything, each judged on the pair that it had.
create view appointment_history with (security_invoker = true) as
  select tenant_id, appointment_id, version_id, last_updated, false as deleted, office_id, provider_id, patient_id, status, participation,
         type_text, reason, start_at, end_at, created_at from appointment
  union all
  select tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, patient_id, status, participation,
         type_text, reason, start_at, end_at, created_at from appointment_version;

create view patient_history with (security_invoker = true) as
  select tenant_id, patient_id, version_id, last_updated, false as deleted, family, given, birth_date, gender, phone, email, language,
         chart_number, active from patient
  union all
  select tenant_id, patient_id, version_id, last_updated, false as deleted, family, given, birth_date, gender, phone, email, language,
         chart_number, active from patient_version;

-- A client that did not hear an answer asks again with the same key, and gets the answer that it did not hear. What was written is
-- named here and not repeated: the answer is made again from that version, under the permissions of the moment.
create table write_key (
  tenant_id integer not null,
  client_id text collate "C" not null,
  key_hash bytea not null,
  request_hash bytea not null,
  -- [{"status","type","id","version"}], one for each write; null while the first request is under way.
  written jsonb,
  expires_at timestamptz not null,
  primary key (tenant_id, client_id, key_hash),
  foreign key (tenant_id, client_id) references oauth_client
);

do $$
declare t text;
begin
  foreach t in array array['appointment_version', 'patient_version', 'write_key'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;

create policy of_scheduling_pair on appointment_version to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p))
  with check (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p));

create policy of_patient_pair on patient_version to emr_app
  using (tenant_id = tenant_in_force()
         and patient_id in (select k.patient_id from patient_pair k
                             where k.tenant_id = tenant_in_force()
                               and (k.office_id, k.provider_id) in
                                   (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)));

create policy of_tenant on write_key to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force());

-- A new patient is nobody's until the pair that he is attached to is written, in the same statement; that is where it is judged.
create policy nobody_yet on patient for insert to emr_app with check (tenant_id = tenant_in_force());
create policy change_of_patient_pair on patient for update to emr_app
  using (tenant_id = tenant_in_force()
         and patient_id in (select k.patient_id from patient_pair k
                             where k.tenant_id = tenant_in_force()
                               and (k.office_id, k.provider_id) in
                                   (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)));

-- Attaching needs Patient there.
create policy attaching on patient_pair for insert to emr_app
  with check (tenant_id = tenant_in_force() and attached
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(1::smallint) p));
create policy change_of_attachment on patient_pair for update to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(1::smallint) p));

grant select, insert on appointment_version, patient_version to emr_app, emr_import;
grant select on appointment_history, patient_history to emr_app;
grant delete on appointment to emr_app;
grant insert on patient to emr_app;
grant update (family, given, birth_date, gender, phone, email, language, chart_number, active, version_id, last_updated) on patient to emr_app;
grant update (attached) on patient_pair to emr_app;
grant select, insert, update, delete on write_key to emr_app;
