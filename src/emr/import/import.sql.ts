// From the staged rows of an import to the clinic's own, set-wise and in the order in which they depend on each other. What is as it
// was is not written: no version, no time, no lock on the row, so that importing twice changes nothing.
import type { Db } from '../../platform/database/db.ts';
import type { Unusable } from './report.ts';
import { type StagedTable, stagedTables } from './stage.ts';

/** False when another session imports into this clinic. Held by the session until it is given back or the session ends. */
export async function takeImportLock(db: Db, tenantId: number): Promise<boolean> {
  const { rows } = await db.query<{ taken: boolean }>(
    `select pg_try_advisory_lock(hashtext('tidegate import'), $1) as taken`,
    [tenantId],
  );
  return rows[0]!.taken;
}

export async function giveImportLockBack(db: Db, tenantId: number): Promise<void> {
  await db.query(`select pg_advisory_unlock(hashtext('tidegate import'), $1)`, [tenantId]);
}

/** Table names are constants of stage.ts. */
export async function clearStage(db: Db, tenantId: number): Promise<void> {
  for (const table of stagedTables) await db.query(`delete from import.${table} where tenant_id = $1`, [tenantId]);
}

export async function takeStatistics(db: Db): Promise<void> {
  await db.query('select import.take_statistics()');
}

/** Tells the planner of what an import brought, once that is committed. */
export async function takeStatisticsOfRecord(db: Db): Promise<void> {
  await db.query('select import.take_statistics_of_record()');
}

export interface Dropped {
  readonly type: string;
  readonly count: number;
}

const identities: readonly { table: StagedTable; type: string; key: string }[] = [
  { table: 'office', type: `'Location'`, key: 'office_id' },
  { table: 'provider', type: `'Practitioner'`, key: 'provider_id' },
  { table: 'patient', type: `'Patient'`, key: 'patient_id' },
  { table: 'schedule_part', type: 'kind', key: 'kind, resource_id' },
  { table: 'booking', type: 'kind', key: 'appointment_id' },
  { table: 'chart', type: 'kind', key: 'kind, resource_id' },
  // A content that lies in its document goes with it.
  { table: 'content', type: `nullif(kind, 'DocumentReference')`, key: 'binary_id' },
];

/** Of a resource that was read more than once the one that was changed last stays, or, where none says when, the one read last. */
export async function dropRepeated(db: Db, tenantId: number): Promise<Dropped[]> {
  const dropped: Dropped[] = [];
  for (const { table, type, key } of identities) {
    const { rows } = await db.query<Dropped>(
      `with ranked as (
         select n, dense_rank() over (partition by ${key} order by said_at desc nulls last, n desc) as nth
           from import.${table} where tenant_id = $1),
       gone as (
         delete from import.${table} t using (select distinct n from ranked where nth > 1) r
          where t.tenant_id = $1 and t.n = r.n
         returning ${type} as type, t.n)
       select type, count(distinct n) as count from gone group by type`,
      [tenantId],
    );
    dropped.push(...rows.filter(({ type: of }) => of !== null));
  }
  return dropped;
}

/** '?system|value' becomes the id of the one resource with that identifier; where there is none or several it stays, and is unknown. */
export async function resolveIdentifiers(db: Db, tenantId: number): Promise<void> {
  const named = (column: string, kind: string) =>
    `${column} = coalesce((select min(i.resource_id) from import.identifier i
                            where i.tenant_id = $1 and i.kind = '${kind}' and '?' || i.token = t.${column}
                           having count(distinct i.resource_id) = 1), t.${column})`;
  const practitioner = named('practitioner', 'Practitioner');
  const office = named('office', 'Location');
  await db.query(
    `update import.schedule_part t set ${practitioner}, ${office}
      where tenant_id = $1 and (practitioner like '?%' or office like '?%')`,
    [tenantId],
  );
  await db.query(`update import.patient t set ${practitioner} where tenant_id = $1 and practitioner like '?%'`, [
    tenantId,
  ]);
  for (const table of ['booking', 'chart'] satisfies StagedTable[]) {
    await db.query(
      `update import.${table} t set ${practitioner}, ${office}, ${named('patient', 'Patient')}
        where tenant_id = $1 and (practitioner like '?%' or office like '?%' or patient like '?%')`,
      [tenantId],
    );
  }
}

export interface Written {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** `values`: column → what it becomes, of the staged row `s` and the clinic's row `t`, which an insert does not have. */
const upsertOf =
  (table: 'office' | 'provider' | 'patient', key: string, columns: readonly string[], values = columns) =>
  async (db: Db, tenantId: number): Promise<Written> => {
    const staged = values.map((value) => (value.includes('(') ? value : `s.${value}`)).join(', ');
    const { rows } = await db.query<{ created: number; updated: number; unchanged: number }>(
      `with wanted as (
         select s.${key}, ${columns.map((_, n) => `v.v${n}`).join(', ')}, t.${key} is null as is_new
           from import.${table} s
           left join ${table} t on t.tenant_id = $1 and t.${key} = s.${key}
           cross join lateral (select ${staged}) v (${columns.map((_, n) => `v${n}`).join(', ')})
          where s.tenant_id = $1),
       updated as (
         update ${table} t
            set ${columns.map((name, n) => `${name} = w.v${n}`).join(', ')},
                version_id = t.version_id + 1, last_updated = clock_timestamp()
           from wanted w
          where t.tenant_id = $1 and t.${key} = w.${key}
            and (${columns.map((name) => `t.${name}`).join(', ')}) is distinct from (${columns.map((_, n) => `w.v${n}`).join(', ')})
         returning 1),
       created as (
         insert into ${table} (tenant_id, ${key}, ${columns.join(', ')})
         select $1, ${key}, ${columns.map((_, n) => `v${n}`).join(', ')} from wanted where is_new
         returning 1)
       select c.created, u.updated, w.wanted - c.created - u.updated as unchanged
         from (select count(*) as wanted from wanted) w, (select count(*) as created from created) c,
              (select count(*) as updated from updated) u`,
      [tenantId],
    );
    return rows[0]!;
  };

export const upsertProviders = upsertOf('provider', 'provider_id', ['prefix', 'given', 'family', 'suffix', 'active']);
export const upsertPatients = upsertOf('patient', 'patient_id', [
  'family',
  'given',
  'birth_date',
  'gender',
  'phone',
  'email',
  'language',
  'chart_number',
  'active',
]);

/** An office whose zone neither the file nor the clinic knows gets `zone`; resolves to how many did. */
export async function assumeZones(db: Db, tenantId: number, zone: string): Promise<number> {
  const { rows } = await db.query<{ assumed: number }>(
    `with given as (
       update import.office s set zone = coalesce((select zone from office t where t.tenant_id = $1 and t.office_id = s.office_id), $2)
        where s.tenant_id = $1 and s.zone is null
       returning s.office_id)
     select count(*) as assumed from given where office_id not in (select office_id from office where tenant_id = $1)`,
    [tenantId, zone],
  );
  return rows[0]!.assumed;
}

export const upsertOffices = upsertOf('office', 'office_id', ['name', 'zone', 'phone', 'active']);

/** Where a PractitionerRole stands: of this import or an earlier one. A role with several offices names no office. */
export const rolePlaces = `
  select resource_id as role_id, min(provider_id) as provider_id,
         case when count(*) = 1 then min(office_id) end as office_id
    from import.schedule_part
   where tenant_id = $1 and kind = 'PractitionerRole' and unusable is null
   group by resource_id
  union all
  select t.practitioner_role_id, t.provider_id, t.office_id
    from provider_schedule t
   where t.tenant_id = $1
     and not exists (select 1 from import.schedule_part p
                      where p.tenant_id = $1 and p.kind = 'PractitionerRole' and p.resource_id = t.practitioner_role_id)`;

/** Which provider and office each part means, or why it means none. A resource with one part that cannot be used is not used at all. */
export async function judgeScheduleParts(
  db: Db,
  tenantId: number,
  kind: 'PractitionerRole' | 'Schedule',
): Promise<void> {
  const ownId = kind === 'Schedule' ? 'schedule_id' : 'practitioner_role_id';
  await db.query(
    `with role_place as (${rolePlaces}),
     judged as (
       select p.n, p.place, v.provider_id, o.office_id,
              case when v.provider_id is null then 'practitioner-unknown'
                   when o.office_id is null and p.office is null then 'no-location'
                   when o.office_id is null then 'office-unknown'
                   when p.place = 1 and exists (
                     select 1 from provider_schedule t
                      where t.tenant_id = $1 and t.${ownId} = p.resource_id
                        and (t.office_id, t.provider_id) <> (o.office_id, v.provider_id)) then 'id-of-another-schedule'
              end as unusable
         from import.schedule_part p
         left join role_place r on r.role_id = p.role
         left join provider v on v.tenant_id = $1 and v.provider_id = coalesce(p.practitioner, r.provider_id)
         left join office o on o.tenant_id = $1 and o.office_id = coalesce(p.office, r.office_id)
        where p.tenant_id = $1 and p.kind = $2),
     whole as (select n, max(unusable) as unusable from judged group by n)
     update import.schedule_part p
        set provider_id = j.provider_id, office_id = j.office_id, unusable = w.unusable
       from judged j join whole w using (n)
      where p.tenant_id = $1 and p.n = j.n and p.place = j.place`,
    [tenantId, kind],
  );
}

export interface Outcome extends Written {
  readonly type: string;
}

export interface Refused {
  readonly type: string;
  readonly reason: Unusable;
  readonly count: number;
}

const madeId = (letter: string) => `'${letter}-' || md5(office_id || '/' || provider_id)`;

/**
 * Provider schedules of the parts. A pair takes the ids of its Schedule and its PractitionerRole (of several the first by name),
 * else keeps those that it has, else gets made ones, which are the same in every import.
 */
export async function upsertSchedules(db: Db, tenantId: number): Promise<Outcome[]> {
  const { rows } = await db.query<{ type: string; created: number; updated: number; unchanged: number }>(
    `with part as (select * from import.schedule_part where tenant_id = $1 and unusable is null),
     named as (
       select office_id, provider_id,
              min(resource_id) filter (where kind = 'Schedule' and place = 1) as schedule_id,
              min(resource_id) filter (where kind = 'PractitionerRole' and place = 1) as role_id,
              coalesce(bool_or(active) filter (where kind = 'Schedule'), true)
                and coalesce(bool_or(active) filter (where kind = 'PractitionerRole'), true) as active
         from part group by office_id, provider_id),
     wanted as (
       select office_id, provider_id, t.office_id is null as is_new, w.active,
              coalesce(w.schedule_id, t.schedule_id, ${madeId('s')}) as schedule_id,
              coalesce(w.role_id, t.practitioner_role_id, ${madeId('r')}) as role_id
         from named w
         left join (select * from provider_schedule where tenant_id = $1) t using (office_id, provider_id)),
     updated as (
       update provider_schedule t
          set schedule_id = w.schedule_id, practitioner_role_id = w.role_id, active = w.active,
              version_id = t.version_id + 1, last_updated = clock_timestamp()
         from wanted w
        where t.tenant_id = $1 and t.office_id = w.office_id and t.provider_id = w.provider_id
          and (t.schedule_id, t.practitioner_role_id, t.active) is distinct from (w.schedule_id, w.role_id, w.active)
       returning t.office_id, t.provider_id),
     created as (
       insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id, active)
       select $1, office_id, provider_id, schedule_id, role_id, active from wanted where is_new
       returning office_id, provider_id),
     outcome as (
       select p.kind, p.resource_id, bool_or(c.office_id is not null) as created, bool_or(u.office_id is not null) as updated
         from part p
         left join created c using (office_id, provider_id)
         left join updated u using (office_id, provider_id)
        group by p.kind, p.resource_id)
     select kind as type, count(*) filter (where created) as created,
            count(*) filter (where updated and not created) as updated,
            count(*) filter (where not updated and not created) as unchanged
       from outcome group by kind`,
    [tenantId],
  );
  return rows;
}

/** Which provider, office and patient each booking means, or why it cannot be one. Its office may be open still. */
export async function judgeBookings(db: Db, tenantId: number): Promise<void> {
  await db.query(
    `with role_place as (${rolePlaces}),
     judged as (
       select b.n, v.provider_id, o.office_id,
              case when v.provider_id is null then 'practitioner-unknown'
                   when b.office is not null and o.office_id is null then 'office-unknown'
                   when b.patient is not null and p.patient_id is null then 'patient-unknown'
                   when b.of_appointment is not null
                        and (exists (select 1 from import.booking a where a.tenant_id = $1 and a.kind = 'Appointment'
                                                                      and a.appointment_id = b.of_appointment)
                             or exists (select 1 from appointment a where a.tenant_id = $1
                                                                      and a.appointment_id = b.of_appointment))
                   then 'has-its-appointment'
              end as unusable
         from import.booking b
         left join role_place r on r.role_id = b.role
         left join provider v on v.tenant_id = $1 and v.provider_id = coalesce(b.practitioner, r.provider_id)
         left join office o on o.tenant_id = $1 and o.office_id = coalesce(b.office, r.office_id)
         left join patient p on p.tenant_id = $1 and p.patient_id = b.patient
        where b.tenant_id = $1)
     update import.booking b set provider_id = j.provider_id, office_id = j.office_id, unusable = j.unusable
       from judged j where b.tenant_id = $1 and b.n = j.n`,
    [tenantId],
  );
}

/** Files without schedules say by their bookings who works where. */
export async function makeSchedulesOfBookings(db: Db, tenantId: number): Promise<number> {
  const { rowCount } = await db.query(
    `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
     select $1, office_id, provider_id, ${madeId('s')}, ${madeId('r')}
       from (select distinct office_id, provider_id from import.booking
              where tenant_id = $1 and unusable is null and office_id is not null) pair
      where not exists (select 1 from provider_schedule t where t.tenant_id = $1 and t.office_id = pair.office_id
                                                            and t.provider_id = pair.provider_id)`,
    [tenantId],
  );
  return rowCount ?? 0;
}

export const onlyOffices = `
  select provider_id, min(office_id) as office_id from provider_schedule where tenant_id = $1 group by provider_id having count(*) = 1`;

/** A booking without an office is at its provider's only one. Comes after the schedules are made, so that a second import finds the same. */
export async function deduceOffices(db: Db, tenantId: number): Promise<void> {
  await db.query(
    `with open as (select n, provider_id from import.booking where tenant_id = $1 and unusable is null and office_id is null),
     found as (select n, o.office_id from open left join (${onlyOffices}) o using (provider_id))
     update import.booking b set office_id = f.office_id, unusable = case when f.office_id is null then 'no-office' end
       from found f where b.tenant_id = $1 and b.n = f.n`,
    [tenantId],
  );
}

const bookingColumns = [
  'office_id',
  'provider_id',
  'patient_id',
  'status',
  'participation',
  'type_text',
  'reason',
  'start_at',
  'end_at',
];

/** Books, and makes each patient known to the pair where he is booked. */
export async function upsertBookings(db: Db, tenantId: number): Promise<Outcome[]> {
  const { rows } = await db.query<{ type: string; created: number; updated: number; unchanged: number }>(
    `with wanted as (
       select kind, appointment_id, office_id, provider_id, patient as patient_id, status, participation, type_text, reason, start_at, end_at
         from import.booking where tenant_id = $1 and unusable is null),
     updated as (
       update appointment t
          set ${bookingColumns.map((name) => `${name} = w.${name}`).join(', ')},
              version_id = t.version_id + 1, last_updated = clock_timestamp()
         from wanted w
        where t.tenant_id = $1 and t.appointment_id = w.appointment_id
          and (${bookingColumns.map((name) => `t.${name}`).join(', ')}) is distinct from (${bookingColumns.map((name) => `w.${name}`).join(', ')})
       returning w.kind),
     created as (
       insert into appointment (tenant_id, appointment_id, ${bookingColumns.join(', ')})
       select $1, appointment_id, ${bookingColumns.join(', ')} from wanted w
        where not exists (select 1 from appointment t where t.tenant_id = $1 and t.appointment_id = w.appointment_id)
       returning appointment_id),
     known as (
       insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select distinct $1::integer, patient_id, office_id, provider_id from wanted where patient_id is not null
       on conflict do nothing)
     select w.kind as type, w.wanted, coalesce(c.created, 0) as created, coalesce(u.updated, 0) as updated,
            w.wanted - coalesce(c.created, 0) - coalesce(u.updated, 0) as unchanged
       from (select kind, count(*) as wanted from wanted group by kind) w
       left join (select kind, count(*) as created from created join wanted using (appointment_id) group by kind) c using (kind)
       left join (select kind, count(*) as updated from updated group by kind) u using (kind)`,
    [tenantId],
  );
  return rows;
}

/** How many resources of each type could not be used, by reason. */
export async function countRefused(db: Db, tenantId: number): Promise<Refused[]> {
  const { rows } = await db.query<{ type: string; reason: Unusable; count: number }>(
    `select kind as type, unusable as reason, count(distinct n) as count
       from (select kind, unusable, n from import.schedule_part where tenant_id = $1 and unusable is not null
             union all select kind, unusable, n from import.booking where tenant_id = $1 and unusable is not null
             union all select kind, unusable, n from import.chart where tenant_id = $1 and unusable is not null) refused
      group by 1, 2 order by 1, 2`,
    [tenantId],
  );
  return rows;
}

export interface Attached {
  /** Patients whose attachment is another than before. */
  readonly changed: number;
  /** Patients who name a general practitioner that is no one provider schedule here. */
  readonly nowhere: number;
}

/** Attaches each patient of the import who names a general practitioner to that pair, and to no other. */
export async function attachPatients(db: Db, tenantId: number): Promise<Attached> {
  const { rows } = await db.query<{ changed: number; nowhere: number }>(
    `with role_place as (${rolePlaces}),
     wanted as (
       select s.patient_id, t.office_id, t.provider_id
         from import.patient s
         left join role_place r on r.role_id = s.role
         left join (${onlyOffices}) o on o.provider_id = s.practitioner
         left join provider_schedule t
                on t.tenant_id = $1 and t.office_id = coalesce(r.office_id, o.office_id)
               and t.provider_id = case when r.office_id is not null then r.provider_id else o.provider_id end
        where s.tenant_id = $1 and (s.role is not null or s.practitioner is not null)),
     left_behind as (
       update patient_pair k set attached = false
         from wanted w
        where k.tenant_id = $1 and k.patient_id = w.patient_id and k.attached and w.office_id is not null
          and (k.office_id, k.provider_id) <> (w.office_id, w.provider_id)
       returning k.patient_id),
     attached as (
       insert into patient_pair as k (tenant_id, patient_id, office_id, provider_id, attached)
       select $1, w.patient_id, w.office_id, w.provider_id, true from wanted w
        where w.office_id is not null
          and not exists (select 1 from patient_pair k where k.tenant_id = $1 and k.patient_id = w.patient_id and k.attached
                                                         and k.office_id = w.office_id and k.provider_id = w.provider_id)
       on conflict (tenant_id, patient_id, office_id, provider_id) do update set attached = true
       returning k.patient_id)
     select (select count(*) from (select patient_id from left_behind union select patient_id from attached) c) as changed,
            (select count(*) from wanted where office_id is null) as nowhere`,
    [tenantId],
  );
  return rows[0]!;
}

export async function bumpRosterVersion(db: Db, tenantId: number): Promise<void> {
  await db.query('update tenant set roster_version = roster_version + 1 where tenant_id = $1', [tenantId]);
}
