-- The second wall: row-level security, forced, so that it binds whoever owns the tables too.
--
-- emr_app serves requests: it reads and writes for the tenant and user in force, and through the grants that he holds.
-- emr_import brings data in on behalf of the clinic itself: the tenant in force, all of it, and no request is served by it.

grant usage on schema public to emr_app, emr_import;

-- Which pairs the user in force holds with these columns. Written against the tables, not against held_grant: a fault in the
-- first wall must not be a fault in the second.
create function pair_in_force(needed smallint) returns table (office_id text, provider_id text)
  language sql stable parallel safe
  begin atomic
    select g.office_id, g.provider_id
      from permission_grant g
     where g.tenant_id = tenant_in_force()
       and g.user_id = user_in_force()
       and (g.columns & (needed | 32::smallint)) = (needed | 32::smallint)
       and coalesce(g.access_until, 'infinity') > now()
       and exists (select 1 from office_membership m
                    where m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id)
       and exists (select 1 from app_user u
                    where u.tenant_id = g.tenant_id and u.user_id = g.user_id and u.active);
  end;

do $$
declare t text;
begin
  foreach t in array array['tenant', 'office', 'provider', 'provider_schedule', 'patient', 'patient_pair', 'appointment',
                           'app_user', 'office_membership', 'permission_grant', 'audit_event', 'session', 'sign_in_attempt',
                           'oauth_client', 'oauth_token', 'oauth_assertion_seen', 'export_job'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
  -- What belongs to the clinic's administration is bound by tenant; who may use it is decided by the routes.
  foreach t in array array['app_user', 'office_membership', 'permission_grant', 'audit_event', 'session', 'sign_in_attempt',
                           'oauth_client', 'oauth_token', 'oauth_assertion_seen', 'export_job'] loop
    execute format('create policy of_tenant on %I to emr_app using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
end $$;

-- The list of clinics (number and name) is what the sign-in page needs before anybody is known.
create policy any_tenant on tenant to emr_app using (true);

create policy of_member on office for select to emr_app
  using (tenant_id = tenant_in_force()
         and (roster_in_force()
              or office_id in (select m.office_id from office_membership m
                                where m.tenant_id = tenant_in_force() and m.user_id = user_in_force())));

create policy of_visible_pair on provider for select to emr_app
  using (tenant_id = tenant_in_force()
         and (roster_in_force() or provider_id in (select p.provider_id from pair_in_force(32::smallint) p)));

create policy of_visible_pair on provider_schedule for select to emr_app
  using (tenant_id = tenant_in_force()
         and (roster_in_force()
              or (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(32::smallint) p)));

create policy of_patient_pair on patient_pair to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(1::smallint) p))
  with check (tenant_id = tenant_in_force()
         -- Booking a patient makes him known to the pair, and booking needs Scheduling.
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p));

create policy of_patient_pair on patient for select to emr_app
  using (tenant_id = tenant_in_force()
         and patient_id in (select k.patient_id from patient_pair k
                             where k.tenant_id = tenant_in_force()
                               and (k.office_id, k.provider_id) in
                                   (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)));

create policy of_scheduling_pair on appointment to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p))
  with check (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p));

grant select on tenant, office, provider, provider_schedule, patient, held_grant to emr_app;
grant update (roster_version) on tenant to emr_app;
grant select, insert on patient_pair to emr_app;
grant select, insert, update on appointment to emr_app;
grant select, insert, update on app_user to emr_app;
grant select, insert, update, delete on office_membership, permission_grant, session, sign_in_attempt, oauth_token, oauth_assertion_seen, export_job to emr_app;
grant select, insert, update on oauth_client to emr_app;
-- Audit is written and read, never changed.
grant select, insert on audit_event to emr_app, emr_import;
grant select, insert, update on tenant, office, provider, provider_schedule, patient, patient_pair, appointment, app_user to emr_import;
grant select, insert, update, delete on office_membership, permission_grant, oauth_client to emr_import;
grant select on held_grant to emr_import;
