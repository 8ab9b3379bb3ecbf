-- Least privilege: what was fetched by which columns (EMR 8, Labs 16), and requests to take ticks away, which are of no gap.
alter table saved_fetch add column columns_read smallint not null default 0;
create policy of_use on saved_fetch for select to connect_app using (site_id = site_in_force());
grant select (site_id, connection_id, settled_at, columns_read) on saved_fetch to connect_app;
alter table connect.fix_request drop constraint fix_request_gap_ids_check;
