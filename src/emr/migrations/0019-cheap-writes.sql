-- What a booking costs when two hundred come at once.

-- Whether a time is taken is asked of the bookings that start in the day before it, and of the few that are longer than a day. With the end
-- in the index those that have ended are passed over there; with both, the planner takes the smaller of the two.
create index appointment_longer_than_a_day on appointment (tenant_id, office_id, provider_id, end_at, start_at)
  where end_at - start_at > interval '24 hours';
drop index appointment_by_schedule;
create index appointment_by_schedule on appointment (tenant_id, office_id, provider_id, start_at, end_at);

-- A foreign key asks for each row whether there is such a tenant; of a log that is the dearest part of a row. Here it says nothing that is
-- not known: the policies take rows of the tenant in force alone, that is the tenant of a session or a token, and no tenant goes away.
alter table access_event drop constraint access_event_tenant_id_fkey;
alter table audit_event drop constraint audit_event_tenant_id_fkey;
alter table audit_chain drop constraint audit_chain_tenant_id_fkey;
