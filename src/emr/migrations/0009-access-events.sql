-- Who asked for people's data, and what became of it: one row for each interaction, refusals included. Changes have their before and
-- after in audit_event, in the transaction of the change; this says who asked, of whom, through which door, and what he was answered.
--
-- A list is one row and not one for each record: what was asked, under which permission version, and of which snapshot it was answered.
-- Who saw a record is computed from that. What people typed into a search is here and nowhere else: this is a protected record.
create table access_event (
  tenant_id integer not null references tenant,
  event_id text collate "C" not null,
  at timestamptz not null default clock_timestamp(),
  -- The transaction that wrote it: the sealer looks no further back than to the oldest that was under way when it looked last.
  xid xid8 not null default pg_current_xact_id(),
  request_id text not null,
  -- Who asked; null: somebody whom the sign-in or the token endpoint did not know.
  user_id text collate "C",
  client_id text collate "C",
  door text not null check (door in ('fhir', 'screen', 'oauth')),
  kind text not null check (kind in ('read', 'search', 'history', 'everything', 'export', 'create', 'update', 'delete', 'batch',
                                     'sign-in', 'sign-out', 'token')),
  -- Method and pattern of the address.
  route text not null,
  -- What it was answered with, as HTTP has it; of an entry of a Bundle, the entry's.
  status smallint not null,
  -- What was asked for, as it was asked for: whether or not there is such a thing.
  entity_type text,
  entity_id text collate "C",
  patient_id text collate "C",
  office_id text collate "C",
  provider_id text collate "C",
  query text,
  -- Of a page with another after it: where it ended.
  page_end text,
  -- Of a list of the EMR's own screens: what it showed, as type/id.
  shown text[],
  permission_version text,
  snapshot text,
  read_at timestamptz,
  primary key (tenant_id, event_id)
);
create index access_event_by_time on access_event (tenant_id, at, event_id);
create index access_event_by_entity on access_event (tenant_id, entity_type, entity_id, at) where entity_id is not null;
create index access_event_by_patient on access_event (tenant_id, patient_id, at) where patient_id is not null;
create index access_event_by_shown on access_event using gin (shown) where shown is not null;

-- The pairs that a user held under a permission version, kept when a list is first answered under it.
create table permission_state (
  tenant_id integer not null references tenant,
  user_id text collate "C" not null,
  permission_version text not null,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  -- [["office","provider",columns], …]
  pairs jsonb not null,
  primary key (tenant_id, user_id, permission_version)
);

do $$
declare t text;
begin
  foreach t in array array['access_event', 'permission_state'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
    execute format('create policy of_tenant on %I to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;

-- Written and read, never changed.
grant select, insert on access_event, permission_state to emr_app;

create index audit_event_by_time on audit_event (tenant_id, at, audit_id);
