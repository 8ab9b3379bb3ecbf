import type { Db } from '../../platform/database/db.ts';
import type { MailReason, MailState } from '../contract/mails.ts';
import type { LogEntry, SkipReason } from '../contract/reminders.ts';

export interface LogFilter {
  readonly siteId: number;
  readonly ruleId: string | undefined;
  readonly outcome: LogEntry['outcome'] | undefined;
  /** Keyset: entries before this one. */
  readonly before: { readonly day: string; readonly entryId: string } | undefined;
  readonly limit: number;
}

export interface LogRow extends Omit<LogEntry, 'start' | 'patientDisplay' | 'gapIds'> {
  readonly startAt: Date | null;
  readonly officeZone: string;
  readonly family: string | null;
  readonly given: string | null;
}

/** The latest first. A patient's name only while his booking may be listed; what became of a mail is the mail's own state. */
export async function listLog(db: Db, { siteId, ruleId, outcome, before, limit }: LogFilter): Promise<LogRow[]> {
  const { rows } = await db.query<
    LogRow & Record<string, unknown> & { reason: SkipReason | MailReason | null; outcome: MailState }
  >(
    `with entry as (
       select l.*, case when l.outcome = 'due' then m.state when l.outcome = 'invisible' then 'invisible' else 'skipped' end as shown,
              case when l.outcome = 'due' then m.reason when l.outcome <> 'invisible' then l.outcome end as why
         from reminder_log l
         left join mail m on m.site_id = l.site_id and m.mail_id = l.mail_id
        where l.site_id = $1 and ($2::text is null or l.rule_id = $2)
          and ($4::date is null or (l.day, l.entry_id) < ($4, $5)))
     select e.entry_id as "entryId", e.day, e.kind, r.name as "ruleName", e.shown as outcome, e.why as reason, e.bookings,
            e.office_id as "officeId", e.provider_id as "providerId", coalesce(o.name, e.office_id) as "officeName", coalesce(o.zone, s.zone) as "officeZone",
            coalesce(v.display, e.provider_id) as "providerDisplay", e.start_at as "startAt", p.family, p.given, e.mail_id as "mailId"
       from entry e
       join site s on s.site_id = e.site_id
       join reminder_rule r on r.site_id = e.site_id and r.rule_id = e.rule_id
       left join office o on o.site_id = e.site_id and o.connection_id = e.connection_id and o.office_id = e.office_id
       left join provider v on v.site_id = e.site_id and v.connection_id = e.connection_id and v.provider_id = e.provider_id
       left join booking b on b.site_id = e.site_id and b.connection_id = e.connection_id and b.booking_id = e.booking_id
                          and b.state in ('present', 'unconfirmed') and not b.patient_masked
       left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = e.patient_id
      where $3::text is null or e.shown = $3
      order by e.day desc, e.entry_id desc limit $6`,
    [siteId, ruleId ?? null, outcome ?? null, before?.day ?? null, before?.entryId ?? null, limit],
  );
  return rows;
}
