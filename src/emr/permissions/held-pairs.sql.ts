import type { Db } from '../../platform/database/db.ts';
import type { Principal } from '../principal.ts';
import type { HeldPair, Pair } from './require-pair.ts';

/** Of these pairs those that the user holds Visible on, with all that he holds there. */
export async function findHeldPairs(
  db: Db,
  { tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>,
  pairs: readonly Pair[],
): Promise<HeldPair[]> {
  const { rows } = await db.query<HeldPair>({
    name: 'held-pairs',
    text: `select h.office_id as "officeId", h.provider_id as "providerId", h.columns::integer as columns, o.zone, s.active and o.active as active
       from unnest($3::text[], $4::text[]) as asked (office_id, provider_id)
       join held_grant h on h.tenant_id = $1 and h.user_id = $2 and h.office_id = asked.office_id and h.provider_id = asked.provider_id
       join provider_schedule s on s.tenant_id = h.tenant_id and s.office_id = h.office_id and s.provider_id = h.provider_id
       join office o on o.tenant_id = h.tenant_id and o.office_id = h.office_id`,
    values: [tenantId, userId, pairs.map(({ officeId }) => officeId), pairs.map(({ providerId }) => providerId)],
  });
  return rows;
}

/** What people call an office and a provider; null for one that there is not. Needs the roster's scope. */
export async function findNames(
  db: Db,
  tenantId: number,
  { officeId, providerId }: Pair,
): Promise<{ readonly office: string | null; readonly provider: string | null }> {
  const { rows } = await db.query<{ office: string | null; provider: string | null }>(
    `select (select name from office where tenant_id = $1 and office_id = $2) as office,
            (select concat_ws(' ', prefix, given, family, suffix) from provider where tenant_id = $1 and provider_id = $3) as provider`,
    [tenantId, officeId, providerId],
  );
  return rows[0]!;
}

/** Which schedule a PractitionerRole stands for, active or not. Needs the roster's scope. */
export async function findPairOfRole(db: Db, tenantId: number, roleId: string): Promise<Pair | undefined> {
  const { rows } = await db.query<Pair>(
    `select office_id as "officeId", provider_id as "providerId" from provider_schedule
      where tenant_id = $1 and practitioner_role_id = $2`,
    [tenantId, roleId],
  );
  return rows[0];
}

/** Where a provider works. Needs the roster's scope. */
export async function listPairsOfProvider(db: Db, tenantId: number, providerId: string): Promise<Pair[]> {
  const { rows } = await db.query<Pair>(
    `select office_id as "officeId", provider_id as "providerId" from provider_schedule
      where tenant_id = $1 and provider_id = $2 and active order by office_id`,
    [tenantId, providerId],
  );
  return rows;
}
