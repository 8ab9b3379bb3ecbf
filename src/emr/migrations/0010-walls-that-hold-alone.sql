-- What the proof of decisions found between the two walls and the domain's table.

-- Free slots need Scheduling, so the hours that they are computed from do: with Visible alone a schedule says nothing of its times.
drop policy of_visible_pair on open_hours;
create policy of_scheduling_pair on open_hours for select to emr_app
  using (tenant_id = tenant_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p));

-- Who was deactivated belongs to no office any more. A request whose user is deactivated after it was let in sees that too.
create function office_in_force() returns table (office_id text)
  language sql stable parallel safe
  begin atomic
    select m.office_id
      from office_membership m
      join app_user u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
     where m.tenant_id = tenant_in_force() and m.user_id = user_in_force() and u.active;
  end;

alter policy of_member on office
  using (tenant_id = tenant_in_force()
         and (roster_in_force() or office_id in (select m.office_id from office_in_force() m)));
alter policy of_member on appointment_type
  using (tenant_id = tenant_in_force() and exists (select from office_in_force()));

-- The same for the first wall.
create view held_office with (security_invoker = true) as
  select m.tenant_id, m.user_id, m.office_id
    from office_membership m
    join app_user u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
   where u.active;
grant select on held_office to emr_app;
