// Set-wise upserts of what an import read. Each returns how many rows are new and how many changed; what is as it was is not
// written, so that importing twice changes nothing.
import type { Db } from '../../platform/database/db.ts';

export interface Written {
  readonly created: number;
  readonly updated: number;
}

interface Upsert {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, string>>;
}

/** Table names and columns are constants of this file; values are bound. */
const upsertOf =
  <T extends Record<string, unknown>>({ table, key, columns }: Upsert) =>
  async (db: Db, tenantId: number, rows: readonly T[]): Promise<Written> => {
    if (rows.length === 0) return { created: 0, updated: 0 };
    const names = Object.keys(columns);
    const values = names.filter((name) => !key.includes(name));
    const result = await db.query<{ created: number; updated: number }>(
      `with found as (
         select distinct on (${key.join(', ')}) * from unnest(${names.map((name, n) => `$${n + 2}::${columns[name]}[]`).join(', ')})
                as row (${names.join(', ')})),
       created as (
         insert into ${table} (tenant_id, ${names.join(', ')})
         select $1, ${names.map((name) => `found.${name}`).join(', ')} from found
         on conflict do nothing returning 1),
       updated as (
         update ${table} t
            set ${values.map((name) => `${name} = found.${name}`).join(', ')}, version_id = t.version_id + 1, last_updated = clock_timestamp()
           from found
          where t.tenant_id = $1 and ${key.map((name) => `t.${name} = found.${name}`).join(' and ')}
            and (${values.map((name) => `t.${name}`).join(', ')}) is distinct from (${values.map((name) => `found.${name}`).join(', ')})
         returning 1)
       select (select count(*) from created) as created, (select count(*) from updated) as updated`,
      [tenantId, ...names.map((name) => rows.map((row) => row[name] ?? null))],
    );
    return result.rows[0]!;
  };

export type OfficeRow = { office_id: string; name: string; zone: string; phone: string | null; active: boolean };
export const upsertOffices = upsertOf<OfficeRow>({
  table: 'office',
  key: ['office_id'],
  columns: { office_id: 'text', name: 'text', zone: 'text', phone: 'text', active: 'boolean' },
});

export type ProviderRow = {
  provider_id: string;
  prefix: string | null;
  given: string;
  family: string;
  suffix: string | null;
  active: boolean;
};
export const upsertProviders = upsertOf<ProviderRow>({
  table: 'provider',
  key: ['provider_id'],
  columns: { provider_id: 'text', prefix: 'text', given: 'text', family: 'text', suffix: 'text', active: 'boolean' },
});

export type ScheduleRow = {
  office_id: string;
  provider_id: string;
  schedule_id: string;
  practitioner_role_id: string;
  active: boolean;
};
export const upsertSchedules = upsertOf<ScheduleRow>({
  table: 'provider_schedule',
  key: ['office_id', 'provider_id'],
  columns: {
    office_id: 'text',
    provider_id: 'text',
    schedule_id: 'text',
    practitioner_role_id: 'text',
    active: 'boolean',
  },
});

export type PatientRow = {
  patient_id: string;
  family: string;
  given: string;
  birth_date: string | null;
  gender: string | null;
  phone: string | null;
  email: string | null;
  language: string;
  chart_number: string | null;
  active: boolean;
};
export const upsertPatients = upsertOf<PatientRow>({
  table: 'patient',
  key: ['patient_id'],
  columns: {
    patient_id: 'text',
    family: 'text',
    given: 'text',
    birth_date: 'date',
    gender: 'text',
    phone: 'text',
    email: 'text',
    language: 'text',
    chart_number: 'text',
    active: 'boolean',
  },
});

export type AppointmentRow = {
  appointment_id: string;
  office_id: string;
  provider_id: string;
  patient_id: string | null;
  status: string;
  participation: string;
  type_text: string | null;
  reason: string | null;
  start_at: Date;
  end_at: Date;
};
const upsertAppointmentRows = upsertOf<AppointmentRow>({
  table: 'appointment',
  key: ['appointment_id'],
  columns: {
    appointment_id: 'text',
    office_id: 'text',
    provider_id: 'text',
    patient_id: 'text',
    status: 'text',
    participation: 'text',
    type_text: 'text',
    reason: 'text',
    start_at: 'timestamptz',
    end_at: 'timestamptz',
  },
});

/** Books, and makes each patient known to his pair. */
export async function upsertAppointments(db: Db, tenantId: number, rows: readonly AppointmentRow[]): Promise<Written> {
  const written = await upsertAppointmentRows(db, tenantId, rows);
  const booked = rows.filter((row) => row.patient_id !== null);
  await insertPairs(
    db,
    tenantId,
    booked.map((row) => ({
      patient_id: row.patient_id!,
      office_id: row.office_id,
      provider_id: row.provider_id,
      attached: false,
    })),
  );
  return written;
}

export interface PairRow {
  readonly patient_id: string;
  readonly office_id: string;
  readonly provider_id: string;
  readonly attached: boolean;
}

export async function insertPairs(db: Db, tenantId: number, rows: readonly PairRow[]): Promise<void> {
  await db.query(
    `insert into patient_pair (tenant_id, patient_id, office_id, provider_id, attached)
     select $1, patient_id, office_id, provider_id, bool_or(attached)
       from unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) as row (patient_id, office_id, provider_id, attached)
      group by 2, 3, 4
     on conflict (tenant_id, patient_id, office_id, provider_id) do update set attached = true
      where excluded.attached and not patient_pair.attached`,
    [
      tenantId,
      rows.map((row) => row.patient_id),
      rows.map((row) => row.office_id),
      rows.map((row) => row.provider_id),
      rows.map((row) => row.attached),
    ],
  );
}

export async function bumpRosterVersion(db: Db, tenantId: number): Promise<void> {
  await db.query('update tenant set roster_version = roster_version + 1 where tenant_id = $1', [tenantId]);
}

export interface KnownIds {
  readonly offices: readonly string[];
  readonly providers: readonly string[];
  readonly patients: readonly string[];
  /** `office\nprovider` */
  readonly schedules: readonly string[];
}

/** What references may point at, of earlier imports too. */
export async function readKnownIds(db: Db, tenantId: number): Promise<KnownIds> {
  const { rows } = await db.query<KnownIds>(
    `select array(select office_id from office where tenant_id = $1) as offices,
            array(select provider_id from provider where tenant_id = $1) as providers,
            array(select patient_id from patient where tenant_id = $1) as patients,
            array(select office_id || chr(10) || provider_id from provider_schedule where tenant_id = $1) as schedules`,
    [tenantId],
  );
  return rows[0]!;
}
