-- Reminders: rules, the days on which they ran, and what became of each booking that a rule was about.

alter table mail_settings add column run_at text not null default '10:00' check (run_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$');

create table reminder_rule (
  site_id integer not null references site,
  rule_id text collate "C" not null,
  name text not null,
  -- Before the appointment; 0: the same day; less: after it.
  days smallint not null check (days between -60 and 60),
  -- None: every provider.
  provider_ids text[] not null,
  -- These types alone, or all but these; none and not excluded: every type.
  type_texts text[] not null,
  types_excluded boolean not null,
  confirmation boolean not null,
  cancellation boolean not null,
  cancel_notice_minutes integer not null check (cancel_notice_minutes between 0 and 43200),
  calendar boolean not null,
  also_confirmed boolean not null,
  subject_en text not null,
  text_en text not null,
  subject_fr text not null,
  text_fr text not null,
  enabled boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  deleted_at timestamptz,
  primary key (site_id, rule_id)
);

-- One run a site and day, whoever carries it out.
create table reminder_run (
  site_id integer not null references site,
  day date not null,
  ran_at timestamptz not null,
  primary key (site_id, day)
);

create table reminder_log (
  site_id integer not null references site,
  entry_id text collate "C" not null,
  -- The day of the run, in the site's zone.
  day date not null,
  rule_id text collate "C" not null,
  -- 'due': there is a mail, and the rest of its way is the mail's. Else the reason why not.
  outcome text not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  -- null: invisible. Then it is a number of bookings of this schedule and names none.
  booking_id text collate "C",
  patient_id text collate "C",
  start_at timestamptz,
  bookings integer not null default 1,
  mail_id text collate "C",
  at timestamptz not null,
  primary key (site_id, entry_id),
  foreign key (site_id, rule_id) references reminder_rule,
  foreign key (site_id, mail_id) references mail,
  check ((outcome = 'due') = (mail_id is not null)),
  check ((outcome = 'invisible') = (booking_id is null))
);
create index reminder_log_by_day on reminder_log (site_id, day desc, entry_id desc);
create unique index reminder_log_one_outcome on reminder_log (site_id, day, rule_id, connection_id, booking_id, start_at) where booking_id is not null;
-- A moved booking keeps its id and is reminded of anew; one that stands is reminded of once by each rule.
create unique index reminder_log_sent_once on reminder_log (site_id, rule_id, connection_id, booking_id, start_at) where outcome = 'due';
create index reminder_log_by_patient on reminder_log (site_id, connection_id, patient_id, day) where outcome = 'due';

do $$
declare t text;
begin
  foreach t in array array['reminder_rule', 'reminder_run', 'reminder_log'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy of_site on %I to portal_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
-- The worker looks for sites with rules before it knows which.
create policy of_worker on reminder_rule for select to portal_sync using (true);

grant select on reminder_rule, reminder_run, reminder_log to portal_app, portal_sync;
grant insert, update on reminder_rule to portal_app;
grant insert on reminder_run to portal_sync;
grant insert, delete on reminder_log to portal_sync;
