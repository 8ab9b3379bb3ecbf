import type { Db, Pool } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { asSite } from '../context.ts';
import type { MailDecision, MailReason, MailState, MailTaskReason } from '../contract/mails.ts';
import { queueReminderMark } from '../outbox/filing.sql.ts';

/** What a mail says. */
export interface MailContent {
  readonly fromName: string;
  readonly subject: string;
  readonly text: string;
  readonly calendar?: { readonly method: 'PUBLISH' | 'CANCEL'; readonly text: string } | undefined;
  readonly unsubscribeUrl?: string | undefined;
}

/** The booking that a mail is about, as it was when the mail was queued. */
export interface MailedBooking {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly startAt: Date;
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string;
}

export interface NewMail {
  readonly siteId: number;
  readonly mailId: string;
  /** null: about no booking, and nothing is judged. */
  readonly about: MailedBooking | null;
  readonly sendUntil: Date | null;
  readonly unlessConfirmed: boolean;
  /** To whoever works here: it also leaves in quiet hours, and in test mode to its own recipient. */
  readonly toStaff?: boolean;
  readonly recipient: string;
  readonly content: MailContent;
  readonly now: Date;
}

export async function insertMail(tx: Db, { siteId, mailId, about, ...mail }: NewMail): Promise<void> {
  await tx.query(
    `insert into mail (site_id, mail_id, connection_id, booking_id, start_at, office_id, provider_id, patient_id, send_until, unless_confirmed,
                       recipient, message, state, state_since, created_at, next_attempt_at, to_staff)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'due', $13, $13, clock_timestamp(), $14)`,
    [
      siteId,
      mailId,
      about?.connectionId ?? null,
      about?.bookingId ?? null,
      about?.startAt ?? null,
      about?.officeId ?? null,
      about?.providerId ?? null,
      about?.patientId ?? null,
      mail.sendUntil,
      mail.unlessConfirmed,
      mail.recipient,
      JSON.stringify(mail.content),
      mail.now,
      mail.toStaff ?? false,
    ],
  );
  await tx.query(`select pg_notify('mail', '')`);
}

export interface MailSettings {
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly testAddress: string | null;
  readonly keepDays: number;
  readonly version: number;
}

/** A site that has chosen nothing has what the columns default to. */
export async function readMailSettings(db: Db, siteId: number): Promise<MailSettings> {
  const { rows } = await db.query<MailSettings & Record<string, unknown>>(
    `select quiet_from as "quietFrom", quiet_to as "quietTo", test_address as "testAddress", keep_days as "keepDays", version
       from mail_settings where site_id = $1`,
    [siteId],
  );
  return rows[0] ?? { quietFrom: '20:00', quietTo: '08:00', testAddress: null, keepDays: 365, version: 0 };
}

// What follows is the mailer's.

export interface ClaimedMail {
  readonly siteId: number;
  readonly mailId: string;
  readonly attempt: number;
  readonly failures: number;
  readonly createdAt: Date;
  readonly sendUntil: Date | null;
  readonly toStaff: boolean;
  readonly recipient: string;
  readonly content: MailContent;
}

/** What goes to staff may come twice: its link is good once, and nobody would be asked about it. */
const mayBeThere = `(m.data_at is not null and not m.to_staff)`;
const isDue = `((m.state = 'due' and m.next_attempt_at <= now()) or (m.state = 'sending' and not ${mayBeThere} and m.lease_until < now()))`;
const isCutOff = `(m.state = 'sending' and ${mayBeThere} and m.lease_until < now())`;

/** Sites with something to send or to declare uncertain; the longest waiting first. */
export async function listDueSites(pool: Pool): Promise<{ readonly siteId: number; readonly cutOff: boolean }[]> {
  const { rows } = await pool.query<{ siteId: number; cutOff: boolean }>(
    `select m.site_id as "siteId", bool_or(${isCutOff}) as "cutOff" from mail m
      where ${isDue} or ${isCutOff} group by 1 order by min(m.next_attempt_at) limit 200`,
  );
  return rows;
}

export interface Lease {
  readonly owner: string;
  readonly leaseMs: number;
}

/** `toStaffAlone`: in quiet hours. */
export async function claim(
  tx: Db,
  siteId: number,
  { owner, leaseMs, toStaffAlone }: Lease & { readonly toStaffAlone: boolean },
): Promise<ClaimedMail | undefined> {
  const { rows } = await tx.query<ClaimedMail & Record<string, unknown>>(
    `update mail set state = 'sending', state_since = clock_timestamp(), attempt = attempt + 1, lease_owner = $2,
                     lease_until = now() + $3 * interval '1 millisecond'
      where (site_id, mail_id) = (select m.site_id, m.mail_id from mail m where m.site_id = $1 and ${isDue} and (m.to_staff or not $4)
                                   order by m.next_attempt_at, m.mail_id limit 1 for update skip locked)
    returning site_id as "siteId", mail_id as "mailId", attempt, failures, created_at as "createdAt", send_until as "sendUntil",
              to_staff as "toStaff", recipient, message as content`,
    [siteId, owner, leaseMs, toStaffAlone],
  );
  return rows[0];
}

/** Another mailer has taken it over, or a person has decided: nothing of ours may be written any more. */
export class MailLost extends Error {}

const held = `site_id = $1 and mail_id = $2 and state = 'sending' and attempt = $3 and lease_owner = $4`;
const heldValues = ({ siteId, mailId, attempt }: ClaimedMail, owner: string) => [siteId, mailId, attempt, owner];

/** False: it is another's by now. */
export async function keepLease(pool: Pool, mail: ClaimedMail, { owner, leaseMs }: Lease): Promise<boolean> {
  return asSite(pool, mail.siteId, async (tx) => {
    const { rowCount } = await tx.query(
      `update mail set lease_until = now() + $5 * interval '1 millisecond' where ${held}`,
      [...heldValues(mail, owner), leaseMs],
    );
    return rowCount === 1;
  });
}

/** Says that the content leaves now, and whether to the test address. Throws MailLost. */
export async function markData(
  tx: Db,
  mail: ClaimedMail,
  { owner, leaseMs, toTest }: Lease & { readonly toTest: boolean },
): Promise<void> {
  const { rowCount } = await tx.query(
    `update mail set data_at = clock_timestamp(), lease_until = now() + $5 * interval '1 millisecond' where ${held} and lease_until >= now()`,
    [...heldValues(mail, owner), leaseMs],
  );
  if (rowCount !== 1) throw new MailLost();
  await tx.query(
    'update calendar_file set left_at = clock_timestamp(), to_test = $3 where site_id = $1 and mail_id = $2',
    [mail.siteId, mail.mailId, toTest],
  );
}

/**
 * Why a mail must not leave now; undefined: it may. What is asked of the booking is what was asked when the mail was queued, so that of
 * two answers the later one counts. A mail that withdraws a calendar file is about a booking that is gone, and must not leave where it is back.
 */
export async function judge(tx: Db, mail: ClaimedMail, now: Date): Promise<MailReason | undefined> {
  const { rows } = await tx.query<{ reason: MailReason | null }>(
    `select case
              when m.send_until is not null and m.send_until <= $3 then 'too-late'
              when m.booking_id is null then null
              when f.mail_id is not null then case
                when b.state = 'visibility-lost' or b.patient_masked then 'visibility-lost'
                when b.state = 'unconfirmed' then 'unconfirmed'
                when b.state not in ('deleted', 'released') and b.status not in ('cancelled', 'entered-in-error')
                  and b.patient_id = m.patient_id then 'back'
                when o.patient_id is not null then 'opted-out'
                when p.email <> m.recipient then 'address-changed' end
              when b.booking_id is null or b.state in ('deleted', 'released', 'out-of-window', 'not-selected')
                or b.status = 'entered-in-error' then 'gone'
              when b.state = 'visibility-lost' or b.patient_masked then 'visibility-lost'
              when b.state = 'unconfirmed' then 'unconfirmed'
              when b.status in ('cancelled', 'noshow') then 'cancelled'
              when b.start_at <> m.start_at or b.office_id <> m.office_id or b.provider_id <> m.provider_id
                or b.patient_id is distinct from m.patient_id then 'moved'
              when m.unless_confirmed and b.participation = 'accepted' then 'confirmed'
              when o.patient_id is not null then 'opted-out'
              when p.email is distinct from m.recipient then 'address-changed'
            end as reason
       from mail m
       left join calendar_file f on f.site_id = m.site_id and f.mail_id = m.mail_id and f.method = 'CANCEL'
       left join booking b on b.site_id = m.site_id and b.connection_id = m.connection_id and b.booking_id = m.booking_id
       left join patient p on p.site_id = m.site_id and p.connection_id = m.connection_id and p.patient_id = m.patient_id
       left join mail_opt_out o on o.site_id = m.site_id and o.connection_id = m.connection_id and o.patient_id = m.patient_id
      where m.site_id = $1 and m.mail_id = $2`,
    [mail.siteId, mail.mailId, now],
  );
  return rows[0]?.reason ?? undefined;
}

export interface Settled {
  readonly state: Exclude<MailState, 'sending'>;
  readonly reason?: MailReason | undefined;
  readonly replyCode?: number | undefined;
  /** due: from now. */
  readonly waitMs?: number | undefined;
}

const taskOf = ({ state, reason }: Settled): MailTaskReason | undefined => {
  if (state === 'uncertain') return 'mail-uncertain';
  if (state !== 'failed') return undefined;
  return reason === 'refused-address' ? 'mail-refused' : 'mail-given-up';
};

/** Writes what became of a mail that this mailer holds, with the task that follows from it. Throws MailLost. */
export async function settle(tx: Db, mail: ClaimedMail, owner: string, settled: Settled): Promise<void> {
  const { rowCount } = await tx.query(
    `update mail
        set state = $5, state_since = clock_timestamp(), reason = $6, reply_code = $7, lease_owner = null, lease_until = null,
            next_attempt_at = clock_timestamp() + $8 * interval '1 millisecond',
            failures = failures + case when $5 = 'due' then 1 else 0 end,
            data_at = case when $5 = 'due' then null else data_at end,
            message = case when $5 in ('due', 'uncertain') then message end
      where ${held}`,
    [...heldValues(mail, owner), settled.state, settled.reason ?? null, settled.replyCode ?? null, settled.waitMs ?? 0],
  );
  if (rowCount !== 1) throw new MailLost();
  // Who invited somebody sees at the invitation what became of it.
  const task = mail.toStaff ? undefined : taskOf(settled);
  if (task) await insertMailTask(tx, mail.siteId, mail.mailId, task);
  if (settled.state === 'accepted') await queueReminderMark(tx, mail.siteId, mail.mailId);
  if (settled.reason === 'refused-address') await keepRefusedAddress(tx, mail);
}

async function insertMailTask(tx: Db, siteId: number, mailId: string, reason: MailTaskReason): Promise<void> {
  await tx.query(
    `insert into staff_task (site_id, task_id, mail_id, reason, created_at) values ($1, $2, $3, $4, clock_timestamp())
     -- One that nobody has dealt with yet says it already.
     on conflict (site_id, mail_id) where done_at is null do nothing`,
    [siteId, newId(), mailId, reason],
  );
  await tx.query('update site set data_revision = data_revision + 1 where site_id = $1', [siteId]);
}

async function keepRefusedAddress(tx: Db, { siteId, mailId }: ClaimedMail): Promise<void> {
  await tx.query(
    `insert into refused_address (site_id, connection_id, patient_id, address, refused_at)
     select site_id, connection_id, patient_id, recipient, clock_timestamp() from mail
      where site_id = $1 and mail_id = $2 and patient_id is not null
     on conflict (site_id, connection_id, patient_id) do update set address = excluded.address, refused_at = excluded.refused_at`,
    [siteId, mailId],
  );
}

/** Mails whose mailer was lost after their content had begun to leave become uncertain, each with its task. Resolves to how many. */
export async function declareUncertain(tx: Db, siteId: number): Promise<number> {
  const { rows } = await tx.query<{ mailId: string }>(
    `update mail m set state = 'uncertain', state_since = clock_timestamp(), lease_owner = null, lease_until = null
      where m.site_id = $1 and ${isCutOff} returning m.mail_id as "mailId"`,
    [siteId],
  );
  for (const { mailId } of rows) await insertMailTask(tx, siteId, mailId, 'mail-uncertain');
  return rows.length;
}

// What a person decides.

/** False: it is not uncertain (any more). */
export async function decideUncertain(
  tx: Db,
  siteId: number,
  mailId: string,
  decision: MailDecision,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    decision === 'send-again'
      ? `update mail set state = 'due', state_since = clock_timestamp(), next_attempt_at = clock_timestamp(), data_at = null, failures = 0
          where site_id = $1 and mail_id = $2 and state = 'uncertain'`
      : `update mail set state = 'accepted', state_since = clock_timestamp(), reason = 'said-by-staff', message = null
          where site_id = $1 and mail_id = $2 and state = 'uncertain'`,
    [siteId, mailId],
  );
  if (rowCount !== 1) return false;
  if (decision === 'send-again') await tx.query(`select pg_notify('mail', '')`);
  else await queueReminderMark(tx, siteId, mailId);
  return true;
}

export async function closeTasksOfMail(tx: Db, siteId: number, mailId: string, userId: string): Promise<void> {
  await tx.query(
    `update staff_task set done_at = clock_timestamp(), done_by = $3 where site_id = $1 and mail_id = $2 and done_at is null`,
    [siteId, mailId, userId],
  );
}
