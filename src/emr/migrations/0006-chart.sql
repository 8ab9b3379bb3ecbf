-- The chart. Every row is of a patient and belongs to a pair (office, provider); what opens it is a column held on that pair: EMR for
-- documents and notes, Labs for results, Billing for accounts, charges and coverage.

-- What a document consists of. It arrives before there is a document, is filed once, and never changes afterwards; what is not filed
-- within the hour is swept. Only the chunks are large, and a chunk is as much as anybody holds in memory (docs/decisions/0020).
create table binary_content (
  tenant_id integer not null,
  binary_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  media_type text not null check (media_type in ('application/pdf', 'image/jpeg', 'image/png', 'text/plain')),
  bytes integer not null default 0 check (bytes between 0 and 20971520),
  sha256 bytea check (length(sha256) = 32),
  begun_by text collate "C",
  begun_at timestamptz not null,
  arrived_at timestamptz,
  filed_at timestamptz,
  last_updated timestamptz not null default clock_timestamp(),
  version_id integer not null default 1,
  primary key (tenant_id, binary_id),
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  check (arrived_at is null or (bytes > 0 and sha256 is not null)),
  check (filed_at is null or arrived_at is not null)
);
create index binary_content_not_filed on binary_content (tenant_id, begun_at) where filed_at is null;

create table binary_chunk (
  tenant_id integer not null,
  binary_id text collate "C" not null,
  n integer not null check (n >= 0),
  bytes bytea not null check (length(bytes) between 1 and 196608),
  primary key (tenant_id, binary_id, n),
  foreign key (tenant_id, binary_id) references binary_content on delete cascade
);
-- PDF, JPEG and PNG are compressed already.
alter table binary_chunk alter column bytes set storage external;

create table document (
  tenant_id integer not null,
  document_id text collate "C" not null,
  binary_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null default 'current' check (status in ('current', 'superseded', 'entered-in-error')),
  folder text not null,
  title text not null,
  filed_at timestamptz not null,
  filed_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, document_id),
  unique (tenant_id, binary_id),
  foreign key (tenant_id, binary_id) references binary_content,
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, filed_by) references app_user
);
create index document_by_patient on document (tenant_id, patient_id, filed_at, document_id);
create index document_by_last_updated on document (tenant_id, last_updated, document_id);

create table encounter (
  tenant_id integer not null,
  encounter_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled',
                                         'entered-in-error', 'unknown')),
  type_text text,
  note text not null,
  start_at timestamptz not null,
  end_at timestamptz check (end_at >= start_at),
  written_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, encounter_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, written_by) references app_user
);
create index encounter_by_patient on encounter (tenant_id, patient_id, start_at, encounter_id);
create index encounter_by_last_updated on encounter (tenant_id, last_updated, encounter_id);

create table diagnostic_report (
  tenant_id integer not null,
  report_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended',
                                         'cancelled', 'entered-in-error', 'unknown')),
  name text not null,
  conclusion text,
  effective_at timestamptz not null,
  issued_at timestamptz not null,
  recorded_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, report_id),
  unique (tenant_id, report_id, patient_id, office_id, provider_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, recorded_by) references app_user
);
create index diagnostic_report_by_patient on diagnostic_report (tenant_id, patient_id, effective_at, report_id);
create index diagnostic_report_by_last_updated on diagnostic_report (tenant_id, last_updated, report_id);

-- A value of a report. It is of the report's patient and pair, whatever happens to the report: the key says so.
create table observation (
  tenant_id integer not null,
  observation_id text collate "C" not null,
  report_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  place integer not null,
  status text not null check (status in ('registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled',
                                         'entered-in-error', 'unknown')),
  name text not null,
  loinc text check (loinc ~ '^[0-9]{1,7}-[0-9]$'),
  value_number numeric,
  value_text text,
  unit text,
  range_low numeric,
  range_high numeric check (range_high >= range_low),
  interpretation text check (interpretation in ('N', 'L', 'H', 'LL', 'HH', 'A', 'AA')),
  effective_at timestamptz not null,
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, observation_id),
  foreign key (tenant_id, report_id, patient_id, office_id, provider_id)
    references diagnostic_report (tenant_id, report_id, patient_id, office_id, provider_id) on update cascade,
  check ((value_number is null) <> (value_text is null)),
  check (value_number is not null or (unit is null and range_low is null and range_high is null))
);
create index observation_by_report on observation (tenant_id, report_id, place);
create index observation_by_patient on observation (tenant_id, patient_id, effective_at, observation_id);
create index observation_by_last_updated on observation (tenant_id, last_updated, observation_id);

create table account (
  tenant_id integer not null,
  account_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null default 'active' check (status in ('active', 'inactive', 'entered-in-error', 'on-hold', 'unknown')),
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, account_id),
  unique (tenant_id, account_id, patient_id, office_id, provider_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule
);
create index account_by_patient on account (tenant_id, patient_id, office_id, provider_id);
create index account_by_last_updated on account (tenant_id, last_updated, account_id);

-- Money is in cents, and in one currency: the clinics are Canadian. What an account owes is not stored anywhere; it is what its
-- charges that are billed or to be billed come to, less all that was paid, also on charges that were withdrawn since.
create table charge_item (
  tenant_id integer not null,
  charge_item_id text collate "C" not null,
  account_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('planned', 'billable', 'not-billable', 'aborted', 'billed', 'entered-in-error', 'unknown')),
  description text not null,
  occurred_on date not null,
  quantity integer not null check (quantity between 1 and 10000),
  amount_cents bigint not null check (amount_cents between 0 and 1000000000),
  paid_cents bigint not null default 0,
  entered_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, charge_item_id),
  foreign key (tenant_id, account_id, patient_id, office_id, provider_id)
    references account (tenant_id, account_id, patient_id, office_id, provider_id) on update cascade,
  foreign key (tenant_id, entered_by) references app_user,
  check (paid_cents between 0 and amount_cents)
);
create index charge_item_by_account on charge_item (tenant_id, account_id);
create index charge_item_by_patient on charge_item (tenant_id, patient_id, occurred_on, charge_item_id);
create index charge_item_by_last_updated on charge_item (tenant_id, last_updated, charge_item_id);

create table coverage (
  tenant_id integer not null,
  coverage_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null default 'active' check (status in ('active', 'cancelled', 'draft', 'entered-in-error')),
  payor text not null,
  type_text text,
  subscriber_number text,
  start_on date,
  end_on date check (end_on >= start_on),
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp(),
  primary key (tenant_id, coverage_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule
);
create index coverage_by_patient on coverage (tenant_id, patient_id, coverage_id);
create index coverage_by_last_updated on coverage (tenant_id, last_updated, coverage_id);

-- Save for Ocean: what was picked for a patient and waits to be fetched. Each item is handed over once, and on its own: one that the
-- integration user may not see yet stays until it may, or the hour is over.
create table saved_for_ocean (
  tenant_id integer not null,
  item_type text not null check (item_type in ('DocumentReference', 'DiagnosticReport')),
  item_id text collate "C" not null,
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  saved_by text collate "C" not null,
  saved_at timestamptz not null,
  expires_at timestamptz not null,
  fetched_by text collate "C",
  fetched_at timestamptz,
  -- An item that an import moves to another pair is another row: what was saved before the move is never handed over after it.
  primary key (tenant_id, item_type, item_id, office_id, provider_id),
  foreign key (tenant_id, patient_id) references patient,
  foreign key (tenant_id, office_id, provider_id) references provider_schedule,
  foreign key (tenant_id, saved_by) references app_user,
  foreign key (tenant_id, fetched_by) references app_user,
  check ((fetched_by is null) = (fetched_at is null))
);
create index saved_for_ocean_by_patient on saved_for_ocean (tenant_id, patient_id);

-- The second wall.
do $$
declare t text; needed smallint;
begin
  foreach t in array array['binary_content', 'binary_chunk', 'document', 'encounter', 'diagnostic_report', 'observation', 'account',
                           'charge_item', 'coverage', 'saved_for_ocean'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy import_of_tenant on %I to emr_import using (tenant_id = tenant_in_force()) with check (tenant_id = tenant_in_force())', t);
  end loop;
  for t, needed in values ('document', 8), ('encounter', 8), ('diagnostic_report', 16), ('observation', 16),
                          ('account', 4), ('charge_item', 4), ('coverage', 4) loop
    execute format(
      'create policy of_pair on %I to emr_app
         using (tenant_id = tenant_in_force()
                and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(%s::smallint) p))
         with check (tenant_id = tenant_in_force()
                and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(%s::smallint) p))',
      t, needed, needed);
  end loop;
end $$;

-- What is not filed yet says only that something is on its way to a pair: whoever sends next sweeps what others left.
create policy of_emr_pair on binary_content for select to emr_app
  using (tenant_id = tenant_in_force()
         and (filed_at is null
              or (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p)));
create policy of_sender on binary_content for insert to emr_app
  with check (tenant_id = tenant_in_force() and begun_by = user_in_force() and filed_at is null
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p));
create policy of_sender_until_filed on binary_content for update to emr_app
  using (tenant_id = tenant_in_force() and begun_by = user_in_force() and filed_at is null)
  with check (tenant_id = tenant_in_force() and begun_by = user_in_force()
         and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p));
create policy not_filed on binary_content for delete to emr_app
  using (tenant_id = tenant_in_force() and filed_at is null);

create policy of_emr_pair on binary_chunk for select to emr_app
  using (tenant_id = tenant_in_force()
         and binary_id in (select b.binary_id from binary_content b
                            where b.tenant_id = tenant_in_force() and b.filed_at is not null
                              and (b.office_id, b.provider_id) in
                                  (select p.office_id, p.provider_id from pair_in_force(8::smallint) p)));
create policy of_sender on binary_chunk for insert to emr_app
  with check (tenant_id = tenant_in_force()
         and binary_id in (select b.binary_id from binary_content b
                            where b.tenant_id = tenant_in_force() and b.arrived_at is null and b.begun_by = user_in_force()));

create policy of_item_pair on saved_for_ocean to emr_app
  using (tenant_id = tenant_in_force()
         and ((item_type = 'DocumentReference'
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p))
           or (item_type = 'DiagnosticReport'
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(16::smallint) p))))
  with check (tenant_id = tenant_in_force()
         and ((item_type = 'DocumentReference'
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p))
           or (item_type = 'DiagnosticReport'
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(16::smallint) p))));

grant select, insert, delete on binary_content to emr_app;
grant update (bytes, sha256, arrived_at, filed_at, last_updated) on binary_content to emr_app;
grant select, insert on binary_chunk, document, encounter, diagnostic_report, observation, account, charge_item, coverage to emr_app;
-- A clinical record is not rewritten; it is marked. Money is paid.
grant update (status, version_id, last_updated) on document, encounter, diagnostic_report, observation, charge_item to emr_app;
grant update (paid_cents) on charge_item to emr_app;
grant update (version_id, last_updated) on account to emr_app;
grant select, insert, update, delete on saved_for_ocean to emr_app;
grant select, insert, update on binary_content, document, encounter, diagnostic_report, observation, account, charge_item, coverage to emr_import;
grant select, insert, delete on binary_chunk to emr_import;

-- Whether a patient is known to a pair decides whether something may be filed for him there, and filing needs the chart's column and
-- not Patient. The patient's own row stays behind Patient: its policy names that column itself.
create policy of_chart_pair on patient_pair for select to emr_app
  using (tenant_id = tenant_in_force()
         and ((office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p)
           or (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(16::smallint) p)
           or (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(4::smallint) p)));

-- The chart on its way in. One table for all kinds: what they share has columns, what is of a kind alone stands in `own`. `parent` is
-- the report of an observation or the account of a charge, whose pair is theirs.
create unlogged table import.chart (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  kind text not null,
  resource_id text collate "C" not null,
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  patient text collate "C",
  parent text collate "C",
  status text not null,
  own jsonb not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  primary key (tenant_id, n)
);
create index chart_by_kind on import.chart (tenant_id, kind, resource_id);

-- kind: Binary, or DocumentReference for a content that lies in its document. data: base64.
create unlogged table import.content (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  kind text not null,
  binary_id text collate "C" not null,
  media_type text not null,
  bytes integer not null,
  sha256 text not null,
  data text not null,
  primary key (tenant_id, n)
);
create index content_by_binary on import.content (tenant_id, binary_id);

grant select, insert, update, delete on import.chart, import.content to emr_import;

create or replace function import.take_statistics() returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
  analyze import.office, import.provider, import.schedule_part, import.patient, import.booking, import.identifier, import.chart,
          import.content;
end $$;
