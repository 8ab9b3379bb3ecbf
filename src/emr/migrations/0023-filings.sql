-- What a portal files back: tasks about bookings, answered questionnaires, consents. Each lies in the record of a patient, at one pair; it
-- is changed, with every version kept, and never deleted.

create table task (
  tenant_id integer not null,
  task_id text collate "C" not null constraint task_task_id_is_fhir check (task_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('draft', 'requested', 'received', 'accepted', 'rejected', 'ready', 'cancelled', 'in-progress',
                                         'on-hold', 'failed', 'completed', 'entered-in-error')),
  intent text not null check (intent in ('unknown', 'proposal', 'plan', 'order', 'original-order', 'reflex-order', 'filler-order',
                                         'instance-order', 'option')),
  priority text check (priority in ('routine', 'urgent', 'asap', 'stat')),
  code_text text,
  description text not null,
  -- The booking that it is about. It may be deleted, and the task stays.
  appointment_id text collate "C" constraint task_appointment_id_is_fhir check (appointment_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  note text,
  authored_at timestamptz not null,
  filed_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp()
);

create table questionnaire_response (
  tenant_id integer not null,
  response_id text collate "C" not null constraint questionnaire_response_response_id_is_fhir check (response_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('in-progress', 'completed', 'amended', 'entered-in-error', 'stopped')),
  questionnaire text,
  -- FHIR's item, as it was judged when it was filed.
  items jsonb not null check (jsonb_typeof(items) = 'array'),
  authored_at timestamptz not null,
  filed_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp()
);

create table consent (
  tenant_id integer not null,
  consent_id text collate "C" not null constraint consent_consent_id_is_fhir check (consent_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  patient_id text collate "C" not null,
  office_id text collate "C" not null,
  provider_id text collate "C" not null,
  status text not null check (status in ('draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error')),
  scope text not null check (scope in ('adr', 'research', 'patient-privacy', 'treatment')),
  category_text text not null,
  -- What was agreed to, in words.
  policy_text text not null,
  provision text check (provision in ('deny', 'permit')),
  authored_at timestamptz not null,
  filed_by text collate "C",
  version_id integer not null default 1,
  last_updated timestamptz not null default clock_timestamp()
);

-- Called on the table's rows of before and after: the version that is no more the last goes into the table of versions, which has the same
-- columns in the same order.
create function keep_superseded_filings() returns trigger language plpgsql as $$
begin
  execute format('insert into %1$I select b.* from before b
                    join after a on a.tenant_id = b.tenant_id and a.%2$I = b.%2$I and a.version_id > b.version_id
                  on conflict do nothing', tg_argv[0], tg_argv[1]);
  return null;
end $$;

do $$
declare
  f record;
  t text;
begin
  for f in
    select * from (values ('task', 'Task', 'task_id', 2, 'of_scheduling_pair'),
                          ('questionnaire_response', 'QuestionnaireResponse', 'response_id', 8, 'of_pair'),
                          ('consent', 'Consent', 'consent_id', 8, 'of_pair')) f (name, type, id, needed, policy)
  loop
    execute format('create table %1$I (like %2$I including constraints)', f.name || '_version', f.name);
    execute format('alter table %I add primary key (tenant_id, %I)', f.name, f.id);
    execute format('alter table %I add primary key (tenant_id, %I, version_id)', f.name || '_version', f.id);
    foreach t in array array[f.name, f.name || '_version'] loop
      execute format('alter table %I add foreign key (tenant_id, patient_id) references patient,
                                      add foreign key (tenant_id, office_id, provider_id) references provider_schedule,
                                      add foreign key (tenant_id, filed_by) references app_user', t);
      execute format('create index %I on %I (tenant_id, last_updated, %I)', t || '_by_last_updated', t, f.id);
      execute format('alter table %I enable row level security', t);
      execute format('alter table %I force row level security', t);
      execute format('create policy %1$I on %2$I to emr_app
        using (tenant_id = tenant_in_force()
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(%3$s::smallint) p))
        with check (tenant_id = tenant_in_force()
               and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(%3$s::smallint) p))',
        f.policy, t, f.needed);
    end loop;
    execute format('create index %I on %I (tenant_id, patient_id, authored_at, %I)', f.name || '_by_patient', f.name, f.id);
    execute format('grant select, insert, update on %I to emr_app', f.name);
    execute format('grant select, insert on %I to emr_app', f.name || '_version');
    execute format('create view %I with (security_invoker = true) as
                      select e.*, false as deleted from %I e union all select v.*, false as deleted from %I v',
                   f.name || '_history', f.name, f.name || '_version');
    execute format('grant select on %I to emr_app', f.name || '_history');
    execute format('create trigger keep_superseded after update on %I referencing old table as before new table as after
                      for each statement execute function keep_superseded_filings(%L, %L)', f.name, f.name || '_version', f.id);
    execute format('create trigger queue_inserted_%s after insert on %I referencing new table as changed
                      for each statement execute function queue_changes(%L, %L)', lower(f.type), f.name, f.type, f.id);
    execute format('create trigger queue_updated_%s after update on %I referencing new table as changed
                      for each statement execute function queue_changes(%L, %L)', lower(f.type), f.name, f.type, f.id);
  end loop;
end $$;
