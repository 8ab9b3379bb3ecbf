-- Mails that a site sends. A row is written in the transaction that decides to send, and leaves by the mailer, whose rules stand at the head
-- of src/portal/mail/mail.ts.

create table mail (
  site_id integer not null references site,
  -- Also the Message-ID: the same message is the same message, however often it is tried.
  mail_id text collate "C" not null,
  -- What it is about, as it was when it was queued: judged again before it leaves.
  connection_id text collate "C",
  booking_id text collate "C",
  start_at timestamptz,
  office_id text collate "C",
  provider_id text collate "C",
  patient_id text collate "C",
  -- After this it no longer means what it meant.
  send_until timestamptz,
  -- A patient who has confirmed meanwhile does not get it.
  unless_confirmed boolean not null default false,
  recipient text not null,
  -- Subject, text, calendar file, address for opting out. It holds the links' tokens, so it goes when it is no longer needed.
  message jsonb,
  state text not null check (state in ('due', 'sending', 'accepted', 'uncertain', 'failed', 'cancelled')),
  state_since timestamptz not null,
  -- failed, cancelled: why. accepted: said-by-staff, where a person said so.
  reason text,
  reply_code integer,
  created_at timestamptz not null,
  next_attempt_at timestamptz not null,
  -- Fences off a mailer whose lease has passed: each claim has a number of its own.
  attempt integer not null default 0,
  failures integer not null default 0,
  lease_owner text,
  lease_until timestamptz,
  -- Before it no byte of the content has left; after it the message may be at the server.
  data_at timestamptz,
  primary key (site_id, mail_id),
  check (message is not null or state in ('accepted', 'failed', 'cancelled'))
);
create index mail_open on mail (site_id, next_attempt_at) where state in ('due', 'sending');
create index mail_by_patient on mail (site_id, connection_id, patient_id, created_at desc);
create index mail_uncertain on mail (site_id, state_since) where state = 'uncertain';

-- Addresses that a mail server refused: they are not written to again until the EMR has another one for the patient.
create table refused_address (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  address text not null,
  refused_at timestamptz not null,
  primary key (site_id, connection_id, patient_id)
);

-- A patient who wants no such mails.
create table mail_opt_out (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  at timestamptz not null,
  primary key (site_id, connection_id, patient_id)
);
-- What the address in a mail is good for. The token itself is in the mail alone.
create table opt_out_link (
  site_id integer not null references site,
  token_hash bytea not null,
  connection_id text collate "C" not null,
  patient_id text collate "C" not null,
  created_at timestamptz not null,
  primary key (site_id, token_hash)
);
create index opt_out_link_by_token on opt_out_link (token_hash);

-- When a site's mails may leave, and to whom.
create table mail_settings (
  site_id integer not null references site,
  -- HH:MM in the site's zone. Both the same: never quiet.
  quiet_from text not null default '20:00' check (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  quiet_to text not null default '08:00' check (quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  -- Test mode: every mail goes there and to no patient.
  test_address text,
  keep_days integer not null default 365 check (keep_days between 30 and 3650),
  version integer not null default 1,
  primary key (site_id)
);

-- A task is about a write-back, a link or a mail.
alter table staff_task alter column connection_id drop not null;
alter table staff_task add column mail_id text collate "C";
alter table staff_task add foreign key (site_id, mail_id) references mail;
alter table staff_task drop constraint staff_task_one_subject;
alter table staff_task add constraint staff_task_one_subject check (num_nonnulls(write_back_id, link_id, mail_id) = 1);
alter table staff_task drop constraint staff_task_reason_check;
alter table staff_task add constraint staff_task_reason_check
  check (reason in ('changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late', 'locked', 'not-queued', 'mail-uncertain', 'mail-refused',
                    'mail-given-up'));
create unique index staff_task_of_mail on staff_task (site_id, mail_id) where done_at is null;

do $$
declare t text;
begin
  foreach t in array array['mail', 'refused_address', 'mail_opt_out', 'opt_out_link', 'mail_settings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy of_site on %I to portal_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
-- The mailer looks for what is due before it knows whose it is.
create policy of_worker on mail for select to portal_sync using (true);
-- Whoever opts out names a link and no site.
create policy of_token on opt_out_link for select to portal_app
  using (token_hash = decode(nullif(current_setting('tidegate.opt_out', true), ''), 'hex'));

grant select, insert, update, delete on mail, refused_address, opt_out_link to portal_sync;
grant select on mail_opt_out, mail_settings to portal_sync;
grant delete on staff_task to portal_sync;
grant select, insert, update on mail_settings to portal_app;
grant select (site_id, mail_id, connection_id, booking_id, start_at, office_id, provider_id, patient_id, recipient, state, state_since, reason,
  reply_code, created_at), insert, update (state, state_since, reason, message, next_attempt_at, failures, data_at) on mail to portal_app;
grant select on opt_out_link, refused_address to portal_app;
grant select, insert on mail_opt_out to portal_app;
