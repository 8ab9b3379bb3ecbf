import type { CoveredOffice, CoveredSchedule } from '../../fhir/permission-coverage.ts';
import type { Db } from '../../platform/database/db.ts';
import type { Reader } from './resources.sql.ts';

export interface CoverageHead {
  readonly tenantName: string;
  readonly permissionVersion: string;
  readonly asOf: string;
  readonly changesUntil: string;
}

export async function findCoverageHead(db: Db, reader: Reader): Promise<CoverageHead> {
  const { rows } = await db.query<CoverageHead>(
    `select t.name as "tenantName", permission_version(t.tenant_id, $2) as "permissionVersion",
            (to_json(timezone('UTC', now()))#>>'{}') || 'Z' as "asOf",
            (to_json(timezone('UTC', changes_settled_until()))#>>'{}') || 'Z' as "changesUntil"
       from tenant t where t.tenant_id = $1`,
    [reader.tenantId, reader.userId],
  );
  return rows[0]!;
}

export async function findCoveredOffices(db: Db, reader: Reader): Promise<CoveredOffice[]> {
  const { rows } = await db.query<CoveredOffice>(
    `select o.office_id as "officeId", o.name, o.zone, m.user_id is not null as member
       from office o
       left join office_membership m on m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2
      where o.tenant_id = $1
      order by o.office_id`,
    [reader.tenantId, reader.userId],
  );
  return rows;
}

/** Held comes from the one predicate, granted from the grant as it was saved. */
export async function findCoveredSchedules(db: Db, reader: Reader): Promise<CoveredSchedule[]> {
  const { rows } = await db.query<
    Omit<CoveredSchedule, 'since' | 'accessUntilDay'> & { since: string | null; accessUntilDay: string | null }
  >(
    `select s.office_id as "officeId", s.provider_id as "providerId", s.active as "scheduleActive",
            concat_ws(' ', v.prefix, v.given, v.family) || coalesce(', ' || v.suffix, '') as "providerDisplay",
            coalesce(h.columns, 0) as "columnsHeld", coalesce(g.columns, 0) as "columnsGranted",
            (to_json(timezone('UTC', g.changed_at))#>>'{}') || 'Z' as since,
            g.access_until_day as "accessUntilDay", coalesce(g.access_until <= now(), false) as lapsed
       from provider_schedule s
       join provider v on v.tenant_id = s.tenant_id and v.provider_id = s.provider_id
       left join permission_grant g on g.tenant_id = s.tenant_id and g.user_id = $2
        and g.office_id = s.office_id and g.provider_id = s.provider_id
        and (g.columns <> 0 or g.access_until_day is not null)
       left join held_grant h on h.tenant_id = s.tenant_id and h.user_id = $2
        and h.office_id = s.office_id and h.provider_id = s.provider_id
      where s.tenant_id = $1
      order by s.office_id, s.provider_id`,
    [reader.tenantId, reader.userId],
  );
  return rows.map(({ since, accessUntilDay, ...row }) => ({
    ...row,
    ...(since === null ? {} : { since }),
    ...(accessUntilDay === null ? {} : { accessUntilDay }),
  }));
}
