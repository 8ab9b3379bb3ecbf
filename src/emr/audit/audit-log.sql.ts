// What was recorded, accesses and changes together, latest first. Bound to the tenant; who may ask is decided by whoever calls.
import { type ColumnSet, columnSet, columnsNeeded } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import type { LogPosition } from '../../platform/http/page-position.ts';
import type { AuditKind, AuditOutcome } from '../contract/audit-log.ts';

/** A record that is asked about: who saw it, directly or in a list. */
export interface Target {
  readonly patientId?: string | undefined;
  readonly entity?: { readonly type: string; readonly id: string } | undefined;
  /** Pairs that it was on, `office provider`: a list that was read without all of them cannot have shown it. */
  readonly pairs: readonly string[];
}

export interface LogFilter {
  readonly userId?: string | undefined;
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
  readonly kind?: AuditKind | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly target?: Target | undefined;
  readonly eventId?: string | undefined;
}

export interface LogRow {
  readonly id: string;
  readonly at: Date;
  /** Microseconds, as in LogPosition. */
  readonly key: string;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly door: 'fhir' | 'screen' | 'oauth' | null;
  readonly kind: AuditKind;
  readonly action: string | null;
  readonly entityType: string | null;
  readonly entityId: string | null;
  readonly patientId: string | null;
  readonly patientName: string | null;
  readonly officeId: string | null;
  readonly officeName: string | null;
  readonly providerId: string | null;
  readonly providerName: string | null;
  readonly status: number | null;
  readonly query: string | null;
  readonly pageEnd: string | null;
  readonly permissionVersion: string | null;
  readonly snapshot: string | null;
  readonly readAt: Date | null;
  readonly requestId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  /** True: it names the record, or was asked about it. False: a list that has to be looked into. */
  readonly isDirect: boolean;
  /** Of a list that has to be looked into: what its reader held on the record's pairs, columns of each. */
  readonly held: readonly number[] | null;
}

const statuses: Readonly<Record<AuditOutcome, readonly [number, number]>> = {
  done: [100, 399],
  refused: [400, 499],
  failed: [500, 599],
};

const lists = `('search', 'history', 'everything', 'export')`;

interface Reader {
  readonly tenantId: number;
  readonly userId: string;
}

/**
 * Accesses (and, unless told otherwise, changes) that match, each with whether it names the record that is asked about. Patients are named
 * where the reader holds Patient.
 */
export async function findLogRows(
  db: Db,
  { tenantId, userId: readerId }: Reader,
  filter: LogFilter,
  {
    before,
    limit,
    withChanges,
  }: { readonly before?: LogPosition | undefined; readonly limit: number; readonly withChanges: boolean },
): Promise<LogRow[]> {
  const values: unknown[] = [tenantId];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { userId, from, until, kind, outcome, target, eventId } = filter;
  const limited = bind(limit);
  const cursor = before
    ? { at: `(timestamptz 'epoch' + ${bind(before.at)}::bigint * interval '1 microsecond')`, id: bind(before.id) }
    : undefined;
  const common = (alias: string, id: string) =>
    [
      `${alias}.tenant_id = $1`,
      ...(userId === undefined ? [] : [`${alias}.user_id = ${bind(userId)}`]),
      ...(from ? [`${alias}.at >= ${bind(from)}`] : []),
      ...(until ? [`${alias}.at < ${bind(until)}`] : []),
      ...(eventId === undefined ? [] : [`${alias}.${id} = ${bind(eventId)}`]),
      ...(cursor ? [`(${alias}.at, ${alias}.${id}) < (${cursor.at}, ${cursor.id})`] : []),
    ].join(' and ');
  const range = outcome && statuses[outcome];
  const isDirect = target ? directSql(target, bind) : 'true';
  const heldThen = target && heldThenSql(target, bind);
  const ofTarget = heldThen ? ` and (${isDirect} or ${mayHaveShown(heldThen)})` : '';
  const accesses = `select e.event_id as id, e.at, e.user_id, e.client_id, e.door, e.kind, null::text as action, e.entity_type, e.entity_id,
           e.patient_id, e.office_id, e.provider_id, e.status, e.query, e.page_end, e.permission_version, e.snapshot, e.read_at,
           e.request_id, null::jsonb as before, null::jsonb as after, ${isDirect} as direct,
           ${heldThen ? `array${heldThen}` : 'null::integer[]'} as held
      from access_event e
     where ${common('e', 'event_id')}${kind && kind !== 'change' ? ` and e.kind = ${bind(kind)}` : ''}${kind === 'change' ? ' and false' : ''}${
       range ? ` and e.status between ${bind(range[0])} and ${bind(range[1])}` : ''
     }${ofTarget}
     order by e.at desc, e.event_id desc limit ${limited}`;
  const wantsChanges = withChanges && (kind === undefined || kind === 'change') && (outcome ?? 'done') === 'done';
  const changes = `select c.audit_id, c.at, c.user_id, null, null, 'change', c.action, c.entity, c.entity_id, ${patientOfChange},
           coalesce(c.after ->> 'officeId', c.before ->> 'officeId'), coalesce(c.after ->> 'providerId', c.before ->> 'providerId'),
           null::smallint, null, null, null, null, null::timestamptz, c.request_id, c.before, c.after, true, null::integer[]
      from audit_event c
     where ${wantsChanges ? common('c', 'audit_id') : 'false'}${target?.patientId === undefined ? '' : ` and ${patientOfChange} = ${bind(target.patientId)}`}
     order by c.at desc, c.audit_id desc limit ${limited}`;
  const { rows } = await db.query<LogRow>(
    `select l.id, l.at, (extract(epoch from l.at) * 1000000)::bigint::text as key, l.user_id as "userId", u.display_name as "userName",
            l.client_id as "clientId", k.name as "clientName", l.door, l.kind, l.action, l.entity_type as "entityType",
            l.entity_id as "entityId", l.patient_id as "patientId", p.family || ', ' || p.given as "patientName",
            l.office_id as "officeId", o.name as "officeName", l.provider_id as "providerId",
            concat_ws(' ', v.prefix, v.given, v.family) as "providerName", l.status, l.query, l.page_end as "pageEnd",
            l.permission_version as "permissionVersion", l.snapshot, l.read_at as "readAt", l.request_id as "requestId",
            l.before, l.after, l.direct as "isDirect", l.held
       from ((${accesses}) union all (${changes})) l
       left join app_user u on u.tenant_id = $1 and u.user_id = l.user_id
       left join oauth_client k on k.tenant_id = $1 and k.client_id = l.client_id
       left join patient p on p.tenant_id = $1 and p.patient_id = l.patient_id and ${isKnownTo('p', bind(readerId))}
       left join office o on o.tenant_id = $1 and o.office_id = l.office_id
       left join provider v on v.tenant_id = $1 and v.provider_id = l.provider_id
      order by l.at desc, l.id desc limit ${limited}`,
    values,
  );
  return rows;
}

/** SQL that the reader holds Patient on one of the patient's pairs. */
const isKnownTo = (patient: string, reader: string): string =>
  `exists (select from patient_pair k
             join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
            where k.tenant_id = ${patient}.tenant_id and k.patient_id = ${patient}.patient_id and h.user_id = ${reader}
              and (h.columns & ${columnsNeeded.Patient}) = ${columnsNeeded.Patient})`;

const patientOfChange = `coalesce(c.after ->> 'patientId', c.before ->> 'patientId', case when c.entity = 'patient' then c.entity_id end)`;

function directSql({ patientId, entity }: Target, bind: (value: unknown) => string): string {
  const shown = (ref: string) => `(e.shown is not null and e.shown @> array[${bind(ref)}]::text[])`;
  return anyOf([
    ...(patientId === undefined ? [] : [`e.patient_id = ${bind(patientId)}`, shown(`Patient/${patientId}`)]),
    ...(entity
      ? [
          `(e.entity_type = ${bind(entity.type)} and e.entity_id = ${bind(entity.id)})`,
          shown(`${entity.type}/${entity.id}`),
        ]
      : []),
  ]);
}

/** A list that says what it was asked for and not what it showed, and that was read with a column on one of the record's pairs. */
const mayHaveShown = (heldThen: string): string =>
  `(e.kind in ${lists} and e.shown is null and e.status < 300 and e.permission_version is not null and exists ${heldThen})`;

/** What the reader of a list held, under the version that it was read under, on the record's pairs. */
const heldThenSql = ({ pairs }: Target, bind: (value: unknown) => string): string =>
  `(select (held ->> 2)::integer from permission_state s, jsonb_array_elements(s.pairs) held
     where s.tenant_id = e.tenant_id and s.user_id = e.user_id and s.permission_version = e.permission_version
       and (held ->> 0) || ' ' || (held ->> 1) = any (${bind(pairs)}::text[]))`;

const anyOf = (parts: readonly string[]): string =>
  parts.length === 0 ? 'false' : `coalesce(${parts.join(' or ')}, false)`;

/** The pairs that a patient, or one entry of a record, was ever on, of those that the reader may see; empty: he may see none of it. */
export async function findPairsOf(
  db: Db,
  { tenantId, userId }: Reader,
  { patientId, entity }: Pick<Target, 'patientId' | 'entity'>,
): Promise<string[]> {
  const table = entity && Object.hasOwn(entryTables, entity.type) ? entryTables[entity.type] : undefined;
  const isPatient = patientId !== undefined || entity?.type === 'Patient';
  const from = isPatient
    ? 'patient_pair t where t.patient_id = $2'
    : table && `${table.name} t where t.${table.id} = $2`;
  if (!from) return [];
  const { rows } = await db.query<{ pair: string }>(
    `select distinct t.office_id || ' ' || t.provider_id as pair from ${from} and t.tenant_id = $1
        and exists (select from held_grant h
                     where h.tenant_id = t.tenant_id and h.user_id = $3 and h.office_id = t.office_id and h.provider_id = t.provider_id
                       and ${isPatient ? `(h.columns & ${ofPatients}) <> 0` : `(h.columns & ${table!.needs}) = ${table!.needs}`})`,
    [tenantId, patientId ?? entity!.id, userId],
  );
  return rows.map(({ pair }) => pair);
}

/** A patient's pairs are seen through himself or through what a chart holds of him. */
const ofPatients = columnSet('Patient', 'EMR', 'Labs', 'Billing');

const entryTables: Readonly<Record<string, { readonly name: string; readonly id: string; readonly needs: ColumnSet }>> =
  {
    Appointment: { name: 'appointment_history', id: 'appointment_id', needs: columnsNeeded.Appointment },
    DocumentReference: { name: 'document', id: 'document_id', needs: columnsNeeded.DocumentReference },
    Encounter: { name: 'encounter', id: 'encounter_id', needs: columnsNeeded.Encounter },
    DiagnosticReport: { name: 'diagnostic_report', id: 'report_id', needs: columnsNeeded.DiagnosticReport },
    Observation: { name: 'observation', id: 'observation_id', needs: columnsNeeded.Observation },
    ChargeItem: { name: 'charge_item', id: 'charge_item_id', needs: columnsNeeded.ChargeItem },
    Coverage: { name: 'coverage', id: 'coverage_id', needs: columnsNeeded.Coverage },
    Task: { name: 'task_history', id: 'task_id', needs: columnsNeeded.Task },
    QuestionnaireResponse: {
      name: 'questionnaire_response_history',
      id: 'response_id',
      needs: columnsNeeded.QuestionnaireResponse,
    },
    Consent: { name: 'consent_history', id: 'consent_id', needs: columnsNeeded.Consent },
  };

/** By logical id, or by chart number where the reader may see the patient. */
export async function findPatientId(db: Db, { tenantId, userId }: Reader, text: string): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `select p.patient_id as id from patient p
      where p.tenant_id = $1 and (p.patient_id = $2 or p.chart_number = $2) and ${isKnownTo('p', '$3')}
      order by (p.patient_id = $2) desc limit 1`,
    [tenantId, text, userId],
  );
  return rows[0]?.id ?? text;
}
