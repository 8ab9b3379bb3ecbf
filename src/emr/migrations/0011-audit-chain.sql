-- The order of what was recorded, and a digest of each entry that includes the one before: an entry that is changed, taken away, put in or
-- moved afterwards does not fit any more. Written by a sealer behind the requests, so that none of them waits for another's entry.
create table audit_chain (
  tenant_id integer not null references tenant,
  seq bigint not null check (seq > 0),
  source text not null check (source in ('access', 'change', 'pairs')),
  entry_id text collate "C" not null,
  sealed_at timestamptz not null default clock_timestamp(),
  hash bytea not null check (length(hash) = 32),
  primary key (tenant_id, seq),
  unique (tenant_id, source, entry_id)
);

-- The transaction that wrote a change, as for accesses.
alter table audit_event add column xid xid8 not null default pg_current_xact_id();
create index audit_event_by_xid on audit_event (tenant_id, xid);
create index access_event_by_xid on access_event (tenant_id, xid);

alter table audit_chain enable row level security;
alter table audit_chain force row level security;
create policy import_of_tenant on audit_chain to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force());
create policy of_tenant on audit_chain to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force());
grant select, insert on audit_chain to emr_app;
