-- A clinic that books all day announces all day, and each announcement is a run with a line for every schedule: old ones go.
create index sync_run_announced on connect.sync_run (site_id, connection_id, ended_at) where cause = 'announced';
create index slice_ledger_of_slice on connect.slice_ledger (site_id, connection_id, office_id, provider_id);

-- An EMR that refuses to announce is asked again at growing distances, and at once when somebody saves the settings.
alter table connect.subscription add column refusals integer not null default 0;
alter table connect.subscription add column ask_after timestamptz not null default '-infinity';
grant update (ask_after) on connect.subscription to connect_app;
