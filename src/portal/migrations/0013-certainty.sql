-- proved: the EMR says what our user may see. evidence: it does not, and absence is explained by nobody.
alter table connect.emr_state add column certainty text not null default 'proved' check (certainty in ('proved', 'evidence'));
-- Under which of the two a run read; null: it did not come so far.
alter table connect.sync_run add column certainty text check (certainty in ('proved', 'evidence'));
