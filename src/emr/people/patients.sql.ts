// What is written about patients. Who may see one is decided by the pairs where he is known (patient_pair), in both walls.
import type { Db } from '../../platform/database/db.ts';
import type { Pair } from '../permissions/require-pair.ts';

export interface Demographics {
  readonly family: string;
  readonly given: string;
  readonly birthDate: string | null;
  readonly gender: 'male' | 'female' | 'other' | 'unknown' | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  readonly chartNumber: string | null;
  readonly active: boolean;
}

const values = (one: Demographics) => [
  one.family,
  one.given,
  one.birthDate,
  one.gender,
  one.phone,
  one.email,
  one.language,
  one.chartNumber,
  one.active,
];

/** The patient and the pair that he is attached to, in one statement: without the pair nobody could see him. */
export async function insertPatient(
  db: Db,
  tenantId: number,
  patientId: string,
  one: Demographics,
  { officeId, providerId }: Pair,
): Promise<void> {
  await db.query(
    `with made as (
       insert into patient (tenant_id, patient_id, family, given, birth_date, gender, phone, email, language, chart_number, active)
       values ($1, $2, $5, $6, $7, $8, $9, $10, $11, $12, $13))
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id, attached) values ($1, $2, $3, $4, true)`,
    [tenantId, patientId, officeId, providerId, ...values(one)],
  );
}

/** Holds him still until the transaction ends. undefined: there is none, or the user holds Patient on none of his pairs. */
export async function lockPatient(
  db: Db,
  tenantId: number,
  userId: string,
  patientId: string,
): Promise<(Demographics & { readonly version: number }) | undefined> {
  const { rows } = await db.query<Demographics & { version: number }>(
    `select p.family, p.given, p.birth_date as "birthDate", p.gender, p.phone, p.email, p.language, p.chart_number as "chartNumber",
            p.active, p.version_id as version
       from patient p
      where p.tenant_id = $1 and p.patient_id = $3
        and exists (select from patient_pair k
                      join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
                     where k.tenant_id = p.tenant_id and k.patient_id = p.patient_id and h.user_id = $2 and (h.columns & 1) = 1)
        for update of p`,
    [tenantId, userId, patientId],
  );
  return rows[0];
}

export async function updatePatient(db: Db, tenantId: number, patientId: string, one: Demographics): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    `update patient
        set family = $3, given = $4, birth_date = $5, gender = $6, phone = $7, email = $8, language = $9, chart_number = $10,
            active = $11, version_id = version_id + 1, last_updated = clock_timestamp()
      where tenant_id = $1 and patient_id = $2
     returning version_id as version`,
    [tenantId, patientId, ...values(one)],
  );
  return rows[0]!.version;
}

/**
 * Attaches him to the pair, and detaches him from the others that the user holds Patient on; what he cannot see stays as it is. True
 * when anything changed. A pair where he is no longer attached goes on knowing him: he was seen there.
 */
export async function attachPatient(
  db: Db,
  tenantId: number,
  userId: string,
  patientId: string,
  { officeId, providerId }: Pair,
): Promise<boolean> {
  const left = await db.query(
    `update patient_pair k set attached = false
       from held_grant h
      where k.tenant_id = $1 and k.patient_id = $3 and k.attached and (k.office_id, k.provider_id) <> ($4, $5)
        and h.tenant_id = k.tenant_id and h.user_id = $2 and h.office_id = k.office_id and h.provider_id = k.provider_id
        and (h.columns & 1) = 1`,
    [tenantId, userId, patientId, officeId, providerId],
  );
  const attached = await db.query(
    `insert into patient_pair as k (tenant_id, patient_id, office_id, provider_id, attached) values ($1, $2, $3, $4, true)
     on conflict (tenant_id, patient_id, office_id, provider_id) do update set attached = true where not k.attached`,
    [tenantId, patientId, officeId, providerId],
  );
  return (left.rowCount ?? 0) + (attached.rowCount ?? 0) > 0;
}
