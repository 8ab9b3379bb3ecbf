-- Cloud Connect's own schema, in the portal's database so that an apply and its cursors are one transaction.

create table connect.connection (
  site_id integer not null references public.site,
  connection_id text collate "C" not null,
  name text not null,
  base_url text not null,
  client_id text not null,
  auth_method text not null check (auth_method in ('client_secret_post', 'private_key_jwt')),
  -- Secret or private key, sealed with the installation's key; never shown again.
  credential_sealed bytea not null,
  window_days integer not null default 14 check (window_days between 1 and 400),
  interval_minutes integer not null default 30 check (interval_minutes between 5 and 1440),
  -- The features that are switched on decide which columns are needed (the need manifest).
  features text[] not null,
  -- Goes up with every change of settings; what If-Match compares.
  settings_version integer not null default 1,
  active boolean not null default true,
  next_run_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (site_id, connection_id),
  unique (site_id, name)
);

-- Sync Appointments for Provider(s).
create table connect.selected_provider (
  site_id integer not null,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  since timestamptz not null default now(),
  primary key (site_id, connection_id, provider_id),
  foreign key (site_id, connection_id) references connect.connection
);

-- What $permission-coverage last said: the roster as the EMR lists it to its own integration user.
create table connect.roster_entry (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  office_name text not null,
  office_zone text not null,
  provider_display text not null,
  member boolean not null,
  columns_held smallint not null,
  columns_granted smallint not null,
  access_until_day date,
  lapsed boolean not null,
  read_at timestamptz not null,
  permission_version text not null,
  primary key (site_id, connection_id, office_id, provider_id),
  foreign key (site_id, connection_id) references connect.connection
);

-- cursor_at null: this slice must be read in full before recent changes mean anything.
create table connect.slice_cursor (
  site_id integer not null,
  connection_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  columns_held smallint not null,
  cursor_at timestamptz,
  primary key (site_id, connection_id, office_id, provider_id),
  foreign key (site_id, connection_id) references connect.connection
);

create table connect.sync_run (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  mode text not null check (mode in ('recent', 'full')),
  state text not null check (state in ('queued', 'running', 'complete', 'complete-with-gaps', 'waiting-for-decision', 'failed')),
  step text not null,
  requested_by text collate "C",
  requested_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  -- The worker that runs it and until when that is believed; a run whose lease has passed is taken over where it was.
  lease_owner text,
  lease_until timestamptz,
  attempt integer not null default 0,
  -- What has been staged completely, under which permission version, for which window.
  checkpoint jsonb not null default '{}',
  progress jsonb not null default '{}',
  totals jsonb not null default '{}',
  -- A message key and parameters, never a text from the other side.
  problem jsonb,
  primary key (site_id, connection_id, run_id),
  foreign key (site_id, connection_id) references connect.connection
);
-- One live run a connection, and at most one waiting of each kind.
create unique index sync_run_one_running on connect.sync_run (site_id, connection_id) where state = 'running';
create unique index sync_run_one_queued on connect.sync_run (site_id, connection_id, mode) where state = 'queued';
create index sync_run_latest on connect.sync_run (site_id, connection_id, requested_at desc);

create table connect.slice_ledger (
  site_id integer not null,
  connection_id text collate "C" not null,
  run_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  fetched integer not null default 0,
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  returned integer not null default 0,
  removed integer not null default 0,
  unconfirmed integer not null default 0,
  visibility_lost integer not null default 0,
  withheld integer not null default 0,
  outcome text not null,
  missing_columns smallint not null default 0,
  primary key (site_id, connection_id, run_id, office_id, provider_id),
  foreign key (site_id, connection_id, run_id) references connect.sync_run
);
