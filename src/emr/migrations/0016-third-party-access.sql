-- What a client may ask for; what it proved itself with before it was last rotated, good until a stated time; and where an application that
-- an administrator has to approve is answered: with an address it needs approval, without one its registration is that.
alter table oauth_client
  add column scopes text[] not null default array['system/*.cruds'],
  add column redirect_uris text[] not null default array[]::text[],
  add column former_secret_hash bytea,
  add column former_jwks jsonb,
  add column former_jwks_uri text,
  add column former_until timestamptz,
  add constraint oauth_client_former_check
    check (num_nonnulls(former_secret_hash, former_jwks, former_jwks_uri) = case when former_until is null then 0 else 1 end);

-- An application as an administrator approved it. Every token of such an application is of its approval, so ending that ends them.
create table oauth_approval (
  tenant_id integer not null,
  approval_id text collate "C" not null,
  client_id text collate "C" not null,
  approved_by text collate "C" not null,
  approved_at timestamptz not null,
  scopes text[] not null,
  office_ids text[] not null,
  ended_at timestamptz,
  -- Null where nobody ended it: its code came twice, or another approval took its place.
  ended_by text collate "C",
  primary key (tenant_id, approval_id),
  foreign key (tenant_id, client_id) references oauth_client,
  foreign key (tenant_id, approved_by) references app_user,
  foreign key (tenant_id, ended_by) references app_user
);
create unique index oauth_approval_in_force on oauth_approval (tenant_id, client_id) where ended_at is null;

alter table oauth_token add column approval_id text collate "C";
alter table oauth_token add foreign key (tenant_id, approval_id) references oauth_approval;

create table oauth_code (
  tenant_id integer not null,
  code_hash bytea not null,
  client_id text collate "C" not null,
  approval_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (tenant_id, code_hash),
  foreign key (tenant_id, client_id) references oauth_client,
  foreign key (tenant_id, approval_id) references oauth_approval
);

-- What an application asked for, until an administrator has decided.
create table oauth_interaction (
  tenant_id integer not null,
  interaction_hash bytea not null,
  client_id text collate "C" not null,
  payload jsonb not null,
  expires_at timestamptz not null,
  primary key (tenant_id, interaction_hash),
  foreign key (tenant_id, client_id) references oauth_client
);

do $$
declare t text;
begin
  foreach t in array array['oauth_approval', 'oauth_code', 'oauth_interaction'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
    execute format('create policy of_tenant on %I to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;
grant select, insert, update on oauth_approval to emr_app;
grant select, insert, update, delete on oauth_code, oauth_interaction to emr_app;
