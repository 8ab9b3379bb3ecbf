import type { Db } from '../../platform/database/db.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { takingTimeOf } from '../scheduling/overlaps.sql.ts';
import type { Slot } from '../scheduling/slots.ts';
import type { Reader } from './resources.sql.ts';

export interface SlotRow {
  readonly id: string;
  readonly json: string;
  readonly startAt: Date;
}

export interface SlotPage {
  readonly status: 'free' | 'busy' | null;
  readonly after: { readonly startAt: Date; readonly id: string } | null;
  readonly limit: number;
}

/** Which of the slots are taken, as resources, by start. Under both walls once more: a slot is a booking's shadow. */
export async function findSlots(db: Db, reader: Reader, slots: readonly Slot[], page: SlotPage): Promise<SlotRow[]> {
  if (slots.length === 0) return [];
  const { rows } = await db.query<SlotRow>(
    `select s.id, s.start_at as "startAt",
            '{"resourceType":"Slot","id":"' || s.id || '","schedule":{"reference":"Schedule/' || s.schedule_id || '"},"status":"' || taken.status ||
            '","start":' || left(to_json(timezone('UTC', s.start_at))::text, -1) || 'Z"' ||
            ',"end":' || left(to_json(timezone('UTC', s.end_at))::text, -1) || 'Z"}' as json
       from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
            as s (id, schedule_id, office_id, provider_id, start_at, end_at)
       join held_grant g on g.tenant_id = $1 and g.user_id = $2 and g.office_id = s.office_id and g.provider_id = s.provider_id
                        and (g.columns & 2) = 2
      cross join lateral (
        select case when exists (${takingTimeOf('s')}) then 'busy' else 'free' end as status) taken
      where ($9::text is null or taken.status = $9)
        and ($10::timestamptz is null or (s.start_at, s.id collate "C") > ($10::timestamptz, $11::text))
      order by s.start_at, s.id collate "C"
      limit $12`,
    [
      reader.tenantId,
      reader.userId,
      slots.map(({ slotId }) => slotId),
      slots.map(({ schedule }) => schedule.scheduleId),
      slots.map(({ schedule }) => schedule.officeId),
      slots.map(({ schedule }) => schedule.providerId),
      slots.map(({ startAt }) => startAt),
      slots.map(({ endAt }) => endAt),
      page.status,
      page.after?.startAt ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
  return rows;
}

/** Where schedules are, by their ids. Needs the roster's scope. */
export async function findPairsOfSchedules(db: Db, tenantId: number, scheduleIds: readonly string[]): Promise<Pair[]> {
  const { rows } = await db.query<Pair>(
    `select office_id as "officeId", provider_id as "providerId" from provider_schedule
      where tenant_id = $1 and schedule_id = any($2) order by 1, 2`,
    [tenantId, scheduleIds],
  );
  return rows;
}

export interface ScheduleOfProvider extends Pair {
  readonly scheduleId: string;
}

/** Needs the roster's scope. */
export async function listSchedulesOfProvider(
  db: Db,
  tenantId: number,
  providerId: string,
): Promise<ScheduleOfProvider[]> {
  const { rows } = await db.query<ScheduleOfProvider>(
    `select office_id as "officeId", provider_id as "providerId", schedule_id as "scheduleId" from provider_schedule
      where tenant_id = $1 and provider_id = $2`,
    [tenantId, providerId],
  );
  return rows;
}
