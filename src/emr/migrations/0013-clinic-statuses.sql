-- The clinic's own words for where a booking stands ("Room 2", "Message left"). Each means one of the states that everybody knows, and that
-- is all that leaves the house: on the wire a booking has FHIR's status and participation, which the word never contradicts.

create table appointment_status (
  tenant_id integer not null references tenant,
  code text collate "C" not null check (code ~ '^[a-z0-9-]{1,64}$'),
  display text not null,
  means text not null check (means in ('waitlist', 'pending', 'booked', 'confirmed', 'arrived', 'checked-in', 'fulfilled', 'noshow')),
  place smallint not null,
  primary key (tenant_id, code)
);

alter table appointment_status enable row level security;
alter table appointment_status force row level security;
create policy import_of_tenant on appointment_status to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force());
create policy of_roster on appointment_status to emr_app
  using (tenant_id = tenant_in_force() and roster_in_force()) with check (tenant_id = tenant_in_force() and roster_in_force());
create policy of_member on appointment_status for select to emr_app
  using (tenant_id = tenant_in_force() and exists (select from office_in_force()));
grant select, insert, delete on appointment_status to emr_app, emr_import;

-- No foreign key: a word that the clinic gives up, or lets mean something else, simply no longer stands on the bookings that had it.
alter table appointment add column clinic_status text collate "C";

-- Whoever moves a booking on (the portal, an import, a cancellation) knows nothing of the word, so it goes by itself.
create function forget_clinic_status() returns trigger language plpgsql as $$
begin
  new.clinic_status := null;
  return new;
end $$;
create trigger forget_clinic_status before update on appointment for each row
  when (old.clinic_status is not null and new.clinic_status is not distinct from old.clinic_status
        and (old.status, old.participation) is distinct from (new.status, new.participation))
  execute function forget_clinic_status();
