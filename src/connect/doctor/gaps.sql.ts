import type { Db } from '../../platform/database/db.ts';
import type { Probe } from '../contract/certificates.ts';
import type { FeatureState, GapCause } from '../contract/doctor.ts';
import type { Feature } from '../contract/features.ts';
import type { SyncMode } from '../contract/sync.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';
import type { FoundGap } from './diagnose.ts';

export interface BeforeSchedule {
  readonly officeId: string;
  readonly providerId: string;
  readonly granted: number;
  readonly held: number;
  readonly states: Readonly<Partial<Record<Feature, FeatureState>>>;
  readonly shown: number;
  readonly hidden: number;
}

/** What stood when a gap was first seen. */
export interface Before {
  readonly permissionVersion: string;
  readonly readAt: string;
  readonly schedules: readonly BeforeSchedule[];
}

export interface OpenGap {
  readonly gapId: string;
  readonly openedAt: Date;
  readonly cause: GapCause;
  readonly found: FoundGap;
  readonly before: Before;
  readonly healedAt: Date | null;
  readonly unproved: readonly Probe[] | null;
}

/** It was looked at. What became due meanwhile, or is waited for, stays so. `againMs` null: until something changes. */
export async function noteLooked(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  againMs: number | null,
): Promise<void> {
  await tx.query(
    `update connect.connection set gaps_due_at = now() + $3 * interval '1 millisecond'
      where site_id = $1 and connection_id = $2 and gaps_due_at > now()`,
    [siteId, connectionId, againMs],
  );
}

export async function listOpenGaps(db: Db, { siteId, connectionId }: ConnectionKey): Promise<OpenGap[]> {
  const { rows } = await db.query<OpenGap & Record<string, unknown>>(
    `select gap_id as "gapId", opened_at as "openedAt", cause, found, before, healed_at as "healedAt", unproved
       from connect.gap_record where site_id = $1 and connection_id = $2 and closed_at is null order by opened_at, gap_id`,
    [siteId, connectionId],
  );
  return rows;
}

/** Resolves to the ids of those that begin. Those that nobody has seen yet begin; of those that are open already the newest word counts, and what stood before them stays. */
export async function writeFoundGaps(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  gaps: readonly { readonly found: FoundGap; readonly before: Before }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ gapId: string; isNew: boolean }>(
    `insert into connect.gap_record (site_id, connection_id, gap_id, opened_at, cause, found, before)
     select $1, $2, found->>'gapId', $3, found->>'cause', found, before
       from jsonb_to_recordset($4::jsonb) as one (found jsonb, before jsonb)
     on conflict (site_id, connection_id, gap_id) where closed_at is null
     do update set found = excluded.found, healed_at = null, unproved = null
      where (gap_record.found, gap_record.healed_at) is distinct from (excluded.found, null)
     returning gap_id as "gapId", xmax = 0 as "isNew"`,
    [siteId, connectionId, now, JSON.stringify(gaps)],
  );
  return new Set(rows.filter(({ isNew }) => isNew).map(({ gapId }) => gapId));
}

export async function noteHealed(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  gapIds: readonly string[],
  now: Date,
): Promise<void> {
  await tx.query(
    `update connect.gap_record set healed_at = $4
      where site_id = $1 and connection_id = $2 and gap_id = any ($3) and closed_at is null and healed_at is null`,
    [siteId, connectionId, gapIds, now],
  );
}

export async function noteUnproved(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  gapId: string,
  failing: readonly Probe[],
): Promise<void> {
  await tx.query(
    `update connect.gap_record set unproved = $4 where site_id = $1 and connection_id = $2 and gap_id = $3 and closed_at is null`,
    [siteId, connectionId, gapId, JSON.stringify(failing)],
  );
}

/** false: somebody else closed it, or it came back. */
export async function closeGap(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  { gapId, openedAt }: Pick<OpenGap, 'gapId' | 'openedAt'>,
  end: { readonly ending: 'proved' | 'gone' | 'withdrawn'; readonly certificateId: string | null; readonly now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update connect.gap_record set closed_at = $5, ending = $6, certificate_id = $7, unproved = null
      where site_id = $1 and connection_id = $2 and gap_id = $3 and opened_at = $4 and closed_at is null and healed_at is not null`,
    [siteId, connectionId, gapId, openedAt, end.now, end.ending, end.certificateId],
  );
  return rowCount === 1;
}

export interface ClosedGap {
  readonly gapId: string;
  readonly cause: GapCause;
  readonly found: FoundGap;
  readonly openedAt: Date;
  readonly closedAt: Date;
  readonly ending: 'proved' | 'gone' | 'withdrawn';
  readonly certificateId: string | null;
}

/** The latest first. */
export async function listClosedGaps(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  atMost: number,
): Promise<ClosedGap[]> {
  const { rows } = await db.query<ClosedGap & Record<string, unknown>>(
    `select gap_id as "gapId", cause, found, opened_at as "openedAt", closed_at as "closedAt", ending, certificate_id as "certificateId"
       from connect.gap_record where site_id = $1 and connection_id = $2 and closed_at is not null
      order by closed_at desc, gap_id limit $3`,
    [siteId, connectionId, atMost],
  );
  return rows;
}

export interface RunOfGap {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly state: string;
  readonly endedAt: Date;
}

/** Runs since the gap was first seen that read any of these schedules, the last ten. */
export async function listRunsOver(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  schedules: readonly { readonly officeId: string; readonly providerId: string }[],
  since: Date,
): Promise<RunOfGap[]> {
  const { rows } = await db.query<RunOfGap & Record<string, unknown>>(
    `select r.run_id as "runId", r.mode, r.state, r.ended_at as "endedAt"
       from connect.sync_run r
      where r.site_id = $1 and r.connection_id = $2 and r.ended_at >= $3
        and exists (select from connect.slice_ledger l
                      join unnest($4::text[], $5::text[]) as pair (office_id, provider_id)
                        on l.office_id = pair.office_id and l.provider_id = pair.provider_id
                     where l.site_id = r.site_id and l.connection_id = r.connection_id and l.run_id = r.run_id)
      order by r.ended_at desc limit 10`,
    [siteId, connectionId, since, schedules.map((one) => one.officeId), schedules.map((one) => one.providerId)],
  );
  return rows.reverse();
}

/** Whether anything is being read, or is about to be. */
export async function isRunning(db: Db, { siteId, connectionId }: ConnectionKey): Promise<boolean> {
  const { rows } = await db.query<{ running: boolean }>(
    `select exists (select from connect.sync_run where site_id = $1 and connection_id = $2 and state in ('queued', 'running')) as running`,
    [siteId, connectionId],
  );
  return rows[0]!.running;
}
