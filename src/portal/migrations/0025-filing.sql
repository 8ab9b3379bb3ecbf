-- What the EMR has to hear of beside acts on a booking: that a reminder was sent, and a document for the chart. Neither changes the booking,
-- so neither waits for an act that is under way, nor holds one up.

-- A file that a site keeps: a message's text, an upload, what came from the EMR's chart. It arrives chunk by chunk, and a chunk is as much as
-- anybody holds in memory (docs/decisions/0059).
create table stored_file (
  site_id integer not null references site,
  file_id text collate "C" not null,
  media_type text not null check (media_type in ('application/pdf', 'image/jpeg', 'image/png', 'text/plain')),
  title text not null,
  bytes integer not null default 0 check (bytes between 0 and 10485760),
  begun_at timestamptz not null,
  arrived_at timestamptz,
  -- Part of a message from then on, and never changed or swept any more.
  kept_at timestamptz,
  primary key (site_id, file_id),
  check (arrived_at is null or bytes > 0),
  check (kept_at is null or arrived_at is not null)
);
create index stored_file_not_kept on stored_file (site_id, begun_at) where kept_at is null;

create table stored_file_chunk (
  site_id integer not null,
  file_id text collate "C" not null,
  n integer not null check (n >= 0),
  bytes bytea not null check (length(bytes) between 1 and 196608),
  primary key (site_id, file_id, n),
  foreign key (site_id, file_id) references stored_file on delete cascade
);
alter table stored_file_chunk alter column bytes set storage external;

-- file-document: what is filed, and in whose chart.
alter table write_back add column file_id text collate "C";
alter table write_back add column patient_id text collate "C";
alter table write_back add foreign key (site_id, file_id) references stored_file;
alter table write_back add constraint write_back_of_file check ((kind = 'file-document') = (file_id is not null and patient_id is not null));
drop index write_back_one_open;
create unique index write_back_one_open on write_back (site_id, connection_id, booking_id)
  where state in ('queued', 'sending', 'conflict', 'retrying', 'parked') and kind in ('mark-arrived', 'mark-confirmed', 'cancel');

do $$
declare t text;
begin
  foreach t in array array['stored_file', 'stored_file_chunk'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy of_site on %I to portal_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
  end loop;
end $$;
grant select, insert, delete on stored_file to portal_app, portal_sync;
grant update (bytes, arrived_at, kept_at) on stored_file to portal_app, portal_sync;
grant select, insert on stored_file_chunk to portal_app, portal_sync;
-- A mailer says that a reminder was sent.
grant insert on write_back to portal_sync;
-- Whoever says that an uncertain reminder was sent says when.
grant select (data_at) on mail to portal_app;
