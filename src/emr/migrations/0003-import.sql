-- Where rows of an import stand before they are the clinic's: as the files say them, references unresolved. COPY FROM refuses a
-- table with row-level security, so these have none; instead they belong to a role that serves no request, and are keyed by
-- tenant: one import of a clinic at a time, which takes away what an interrupted one has left and, when it ends, its own.
--
-- n counts the resources of an import in the order in which they were read. said_at is the file's meta.lastUpdated: of a resource
-- that is there more than once the latest counts. A reference is an id, or '?system|value' until its identifier is looked up.

create schema import;
grant usage on schema import to emr_import;

create unlogged table import.office (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  office_id text collate "C" not null,
  name text not null,
  zone text,
  phone text,
  active boolean not null,
  primary key (tenant_id, n)
);

create unlogged table import.provider (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  provider_id text collate "C" not null,
  prefix text,
  given text not null,
  family text not null,
  suffix text,
  active boolean not null,
  primary key (tenant_id, n)
);

-- One row for each place of a PractitionerRole or Schedule; place 1 carries the resource's id over to its provider schedule.
create unlogged table import.schedule_part (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  kind text not null,
  resource_id text collate "C" not null,
  place integer not null,
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  active boolean not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  primary key (tenant_id, n, place)
);

create unlogged table import.patient (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  patient_id text collate "C" not null,
  family text not null,
  given text not null,
  birth_date date,
  gender text,
  phone text,
  email text,
  language text not null,
  chart_number text,
  active boolean not null,
  practitioner text collate "C",
  role text collate "C",
  primary key (tenant_id, n)
);

create unlogged table import.booking (
  tenant_id integer not null,
  n bigint not null,
  said_at timestamptz,
  kind text not null,
  appointment_id text collate "C" not null,
  -- An Encounter's own Appointment: the visit is that booking and not another one.
  of_appointment text collate "C",
  practitioner text collate "C",
  role text collate "C",
  office text collate "C",
  patient text collate "C",
  status text not null,
  participation text not null,
  type_text text,
  reason text,
  start_at timestamptz not null,
  end_at timestamptz not null,
  provider_id text collate "C",
  office_id text collate "C",
  unusable text,
  primary key (tenant_id, n)
);

create unlogged table import.identifier (
  tenant_id integer not null,
  kind text not null,
  token text collate "C" not null,
  resource_id text collate "C" not null
);
create index identifier_by_token on import.identifier (tenant_id, kind, token);

grant select, insert, update, delete on all tables in schema import to emr_import;

-- The planner knows nothing of rows that were copied in a moment ago, and only an owner may ANALYZE.
create function import.take_statistics() returns void language plpgsql security definer set search_path = pg_catalog as $$
begin
  analyze import.office, import.provider, import.schedule_part, import.patient, import.booking, import.identifier;
end $$;
revoke all on function import.take_statistics() from public;
grant execute on function import.take_statistics() to emr_import;
