-- Of which tenant the bookings are that were read. An address that answers for another one is not believed.
alter table connect.emr_state add column tenant_id text collate "C";
grant update (tenant_id) on connect.emr_state to connect_app;
