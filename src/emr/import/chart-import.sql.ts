// From the staged rows of the chart to the clinic's own, as import.sql.ts does it for the rest: set-wise, and what is as it was is not
// written.

import type { Db } from '../../platform/database/db.ts';
import { chunkBytes } from '../../platform/media.ts';
import { type Outcome, onlyOffices, rolePlaces, type Written } from './import.sql.ts';

/** Which pair and patient each entry means, or why it means none. Comes after the schedules of the import are made. */
export async function judgeChart(db: Db, tenantId: number): Promise<void> {
  await db.query(
    `with role_place as (${rolePlaces}),
     judged as (
       select c.n, v.provider_id, coalesce(o.office_id, only_office.office_id) as office_id,
              case when v.provider_id is null then 'practitioner-unknown'
                   when c.office is not null and o.office_id is null then 'office-unknown'
                   when p.patient_id is null then 'patient-unknown'
                   when s.office_id is null then 'no-office'
              end as unusable
         from import.chart c
         left join role_place r on r.role_id = c.role
         left join provider v on v.tenant_id = $1 and v.provider_id = coalesce(r.provider_id, c.practitioner)
         left join office o on o.tenant_id = $1 and o.office_id = coalesce(c.office, r.office_id)
         left join (${onlyOffices}) only_office on only_office.provider_id = v.provider_id
         left join provider_schedule s on s.tenant_id = $1 and s.provider_id = v.provider_id
                                      and s.office_id = coalesce(o.office_id, only_office.office_id)
         left join patient p on p.tenant_id = $1 and p.patient_id = c.patient
        where c.tenant_id = $1 and c.kind not in ('Observation', 'ChargeItem'))
     update import.chart c set provider_id = j.provider_id, office_id = j.office_id, unusable = j.unusable
       from judged j where c.tenant_id = $1 and c.n = j.n`,
    [tenantId],
  );
  // A content is of one document.
  await db.query(
    `with ranked as (
       select c.n, c.own->>'binary_id' as binary_id, c.resource_id,
              row_number() over (partition by c.own->>'binary_id' order by c.n) as nth
         from import.chart c where c.tenant_id = $1 and c.kind = 'DocumentReference' and c.unusable is null)
     update import.chart c
        set unusable = case when r.nth > 1 or exists (select 1 from document d where d.tenant_id = $1 and d.binary_id = r.binary_id
                                                                                and d.document_id <> r.resource_id)
                            then 'content-of-another' else 'no-content' end
       from ranked r
      where c.tenant_id = $1 and c.n = r.n
        and (r.nth > 1
             or exists (select 1 from document d where d.tenant_id = $1 and d.binary_id = r.binary_id and d.document_id <> r.resource_id)
             or (not exists (select 1 from import.content i where i.tenant_id = $1 and i.binary_id = r.binary_id)
                 and not exists (select 1 from document d where d.tenant_id = $1 and d.binary_id = r.binary_id)))`,
    [tenantId],
  );
  // A value is of the report that lists it, of this import or of the one that brought it.
  await db.query(
    `with listed as (
       select distinct on (result) result, c.resource_id as report_id, place
         from import.chart c, regexp_split_to_table(c.own->>'results', ' ') with ordinality as l (result, place)
        where c.tenant_id = $1 and c.kind = 'DiagnosticReport' and c.unusable is null and result <> ''
        order by result, c.n)
     update import.chart c
        set parent = coalesce(l.report_id, k.report_id), own = c.own || jsonb_build_object('place', coalesce(l.place, k.place))
       from import.chart o
       left join listed l on l.result = o.resource_id
       left join observation k on k.tenant_id = $1 and k.observation_id = o.resource_id
      where c.tenant_id = $1 and c.kind = 'Observation' and o.tenant_id = $1 and o.n = c.n`,
    [tenantId],
  );
  for (const { kind, parentKind, table, id, missing } of children) {
    await db.query(
      `with place as (
         select resource_id as id, patient, office_id, provider_id from import.chart
          where tenant_id = $1 and kind = '${parentKind}' and unusable is null
         union all
         select t.${id}, t.patient_id, t.office_id, t.provider_id from ${table} t
          where t.tenant_id = $1 and not exists (select 1 from import.chart c where c.tenant_id = $1 and c.kind = '${parentKind}'
                                                   and c.resource_id = t.${id} and c.unusable is null))
       update import.chart c
          set patient = place.patient, office_id = place.office_id, provider_id = place.provider_id,
              unusable = case when place.id is null then '${missing}' end
         from import.chart o left join place on place.id = o.parent
        where c.tenant_id = $1 and c.kind = '${kind}' and o.tenant_id = $1 and o.n = c.n`,
      [tenantId],
    );
  }
}

const children = [
  {
    kind: 'Observation',
    parentKind: 'DiagnosticReport',
    table: 'diagnostic_report',
    id: 'report_id',
    missing: 'no-report',
  },
  { kind: 'ChargeItem', parentKind: 'Account', table: 'account', id: 'account_id', missing: 'no-account' },
] as const;

const usedContent = `
  select i.*, c.office_id, c.provider_id, decode(i.sha256, 'hex') as hash
    from import.content i
    join import.chart c on c.tenant_id = $1 and c.kind = 'DocumentReference' and c.unusable is null and c.own->>'binary_id' = i.binary_id
   where i.tenant_id = $1`;

/** Contents of documents that are used. What is other than before is written anew, chunk by chunk; the outcome is of Binaries alone. */
export async function upsertContents(db: Db, tenantId: number): Promise<Written & { readonly unused: number }> {
  await db.query(
    `delete from binary_chunk k using binary_content b, (${usedContent}) u
      where k.tenant_id = $1 and k.binary_id = u.binary_id and b.tenant_id = $1 and b.binary_id = u.binary_id and b.sha256 <> u.hash`,
    [tenantId],
  );
  const { rows } = await db.query<{ created: number; updated: number; used: number; unused: number }>(
    `with used as (${usedContent}),
     updated as (
       update binary_content b
          set media_type = u.media_type, bytes = u.bytes, sha256 = u.hash, version_id = b.version_id + 1, last_updated = clock_timestamp()
         from used u where b.tenant_id = $1 and b.binary_id = u.binary_id and (b.media_type, b.sha256) is distinct from (u.media_type, u.hash)
       returning u.kind),
     created as (
       insert into binary_content (tenant_id, binary_id, office_id, provider_id, media_type, bytes, sha256, begun_at, arrived_at, filed_at)
       select $1, u.binary_id, u.office_id, u.provider_id, u.media_type, u.bytes, u.hash, now(), now(), now() from used u
        where not exists (select 1 from binary_content b where b.tenant_id = $1 and b.binary_id = u.binary_id)
       returning binary_id)
     select (select count(*) from created join used using (binary_id) where used.kind = 'Binary') as created,
            (select count(*) from updated where kind = 'Binary') as updated,
            (select count(*) from used where kind = 'Binary') as used,
            (select count(*) from import.content i where i.tenant_id = $1 and i.kind = 'Binary'
                and not exists (select 1 from used u where u.binary_id = i.binary_id)) as unused`,
    [tenantId],
  );
  await db.query(
    `with plain as materialized (
       select u.binary_id, u.bytes, decode(u.data, 'base64') as content from (${usedContent}) u
        where not exists (select 1 from binary_chunk k where k.tenant_id = $1 and k.binary_id = u.binary_id))
     insert into binary_chunk (tenant_id, binary_id, n, bytes)
     select $1, p.binary_id, c.n, substring(p.content from c.n * ${chunkBytes} + 1 for ${chunkBytes})
       from plain p, generate_series(0, (p.bytes - 1) / ${chunkBytes}) c (n)`,
    [tenantId],
  );
  // A document that comes from another pair takes its content along.
  await db.query(
    `update binary_content b set office_id = c.office_id, provider_id = c.provider_id
       from import.chart c
      where b.tenant_id = $1 and c.tenant_id = $1 and c.kind = 'DocumentReference' and c.unusable is null and c.own->>'binary_id' = b.binary_id
        and (b.office_id, b.provider_id) <> (c.office_id, c.provider_id)`,
    [tenantId],
  );
  const { created, updated, used, unused } = rows[0]!;
  return { created, updated, unchanged: used - created - updated, unused };
}

interface Target {
  readonly kind: string;
  readonly table: string;
  readonly id: string;
  /** Column of the parent's id. */
  readonly parent?: string;
  /** Members of `own` and the types that they have. */
  readonly own: Readonly<Record<string, string>>;
}

/** In the order in which they refer to each other. */
const targets: readonly Target[] = [
  {
    kind: 'DocumentReference',
    table: 'document',
    id: 'document_id',
    own: { binary_id: 'text', folder: 'text', title: 'text', filed_at: 'timestamptz' },
  },
  {
    kind: 'Encounter',
    table: 'encounter',
    id: 'encounter_id',
    own: { type_text: 'text', note: 'text', start_at: 'timestamptz', end_at: 'timestamptz' },
  },
  {
    kind: 'DiagnosticReport',
    table: 'diagnostic_report',
    id: 'report_id',
    own: { name: 'text', conclusion: 'text', effective_at: 'timestamptz', issued_at: 'timestamptz' },
  },
  {
    kind: 'Observation',
    table: 'observation',
    id: 'observation_id',
    parent: 'report_id',
    own: {
      place: 'integer',
      name: 'text',
      loinc: 'text',
      value_number: 'numeric',
      value_text: 'text',
      unit: 'text',
      range_low: 'numeric',
      range_high: 'numeric',
      interpretation: 'text',
      effective_at: 'timestamptz',
    },
  },
  { kind: 'Account', table: 'account', id: 'account_id', own: {} },
  {
    kind: 'ChargeItem',
    table: 'charge_item',
    id: 'charge_item_id',
    parent: 'account_id',
    own: {
      description: 'text',
      occurred_on: 'date',
      quantity: 'integer',
      amount_cents: 'bigint',
      paid_cents: 'bigint',
    },
  },
  {
    kind: 'Coverage',
    table: 'coverage',
    id: 'coverage_id',
    own: { payor: 'text', type_text: 'text', subscriber_number: 'text', start_on: 'date', end_on: 'date' },
  },
];

export async function upsertChart(db: Db, tenantId: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { kind, table, id, parent, own } of targets) {
    const columns = [
      'patient_id',
      'office_id',
      'provider_id',
      'status',
      ...(parent ? [parent] : []),
      ...Object.keys(own),
    ];
    const values = [
      'c.patient',
      'c.office_id',
      'c.provider_id',
      'c.status',
      ...(parent ? ['c.parent'] : []),
      ...Object.entries(own).map(([name, type]) => `(c.own->>'${name}')::${type}`),
    ];
    const { rows } = await db.query<Written>(
      `with wanted as (
         select c.resource_id, ${values.map((value, n) => `${value} as ${columns[n]}`).join(', ')}
           from import.chart c where c.tenant_id = $1 and c.kind = '${kind}' and c.unusable is null),
       updated as (
         update ${table} t
            set ${columns.map((name) => `${name} = w.${name}`).join(', ')}, version_id = t.version_id + 1, last_updated = clock_timestamp()
           from wanted w
          where t.tenant_id = $1 and t.${id} = w.resource_id
            and (${columns.map((name) => `t.${name}`).join(', ')}) is distinct from (${columns.map((name) => `w.${name}`).join(', ')})
         returning 1),
       created as (
         insert into ${table} (tenant_id, ${id}, ${columns.join(', ')})
         select $1, resource_id, ${columns.join(', ')} from wanted w
          where not exists (select 1 from ${table} t where t.tenant_id = $1 and t.${id} = w.resource_id)
         returning 1)
       select c.created, u.updated, w.wanted - c.created - u.updated as unchanged
         from (select count(*) as wanted from wanted) w, (select count(*) as created from created) c,
              (select count(*) as updated from updated) u`,
      [tenantId],
    );
    outcomes.push({ type: kind, ...rows[0]! });
  }
  return outcomes;
}

/** What an account owes is part of what it says: it changes with its charges. */
export async function touchAccountsOfCharges(db: Db, tenantId: number, since: Date): Promise<void> {
  await db.query(
    `update account a set version_id = a.version_id + 1, last_updated = clock_timestamp()
      where a.tenant_id = $1 and a.last_updated < $2
        and exists (select 1 from charge_item c where c.tenant_id = $1 and c.account_id = a.account_id and c.last_updated >= $2)`,
    [tenantId, since],
  );
}
