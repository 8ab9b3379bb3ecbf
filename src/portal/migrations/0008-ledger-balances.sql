-- Of the unconfirmed, those that were out of view: his provider is selected again, or may be read again, and the booking is not in the
-- EMR's answer. They are listed again, with their mark; without this number what is listed after a run is not the sum of its ledger.
alter table connect.slice_ledger add column resurfaced integer not null default 0;
