-- What people of the portal did that the EMR has to hear of. A row is written in the transaction of the act and leaves by the deliverer,
-- whose machine src/connect/write-back/delivery-machine.ts specifies.

create table write_back (
  site_id integer not null references site,
  connection_id text collate "C" not null,
  -- Also the idempotency key at the EMR.
  write_back_id text collate "C" not null,
  kind text not null,
  booking_id text collate "C" not null,
  -- One press is one write-back, however often the browser sends it.
  press_id text collate "C" not null,
  requested_by text collate "C",
  requested_at timestamptz not null,
  -- What the person saw, and meant to change.
  seen_version text not null,
  seen_status text not null,
  seen_start_at timestamptz not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  state text not null check (state in ('queued', 'sending', 'conflict', 'retrying', 'parked', 'acknowledged', 'task')),
  state_since timestamptz not null,
  next_attempt_at timestamptz not null,
  -- Fences off a deliverer whose lease has passed: each claim has a number of its own.
  attempt integer not null default 0,
  lease_owner text,
  lease_until timestamptz,
  -- Failures in a row: what the back-off grows with.
  failures integer not null default 0,
  -- A request that the EMR certainly did not carry out is followed by another one, with a key of its own.
  generation integer not null default 1,
  -- What was sent, or may have been: replayed letter by letter until its answer is known. It may hold a reason for visit, so it goes
  -- when the answer is there.
  request jsonb,
  sends integer not null default 0,
  -- parked: the cells of (office, provider) that lack.
  missing_columns smallint not null default 0,
  -- retrying: a message key and parameters, never a text from the other side.
  problem jsonb,
  -- acknowledged: somebody in the EMR had done the same before us.
  already boolean not null default false,
  primary key (site_id, connection_id, write_back_id),
  unique (site_id, press_id),
  foreign key (site_id, connection_id, booking_id) references booking
);
-- One at a time for a booking: what a second one means depends on what becomes of the first.
create unique index write_back_one_open on write_back (site_id, connection_id, booking_id)
  where state in ('queued', 'sending', 'conflict', 'retrying', 'parked');
create index write_back_by_booking on write_back (site_id, connection_id, booking_id, requested_at desc);
create index write_back_open on write_back (site_id, connection_id, next_attempt_at)
  where state in ('queued', 'sending', 'conflict', 'retrying', 'parked');

-- What a person has to look at, because a machine must not decide it.
create table staff_task (
  site_id integer not null references site,
  task_id text collate "C" not null,
  connection_id text collate "C" not null,
  write_back_id text collate "C" not null,
  reason text not null check (reason in ('changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late')),
  -- How the EMR has it now, as far as it said so.
  found_status text,
  found_start_at timestamptz,
  found_office_id text collate "C",
  found_provider_id text collate "C",
  created_at timestamptz not null,
  done_at timestamptz,
  done_by text collate "C",
  primary key (site_id, task_id),
  unique (site_id, connection_id, write_back_id),
  foreign key (site_id, connection_id, write_back_id) references write_back
);
create index staff_task_open on staff_task (site_id, created_at) where done_at is null;

-- The EMR's time of the last change that it acknowledged to us: a run that began to read before it must not undo it.
alter table booking add column acknowledged_at timestamptz;
create index booking_by_acknowledgement on booking (site_id, connection_id, acknowledged_at) where acknowledged_at is not null;

-- One sick EMR is asked rarely, by one request at a time, whoever has something for it.
create table connect.write_back_breaker (
  site_id integer not null,
  connection_id text collate "C" not null,
  failures integer not null default 0,
  open_until timestamptz,
  primary key (site_id, connection_id),
  foreign key (site_id, connection_id) references connect.connection
);

do $$
declare t text;
begin
  foreach t in array array['public.write_back', 'public.staff_task', 'connect.write_back_breaker'] loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy of_site on %s to portal_app, connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
-- The deliverer looks for what is due before it knows whose it is.
create policy of_worker on write_back for select to portal_sync using (true);

grant select on write_back, staff_task to portal_app, connect_app, portal_sync;
grant insert on write_back to portal_app;
grant update (done_at, done_by) on staff_task to portal_app;
grant update (data_revision) on site to portal_app;
grant update on write_back to portal_sync;
grant insert on staff_task to portal_sync;
grant select, insert, update on connect.write_back_breaker to portal_sync;
grant select on connect.write_back_breaker to connect_app;
