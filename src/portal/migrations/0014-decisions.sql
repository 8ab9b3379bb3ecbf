-- What a Site Admin decides about bookings that the EMR no longer lists and has not said are gone.
-- released: he took it off the lists. It comes back when the EMR lists it again.
alter table booking drop constraint booking_state_check;
alter table booking add constraint booking_state_check
  check (state in ('present', 'unconfirmed', 'visibility-lost', 'deleted', 'released', 'out-of-window', 'not-selected'));

-- What he saw of a run that waits, and let through: per slice no more bookings than these may become unconfirmed without waiting again.
alter table connect.sync_run add column released jsonb;

-- For an EMR that deletes without trace: a booking that it no longer lists, though everything there may be read, is taken for deleted.
alter table connect.connection add column absence_is_deletion boolean not null default false;

-- Whether a provider who is new in the EMR is selected by himself, or waits for a Site Admin to choose.
alter table connect.connection add column select_new_providers boolean not null default false;

-- Providers whom the EMR's roster named. Whom the first roster named is not new; settled_at: somebody chose, or the rule did.
create table connect.seen_provider (
  site_id integer not null,
  connection_id text collate "C" not null,
  provider_id text collate "C" not null,
  first_seen_at timestamptz not null,
  settled_at timestamptz,
  primary key (site_id, connection_id, provider_id),
  foreign key (site_id, connection_id) references connect.connection
);

alter table connect.seen_provider enable row level security;
alter table connect.seen_provider force row level security;
create policy of_site on connect.seen_provider to connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force());
grant select, insert, update, delete on connect.seen_provider to portal_sync, connect_app;
