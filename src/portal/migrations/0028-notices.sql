-- Whom a site has told of gaps: a program by webhook at once, people by an e-mail a day.
create table connect.notice_settings (
  site_id integer not null,
  connection_id text collate "C" not null,
  webhook_url text,
  webhook_secret_sealed bytea,
  digest_to text[] not null default '{}',
  -- In the site's zone.
  digest_at time not null default '07:00',
  digest_language text not null default 'en' check (digest_language in ('en', 'fr')),
  -- The last day that was told of; and what was the matter with the last try.
  digest_day date,
  digest_problem text,
  digest_due_at timestamptz not null default now(),
  version integer not null default 1,
  primary key (site_id, connection_id),
  foreign key (site_id, connection_id) references connect.connection,
  check ((webhook_url is null) = (webhook_secret_sealed is null))
);

-- What waits to be told, and what was. The id is the webhook's: told twice it is the same one.
create table connect.gap_notice (
  site_id integer not null,
  connection_id text collate "C" not null,
  notice_id text collate "C" not null,
  gap_id text collate "C" not null,
  event text not null check (event in ('gap.opened', 'gap.ended')),
  body jsonb not null,
  made_at timestamptz not null,
  next_attempt_at timestamptz not null,
  failures integer not null default 0,
  told_at timestamptz,
  given_up_at timestamptz,
  problem text,
  primary key (site_id, notice_id),
  foreign key (site_id, connection_id) references connect.notice_settings on delete cascade
);
create index gap_notice_due on connect.gap_notice (next_attempt_at) where told_at is null and given_up_at is null;
create index gap_notice_of_connection on connect.gap_notice (site_id, connection_id, made_at desc);

do $$
declare t text;
begin
  foreach t in array array['notice_settings', 'gap_notice'] loop
    execute format('alter table connect.%I enable row level security', t);
    execute format('alter table connect.%I force row level security', t);
    execute format('create policy of_site on connect.%I to connect_app, portal_sync using (site_id = site_in_force()) with check (site_id = site_in_force())', t);
    execute format('create policy of_worker on connect.%I for select to portal_sync using (true)', t);
  end loop;
end $$;
grant select, insert, update on connect.notice_settings to connect_app;
grant select, update on connect.notice_settings to portal_sync;
grant select, delete on connect.gap_notice to connect_app;
grant select, insert, update, delete on connect.gap_notice to portal_sync;
