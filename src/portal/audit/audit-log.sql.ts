// What was recorded of the site in force, latest first.
import type { Db } from '../../platform/database/db.ts';
import type { LogPosition } from '../../platform/http/page-position.ts';
import type { AuditAbout } from '../contract/audit-log.ts';

export interface AuditFilter {
  readonly userId: string | undefined;
  readonly from: Date | undefined;
  readonly until: Date | undefined;
  readonly about: AuditAbout | undefined;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  /** Microseconds, as in LogPosition. */
  readonly key: string;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly action: string;
  readonly entityType: string;
  readonly entityId: string;
  readonly entityName: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string | null;
}

const signIns = `a.action in ('sign-in', 'refuse-sign-in')`;
/** Every entity is in one of them: what none names is Cloud Connect's. */
const groups: Readonly<Record<Exclude<AuditAbout, 'sign-in' | 'cloud-connect'>, readonly string[]>> = {
  users: ['portal-user', 'invitation', 'audit-log'],
  bookings: ['booking', 'patients-page', 'staff-task', 'mail'],
  messages: ['thread', 'patient'],
  reminders: ['reminder-rule', 'reminder-settings'],
};

function isAbout(about: AuditAbout | undefined): string {
  const list = (entities: readonly string[]) => `(${entities.map((one) => `'${one}'`).join(', ')})`;
  if (about === undefined) return 'true';
  if (about === 'sign-in') return signIns;
  if (about === 'cloud-connect') return `a.entity not in ${list(Object.values(groups).flat())}`;
  return `a.entity in ${list(groups[about])} and not ${signIns}`;
}

export async function listAuditRows(
  db: Db,
  siteId: number,
  { userId, from, until, about }: AuditFilter,
  { before, limit }: { readonly before: LogPosition | undefined; readonly limit: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select a.audit_id as id, a.at, (extract(epoch from a.at) * 1000000)::bigint::text as key, a.user_id as "userId",
            u.display_name as "userName", a.action, a.entity as "entityType", a.entity_id as "entityId",
            coalesce(e.display_name, l.email) as "entityName", a.before, a.after, a.request_id as "requestId"
       from audit_event a
       left join portal_user u on u.user_id = a.user_id
       left join portal_user e on a.entity = 'portal-user' and e.user_id = a.entity_id
       left join account_link l on a.entity = 'invitation' and l.site_id = a.site_id and l.link_id = a.entity_id
      where a.site_id = $1 and ($2::text is null or a.user_id = $2)
        and a.at >= coalesce($3::timestamptz, '-infinity') and a.at < coalesce($4::timestamptz, 'infinity')
        and (a.at, a.audit_id) < (coalesce(timestamptz 'epoch' + $5::bigint * interval '1 microsecond', 'infinity'), coalesce($6, ''))
        and ${isAbout(about)}
      order by a.at desc, a.audit_id desc limit $7`,
    [siteId, userId ?? null, from ?? null, until ?? null, before?.at ?? null, before?.id ?? null, limit],
  );
  return rows;
}
