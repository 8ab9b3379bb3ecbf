import type { ColumnSet } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';

/** Moves with every saved change and with the roster, and not with the lapse of a row: that is no change that somebody saved. */
export async function readVersion(db: Db, tenantId: number, userId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ version: string }>(
    `select u.permission_version || '.' || t.roster_version as version
       from app_user u join tenant t on t.tenant_id = u.tenant_id where u.tenant_id = $1 and u.user_id = $2`,
    [tenantId, userId],
  );
  return rows[0]?.version;
}

export interface MatrixRow {
  readonly officeId: string;
  readonly officeName: string;
  readonly zone: string;
  readonly member: boolean;
  /** null: the office has no provider schedule. */
  readonly providerId: string | null;
  readonly display: string;
  readonly columns: ColumnSet;
  readonly accessUntilDay: string | null;
  readonly lapsed: boolean;
  readonly changedAt: Date | null;
  readonly changedBy: string | null;
}

/** Every provider schedule of the roster as the user holds it, by office and provider. Needs the roster's scope. */
export async function listMatrix(db: Db, tenantId: number, userId: string): Promise<MatrixRow[]> {
  const { rows } = await db.query<MatrixRow>(
    `select o.office_id as "officeId", o.name as "officeName", o.zone, m.user_id is not null as member,
            s.provider_id as "providerId", concat_ws(' ', p.prefix, p.given, p.family, p.suffix) as display,
            coalesce(g.columns, 0)::integer as columns, g.access_until_day as "accessUntilDay",
            coalesce(g.access_until <= now(), false) as lapsed,
            g.changed_at as "changedAt", coalesce(by.display_name, g.changed_by) as "changedBy"
       from office o
       left join office_membership m on m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2
       left join (provider_schedule s join provider p on p.tenant_id = s.tenant_id and p.provider_id = s.provider_id)
         on s.tenant_id = o.tenant_id and s.office_id = o.office_id and s.active
       left join permission_grant g
         on g.tenant_id = s.tenant_id and g.user_id = $2 and g.office_id = s.office_id and g.provider_id = s.provider_id
       left join app_user by on by.tenant_id = g.tenant_id and by.user_id = g.changed_by
      where o.tenant_id = $1 and o.active
      order by lower(o.name), o.office_id, lower(p.family), lower(p.given), s.provider_id`,
    [tenantId, userId],
  );
  return rows;
}

export interface GrantChange {
  readonly officeId: string;
  readonly providerId: string;
  readonly columns: ColumnSet;
  readonly accessUntilDay: string | null;
  readonly accessUntil: Date | null;
}

/** Writes the rows. One that holds nothing any more stays, so that who took it away and when can still be said. */
export async function writeGrants(
  db: Db,
  { tenantId, userId, changedBy }: { readonly tenantId: number; readonly userId: string; readonly changedBy: string },
  changes: readonly GrantChange[],
): Promise<void> {
  await db.query(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until_day, access_until, changed_at, changed_by)
     select $1, $2, office_id, provider_id, columns, access_until_day, access_until, now(), $3
       from unnest($4::text[], $5::text[], $6::smallint[], $7::date[], $8::timestamptz[])
            as changed (office_id, provider_id, columns, access_until_day, access_until)
     on conflict (tenant_id, user_id, office_id, provider_id) do update
        set columns = excluded.columns, access_until_day = excluded.access_until_day, access_until = excluded.access_until,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
    [
      tenantId,
      userId,
      changedBy,
      changes.map((row) => row.officeId),
      changes.map((row) => row.providerId),
      changes.map((row) => row.columns),
      changes.map((row) => row.accessUntilDay),
      changes.map((row) => row.accessUntil),
    ],
  );
}
