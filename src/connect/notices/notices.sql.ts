import type { Db, Pool } from '../../platform/database/db.ts';
import { asSite } from '../../portal/index.ts';
import type { GapNotice } from '../contract/notices.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';

export interface NoticeSettings extends ConnectionKey {
  readonly webhookUrl: string | null;
  readonly webhookSecretSealed: Buffer | null;
  readonly digestTo: readonly string[];
  /** HH:MM:SS */
  readonly digestAt: string;
  readonly digestLanguage: 'en' | 'fr';
  readonly digestDay: string | null;
  readonly digestProblem: string | null;
  readonly version: number;
}

const columns = `site_id as "siteId", connection_id as "connectionId", webhook_url as "webhookUrl", webhook_secret_sealed as "webhookSecretSealed",
  digest_to as "digestTo", digest_at::text as "digestAt", digest_language as "digestLanguage", digest_day as "digestDay",
  digest_problem as "digestProblem", version`;

export async function findNoticeSettings(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
): Promise<NoticeSettings | undefined> {
  const { rows } = await db.query<NoticeSettings & Record<string, unknown>>(
    `select ${columns} from connect.notice_settings where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows[0];
}

/** Expected at `version - 1`; false: somebody saved before. */
export async function saveNoticeSettings(
  tx: Db,
  one: Omit<NoticeSettings, 'digestDay' | 'digestProblem'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into connect.notice_settings (site_id, connection_id, webhook_url, webhook_secret_sealed, digest_to, digest_at, digest_language, version)
     select $1, $2, $3, $4, $5, $6, $7, $8::integer
      where $8::integer = 1 or exists (select from connect.notice_settings where site_id = $1 and connection_id = $2)
     on conflict (site_id, connection_id) do update
        set webhook_url = excluded.webhook_url, webhook_secret_sealed = excluded.webhook_secret_sealed, digest_to = excluded.digest_to,
            digest_at = excluded.digest_at, digest_language = excluded.digest_language, digest_problem = null, digest_due_at = now(),
            version = excluded.version
      where notice_settings.version = excluded.version - 1`,
    [
      one.siteId,
      one.connectionId,
      one.webhookUrl,
      one.webhookSecretSealed,
      one.digestTo,
      one.digestAt,
      one.digestLanguage,
      one.version,
    ],
  );
  await tx.query(`select pg_notify('gap_notice', '')`);
  return rowCount === 1;
}

export interface Notice extends ConnectionKey {
  readonly noticeId: string;
  readonly gapId: string;
  readonly event: GapNotice['type'];
  readonly body: GapNotice;
  readonly failures: number;
}

/** In the transaction in which the gap begins or ends; nothing where the site has no webhook. */
export async function insertNotices(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  notices: readonly Pick<Notice, 'noticeId' | 'gapId' | 'event' | 'body'>[],
  now: Date,
): Promise<void> {
  if (notices.length === 0) return;
  await tx.query(
    `insert into connect.gap_notice (site_id, connection_id, notice_id, gap_id, event, body, made_at, next_attempt_at)
     select $1, $2, one."noticeId", one."gapId", one.event, one.body, $3, $3
       from jsonb_to_recordset($4::jsonb) as one ("noticeId" text, "gapId" text, event text, body jsonb)
      where exists (select from connect.notice_settings where site_id = $1 and connection_id = $2 and webhook_url is not null)`,
    [siteId, connectionId, now, JSON.stringify(notices)],
  );
  await tx.query(`select pg_notify('gap_notice', '')`);
}

/** Takes one that is due; for `leaseMs` nobody else does. */
export async function takeNotice(pool: Pool, leaseMs: number): Promise<Notice | undefined> {
  for (;;) {
    const { rows } = await pool.query<Notice & Record<string, unknown>>(
      `select site_id as "siteId", connection_id as "connectionId", notice_id as "noticeId", gap_id as "gapId", event, body, failures
         from connect.gap_notice where told_at is null and given_up_at is null and next_attempt_at <= now() order by next_attempt_at limit 1`,
    );
    const [one] = rows;
    if (!one) return undefined;
    const taken = await asSite(pool, one.siteId, async (tx) => {
      const { rowCount } = await tx.query(
        `update connect.gap_notice set next_attempt_at = now() + $3 * interval '1 millisecond'
          where site_id = $1 and notice_id = $2 and told_at is null and given_up_at is null and next_attempt_at <= now()`,
        [one.siteId, one.noticeId, leaseMs],
      );
      return rowCount === 1;
    });
    if (taken) return one;
  }
}

export async function noteTold(
  tx: Db,
  { siteId, noticeId }: Pick<Notice, 'siteId' | 'noticeId'>,
  outcome:
    | { readonly told: true }
    | { readonly told: false; readonly problem: string; readonly waitMs: number; readonly givenUp: boolean },
): Promise<void> {
  await tx.query(
    outcome.told
      ? `update connect.gap_notice set told_at = now(), problem = null where site_id = $1 and notice_id = $2`
      : `update connect.gap_notice set failures = failures + 1, problem = $3, next_attempt_at = now() + $4 * interval '1 millisecond',
                given_up_at = case when $5 then now() end
          where site_id = $1 and notice_id = $2`,
    outcome.told ? [siteId, noticeId] : [siteId, noticeId, outcome.problem, outcome.waitMs, outcome.givenUp],
  );
}

export async function findLastNotice(db: Db, { siteId, connectionId }: ConnectionKey) {
  const { rows } = await db.query<{
    event: string;
    gapId: string;
    madeAt: Date;
    toldAt: Date | null;
    givenUpAt: Date | null;
    problem: string | null;
  }>(
    `select event, gap_id as "gapId", made_at as "madeAt", told_at as "toldAt", given_up_at as "givenUpAt", problem from connect.gap_notice
      where site_id = $1 and connection_id = $2 order by made_at desc, notice_id desc limit 1`,
    [siteId, connectionId],
  );
  return rows[0];
}

/** What was told is kept for a month. */
export async function forgetOldNotices(tx: Db, { siteId, connectionId }: ConnectionKey): Promise<void> {
  await tx.query(
    `delete from connect.gap_notice where site_id = $1 and connection_id = $2 and made_at < now() - interval '30 days'
        and (told_at is not null or given_up_at is not null)`,
    [siteId, connectionId],
  );
}

/** Takes one site whose digest may be due; for `againMs` nobody else looks at it. */
export async function takeDigest(pool: Pool, againMs: number): Promise<NoticeSettings | undefined> {
  for (;;) {
    const { rows } = await pool.query<NoticeSettings & Record<string, unknown>>(
      `select ${columns} from connect.notice_settings where cardinality(digest_to) > 0 and digest_due_at <= now() order by digest_due_at limit 1`,
    );
    const [one] = rows;
    if (!one) return undefined;
    const taken = await asSite(pool, one.siteId, async (tx) => {
      const { rowCount } = await tx.query(
        `update connect.notice_settings set digest_due_at = now() + $3 * interval '1 millisecond'
          where site_id = $1 and connection_id = $2 and digest_due_at <= now()`,
        [one.siteId, one.connectionId, againMs],
      );
      return rowCount === 1;
    });
    if (taken) return one;
  }
}

export async function noteDigest(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  { day, problem }: { readonly day: string | null; readonly problem: string | null },
): Promise<void> {
  await tx.query(
    `update connect.notice_settings set digest_day = coalesce($3, digest_day), digest_problem = $4 where site_id = $1 and connection_id = $2`,
    [siteId, connectionId, day, problem],
  );
}
