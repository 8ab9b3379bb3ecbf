-- Messages between a site and a patient, or another provider about a patient. Whoever is written to has no account: a link comes by e-mail, and
-- who opens it says who he is. Nothing of a message stands in the e-mail.

-- Whose a file is until it is part of a message: whoever uploaded it, or the fetch from the EMR's chart that brought it.
alter table stored_file add column uploaded_by text collate "C";
alter table stored_file add column fetch_id text collate "C";

create table thread (
  site_id integer not null references site,
  thread_id text collate "C" not null,
  kind text not null check (kind in ('patient', 'referral')),
  -- The booking by whose pair the patient is known: who may see it may see the thread, and its chart is filed into.
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  patient_id text collate "C" not null,
  subject text not null,
  recipient text not null,
  -- referral: the provider who is written to.
  recipient_name text,
  language text not null check (language in ('en', 'fr')),
  -- referral: what is asked for in place of a birth date; the staff tell it on another way than the e-mail. Its key is a row's own.
  code_key bytea,
  code_hash bytea,
  created_at timestamptz not null,
  created_by text collate "C" not null,
  last_at timestamptz not null,
  primary key (site_id, thread_id),
  foreign key (site_id, connection_id, booking_id) references booking,
  check ((kind = 'referral') = (recipient_name is not null and code_key is not null and code_hash is not null))
);
create index thread_by_last on thread (site_id, last_at desc, thread_id desc);

create table message (
  site_id integer not null,
  thread_id text collate "C" not null,
  message_id text collate "C" not null,
  -- null: whoever has the link.
  author text collate "C",
  text text not null,
  sent_at timestamptz not null,
  -- Of those that came in: when a member opened the thread.
  read_at timestamptz,
  mail_id text collate "C",
  -- One press is one message, however often it is sent.
  press_id text collate "C" not null,
  primary key (site_id, thread_id, message_id),
  unique (site_id, press_id),
  foreign key (site_id, thread_id) references thread
);
create index message_unread on message (site_id, thread_id) where author is null and read_at is null;

create table message_file (
  site_id integer not null,
  thread_id text collate "C" not null,
  message_id text collate "C" not null,
  n integer not null,
  file_id text collate "C" not null,
  primary key (site_id, thread_id, message_id, n),
  unique (site_id, file_id),
  foreign key (site_id, thread_id, message_id) references message,
  foreign key (site_id, file_id) references stored_file
);

create table thread_link (
  site_id integer not null references site,
  link_id text collate "C" not null,
  token_hash bytea not null,
  form_key bytea not null,
  thread_id text collate "C" not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  tries smallint not null default 0,
  locked_at timestamptz,
  primary key (site_id, link_id),
  foreign key (site_id, thread_id) references thread
);
create index thread_link_by_token on thread_link (token_hash);

-- What was picked with *Save for Ocean* in the EMR is asked for here and brought by Cloud Connect.
create table saved_fetch (
  site_id integer not null references site,
  fetch_id text collate "C" not null,
  connection_id text collate "C" not null,
  booking_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  asked_by text collate "C" not null,
  asked_at timestamptz not null,
  state text not null check (state in ('asked', 'fetching', 'done', 'failed')),
  lease_until timestamptz,
  -- A message key, where nothing came.
  reason text,
  -- [{officeId, providerId, columns}]: what Cloud Connect may not fetch, at the moment of asking.
  lacking jsonb,
  settled_at timestamptz,
  primary key (site_id, fetch_id),
  foreign key (site_id, connection_id, booking_id) references booking
);
create index saved_fetch_open on saved_fetch (asked_at) where state in ('asked', 'fetching');

alter table staff_task add column thread_link_id text collate "C";
alter table staff_task add foreign key (site_id, thread_link_id) references thread_link;
alter table staff_task drop constraint staff_task_one_subject;
alter table staff_task add constraint staff_task_one_subject
  check (num_nonnulls(write_back_id, link_id, mail_id, run_id, thread_link_id) = 1);
create unique index staff_task_one_of_thread_link on staff_task (site_id, thread_link_id, reason) where done_at is null and thread_link_id is not null;

do $$
declare t text;
begin
  foreach t in array array['thread', 'message', 'message_file', 'thread_link', 'saved_fetch'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy of_site on %I to portal_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
create policy of_token on thread_link for select to portal_app
  using (token_hash = decode(nullif(current_setting('tidegate.link', true), ''), 'hex'));
-- Whoever fetches looks for what is asked before it knows whose it is.
create policy of_worker on saved_fetch for select to portal_sync using (true);

grant select, insert on thread, message, message_file, thread_link, saved_fetch to portal_app;
grant update (last_at) on thread to portal_app;
grant update (read_at) on message to portal_app;
grant update (tries, locked_at) on thread_link to portal_app;
grant select, update on saved_fetch to portal_sync;
-- A message by hand is mailed like a reminder.
grant select (reply_code) on mail to portal_app;
grant update (uploaded_by) on stored_file to portal_app;
grant update (fetch_id) on stored_file to portal_sync;
