-- What was written to a patient stands beside each of his bookings.
create index thread_by_patient on thread (site_id, connection_id, patient_id, last_at desc);

-- A patient's appointments, the last ones first.
drop index booking_by_patient;
create index booking_by_patient on booking (site_id, connection_id, patient_id, start_at, booking_id);

-- A member of a site asked for *Synchronize Appointments*: Cloud Connect's worker takes the row and queues a run.
create table sync_wish (
  site_id integer primary key references site,
  asked_by text collate "C" not null,
  asked_at timestamptz not null
);
alter table sync_wish enable row level security;
alter table sync_wish force row level security;
create policy of_site on sync_wish for all to portal_app, portal_sync
  using (site_id = site_in_force()) with check (site_id = site_in_force());
create policy of_worker on sync_wish for select to portal_sync using (true);
grant select, insert on sync_wish to portal_app;
grant select, delete on sync_wish to portal_sync;
