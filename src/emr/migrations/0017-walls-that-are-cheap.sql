-- The same walls as before, in forms that the planner reads well. Who may see what is what it was.

-- An expression has no statistics. `(columns & 32) = 32` is then taken to hold for 1 grant in 200, and a page of a large clinic was read by
-- way of "the one grant" of each booking; `<> 0` is taken to hold for nearly all, which is how grants are.
create or replace view held_grant with (security_invoker = true) as
  select g.tenant_id, g.user_id, g.office_id, g.provider_id, g.columns
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
    join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
   where u.active and (g.columns & 32) <> 0 and (g.access_until is null or g.access_until > now());

-- As `patient_id in (…)` each statement that named a patient listed all patients of the reader first. As `exists` the planner chooses: a
-- look-up for each patient, or that list where most of them are read. `is true` keeps the pairs from being woven into the look-up: they
-- are hashed once for each statement and not read again for each patient.
alter policy of_patient_pair on patient
  using (tenant_id = tenant_in_force()
         and exists (select from patient_pair k
                      where k.tenant_id = tenant_in_force() and k.patient_id = patient.patient_id
                        and ((k.office_id, k.provider_id) in
                             (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)) is true));
alter policy change_of_patient_pair on patient
  using (tenant_id = tenant_in_force()
         and exists (select from patient_pair k
                      where k.tenant_id = tenant_in_force() and k.patient_id = patient.patient_id
                        and ((k.office_id, k.provider_id) in
                             (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)) is true));
alter policy of_patient_pair on patient_version
  using (tenant_id = tenant_in_force()
         and exists (select from patient_pair k
                      where k.tenant_id = tenant_in_force() and k.patient_id = patient_version.patient_id
                        and ((k.office_id, k.provider_id) in
                             (select p.office_id, p.provider_id from pair_in_force(1::smallint) p)) is true));

-- Every plan begins with these few rows, and they are too few for the server's own threshold of 50 changes.
alter table permission_grant set (autovacuum_analyze_threshold = 5);
alter table office_membership set (autovacuum_analyze_threshold = 5);
alter table app_user set (autovacuum_analyze_threshold = 5);
alter table provider_schedule set (autovacuum_analyze_threshold = 5);
