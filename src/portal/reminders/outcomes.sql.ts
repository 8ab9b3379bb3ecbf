// What a rule does on a day: one statement, in which every booking of the day has one outcome. What is invisible is told by schedule, as a
// number of what was known before; it has no patient here.
import type { Db } from '../../platform/database/db.ts';
import { mailAddress } from '../../platform/mail/address.ts';
import type { ReminderRule, SkipReason } from '../contract/reminders.ts';
import type { OfficeDay } from '../patients/patients.sql.ts';

export interface Judged {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly startAt: Date;
  readonly endAt: Date;
  readonly officeId: string;
  readonly officeName: string;
  readonly officeZone: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly patientId: string | null;
  readonly family: string | null;
  readonly given: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'fr';
  readonly outcome: 'due' | 'invisible' | SkipReason;
}

export interface JudgeRule {
  readonly siteId: number;
  readonly rule: Pick<
    ReminderRule,
    'ruleId' | 'days' | 'providerIds' | 'typeTexts' | 'typesExcluded' | 'alsoConfirmed'
  >;
  /** Of the run, in the site's zone. */
  readonly today: string;
  readonly days: readonly OfficeDay[];
  readonly now: Date;
  /** As if these schedules could be read in full, or not. */
  readonly assumed?: readonly AssumedSchedule[];
}

export interface AssumedSchedule {
  readonly connectionId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly listed: boolean;
}

/** In order of start. A patient's name and address only where the booking may be listed. */
export async function judgeBookings(
  db: Db,
  { siteId, rule, today, days, now, assumed = [] }: JudgeRule,
): Promise<Judged[]> {
  const { rows } = await db.query<Judged & Record<string, unknown>>(
    `with judged as (
       select b.connection_id, b.booking_id, b.start_at, b.end_at, b.office_id, b.provider_id,
              case when seen.state in ('present', 'unconfirmed') and not seen.masked then b.patient_id end as patient_id,
              p.family, p.given, p.email, coalesce(p.language, 'en') as language,
              case
                when seen.state in ('deleted', 'released', 'out-of-window', 'not-selected') or b.status = 'entered-in-error' then 'gone'
                when cardinality($7::text[]) > 0 and b.provider_id <> all ($7) then 'other-provider'
                when seen.state = 'visibility-lost' or seen.masked then 'invisible'
                when (cardinality($8::text[]) > 0 or $9) and (coalesce(b.type_text, '') = any ($8)) = $9 then 'other-type'
                when b.status in ('cancelled', 'noshow') then 'cancelled'
                when b.status <> all (case when $10 < 0 then array['booked', 'arrived', 'checked-in', 'fulfilled']
                                           else array['booked', 'pending', 'proposed'] end) then 'not-waiting'
                when seen.state = 'unconfirmed' then 'unconfirmed'
                when p.patient_id is null then 'no-patient'
                when $10 >= 0 and b.start_at <= $11 then 'too-late'
                when $10 >= 0 and not $12 and b.participation = 'accepted' then 'confirmed'
                when coalesce(p.email, '') = '' then 'no-address'
                when p.email !~ $13 or length(p.email) > 254 or position('@' in p.email) > 65 then 'bad-address'
                when r.address = p.email then 'refused-address'
                when o.patient_id is not null then 'opted-out'
                when exists (select from reminder_log l where l.site_id = b.site_id and l.rule_id = $6 and l.connection_id = b.connection_id
                                and l.booking_id = b.booking_id and l.start_at = b.start_at and l.outcome = 'due' and l.kind = 'reminder') then 'already-sent'
                when exists (select from reminder_log l where l.site_id = b.site_id and l.connection_id = b.connection_id
                                and l.patient_id = b.patient_id and l.day = $14 and l.outcome = 'due' and l.kind = 'reminder') then 'one-a-day'
              end as reason
         from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as day (connection_id, office_id, from_at, to_at)
         join booking b on b.site_id = $1 and b.connection_id = day.connection_id and b.office_id = day.office_id
                       and b.start_at >= day.from_at and b.start_at < day.to_at
         left join unnest($15::text[], $16::text[], $17::text[], $18::boolean[]) as assumed (connection_id, office_id, provider_id, listed)
           on assumed.connection_id = b.connection_id and assumed.office_id = b.office_id and assumed.provider_id = b.provider_id
        cross join lateral (
          select case when b.state = 'visibility-lost' and assumed.listed then 'present'
                      when b.state in ('present', 'unconfirmed') and not assumed.listed then 'visibility-lost'
                      else b.state end as state,
                 coalesce(not assumed.listed, b.patient_masked) as masked) seen
         left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
                            and seen.state in ('present', 'unconfirmed') and not seen.masked
         left join refused_address r on r.site_id = b.site_id and r.connection_id = b.connection_id and r.patient_id = b.patient_id
         left join mail_opt_out o on o.site_id = b.site_id and o.connection_id = b.connection_id and o.patient_id = b.patient_id)
     select j.connection_id as "connectionId", j.booking_id as "bookingId", j.start_at as "startAt", j.end_at as "endAt",
            j.office_id as "officeId", coalesce(f.name, j.office_id) as "officeName", coalesce(f.zone, s.zone) as "officeZone",
            j.provider_id as "providerId", coalesce(v.display, j.provider_id) as "providerDisplay", j.patient_id as "patientId",
            j.family, j.given, j.email, j.language,
            case when j.reason is not null then j.reason
                 -- One message a patient and day: it is about the first of his bookings and names the others.
                 when row_number() over (partition by j.connection_id, j.patient_id, j.reason order by j.start_at, j.booking_id) > 1
                 then 'one-a-day' else 'due' end as outcome
       from judged j
       join site s on s.site_id = $1
       left join office f on f.site_id = $1 and f.connection_id = j.connection_id and f.office_id = j.office_id
       left join provider v on v.site_id = $1 and v.connection_id = j.connection_id and v.provider_id = j.provider_id
      order by j.start_at, j.booking_id`,
    [
      siteId,
      days.map((day) => day.connectionId),
      days.map((day) => day.officeId),
      days.map((day) => day.from),
      days.map((day) => day.to),
      rule.ruleId,
      rule.providerIds,
      rule.typeTexts,
      rule.typesExcluded,
      rule.days,
      now,
      rule.alsoConfirmed,
      mailAddress.source,
      today,
      assumed.map((one) => one.connectionId),
      assumed.map((one) => one.officeId),
      assumed.map((one) => one.providerId),
      assumed.map((one) => one.listed),
    ],
  );
  return rows;
}

export interface HiddenSchedule {
  readonly connectionId: string;
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly missingColumns: number;
}

/** Schedules that the rule is about and that cannot be read in full: more may be there than anybody here knows. */
export async function listHiddenSchedules(
  db: Db,
  siteId: number,
  providerIds: readonly string[],
): Promise<HiddenSchedule[]> {
  const { rows } = await db.query<HiddenSchedule & Record<string, unknown>>(
    `select s.connection_id as "connectionId", s.office_id as "officeId", o.name as "officeName", s.provider_id as "providerId",
            v.display as "providerDisplay", s.missing_columns::integer as "missingColumns"
       from schedule s
       join office o on o.site_id = s.site_id and o.connection_id = s.connection_id and o.office_id = s.office_id
       join provider v on v.site_id = s.site_id and v.connection_id = s.connection_id and v.provider_id = s.provider_id
      where s.site_id = $1 and s.selected and s.visibility <> 'readable'
        and (cardinality($2::text[]) = 0 or s.provider_id = any ($2))
      order by lower(v.display), lower(o.name)`,
    [siteId, providerIds],
  );
  return rows;
}
