import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import type { ThreadKind } from '../contract/messages.ts';
import type { StoredFile } from '../files/files.sql.ts';

export interface ThreadKey {
  readonly siteId: number;
  readonly threadId: string;
}

export interface ThreadBooking {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly officeId: string;
  readonly providerId: string;
  readonly patientId: string;
  readonly email: string | null;
  readonly birthDate: string | null;
  readonly language: 'en' | 'fr';
}

/** A listed booking with its patient; undefined for every other. */
export async function findBooking(tx: Db, siteId: number, bookingId: string): Promise<ThreadBooking | undefined> {
  const { rows } = await tx.query<ThreadBooking & Record<string, unknown>>(
    `select b.connection_id as "connectionId", b.booking_id as "bookingId", b.office_id as "officeId", b.provider_id as "providerId",
            b.patient_id as "patientId", p.email, p.birth_date as "birthDate", case when p.language = 'fr' then 'fr' else 'en' end as language
       from booking b
       join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
      where b.site_id = $1 and b.booking_id = $2 and b.state in ('present', 'unconfirmed') and not b.patient_masked
        and b.status <> 'entered-in-error'`,
    [siteId, bookingId],
  );
  return rows[0];
}

export interface NewThreadRow extends ThreadKey, Omit<ThreadBooking, 'email' | 'birthDate'> {
  readonly kind: ThreadKind;
  readonly subject: string;
  readonly recipient: string;
  readonly recipientName: string | null;
  readonly codeKey: Buffer | null;
  readonly codeHash: Buffer | null;
  readonly createdBy: string;
  readonly now: Date;
}

export async function insertThread(tx: Db, one: NewThreadRow): Promise<void> {
  await tx.query(
    `insert into thread (site_id, thread_id, kind, connection_id, booking_id, office_id, provider_id, patient_id, subject, recipient,
                         recipient_name, language, code_key, code_hash, created_at, created_by, last_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $15)`,
    [
      one.siteId,
      one.threadId,
      one.kind,
      one.connectionId,
      one.bookingId,
      one.officeId,
      one.providerId,
      one.patientId,
      one.subject,
      one.recipient,
      one.recipientName,
      one.language,
      one.codeKey,
      one.codeHash,
      one.now,
      one.createdBy,
    ],
  );
}

export interface NewMessageRow extends ThreadKey {
  readonly messageId: string;
  readonly author: string | null;
  readonly text: string;
  readonly mailId: string | null;
  readonly pressId: string;
  readonly fileIds: readonly string[];
  readonly now: Date;
}

/** False: this press is there already. */
export async function insertMessage(tx: Db, one: NewMessageRow): Promise<boolean> {
  const { siteId, threadId, messageId, fileIds } = one;
  const { rowCount } = await tx.query(
    `insert into message (site_id, thread_id, message_id, author, text, sent_at, mail_id, press_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (site_id, press_id) do nothing`,
    [siteId, threadId, messageId, one.author, one.text, one.now, one.mailId, one.pressId],
  );
  if (rowCount !== 1) return false;
  await tx.query(
    `insert into message_file (site_id, thread_id, message_id, n, file_id)
     select $1, $2, $3, f.n, f.file_id from unnest($4::text[]) with ordinality f (file_id, n)`,
    [siteId, threadId, messageId, fileIds],
  );
  await tx.query('update thread set last_at = $3 where site_id = $1 and thread_id = $2', [siteId, threadId, one.now]);
  return true;
}

/** The thread of this press; whoever sends the same press at the same moment waits for this transaction. */
export async function findThreadByPress(tx: Db, siteId: number, pressId: string): Promise<string | undefined> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`message ${siteId} ${pressId}`]);
  const { rows } = await tx.query<{ threadId: string }>(
    'select thread_id as "threadId" from message where site_id = $1 and press_id = $2',
    [siteId, pressId],
  );
  return rows[0]?.threadId;
}

export interface NewThreadLink extends ThreadKey {
  readonly linkId: string;
  readonly tokenHash: Buffer;
  readonly formKey: Buffer;
  readonly now: Date;
  readonly expiresAt: Date;
}

export async function insertThreadLink(tx: Db, one: NewThreadLink): Promise<void> {
  await tx.query(
    `insert into thread_link (site_id, link_id, token_hash, form_key, thread_id, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [one.siteId, one.linkId, one.tokenHash, one.formKey, one.threadId, one.now, one.expiresAt],
  );
}

/** A patient who may not be seen at present takes his threads with him; they come back with the grant. */
export const shownWith = (booking: string): string =>
  `${booking}.state <> 'visibility-lost' and not ${booking}.patient_masked`;
const shown = shownWith('b');

/** A MessageState as one expression, over a booking `b`: of what was written to its patient and of the e-mails about the booking itself. */
export const messageState = `(select case
    when b.patient_id is null then 'none'
    when exists (select from thread t
                   join message m on m.site_id = t.site_id and m.thread_id = t.thread_id
                   join booking tb on tb.site_id = t.site_id and tb.connection_id = t.connection_id and tb.booking_id = t.booking_id
                  where t.site_id = b.site_id and t.connection_id = b.connection_id and t.patient_id = b.patient_id
                    and m.author is null and m.read_at is null and ${shownWith('tb')}) then 'unread'
    else coalesce((select case when e.state = 'accepted' then 'sent' when e.state in ('due', 'sending') then 'waiting' else 'failed' end
                     from (select e.state, e.created_at from mail e
                            where e.site_id = b.site_id and e.connection_id = b.connection_id and e.patient_id = b.patient_id
                              and e.booking_id = b.booking_id and e.state <> 'cancelled'
                           union all
                           select e.state, e.created_at from thread t
                             join message m on m.site_id = t.site_id and m.thread_id = t.thread_id
                             join mail e on e.site_id = m.site_id and e.mail_id = m.mail_id
                             join booking tb on tb.site_id = t.site_id and tb.connection_id = t.connection_id and tb.booking_id = t.booking_id
                            where t.site_id = b.site_id and t.connection_id = b.connection_id and t.patient_id = b.patient_id
                              and t.kind = 'patient' and e.state <> 'cancelled' and ${shownWith('tb')}) e
                    order by e.created_at desc limit 1), 'none') end)`;

export interface ThreadRow extends ThreadKey, Omit<ThreadBooking, 'email'> {
  readonly kind: ThreadKind;
  readonly subject: string;
  readonly recipient: string;
  readonly recipientName: string | null;
  readonly codeKey: Buffer | null;
  readonly codeHash: Buffer | null;
  readonly patientDisplay: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly lastAt: Date;
  readonly unread: number;
  readonly messages: number;
  /** Of the patient, by the EMR, now. */
  readonly email: string | null;
  readonly siteName: string;
}

const threadColumns = `
  t.site_id as "siteId", t.thread_id as "threadId", t.kind, t.connection_id as "connectionId", t.booking_id as "bookingId",
  t.office_id as "officeId", t.provider_id as "providerId", t.patient_id as "patientId", t.subject, t.recipient,
  t.recipient_name as "recipientName", t.language, t.code_key as "codeKey", t.code_hash as "codeHash", t.last_at as "lastAt",
  concat_ws(' ', p.given, p.family) as "patientDisplay", coalesce(o.name, t.office_id) as "officeName",
  coalesce(v.display, t.provider_id) as "providerDisplay", p.email, p.birth_date as "birthDate", s.name as "siteName",
  (select count(*)::integer from message m where m.site_id = t.site_id and m.thread_id = t.thread_id) as messages,
  (select count(*)::integer from message m where m.site_id = t.site_id and m.thread_id = t.thread_id and m.author is null
      and m.read_at is null) as unread`;
const threadFrom = `
  from thread t
  join site s on s.site_id = t.site_id
  join booking b on b.site_id = t.site_id and b.connection_id = t.connection_id and b.booking_id = t.booking_id
  join patient p on p.site_id = t.site_id and p.connection_id = t.connection_id and p.patient_id = t.patient_id
  left join office o on o.site_id = t.site_id and o.connection_id = t.connection_id and o.office_id = t.office_id
  left join provider v on v.site_id = t.site_id and v.connection_id = t.connection_id and v.provider_id = t.provider_id`;

export async function findThread(tx: Db, { siteId, threadId }: ThreadKey): Promise<ThreadRow | undefined> {
  const { rows } = await tx.query<ThreadRow & Record<string, unknown>>(
    `select ${threadColumns} ${threadFrom} where t.site_id = $1 and t.thread_id = $2 and ${shown}`,
    [siteId, threadId],
  );
  return rows[0];
}

/** The last one first; of one booking's patient where it is named: whose a booking is that may not be seen, nobody is told. */
export async function listThreads(
  tx: Db,
  { siteId, bookingId, limit }: { readonly siteId: number; readonly bookingId: string | null; readonly limit: number },
): Promise<ThreadRow[]> {
  const { rows } = await tx.query<ThreadRow & Record<string, unknown>>(
    `select ${threadColumns} ${threadFrom}
      where t.site_id = $1 and ${shown}
        and ($2::text is null or (t.connection_id, t.patient_id) in
             (select f.connection_id, f.patient_id from booking f
               where f.site_id = $1 and f.booking_id = $2 and ${shownWith('f')}))
      order by t.last_at desc, t.thread_id desc limit $3`,
    [siteId, bookingId, limit],
  );
  return rows;
}

export async function countThreads(tx: Db, siteId: number): Promise<{ unread: number; hidden: number }> {
  const { rows } = await tx.query<{ unread: number; hidden: number }>(
    `select coalesce(sum(n.unread) filter (where ${shown}), 0)::integer as unread,
            (count(*) filter (where not (${shown})))::integer as hidden
       from thread t
       join booking b on b.site_id = t.site_id and b.connection_id = t.connection_id and b.booking_id = t.booking_id
       left join (select m.site_id, m.thread_id, count(*) as unread from message m
                   where m.site_id = $1 and m.author is null and m.read_at is null group by 1, 2) n
              on n.site_id = t.site_id and n.thread_id = t.thread_id
      where t.site_id = $1`,
    [siteId],
  );
  return rows[0]!;
}

export interface MessageRow {
  readonly messageId: string;
  readonly author: string | null;
  readonly authorName: string | null;
  readonly text: string;
  readonly sentAt: Date;
  readonly readAt: Date | null;
  readonly mail: string | null;
  readonly files: readonly StoredFile[];
  /** Of what is filed. */
  readonly states: readonly string[] | null;
  readonly missingColumns: number;
}

/** In the order in which they were sent. */
export async function listMessages(tx: Db, { siteId, threadId }: ThreadKey): Promise<MessageRow[]> {
  const { rows } = await tx.query<MessageRow & Record<string, unknown>>(
    `select m.message_id as "messageId", m.author, u.display_name as "authorName", m.text, m.sent_at as "sentAt", m.read_at as "readAt",
            e.state as mail, coalesce(f.files, '[]') as files, w.states, coalesce(w.missing, 0)::integer as "missingColumns"
       from message m
       left join portal_user u on u.user_id = m.author
       left join mail e on e.site_id = m.site_id and e.mail_id = m.mail_id
       left join lateral (
         select jsonb_agg(jsonb_build_object('fileId', s.file_id, 'title', s.title, 'mediaType', s.media_type, 'bytes', s.bytes) order by mf.n) as files
           from message_file mf join stored_file s on s.site_id = mf.site_id and s.file_id = mf.file_id
          where mf.site_id = m.site_id and mf.thread_id = m.thread_id and mf.message_id = m.message_id) f on true
       left join lateral (
         select array_agg(distinct w.state) as states, bit_or(w.missing_columns) as missing
           from write_back w
          where w.site_id = m.site_id and w.kind = 'file-document'
            and w.press_id in (select 'file.' || mf.file_id from message_file mf
                                where mf.site_id = m.site_id and mf.thread_id = m.thread_id and mf.message_id = m.message_id
                               union all select 'file.' || m.message_id)) w on true
      where m.site_id = $1 and m.thread_id = $2
      order by m.sent_at, m.message_id`,
    [siteId, threadId],
  );
  return rows;
}

/** Resolves to whether anything was unread. */
export async function markRead(tx: Db, { siteId, threadId }: ThreadKey, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update message set read_at = $3 where site_id = $1 and thread_id = $2 and author is null and read_at is null',
    [siteId, threadId, now],
  );
  return (rowCount ?? 0) > 0;
}

/** A file of a thread that may be seen. */
export async function findFileOfThread(
  tx: Db,
  siteId: number,
  fileId: string,
): Promise<(StoredFile & { readonly threadId: string }) | undefined> {
  const { rows } = await tx.query<StoredFile & { threadId: string } & Record<string, unknown>>(
    `select s.file_id as "fileId", s.title, s.media_type as "mediaType", s.bytes, t.thread_id as "threadId"
       from message_file mf
       join stored_file s on s.site_id = mf.site_id and s.file_id = mf.file_id
       join thread t on t.site_id = mf.site_id and t.thread_id = mf.thread_id
       join booking b on b.site_id = t.site_id and b.connection_id = t.connection_id and b.booking_id = t.booking_id
      where mf.site_id = $1 and mf.file_id = $2 and ${shown}`,
    [siteId, fileId],
  );
  return rows[0];
}

export interface AttachableFile extends StoredFile {
  /** It came from the chart, and is not filed there again. */
  readonly fromChart: boolean;
}

/** Those of the files that this member uploaded, or that were fetched for this patient, and that are part of nothing yet. */
export async function listAttachable(
  tx: Db,
  of: {
    readonly siteId: number;
    readonly userId: string;
    readonly connectionId: string;
    readonly patientId: string;
    readonly fileIds: readonly string[];
  },
): Promise<AttachableFile[]> {
  const { rows } = await tx.query<AttachableFile & Record<string, unknown>>(
    `select s.file_id as "fileId", s.title, s.media_type as "mediaType", s.bytes, s.fetch_id is not null as "fromChart"
       from stored_file s
       left join saved_fetch f on f.site_id = s.site_id and f.fetch_id = s.fetch_id
      where s.site_id = $1 and s.file_id = any ($5) and s.arrived_at is not null and s.kept_at is null
        and (s.uploaded_by = $2 or (f.connection_id = $3 and f.patient_id = $4))`,
    [of.siteId, of.userId, of.connectionId, of.patientId, of.fileIds],
  );
  return rows;
}

export const setUploader = (tx: Db, siteId: number, fileId: string, userId: string): Promise<unknown> =>
  tx.query('update stored_file set uploaded_by = $3 where site_id = $1 and file_id = $2', [siteId, fileId, userId]);

// The page of a link.

export interface LinkKey {
  readonly siteId: number;
  readonly linkId: string;
}

export async function findLinkByToken(tx: Db, tokenHash: Buffer): Promise<LinkKey | undefined> {
  const { rows } = await tx.query<LinkKey & Record<string, unknown>>(
    'select site_id as "siteId", link_id as "linkId" from thread_link where token_hash = $1',
    [tokenHash],
  );
  return rows[0];
}

export interface ThreadLinkRow extends LinkKey {
  readonly formKey: Buffer;
  readonly threadId: string;
  readonly expiresAt: Date;
  readonly tries: number;
  readonly lockedAt: Date | null;
  readonly sitePhone: string | null;
  readonly siteZone: string;
}

export async function findLink(tx: Db, { siteId, linkId }: LinkKey): Promise<ThreadLinkRow | undefined> {
  const { rows } = await tx.query<ThreadLinkRow & Record<string, unknown>>(
    `select l.site_id as "siteId", l.link_id as "linkId", l.form_key as "formKey", l.thread_id as "threadId", l.expires_at as "expiresAt",
            l.tries::integer, l.locked_at as "lockedAt", s.phone as "sitePhone", s.zone as "siteZone"
       from thread_link l join site s on s.site_id = l.site_id where l.site_id = $1 and l.link_id = $2`,
    [siteId, linkId],
  );
  return rows[0];
}

/** Counts a try before the answer is looked at, so that tries sent side by side count too; undefined: it is locked. */
export async function countTry(tx: Db, { siteId, linkId }: LinkKey): Promise<number | undefined> {
  const { rows } = await tx.query<{ tries: number }>(
    `update thread_link set tries = tries + 1 where site_id = $1 and link_id = $2 and locked_at is null returning tries::integer as tries`,
    [siteId, linkId],
  );
  return rows[0]?.tries;
}

export async function setTries(tx: Db, { siteId, linkId }: LinkKey, lockedAt: Date | null): Promise<void> {
  await tx.query(
    'update thread_link set tries = case when $3::timestamptz is null then 0 else tries end, locked_at = $3 where site_id = $1 and link_id = $2',
    [siteId, linkId, lockedAt],
  );
}

/** Locked: one task of the staff. */
export async function insertLockedTask(tx: Db, { siteId, linkId }: LinkKey, connectionId: string): Promise<void> {
  await tx.query(
    `insert into staff_task (site_id, task_id, connection_id, thread_link_id, reason, created_at)
     values ($1, $2, $3, $4, 'locked', clock_timestamp()) on conflict do nothing`,
    [siteId, newId(), connectionId, linkId],
  );
}

/** What whoever has the link may read of a thread: attachments, and the whole of a text. */
export async function findReadable(
  tx: Db,
  { siteId, threadId }: ThreadKey,
  fileId: string,
): Promise<StoredFile | undefined> {
  const { rows } = await tx.query<StoredFile & Record<string, unknown>>(
    `select s.file_id as "fileId", s.title, s.media_type as "mediaType", s.bytes from stored_file s
      where s.site_id = $1 and s.file_id = $3
        and (exists (select from message_file mf where mf.site_id = $1 and mf.thread_id = $2 and mf.file_id = $3)
             or exists (select from message m where m.site_id = $1 and m.thread_id = $2 and m.message_id = $3))`,
    [siteId, threadId, fileId],
  );
  return rows[0];
}
