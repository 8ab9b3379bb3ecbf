-- That a portal reminded a patient of a booking. No part of the booking: a mark makes no new version of it, so nobody who has it open, and
-- nobody who follows its changes, is told of one (docs/decisions/0059). It goes where the booking goes, and with it.
create table reminder_mark (
  tenant_id integer not null,
  appointment_id text collate "C" not null,
  sent_at timestamptz not null,
  communication_id text collate "C" not null,
  marked_by text collate "C" not null,
  marked_at timestamptz not null default clock_timestamp(),
  -- The same reminder, told twice, is one.
  primary key (tenant_id, appointment_id, sent_at),
  foreign key (tenant_id, appointment_id) references appointment on delete cascade
);

alter table reminder_mark enable row level security;
alter table reminder_mark force row level security;
-- Whoever sees the booking: its own wall stands in this look-up.
create policy of_booking on reminder_mark to emr_app
  using (tenant_id = tenant_in_force()
         and exists (select from appointment a where a.tenant_id = reminder_mark.tenant_id and a.appointment_id = reminder_mark.appointment_id))
  with check (tenant_id = tenant_in_force()
         and exists (select from appointment a where a.tenant_id = reminder_mark.tenant_id and a.appointment_id = reminder_mark.appointment_id));
grant select, insert on reminder_mark to emr_app;
