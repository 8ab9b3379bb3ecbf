// A world of decision-worlds.ts in the database, and what each wall alone shows of it, one statement for a user's whole world.
import type { PoolClient } from 'pg';
import { statement, visibleSql } from '../../src/emr/fhir/resources.sql.ts';
import { type ResourceType, resources } from '../../src/emr/fhir/resources.ts';
import { columnSet } from '../../src/fhir/columns.ts';
import { type Clinic, type ObjectType, objectTypes, type User } from './decision-worlds.ts';

export const thingKey = (type: ObjectType, tenant: number, id: string): string => `${type}/${tenant}/${id}`;

/** Puts the world into the transaction; what the transaction calls now() is the instant at which everything is judged. */
export async function fill(tx: PoolClient, clinics: readonly Clinic[]): Promise<Date> {
  const world = clinics.map(({ tenant, offices, providers, pairs, patients, users }) => ({
    tenant,
    offices,
    providers,
    pairs,
    known: patients.flatMap(({ id, of }) => of.map((pair) => ({ patient: id, ...pair }))),
    users: users.map(({ id, active, memberOf, rows }) => ({
      id,
      active,
      memberOf,
      rows: [...rows.values()].map((row) => ({ ...row, columns: columnSet(...row.columns) })),
    })),
  }));
  // Twenty users ask the same two statements of each world: planning them takes longer than running them.
  await tx.query(
    `select set_config('proof.world', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true)`,
    [JSON.stringify(world)],
  );
  await tx.query(
    `
    create temp view clinic on commit drop as
      select (c ->> 'tenant')::integer as t, c from jsonb_array_elements(current_setting('proof.world')::jsonb) c;
    create temp view pair on commit drop as
      select t, p ->> 'office' as o, p ->> 'provider' as p, (p ->> 'office') || '-' || (p ->> 'provider') as id,
             'of-' || (p ->> 'office') || '-' || (p ->> 'provider') as patient
        from clinic, jsonb_array_elements(c -> 'pairs') p;
    create temp view member on commit drop as
      select t, u ->> 'id' as id, u from clinic, jsonb_array_elements(c -> 'users') u;`.replaceAll(
      ' on commit drop',
      '',
    ),
  );
  await tx.query(`
    insert into tenant (tenant_id, name) select t, 'Clinic' from clinic;
    insert into office (tenant_id, office_id, name, zone)
      select t, o, o, 'America/Toronto' from clinic, jsonb_array_elements_text(c -> 'offices') o;
    insert into provider (tenant_id, provider_id, given, family)
      select t, p, p, p from clinic, jsonb_array_elements_text(c -> 'providers') p;
    insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id) select t, o, p, id, id from pair;
    insert into open_hours (tenant_id, office_id, provider_id, weekday, from_time, until_time, slot_minutes)
      select t, o, p, 1, '09:00', '10:00', 60 from pair;
    insert into app_user (tenant_id, user_id, kind, username, display_name, active)
      select t, id, 'staff', id, id, (u ->> 'active')::boolean from member;
    insert into office_membership (tenant_id, user_id, office_id)
      select t, id, o from member, jsonb_array_elements_text(u -> 'memberOf') o;
    insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until_day, access_until)
      select t, id, r ->> 'office', r ->> 'provider', (r ->> 'columns')::smallint, until::date, until
        from member, jsonb_array_elements(u -> 'rows') r,
             lateral (select now() + (r ->> 'lapsesIn')::float * interval '1 second') as lapse (until);
    insert into patient (tenant_id, patient_id, family, given)
      select distinct t, k ->> 'patient', 'x', 'x' from clinic, jsonb_array_elements(c -> 'known') k;
    insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
      select t, k ->> 'patient', k ->> 'office', k ->> 'provider' from clinic, jsonb_array_elements(c -> 'known') k;
    insert into patient_version (tenant_id, patient_id, version_id, last_updated, family, given, language, active)
      select tenant_id, patient_id, 0, now(), 'y', 'y', 'en', true from patient;
    insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
      select t, id, o, p, patient, 'booked', now(), now() + interval '1 hour' from pair;
    insert into appointment_version (tenant_id, appointment_id, version_id, last_updated, deleted, office_id, provider_id, status,
                                     participation, start_at, end_at, created_at)
      select t, id, 0, now(), false, o, p, 'booked', 'accepted', now(), now() + interval '1 hour', now() from pair;
    insert into binary_content (tenant_id, binary_id, office_id, provider_id, media_type, bytes, sha256, begun_at, arrived_at, filed_at)
      select t, id, o, p, 'text/plain', 1, sha256('x'), now(), now(), now() from pair;
    insert into binary_chunk (tenant_id, binary_id, n, bytes) select t, id, 0, 'x' from pair;
    insert into document (tenant_id, document_id, binary_id, patient_id, office_id, provider_id, folder, title, filed_at)
      select t, id, id, patient, o, p, 'x', 'x', now() from pair;
    insert into encounter (tenant_id, encounter_id, patient_id, office_id, provider_id, status, note, start_at)
      select t, id, patient, o, p, 'finished', 'x', now() from pair;
    insert into diagnostic_report (tenant_id, report_id, patient_id, office_id, provider_id, status, name, effective_at, issued_at)
      select t, id, patient, o, p, 'final', 'x', now(), now() from pair;
    insert into observation (tenant_id, observation_id, report_id, patient_id, office_id, provider_id, place, status, name, value_text,
                             effective_at)
      select t, id, id, patient, o, p, 1, 'final', 'x', 'x', now() from pair;
    insert into account (tenant_id, account_id, patient_id, office_id, provider_id) select t, id, patient, o, p from pair;
    insert into charge_item (tenant_id, charge_item_id, account_id, patient_id, office_id, provider_id, status, description, occurred_on,
                             quantity, amount_cents)
      select t, id, id, patient, o, p, 'billed', 'x', now(), 1, 100 from pair;
    insert into coverage (tenant_id, coverage_id, patient_id, office_id, provider_id, payor) select t, id, patient, o, p, 'x' from pair;
    insert into task (tenant_id, task_id, patient_id, office_id, provider_id, status, intent, description, authored_at)
      select t, id, patient, o, p, 'requested', 'order', 'x', now() from pair;
    insert into task_version select (jsonb_populate_record(null::task_version, to_jsonb(task) || '{"version_id": 0}')).* from task;
    insert into questionnaire_response (tenant_id, response_id, patient_id, office_id, provider_id, status, items, authored_at)
      select t, id, patient, o, p, 'completed', '[]', now() from pair;
    insert into questionnaire_response_version
      select (jsonb_populate_record(null::questionnaire_response_version, to_jsonb(r) || '{"version_id": 0}')).* from questionnaire_response r;
    insert into consent (tenant_id, consent_id, patient_id, office_id, provider_id, status, scope, category_text, policy_text, authored_at)
      select t, id, patient, o, p, 'active', 'treatment', 'x', 'x', now() from pair;
    insert into consent_version select (jsonb_populate_record(null::consent_version, to_jsonb(c) || '{"version_id": 0}')).* from consent c;
    insert into saved_for_ocean (tenant_id, item_type, item_id, patient_id, office_id, provider_id, saved_by, saved_at, expires_at)
      select t, type, id, patient, o, p, 'u0', now(), now() + interval '1 hour'
        from pair, unnest(array['DocumentReference', 'DiagnosticReport']) type;
    drop view pair; drop view member; drop view clinic`);
  return (await tx.query<{ now: Date }>('select now()')).rows[0]!.now;
}

/** Of each type the table itself, with nothing but row-level security before it. */
const tables: Readonly<Record<ObjectType, string>> = {
  Location: 'office_id from office',
  Practitioner: 'provider_id from provider',
  PractitionerRole: 'practitioner_role_id from provider_schedule',
  Schedule: 'schedule_id from provider_schedule',
  Slot: `office_id || '-' || provider_id from open_hours`,
  Appointment: 'appointment_id from appointment',
  'old version of an Appointment': 'appointment_id from appointment_version',
  Patient: 'patient_id from patient',
  'old version of a Patient': 'patient_id from patient_version',
  DocumentReference: 'document_id from document',
  Binary: 'binary_id from binary_chunk',
  Encounter: 'encounter_id from encounter',
  'document saved for Ocean': `item_id from saved_for_ocean where item_type = 'DocumentReference'`,
  DiagnosticReport: 'report_id from diagnostic_report',
  Observation: 'observation_id from observation',
  'result saved for Ocean': `item_id from saved_for_ocean where item_type = 'DiagnosticReport'`,
  Account: 'account_id from account',
  ChargeItem: 'charge_item_id from charge_item',
  Coverage: 'coverage_id from coverage',
  Task: 'task_id from task',
  'old version of a Task': 'task_id from task_version',
  QuestionnaireResponse: 'response_id from questionnaire_response',
  'old version of a QuestionnaireResponse': 'response_id from questionnaire_response_version',
  Consent: 'consent_id from consent',
  'old version of a Consent': 'consent_id from consent_version',
};
const behindRowSecurity = objectTypes
  .map((type) => `select '${type}/' || tenant_id || '/' || ${tables[type]}`)
  .join(' union all ');

const keysOf = ({ rows }: { rows: { key: string }[] }): Set<string> => new Set(rows.map(({ key }) => key));

/** What row-level security alone shows, as the role that serves requests. */
export async function seenBehindRowSecurity(tx: PoolClient, { tenant, id }: User): Promise<Set<string>> {
  await tx.query(`select set_config('tidegate.tenant_id', $1, true), set_config('tidegate.user_id', $2, true)`, [
    String(tenant),
    id,
  ]);
  return keysOf(
    await tx.query<{ key: string }>({ name: 'walls', text: `select key from (${behindRowSecurity}) seen (key)` }),
  );
}

const versions: Readonly<Partial<Record<ObjectType, ResourceType>>> = {
  'old version of an Appointment': 'Appointment',
  'old version of a Patient': 'Patient',
  'old version of a Task': 'Task',
  'old version of a QuestionnaireResponse': 'QuestionnaireResponse',
  'old version of a Consent': 'Consent',
};
/** Types that the one table of resources lists; the others have statements of their own. */
export const listedTypes = objectTypes.filter((type) => Object.hasOwn(resources, type) || type in versions);

/** What the product's own listing statements show where nothing but their predicate stands before the rows. */
export async function seenThroughPredicate(tx: PoolClient, { tenant, id }: User): Promise<Set<string>> {
  const { values, bind } = statement();
  const reader = { tenantId: tenant, userId: id };
  const once = new Map<unknown, string>();
  const bindOnce: typeof bind = (value) => once.get(value) ?? once.set(value, bind(value)).get(value)!;
  const lists = listedTypes.map((type) => {
    const resource = versions[type] ?? (type as ResourceType);
    const { id: idColumn, where, historyFrom } = resources[resource];
    const alias = where.slice(0, where.indexOf('.'));
    const rest = visibleSql(resource, reader, bindOnce, type in versions ? historyFrom : undefined);
    const onlyOld = type in versions ? ` and ${alias}.version_id = 0` : '';
    return `select '${type}/' || ${alias}.tenant_id || '/' || ${idColumn} ${rest}${onlyOld}`;
  });
  const text = `select key from (${lists.join(' union all ')}) seen (key)`;
  return keysOf(await tx.query<{ key: string }>({ name: 'predicate', text, values }));
}
