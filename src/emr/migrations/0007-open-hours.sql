-- When a provider may be booked in an office: a week on the wall of the office, from which free slots are computed by the zone module. And
-- the clinic's own words for what people come for.

create table open_hours (
  tenant_id integer not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  -- ISO: Monday is 1.
  weekday smallint not null check (weekday between 1 and 7),
  from_time text collate "C" not null check (from_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  until_time text collate "C" not null check (until_time ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'),
  slot_minutes smallint not null check (slot_minutes between 5 and 240),
  primary key (tenant_id, office_id, provider_id, weekday, from_time),
  check (from_time < until_time),
  foreign key (tenant_id, office_id, provider_id) references provider_schedule
);

create table appointment_type (
  tenant_id integer not null references tenant,
  code text collate "C" not null check (code ~ '^[a-z0-9-]{1,64}$'),
  display text not null,
  place smallint not null,
  primary key (tenant_id, code)
);

do $$
declare t text;
begin
  foreach t in array array['open_hours', 'appointment_type'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
    -- Written by whoever administers the clinic.
    execute format('create policy of_roster on %I to emr_app using (tenant_id = tenant_in_force() and roster_in_force()) with check (tenant_id = tenant_in_force() and roster_in_force())', t);
  end loop;
end $$;

create policy of_visible_pair on open_hours for select to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(32::smallint) p));

create policy of_member on appointment_type for select to emr_app
  using (tenant_id = tenant_in_force()
         and exists (select 1 from office_membership m where m.tenant_id = tenant_in_force() and m.user_id = user_in_force()));

grant select, insert, delete on open_hours, appointment_type to emr_app, emr_import;
