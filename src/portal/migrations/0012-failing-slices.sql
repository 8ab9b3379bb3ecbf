-- A slice that cannot be read does not stop the others: what is the matter with it stands beside it, as a message key and parameters.
alter table connect.slice_cursor add column problem jsonb;
alter table connect.slice_ledger add column problem jsonb;
-- Resources of the slice that could not be used; what was known of them before stayed.
alter table connect.slice_ledger add column unusable integer not null default 0;
