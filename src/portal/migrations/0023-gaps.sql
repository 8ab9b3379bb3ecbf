-- Gaps of access have a beginning and an end: what was the matter, what stood before, and the certificate that proves the end.
create table connect.gap_record (
  site_id integer not null,
  connection_id text collate "C" not null,
  gap_id text collate "C" not null,
  opened_at timestamptz not null,
  cause text not null,
  -- As the last look found it: place, schedules, columns, features.
  found jsonb not null,
  -- What stood when it was first seen: what was held, what worked, and how many bookings were shown.
  before jsonb not null,
  -- When a reading first no longer showed it.
  healed_at timestamptz,
  -- What the last probes found, where they did not all pass.
  unproved jsonb,
  closed_at timestamptz,
  -- proved: a certificate says so. gone: it is no more, and there is nothing to prove. withdrawn: nobody asks for what it broke any more.
  ending text,
  certificate_id text collate "C",
  primary key (site_id, connection_id, gap_id, opened_at),
  foreign key (site_id, connection_id) references connect.connection,
  check ((closed_at is null) = (ending is null)),
  check (ending in ('proved', 'gone', 'withdrawn')),
  check ((ending = 'proved') = (certificate_id is not null) or ending is null)
);
create unique index gap_record_open on connect.gap_record (site_id, connection_id, gap_id) where closed_at is null;
create index gap_record_closed on connect.gap_record (site_id, connection_id, closed_at desc) where closed_at is not null;

-- Signed, and never written again.
create table connect.certificate (
  site_id integer not null,
  certificate_id text collate "C" not null,
  connection_id text collate "C" not null,
  gap_id text collate "C" not null,
  issued_at timestamptz not null,
  document text not null,
  primary key (site_id, certificate_id),
  foreign key (site_id, connection_id) references connect.connection
);
create index certificate_of_connection on connect.certificate (site_id, connection_id, issued_at desc);

do $$
declare t text;
begin
  foreach t in array array['gap_record', 'certificate'] loop
    execute format('alter table connect.%I enable row level security', t);
    execute format('alter table connect.%I force row level security', t);
    execute format('create policy of_site on connect.%I to connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
grant select on connect.gap_record, connect.certificate to connect_app;
grant select, insert, update on connect.gap_record to portal_sync;
grant select, insert on connect.certificate to portal_sync;

-- When its gaps are to be looked at; null: nothing has changed since they were.
alter table connect.connection add column gaps_due_at timestamptz;
create index connection_gaps_due on connect.connection (gaps_due_at) where gaps_due_at is not null;
