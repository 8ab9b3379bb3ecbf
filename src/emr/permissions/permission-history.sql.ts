import type { Column, ColumnSet } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';

interface RecordedRow {
  readonly columns: readonly Column[];
  readonly accessUntilDay: string | null;
}

export interface RecordedChange {
  readonly at: Date;
  readonly by: string | null;
  readonly before: RecordedRow;
  readonly after: RecordedRow;
  readonly reason: string | null;
}

/** What was written to the audit log whenever this row of the user's matrix was saved, latest first. */
export async function listRowChanges(
  db: Db,
  tenantId: number,
  row: { readonly userId: string; readonly officeId: string; readonly providerId: string },
  limit: number,
): Promise<RecordedChange[]> {
  const { rows } = await db.query<RecordedChange>(
    `select a.at, coalesce(u.display_name, a.user_id) as by, b.place as before, f.place as after, a.after ->> 'reason' as reason
       from audit_event a
       cross join lateral jsonb_array_elements(a.after -> 'rows') f (place)
       cross join lateral jsonb_array_elements(a.before) b (place)
       left join app_user u on u.tenant_id = a.tenant_id and u.user_id = a.user_id
      where a.tenant_id = $1 and a.entity = 'user' and a.entity_id = $2 and a.action = 'set-provider-permissions'
        and f.place ->> 'officeId' = $3 and f.place ->> 'providerId' = $4
        and b.place ->> 'officeId' = $3 and b.place ->> 'providerId' = $4
      order by a.at desc, a.audit_id desc
      limit $5`,
    [tenantId, row.userId, row.officeId, row.providerId, limit],
  );
  return rows;
}

export interface EndingRow {
  readonly userId: string;
  readonly displayName: string;
  readonly isIntegrationUser: boolean;
  readonly officeId: string;
  readonly office: string;
  readonly zone: string;
  readonly providerId: string;
  readonly provider: string;
  readonly columns: ColumnSet;
  readonly accessUntilDay: string;
}

/** Rows of active users that hold something and end between two instants, soonest first. Needs the roster's scope. */
export async function listEndingRows(
  db: Db,
  tenantId: number,
  { after, until }: { readonly after: Date; readonly until: Date },
): Promise<EndingRow[]> {
  const { rows } = await db.query<EndingRow>(
    `select g.user_id as "userId", u.display_name as "displayName", u.kind = 'service' as "isIntegrationUser",
            g.office_id as "officeId", o.name as office, o.zone, g.provider_id as "providerId",
            concat_ws(' ', p.prefix, p.given, p.family, p.suffix) as provider, g.columns::integer as columns,
            g.access_until_day::text as "accessUntilDay"
       from permission_grant g
       join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id and u.active
       join office o on o.tenant_id = g.tenant_id and o.office_id = g.office_id and o.active
       join provider p on p.tenant_id = g.tenant_id and p.provider_id = g.provider_id
      where g.tenant_id = $1 and g.columns <> 0 and g.access_until > $2 and g.access_until <= $3
      order by g.access_until, lower(u.display_name), g.user_id, lower(o.name), g.office_id, lower(p.family), g.provider_id`,
    [tenantId, after, until],
  );
  return rows;
}
