-- What we asked the EMR to tell us of: one Subscription of it for each thing that is watched. An announcement is believed by its signature.
create table connect.subscription (
  site_id integer not null,
  connection_id text collate "C" not null,
  watches text collate "C" not null check (watches in ('Appointment', 'Patient', '$permission-coverage')),
  -- In the address that the EMR calls: nobody guesses it.
  address_key text collate "C" not null,
  secret_sealed bytea not null,
  -- The EMR's own id of it; null: it was not made yet, or nobody knows whether it was.
  emr_id text collate "C",
  state text not null check (state in ('asked', 'active', 'refused')),
  -- Why it is refused, or failing: a message key and parameters.
  problem jsonb,
  checked_at timestamptz,
  heard_at timestamptz,
  primary key (site_id, connection_id, watches),
  foreign key (site_id, connection_id) references connect.connection
);
create index subscription_by_key on connect.subscription (address_key);
-- When somebody looks again whether the EMR still tells us.
alter table connect.connection add column announcements_due_at timestamptz not null default now();

-- Announcements that came, so that none counts twice. Older than they are believed at all, they are forgotten.
create table connect.announcement (
  site_id integer not null,
  connection_id text collate "C" not null,
  watches text collate "C" not null,
  webhook_id text collate "C" not null,
  -- The EMR's time under the signature.
  signed_at timestamptz not null,
  primary key (site_id, connection_id, watches, webhook_id),
  foreign key (site_id, connection_id, watches) references connect.subscription on delete cascade
);

do $$
declare t text;
begin
  foreach t in array array['connect.subscription', 'connect.announcement'] loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy of_site on %s to connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
-- Before it is known whose it is: whoever names the key of an address is shown that one.
create policy of_address on connect.subscription for select to connect_app
  using (address_key = nullif(current_setting('tidegate.announcement', true), ''));

grant select, insert, update, delete on connect.subscription, connect.announcement to portal_sync;
grant select, delete, update (heard_at) on connect.subscription to connect_app;
grant select, insert, update (signed_at), delete on connect.announcement to connect_app;
