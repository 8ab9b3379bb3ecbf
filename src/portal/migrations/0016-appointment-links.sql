-- What a patient is asked to call when an answer cannot be taken; null: the site has not said.
alter table site add column phone text;

-- A link by which a patient answers for one appointment, without an account. Whoever has the token has the link and no more: the birth date
-- is asked for first. The token itself is not here.
create table appointment_link (
  site_id integer not null references site,
  link_id text collate "C" not null,
  token_hash bytea not null,
  -- What the forms of its page are signed with; it never leaves the server.
  form_key bytea not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  -- What the answer is about: moved, the booking is another appointment, and another note on it is not. It ends with the start.
  start_at timestamptz not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  purpose text not null check (purpose in ('confirm', 'cancel', 'both')),
  cancel_notice_minutes integer not null check (cancel_notice_minutes >= 0),
  created_at timestamptz not null,
  -- Who made it by hand; null: a reminder.
  created_by text collate "C",
  -- Wrong birth dates since the last right one.
  tries smallint not null default 0,
  locked_at timestamptz,
  primary key (site_id, link_id),
  foreign key (site_id, connection_id, booking_id) references booking
);
create index appointment_link_by_token on appointment_link (token_hash);
create index appointment_link_by_booking on appointment_link (site_id, connection_id, booking_id);

alter table appointment_link enable row level security;
alter table appointment_link force row level security;
create policy of_site on appointment_link to portal_app, portal_sync
  using (site_id = site_in_force()) with check (site_id = site_in_force());
-- Before a site is known the token alone names the one row that it opens.
create policy of_token on appointment_link for select to portal_app
  using (token_hash = decode(nullif(current_setting('tidegate.link', true), ''), 'hex'));
grant select, insert, update (tries, locked_at) on appointment_link to portal_app;
grant select, insert on appointment_link to portal_sync;

-- A link asks for a person as well: locked, or an answer that could not be queued.
alter table staff_task alter column write_back_id drop not null;
alter table staff_task add column link_id text collate "C";
-- Of a link: what the patient wanted; null: nothing, it is locked.
alter table staff_task add column kind text;
alter table staff_task add foreign key (site_id, link_id) references appointment_link;
alter table staff_task add constraint staff_task_one_subject check ((write_back_id is null) <> (link_id is null));
alter table staff_task drop constraint staff_task_reason_check;
alter table staff_task add constraint staff_task_reason_check
  check (reason in ('changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late', 'locked', 'not-queued'));
create unique index staff_task_one_of_link on staff_task (site_id, link_id, reason) where done_at is null and link_id is not null;
grant insert on staff_task to portal_app;
