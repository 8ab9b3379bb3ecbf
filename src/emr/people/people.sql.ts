import type { Db } from '../../platform/database/db.ts';
import { type FoundPatient, patientsFound } from '../contract/patients.ts';
import type { MyOffice } from '../contract/scheduler.ts';
import type { ListedUser, RosterOffice } from '../contract/security.ts';
import type { UserKind } from '../contract/session.ts';

const listedUser = `user_id as "userId", username, display_name as "displayName", kind, active`;

export async function findUser(db: Db, tenantId: number, userId: string): Promise<ListedUser | undefined> {
  const { rows } = await db.query<ListedUser>(
    `select ${listedUser} from app_user where tenant_id = $1 and user_id = $2`,
    [tenantId, userId],
  );
  return rows[0];
}

export async function findUserByName(db: Db, tenantId: number, username: string): Promise<ListedUser | undefined> {
  const { rows } = await db.query<ListedUser>(
    `select ${listedUser} from app_user where tenant_id = $1 and lower(username) = lower($2)`,
    [tenantId, username],
  );
  return rows[0];
}

export interface NewUser {
  readonly tenantId: number;
  readonly userId: string;
  readonly kind: UserKind;
  readonly username: string;
  readonly displayName: string;
  readonly passwordHash: string | null;
}

/** False when the name is taken. */
export async function insertUser(db: Db, user: NewUser): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into app_user (tenant_id, user_id, kind, username, display_name, password_hash)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [user.tenantId, user.userId, user.kind, user.username, user.displayName, user.passwordHash],
  );
  return rowCount === 1;
}

export async function listRosterOffices(db: Db, tenantId: number): Promise<RosterOffice[]> {
  const { rows } = await db.query<RosterOffice>(
    'select office_id as "officeId", name, zone from office where tenant_id = $1 and active order by lower(name), office_id',
    [tenantId],
  );
  return rows;
}

export async function listMemberships(db: Db, tenantId: number, userId: string): Promise<string[]> {
  const { rows } = await db.query<{ officeId: string }>(
    'select office_id as "officeId" from office_membership where tenant_id = $1 and user_id = $2 order by office_id',
    [tenantId, userId],
  );
  return rows.map((row) => row.officeId);
}

/** Makes the user a member of these offices as well; of those that he is of already nothing changes. */
export async function addMemberships(
  tx: Db,
  tenantId: number,
  userId: string,
  officeIds: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into office_membership (tenant_id, user_id, office_id)
     select $1, $2, office_id from unnest($3::text[]) as wanted (office_id) on conflict do nothing`,
    [tenantId, userId, officeIds],
  );
}

/** Makes the memberships exactly these. */
export async function replaceMemberships(
  db: Db,
  tenantId: number,
  userId: string,
  officeIds: readonly string[],
): Promise<void> {
  await db.query('delete from office_membership where tenant_id = $1 and user_id = $2 and office_id <> all ($3)', [
    tenantId,
    userId,
    officeIds,
  ]);
  await db.query(
    `insert into office_membership (tenant_id, user_id, office_id)
     select $1, $2, office_id from unnest($3::text[]) as wanted (office_id) on conflict do nothing`,
    [tenantId, userId, officeIds],
  );
}

/**
 * Locks the user's row, so that whoever changes what he holds takes turns, and answers the version of what he holds and of the
 * roster that it is about. undefined: there is no such user.
 */
export async function lockPermissionVersion(db: Db, tenantId: number, userId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ version: string }>(
    `select u.permission_version || '.' || t.roster_version as version
       from app_user u join tenant t on t.tenant_id = u.tenant_id
      where u.tenant_id = $1 and u.user_id = $2 for update of u`,
    [tenantId, userId],
  );
  return rows[0]?.version;
}

export async function bumpPermissionVersion(db: Db, tenantId: number, userId: string): Promise<void> {
  await db.query(
    'update app_user set permission_version = permission_version + 1 where tenant_id = $1 and user_id = $2',
    [tenantId, userId],
  );
}

/** Offices that the user belongs to; `today` is filled in by the caller, who knows the clock. */
export async function listOwnOffices(db: Db, tenantId: number, userId: string): Promise<Omit<MyOffice, 'today'>[]> {
  const { rows } = await db.query<Omit<MyOffice, 'today'>>(
    `select o.office_id as "officeId", o.name, o.zone
       from office o
       join office_membership m on m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2
      where o.tenant_id = $1 and o.active
      order by lower(o.name), o.office_id`,
    [tenantId, userId],
  );
  return rows;
}

const literally = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

/** Patients to whom every word fits, of those that the user holds Patient for somewhere. Words as in the contract. */
export async function findPatients(db: Db, tenantId: number, userId: string, search: string): Promise<FoundPatient[]> {
  const words = search
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .slice(0, 4);
  if (words.length === 0) return [];
  const { rows } = await db.query<FoundPatient>(
    `select p.patient_id as "patientId", p.family || ', ' || p.given as display, p.birth_date as "birthDate",
            p.chart_number as "chartNumber"
       from patient p
      where p.tenant_id = $1 and p.active
        and not exists (select from unnest($3::text[], $4::text[]) as word (pattern, typed)
                         where lower(p.family) not like word.pattern and lower(p.given) not like word.pattern
                           and lower(p.chart_number) is distinct from word.typed and lower(p.patient_id) <> word.typed
                           and to_char(p.birth_date, 'YYYY-MM-DD') is distinct from word.typed)
        and exists (select from patient_pair k
                      join held_grant h on h.tenant_id = k.tenant_id and h.office_id = k.office_id and h.provider_id = k.provider_id
                     where k.tenant_id = p.tenant_id and k.patient_id = p.patient_id
                       and h.user_id = $2 and (h.columns & 1) = 1)
      order by lower(p.family), lower(p.given), p.patient_id
      limit ${patientsFound}`,
    [tenantId, userId, words.map((word) => `${literally(word)}%`), words],
  );
  return rows;
}
