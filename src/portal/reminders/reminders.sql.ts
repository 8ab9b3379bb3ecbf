import type { Db, Pool } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import type { LogKind, ReminderRule, ReminderSettings, RuleFields } from '../contract/reminders.ts';

const columns = `rule_id as "ruleId", name, days::integer, provider_ids as "providerIds", type_texts as "typeTexts",
  types_excluded as "typesExcluded", confirmation, cancellation, cancel_notice_minutes as "cancelNoticeMinutes", calendar,
  also_confirmed as "alsoConfirmed", subject_en as "subjectEn", text_en as "textEn", subject_fr as "subjectFr", text_fr as "textFr",
  enabled, version`;

export async function listRules(db: Db, siteId: number): Promise<ReminderRule[]> {
  const { rows } = await db.query<ReminderRule & Record<string, unknown>>(
    `select ${columns} from reminder_rule where site_id = $1 and deleted_at is null order by days desc, lower(name), rule_id`,
    [siteId],
  );
  return rows;
}

export async function findRule(db: Db, siteId: number, ruleId: string): Promise<ReminderRule | undefined> {
  const { rows } = await db.query<ReminderRule & Record<string, unknown>>(
    `select ${columns} from reminder_rule where site_id = $1 and rule_id = $2 and deleted_at is null`,
    [siteId, ruleId],
  );
  return rows[0];
}

const fieldValues = (rule: RuleFields) => [
  rule.name,
  rule.days,
  rule.providerIds,
  rule.typeTexts,
  rule.typesExcluded,
  rule.confirmation,
  rule.cancellation,
  rule.cancelNoticeMinutes,
  rule.calendar,
  rule.alsoConfirmed,
  rule.subjectEn,
  rule.textEn,
  rule.subjectFr,
  rule.textFr,
];

/** False: it is there already. */
export async function insertRule(tx: Db, siteId: number, ruleId: string, rule: RuleFields): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into reminder_rule (site_id, rule_id, name, days, provider_ids, type_texts, types_excluded, confirmation, cancellation,
                                cancel_notice_minutes, calendar, also_confirmed, subject_en, text_en, subject_fr, text_fr, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, clock_timestamp()) on conflict do nothing`,
    [siteId, ruleId, ...fieldValues(rule)],
  );
  return rowCount === 1;
}

/** False: it is gone, or it has another version by now. */
export async function updateRule(
  tx: Db,
  { siteId, ruleId, version }: { readonly siteId: number; readonly ruleId: string; readonly version: number },
  rule: RuleFields,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update reminder_rule
        set name = $4, days = $5, provider_ids = $6, type_texts = $7, types_excluded = $8, confirmation = $9, cancellation = $10,
            cancel_notice_minutes = $11, calendar = $12, also_confirmed = $13, subject_en = $14, text_en = $15, subject_fr = $16,
            text_fr = $17, version = version + 1
      where site_id = $1 and rule_id = $2 and version = $3 and deleted_at is null`,
    [siteId, ruleId, version, ...fieldValues(rule)],
  );
  return rowCount === 1;
}

export async function switchRule(
  tx: Db,
  siteId: number,
  ruleId: string,
  { version, enabled }: { readonly version: number; readonly enabled: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update reminder_rule set enabled = $4, version = version + 1
      where site_id = $1 and rule_id = $2 and version = $3 and deleted_at is null`,
    [siteId, ruleId, version, enabled],
  );
  return rowCount === 1;
}

/** It stays for the log that names it, and never runs again. */
export async function deleteRule(tx: Db, siteId: number, ruleId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update reminder_rule set deleted_at = clock_timestamp(), enabled = false where site_id = $1 and rule_id = $2 and deleted_at is null`,
    [siteId, ruleId],
  );
  return rowCount === 1;
}

/** A site that has chosen nothing has what the columns default to. */
export async function readReminderSettings(db: Db, siteId: number): Promise<ReminderSettings> {
  const { rows } = await db.query<ReminderSettings & Record<string, unknown>>(
    `select run_at as "runAt", quiet_from as "quietFrom", quiet_to as "quietTo", test_address as "testAddress", keep_days as "keepDays",
            version
       from mail_settings where site_id = $1`,
    [siteId],
  );
  return (
    rows[0] ?? { runAt: '10:00', quietFrom: '20:00', quietTo: '08:00', testAddress: null, keepDays: 365, version: 0 }
  );
}

/** False: somebody else has saved meanwhile. */
export async function saveReminderSettings(tx: Db, siteId: number, settings: ReminderSettings): Promise<boolean> {
  const { runAt, quietFrom, quietTo, testAddress, keepDays, version } = settings;
  const { rowCount } = await tx.query(
    version === 0
      ? `insert into mail_settings (site_id, run_at, quiet_from, quiet_to, test_address, keep_days, version)
         values ($1, $2, $3, $4, $5, $6, $7 + 1) on conflict do nothing`
      : `update mail_settings set run_at = $2, quiet_from = $3, quiet_to = $4, test_address = $5, keep_days = $6, version = version + 1
          where site_id = $1 and version = $7`,
    [siteId, runAt, quietFrom, quietTo, testAddress, keepDays, version],
  );
  return rowCount === 1;
}

/** What a rule's conditions may choose from. */
export async function listChoices(
  db: Db,
  siteId: number,
): Promise<{ readonly providers: { providerId: string; display: string }[]; readonly types: string[] }> {
  const { rows: providers } = await db.query<{ providerId: string; display: string }>(
    `select distinct on (provider_id) provider_id as "providerId", display from provider where site_id = $1 order by provider_id, display`,
    [siteId],
  );
  const { rows: types } = await db.query<{ type: string }>(
    `select distinct type_text as type from booking
      where site_id = $1 and state in ('present', 'unconfirmed') and type_text is not null and not patient_masked order by 1 limit 200`,
    [siteId],
  );
  providers.sort((a, b) => a.display.localeCompare(b.display));
  return { providers, types: types.map(({ type }) => type) };
}

export async function readSiteName(db: Db, siteId: number): Promise<string> {
  const { rows } = await db.query<{ name: string }>('select name from site where site_id = $1', [siteId]);
  return rows[0]!.name;
}

// What follows is the runner's.

export async function listSitesWithRules(pool: Pool): Promise<number[]> {
  const { rows } = await pool.query<{ siteId: number }>(
    'select distinct site_id as "siteId" from reminder_rule where enabled and deleted_at is null order by 1',
  );
  return rows.map(({ siteId }) => siteId);
}

export async function findLastRun(db: Db, siteId: number): Promise<string | null> {
  const { rows } = await db.query<{ day: string }>('select max(day) as day from reminder_run where site_id = $1', [
    siteId,
  ]);
  return rows[0]?.day ?? null;
}

/** False: the day's run is another's, or was. */
export async function beginRun(tx: Db, siteId: number, day: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into reminder_run (site_id, day, ran_at) values ($1, $2, $3) on conflict do nothing',
    [siteId, day, now],
  );
  return rowCount === 1;
}

export interface NewLogEntry {
  readonly outcome: string;
  readonly connectionId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly bookingId: string | null;
  readonly patientId: string | null;
  readonly startAt: Date | null;
  readonly bookings: number;
  readonly mailId: string | null;
}

export async function insertLog(
  tx: Db,
  {
    siteId,
    day,
    ruleId,
    now,
    kind = 'reminder',
  }: {
    readonly siteId: number;
    readonly day: string;
    readonly ruleId: string;
    readonly now: Date;
    readonly kind?: LogKind;
  },
  entries: readonly NewLogEntry[],
): Promise<void> {
  const of = <K extends keyof NewLogEntry>(key: K) => entries.map((entry) => entry[key]);
  await tx.query(
    `insert into reminder_log (site_id, entry_id, day, rule_id, outcome, connection_id, office_id, provider_id, booking_id, patient_id, start_at,
                               bookings, mail_id, at, kind)
     select $1, e.*, $14, $15 from (
       select entry_id, $2::date, $3, outcome, connection_id, office_id, provider_id, booking_id, patient_id, start_at, bookings, mail_id
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::integer[],
                     $13::text[]) as n (entry_id, outcome, connection_id, office_id, provider_id, booking_id, patient_id, start_at, bookings,
                                        mail_id)) e`,
    [
      siteId,
      day,
      ruleId,
      entries.map(() => newId()),
      of('outcome'),
      of('connectionId'),
      of('officeId'),
      of('providerId'),
      of('bookingId'),
      of('patientId'),
      of('startAt'),
      of('bookings'),
      of('mailId'),
      now,
      kind,
    ],
  );
}

/** What the site no longer keeps. An open task keeps its mail. */
export async function forgetBefore(tx: Db, siteId: number, day: string): Promise<void> {
  await tx.query('delete from reminder_log where site_id = $1 and day < $2', [siteId, day]);
  const old = `site_id = $1 and created_at < $2::date and state in ('accepted', 'failed', 'cancelled')
    and not exists (select from staff_task t where t.site_id = mail.site_id and t.mail_id = mail.mail_id and t.done_at is null)
    and not exists (select from reminder_log l where l.site_id = mail.site_id and l.mail_id = mail.mail_id)
    and not exists (select from calendar_file f where f.site_id = mail.site_id and f.mail_id = mail.mail_id)`;
  await tx.query(`delete from staff_task where site_id = $1 and mail_id in (select mail_id from mail where ${old})`, [
    siteId,
    day,
  ]);
  await tx.query(`delete from mail where ${old}`, [siteId, day]);
}

export async function insertOptOutLink(
  tx: Db,
  link: { siteId: number; tokenHash: Buffer; connectionId: string; patientId: string; now: Date },
): Promise<void> {
  await tx.query(
    'insert into opt_out_link (site_id, token_hash, connection_id, patient_id, created_at) values ($1, $2, $3, $4, $5)',
    [link.siteId, link.tokenHash, link.connectionId, link.patientId, link.now],
  );
}

/** Held until the transaction ends: of two that look for what to follow up, the second sees what the first has queued. */
export async function takeFollowUpTurn(tx: Db, siteId: number): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('follow up ' || $1::text, 0))`, [siteId]);
}
