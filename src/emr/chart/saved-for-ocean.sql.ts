// What was picked with Save for Ocean. An item waits under the pair that it had when it was picked, and is handed over only while it still
// has that pair.
import type { Db } from '../../platform/database/db.ts';
import type { ChartPlace } from '../contract/chart.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { Actor } from './chart.sql.ts';

export type SavedType = 'DocumentReference' | 'DiagnosticReport';

const items: Readonly<Record<SavedType, { table: string; id: string; needed: number }>> = {
  DocumentReference: { table: 'document', id: 'document_id', needed: 8 },
  DiagnosticReport: { table: 'diagnostic_report', id: 'report_id', needed: 16 },
};

/** What expired before `before`: nobody asks for it any more. */
export async function clearSaved(db: Db, tenantId: number, before: Date): Promise<void> {
  await db.query('delete from saved_for_ocean where tenant_id = $1 and expires_at < $2', [tenantId, before]);
}

export interface SavedItem extends Pair {
  readonly itemId: string;
}

/** Those of the ids that are in this patient's chart, in force and visible to the user; they wait from now, also if they did before. */
export async function saveItems(
  db: Db,
  { tenantId, userId }: Actor,
  type: SavedType,
  saved: { readonly patientId: string; readonly ids: readonly string[]; readonly now: Date; readonly until: Date },
): Promise<SavedItem[]> {
  const { table, id, needed } = items[type];
  const { rows } = await db.query<SavedItem>(
    `insert into saved_for_ocean as s (tenant_id, item_type, item_id, patient_id, office_id, provider_id, saved_by, saved_at, expires_at)
     select e.tenant_id, '${type}', e.${id}, e.patient_id, e.office_id, e.provider_id, $2, $5, $6
       from ${table} e
       join held_grant h on h.tenant_id = e.tenant_id and h.office_id = e.office_id and h.provider_id = e.provider_id
                        and h.user_id = $2 and (h.columns & ${needed}) = ${needed}
      where e.tenant_id = $1 and e.patient_id = $3 and e.${id} = any($4::text[]) and e.status <> 'entered-in-error'
      order by e.${id}
     on conflict (tenant_id, item_type, item_id, office_id, provider_id)
     do update set patient_id = excluded.patient_id, saved_by = excluded.saved_by, saved_at = excluded.saved_at,
                   expires_at = excluded.expires_at, fetched_by = null, fetched_at = null
     returning s.item_id as "itemId", s.office_id as "officeId", s.provider_id as "providerId"`,
    [tenantId, userId, saved.patientId, saved.ids, saved.now, saved.until],
  );
  return rows;
}

const held = `
  exists (select from held_grant h
           where h.tenant_id = s.tenant_id and h.user_id = $2 and h.office_id = s.office_id and h.provider_id = s.provider_id
             and (h.columns & case s.item_type when 'DocumentReference' then 8 else 16 end) > 0)`;

export interface SavedName {
  readonly type: SavedType;
  readonly itemId: string;
}

/** What still waits, or this one item of it, is taken back; resolves to how many. */
export async function takeBack(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
  item?: SavedName,
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from saved_for_ocean s
      where s.tenant_id = $1 and s.patient_id = $3 and s.fetched_at is null and ${held}
        and ($4::text is null or (s.item_type = $4 and s.item_id = $5))`,
    [tenantId, userId, patientId, item?.type ?? null, item?.itemId ?? null],
  );
  return rowCount ?? 0;
}

/** How long an item is still told of after it has expired. */
export const keptAfterMs = 24 * 60 * 60 * 1000;

export interface SavedRow extends ChartPlace, SavedName {
  readonly zone: string;
  readonly title: string;
  readonly savedBy: string;
  readonly savedAt: Date;
  readonly expiresAt: Date;
  readonly fetchedAt: Date | null;
  /** Marked as entered in error, or no longer under this pair. */
  readonly withdrawn: boolean;
}

/** What was picked for this patient and expires, or expired, after `since`, of what the user may see; newest first. */
export async function listSaved(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
  since: Date,
): Promise<SavedRow[]> {
  const { rows } = await db.query<SavedRow>(
    `select s.item_type as type, s.item_id as "itemId", s.office_id as "officeId", o.name as office, o.zone, s.provider_id as "providerId",
            concat_ws(' ', v.prefix, v.given, v.family, v.suffix) as provider, coalesce(d.title, r.name, '–') as title,
            u.display_name as "savedBy", s.saved_at as "savedAt", s.expires_at as "expiresAt", s.fetched_at as "fetchedAt",
            coalesce(d.status, r.status, 'entered-in-error') = 'entered-in-error' as withdrawn
       from saved_for_ocean s
       join office o on o.tenant_id = s.tenant_id and o.office_id = s.office_id
       join provider v on v.tenant_id = s.tenant_id and v.provider_id = s.provider_id
       join app_user u on u.tenant_id = s.tenant_id and u.user_id = s.saved_by
       left join document d on s.item_type = 'DocumentReference' and d.tenant_id = s.tenant_id and d.document_id = s.item_id
                           and d.patient_id = s.patient_id and d.office_id = s.office_id and d.provider_id = s.provider_id
       left join diagnostic_report r on s.item_type = 'DiagnosticReport' and r.tenant_id = s.tenant_id and r.report_id = s.item_id
                           and r.patient_id = s.patient_id and r.office_id = s.office_id and r.provider_id = s.provider_id
      where s.tenant_id = $1 and s.patient_id = $3 and s.expires_at > $4 and ${held}
      order by s.saved_at desc, s.item_id`,
    [tenantId, userId, patientId, since],
  );
  return rows;
}

export interface HandedOver {
  readonly type: SavedType;
  readonly itemId: string;
}

/**
 * Takes what waits for this patient and the caller may have, once: of two that ask at the same time the second waits for the first and
 * then finds nothing. Items that he may not have stay where they are.
 */
export async function handOver(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
  now: Date,
): Promise<HandedOver[]> {
  const still = Object.entries(items)
    .map(
      ([type, { table, id }]) =>
        `(s.item_type = '${type}' and exists (select from ${table} e
            where e.tenant_id = s.tenant_id and e.${id} = s.item_id and e.patient_id = s.patient_id and e.status <> 'entered-in-error'
              and e.office_id = s.office_id and e.provider_id = s.provider_id))`,
    )
    .join(' or ');
  const { rows } = await db.query<HandedOver>(
    `update saved_for_ocean s set fetched_by = $2, fetched_at = $4
      where s.tenant_id = $1 and s.patient_id = $3 and s.fetched_at is null and s.expires_at > $4 and ${held} and (${still})
     returning s.item_type as type, s.item_id as "itemId"`,
    [tenantId, userId, patientId, now],
  );
  return rows;
}

/** Why nothing waits that the caller may have: it was fetched, or it expired; undefined where he could never have known of any. */
export async function whyNothingWaits(
  db: Db,
  { tenantId, userId }: Actor,
  patientId: string,
  now: Date,
): Promise<'fetched' | 'expired' | undefined> {
  const { rows } = await db.query<{ why: 'fetched' | 'expired' }>(
    `select case when s.fetched_at is null then 'expired' else 'fetched' end as why
       from saved_for_ocean s where s.tenant_id = $1 and s.patient_id = $3 and (s.fetched_at is not null or s.expires_at <= $4) and ${held}
      order by s.saved_at desc limit 1`,
    [tenantId, userId, patientId, now],
  );
  return rows[0]?.why;
}
