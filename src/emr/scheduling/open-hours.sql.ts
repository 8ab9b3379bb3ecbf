import type { Db } from '../../platform/database/db.ts';
import type { Pair } from '../permissions/require-pair.ts';
import type { OpenHours, OpenSchedule } from './slots.ts';

/** Schedules in use whose slots the user may see (Scheduling), with their hours; of these ids, or all. */
export async function listOpenSchedules(
  db: Db,
  tenantId: number,
  userId: string,
  scheduleIds: readonly string[] | null,
): Promise<OpenSchedule[]> {
  const { rows } = await db.query<OpenSchedule>(
    `select s.office_id as "officeId", s.provider_id as "providerId", s.schedule_id as "scheduleId", o.zone,
            jsonb_agg(jsonb_build_object('weekday', h.weekday, 'from', h.from_time, 'until', h.until_time, 'slotMinutes', h.slot_minutes)
                      order by h.weekday, h.from_time) as hours
       from provider_schedule s
       join held_grant g on g.tenant_id = s.tenant_id and g.user_id = $2 and g.office_id = s.office_id
                        and g.provider_id = s.provider_id and (g.columns & 2) = 2
       join office o on o.tenant_id = s.tenant_id and o.office_id = s.office_id
       join open_hours h on h.tenant_id = s.tenant_id and h.office_id = s.office_id and h.provider_id = s.provider_id
      where s.tenant_id = $1 and s.active and o.active and ($3::text[] is null or s.schedule_id = any($3::text[]))
      group by 1, 2, 3, 4`,
    [tenantId, userId, scheduleIds],
  );
  return rows;
}

/** Hours of one schedule, whoever may see it. Needs the roster's scope. */
export async function listOpenHours(db: Db, tenantId: number, { officeId, providerId }: Pair): Promise<OpenHours[]> {
  const { rows } = await db.query<OpenHours>(
    `select weekday, from_time as "from", until_time as "until", slot_minutes as "slotMinutes" from open_hours
      where tenant_id = $1 and office_id = $2 and provider_id = $3 order by weekday, from_time`,
    [tenantId, officeId, providerId],
  );
  return rows;
}

/** Makes the hours of a schedule exactly these. Needs the roster's scope. */
export async function replaceOpenHours(
  db: Db,
  tenantId: number,
  { officeId, providerId }: Pair,
  hours: readonly OpenHours[],
): Promise<void> {
  await db.query('delete from open_hours where tenant_id = $1 and office_id = $2 and provider_id = $3', [
    tenantId,
    officeId,
    providerId,
  ]);
  await db.query(
    `insert into open_hours (tenant_id, office_id, provider_id, weekday, from_time, until_time, slot_minutes)
     select $1, $2, $3, * from unnest($4::smallint[], $5::text[], $6::text[], $7::smallint[])`,
    [
      tenantId,
      officeId,
      providerId,
      hours.map(({ weekday }) => weekday),
      hours.map(({ from }) => from),
      hours.map(({ until }) => until),
      hours.map(({ slotMinutes }) => slotMinutes),
    ],
  );
}

export async function isSchedule(db: Db, tenantId: number, { officeId, providerId }: Pair): Promise<boolean> {
  const { rows } = await db.query(
    'select from provider_schedule where tenant_id = $1 and office_id = $2 and provider_id = $3',
    [tenantId, officeId, providerId],
  );
  return rows.length > 0;
}

/** Whoever replaces these words takes turns, until the transaction ends. */
export async function lockVocabulary(db: Db, tenantId: number, words: 'types' | 'statuses'): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`appointment ${words} ${tenantId}`]);
}

export interface AppointmentType {
  readonly code: string;
  readonly display: string;
}

export async function listAppointmentTypes(db: Db, tenantId: number): Promise<AppointmentType[]> {
  const { rows } = await db.query<AppointmentType>(
    'select code, display from appointment_type where tenant_id = $1 order by place, code',
    [tenantId],
  );
  return rows;
}

/** Makes the types exactly these, in this order. Needs the roster's scope. */
export async function replaceAppointmentTypes(
  db: Db,
  tenantId: number,
  types: readonly AppointmentType[],
): Promise<void> {
  await db.query('delete from appointment_type where tenant_id = $1', [tenantId]);
  await db.query(
    `insert into appointment_type (tenant_id, code, display, place)
     select $1, code, display, place from unnest($2::text[], $3::text[]) with ordinality as t (code, display, place)`,
    [tenantId, types.map(({ code }) => code), types.map(({ display }) => display)],
  );
}
