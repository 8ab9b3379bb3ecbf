-- One slice, a provider in an office, has runs of its own; and runs say what began them.
alter table connect.sync_run drop constraint sync_run_mode_check;
alter table connect.sync_run add constraint sync_run_mode_check check (mode in ('recent', 'full', 'slice'));
alter table connect.sync_run add column office_id text collate "C";
alter table connect.sync_run add column provider_id text collate "C";
alter table connect.sync_run add constraint sync_run_slice_check
  check ((mode = 'slice') = (office_id is not null) and (mode = 'slice') = (provider_id is not null));
-- asked: by a person or a command. interval: it was time. announced: the EMR said that something changed. follow-up: a run found that
-- this has to be read too.
alter table connect.sync_run add column cause text not null default 'asked'
  check (cause in ('asked', 'interval', 'announced', 'follow-up'));
-- A clinic that books all day announces all day: its runs keep a distance.
alter table connect.sync_run add column not_before timestamptz not null default '-infinity';
drop index connect.sync_run_one_queued;
create unique index sync_run_one_queued on connect.sync_run (site_id, connection_id, mode) where state = 'queued' and mode <> 'slice';
create unique index sync_run_one_queued_slice on connect.sync_run (site_id, connection_id, office_id, provider_id)
  where state = 'queued' and mode = 'slice';

-- What a connection knows of the EMR itself. witnesses: the last changes that were read of it. An EMR that shows one of them older than
-- that was restored from a backup, and no cursor means anything there any more.
create table connect.emr_state (
  site_id integer not null,
  connection_id text collate "C" not null,
  witnesses jsonb not null default '[]',
  primary key (site_id, connection_id),
  foreign key (site_id, connection_id) references connect.connection
);

alter table connect.emr_state enable row level security;
alter table connect.emr_state force row level security;
create policy of_site on connect.emr_state to connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force());
grant select, insert, update, delete on connect.emr_state to portal_sync;
grant select, delete on connect.emr_state to connect_app;
