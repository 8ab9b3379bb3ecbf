-- A second factor, which Site Admins need (src/platform/session/second-factor.ts). It is a person's, at every site of his and in both apps.

create table second_factor (
  user_id text collate "C" primary key references portal_user,
  secret_sealed bytea not null,
  enrolled_at timestamptz not null,
  -- The step of the last code accepted: an earlier one, or the same again, is not.
  last_step bigint not null
);

create table recovery_code (
  user_id text collate "C" not null references portal_user,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

-- Since then the session is whole; null: the password alone was right. offered_sealed: a secret that its owner may put into an app.
alter table portal_session add column second_factor_at timestamptz;
alter table portal_session add column offered_sealed bytea;

do $$
declare t text;
begin
  foreach t in array array['second_factor', 'recovery_code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy of_person on %I to portal_app, connect_app using (user_id = person_in_force()) with check (user_id = person_in_force())', t);
  end loop;
end $$;
-- Who of the site has one.
create policy of_site on second_factor for select to portal_app
  using (user_id in (select m.user_id from site_member m where m.site_id = site_in_force()));
grant select, insert, update, delete on second_factor, recovery_code to portal_app, connect_app;
