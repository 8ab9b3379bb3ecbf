-- People, their sessions and failed sign-ins belong to no site, so the policies of sites never covered them. Each is shown to whoever names
-- it: a person by the address that is typed at sign-in, by his session, or by a site that he is a member of.

create function session_in_force() returns bytea language sql stable parallel safe
  return decode(nullif(current_setting('tidegate.session', true), ''), 'hex');

create function person_in_force() returns text language sql stable parallel safe
  return nullif(current_setting('tidegate.user_id', true), '');

do $$
declare t text;
begin
  foreach t in array array['portal_user', 'portal_session', 'sign_in_attempt'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
  end loop;
end $$;

create policy of_session on portal_session to portal_app, connect_app
  using (token_hash = session_in_force()) with check (token_hash = session_in_force());
create policy of_person on portal_session to portal_app, connect_app
  using (user_id = person_in_force()) with check (user_id = person_in_force());

create policy of_sign_in on portal_user for select to portal_app, connect_app
  using (lower(email) = lower(nullif(current_setting('tidegate.email', true), '')));
create policy of_session on portal_user for select to portal_app, connect_app
  using (user_id in (select s.user_id from portal_session s where s.token_hash = session_in_force()));
create policy of_site on portal_user for select to portal_app, connect_app
  using (user_id in (select m.user_id from site_member m where m.site_id = site_in_force()));
-- Makes people; serves no request about them.
create policy of_worker on portal_user to portal_sync using (true) with check (true);
revoke insert, update on portal_user from portal_app, connect_app;

create policy of_sign_in on sign_in_attempt to portal_app, connect_app
  using (email_hash = decode(nullif(current_setting('tidegate.sign_in', true), ''), 'hex'))
  with check (email_hash = decode(nullif(current_setting('tidegate.sign_in', true), ''), 'hex'));
