-- The second factor: a secret that an authenticator app shares, sealed with a key that is not in the database.
create table second_factor (
  tenant_id integer not null,
  user_id text collate "C" not null,
  secret_sealed bytea not null,
  enrolled_at timestamptz not null,
  -- The 30-second step of the last code accepted. Only a later one is accepted: no code twice, and none from before.
  last_step bigint not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references app_user
);

create table recovery_code (
  tenant_id integer not null,
  user_id text collate "C" not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (tenant_id, user_id, code_hash),
  foreign key (tenant_id, user_id) references second_factor
);

-- When the second factor was given in this session. A secret that is offered belongs to the session: one that was offered to somebody
-- who only knew the password must not become the owner's.
alter table session add column second_factor_at timestamptz;
alter table session add column offered_sealed bytea;

do $$
declare t text;
begin
  foreach t in array array['second_factor', 'recovery_code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
    execute format('create policy of_tenant on %I to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;
grant select, insert, update, delete on second_factor, recovery_code to emr_app;

-- Every session of an active user with what it still lacks: null is one that is signed in. The one place that knows whom a second factor
-- is asked of: administrators, and whoever has set one up.
create view user_session with (security_invoker = true) as
  select s.tenant_id, s.session_id, s.token_hash, s.user_id, s.created_at, s.last_seen_at, s.offered_sealed,
         u.username, u.display_name, u.kind,
         case when s.second_factor_at is not null then null
              when f.user_id is not null then 'code'
              when u.kind = 'administrator' then 'enrol' end as next
    from session s
    join app_user u on u.tenant_id = s.tenant_id and u.user_id = s.user_id and u.active
    left join second_factor f on f.tenant_id = s.tenant_id and f.user_id = s.user_id;
grant select on user_session to emr_app;
