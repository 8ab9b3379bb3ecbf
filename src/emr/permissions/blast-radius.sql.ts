import type { Db } from '../../platform/database/db.ts';
import type { GrantRow } from './permissions.ts';
import type { ChangedPair } from './preview-changes.ts';

export interface StoredGrants {
  readonly active: boolean;
  readonly offices: readonly string[];
  readonly rows: readonly GrantRow[];
  /** By the clock of the database, which is the one by which rows lapse. */
  readonly now: Date;
}

/** A user's grants as they are. */
export async function readGrants(db: Db, tenantId: number, userId: string): Promise<StoredGrants> {
  const { rows: heads } = await db.query<{ active: boolean; offices: string[]; now: Date }>(
    `select u.active, now() as now,
            array(select office_id from office_membership m where m.tenant_id = u.tenant_id and m.user_id = u.user_id) as offices
       from app_user u where u.tenant_id = $1 and u.user_id = $2`,
    [tenantId, userId],
  );
  const { rows } = await db.query<GrantRow>(
    `select office_id as "officeId", provider_id as "providerId", columns::integer as columns, access_until as "accessUntil"
       from permission_grant where tenant_id = $1 and user_id = $2`,
    [tenantId, userId],
  );
  return { ...heads[0]!, rows };
}

/** How long whoever saves may be kept waiting by a count, in all. */
const lockMs = 2000;
const countMs = 5000;

/** Of this transaction: a count that takes too long, or waits too long, is given up. */
export async function limitCounting(tx: Db): Promise<void> {
  await tx.query(
    `select set_config('lock_timeout', '${lockMs}', true), set_config('statement_timeout', '${countMs}', true)`,
  );
}

export interface Counted {
  readonly bookings: { readonly appear: number; readonly disappear: number };
  readonly patients: { readonly appear: number; readonly disappear: number };
}

/**
 * Counts, in a transaction in which all of `pairs` hold what they hold before and what they hold after, which of it is on one side alone.
 * `pairs` are all pairs of the user: a patient stays visible for as long as one of his pairs is.
 */
export async function countDifference(
  db: Db,
  tenantId: number,
  pairs: readonly ChangedPair[],
  from: Date,
): Promise<Counted> {
  const { rows } = await db.query<Record<'bookingsIn' | 'bookingsOut' | 'patientsIn' | 'patientsOut', number>>(
    `with pair as materialized (
       select office_id, provider_id, before & 34 = 34 as lists_before, after & 34 = 34 as lists_after,
              before & 33 = 33 as shows_before, after & 33 = 33 as shows_after
         from unnest($2::text[], $3::text[], $4::integer[], $5::integer[]) as p (office_id, provider_id, before, after)),
     booking as (
       select count(*) filter (where p.lists_after) as appear, count(*) filter (where p.lists_before) as disappear
         from pair p
         join appointment a on a.tenant_id = $1 and a.office_id = p.office_id and a.provider_id = p.provider_id and a.start_at >= $6
        where p.lists_before <> p.lists_after),
     touched as (
       select k.patient_id
         from pair p
         join patient_pair k on k.tenant_id = $1 and k.office_id = p.office_id and k.provider_id = p.provider_id
        where p.shows_before <> p.shows_after
        group by k.patient_id),
     person as (
       select bool_or(p.shows_before) as before, bool_or(p.shows_after) as after
         from touched t
         join patient_pair k on k.tenant_id = $1 and k.patient_id = t.patient_id
         join pair p on p.office_id = k.office_id and p.provider_id = k.provider_id
        group by k.patient_id)
     select (select appear from booking) as "bookingsIn", (select disappear from booking) as "bookingsOut",
            count(*) filter (where after and not before) as "patientsIn", count(*) filter (where before and not after) as "patientsOut"
       from person`,
    [
      tenantId,
      pairs.map((one) => one.officeId),
      pairs.map((one) => one.providerId),
      pairs.map((one) => one.before),
      pairs.map((one) => one.after),
      from,
    ],
  );
  const [one] = rows;
  return {
    bookings: { appear: one!.bookingsIn, disappear: one!.bookingsOut },
    patients: { appear: one!.patientsIn, disappear: one!.patientsOut },
  };
}
