-- The calendar files that patients were sent, so that what is in their calendars is changed and taken out again when an appointment moves or
-- falls away.

create table calendar_file (
  site_id       integer not null references site,
  connection_id text collate "C" not null,
  booking_id    text collate "C" not null,
  sequence      integer not null check (sequence >= 0),
  mail_id       text collate "C" not null,
  -- The rule whose reminder had the first one: the log names it.
  rule_id       text collate "C" not null,
  method        text not null check (method in ('PUBLISH', 'CANCEL')),
  -- The same for the same booking, for ever: calendars know it by that.
  uid           text not null,
  patient_id    text collate "C" not null,
  office_id     text collate "C" not null,
  provider_id   text collate "C" not null,
  start_at      timestamptz not null,
  end_at        timestamptz not null,
  -- When its mail began to leave, and whether that was to the site's test address.
  left_at       timestamptz,
  to_test       boolean not null default false,
  primary key (site_id, connection_id, booking_id, sequence),
  unique (site_id, mail_id),
  foreign key (site_id, mail_id) references mail,
  foreign key (site_id, rule_id) references reminder_rule
);
create index calendar_file_by_start on calendar_file (site_id, start_at);
alter table calendar_file enable row level security;
alter table calendar_file force row level security;
create policy of_site on calendar_file to portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force());
-- The worker looks for sites with files in calendars before it knows which.
create policy of_worker on calendar_file for select to portal_sync using (true);
grant select, insert, delete on calendar_file to portal_sync;
grant update (left_at, to_test) on calendar_file to portal_sync;

-- A message that follows a reminder up is a line of the log, and no reminder.
alter table reminder_log add column kind text not null default 'reminder' check (kind in ('reminder', 'moved', 'withdrawn'));
drop index reminder_log_one_outcome;
create unique index reminder_log_one_outcome on reminder_log (site_id, day, rule_id, connection_id, booking_id, start_at)
  where booking_id is not null and kind = 'reminder';
drop index reminder_log_sent_once;
create unique index reminder_log_sent_once on reminder_log (site_id, rule_id, connection_id, booking_id, start_at)
  where outcome = 'due' and kind = 'reminder';
drop index reminder_log_by_patient;
create index reminder_log_by_patient on reminder_log (site_id, connection_id, patient_id, day) where outcome = 'due' and kind = 'reminder';
grant select (kind) on reminder_log to connect_app;
