-- What somebody is at an office that he belongs to. A manager sets the open hours there; what anybody sees is in permission_grant alone.
alter table office_membership add column role text not null default 'staff' check (role in ('staff', 'manager'));

-- A name for a session that is no secret, by which an administrator ends it.
alter table session add column session_id text collate "C" not null default gen_random_uuid()::text;
alter table session alter column session_id drop default;
alter table session add unique (tenant_id, session_id);
create index session_by_user on session (tenant_id, user_id);
