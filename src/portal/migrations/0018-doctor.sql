-- What the Access Doctor tells of: since when a row of the EMR's roster has stood as it is, as whom the EMR knows us, and whom somebody took
-- out of the selection without saying that this is meant so.
alter table connect.roster_entry add column row_since timestamptz;
alter table connect.emr_state add column integration_user text;
alter table connect.seen_provider add column deselected_at timestamptz;
