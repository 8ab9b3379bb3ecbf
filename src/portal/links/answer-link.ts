// A patient's way through the page of a link: birth date, answer, outcome. Every step is judged by what is there now; between two steps the
// server keeps nothing but wrong tries.
import type { Db, Pool } from '../../platform/database/db.ts';
import { sha256 } from '../../platform/ids.ts';
import { Problem } from '../../platform/problem.ts';
import { todayIn } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asLink, asSite, type PortalContext } from '../context.ts';
import { bumpRevision } from '../outbox/outbox.sql.ts';
import { queueWriteBack } from '../outbox/queue-write-back.ts';
import { insertLinkTask } from '../outbox/staff-tasks.sql.ts';
import { readFormToken } from '../public-page/form-token.ts';
import type { IdentifyNotice } from '../public-page/whole-page.ts';
import type { LinkReply } from './link-page.ts';
import * as sql from './links.sql.ts';
import { type Answer, type AnswerKind, birthDateOf, type Standing, standingOf, triesAllowed } from './links.ts';

type Context = Pick<PortalContext, 'pool' | 'clock'>;

interface Read {
  readonly link: sql.LinkRow;
  readonly answer: Answer | null;
  readonly standing: Exclude<Standing, { is: 'nowhere' }>;
}

/** Of no site: what is asked for it is asked as for any other, so that a token that is unknown takes as long as one that has expired. */
const nobody: sql.LinkKey = { siteId: 0, linkId: '' };

async function readLink({ pool, clock }: Context, token: string): Promise<Read | undefined> {
  const tokenHash = sha256(token);
  const key = (await asLink(pool, tokenHash, (tx) => sql.findByToken(tx, tokenHash))) ?? nobody;
  const { link, answer } = await asSite(
    pool,
    key.siteId,
    async (tx) => ({ link: await sql.findLink(tx, key), answer: await sql.findAnswer(tx, key) }),
    { readOnly: true, isolation: 'repeatable read' },
  );
  // Without a birth date nobody could be told from anybody.
  if (!link || link.birthDate === null) return undefined;
  const standing = standingOf(link, link.booking, answer, clock.now());
  return standing.is === 'nowhere' ? undefined : { link, answer, standing };
}

/** What a GET shows: nothing of the appointment, and nothing changes. */
export async function openLink(context: Context, token: string): Promise<LinkReply> {
  const read = await readLink(context, token);
  if (!read) return { page: 'nowhere' };
  const { link } = read;
  return link.lockedAt ? { page: 'locked', link } : { page: 'identify', link, notice: null };
}

export interface AnswerLink {
  readonly token: string;
  /** The fields of the form as they came. */
  readonly form: URLSearchParams;
  /** How long the page may wait for the EMR. */
  readonly waitMs: number;
  readonly requestId: string;
}

/** What a POST does and shows. */
export async function answerLink(context: Context, { token, form, waitMs, requestId }: AnswerLink): Promise<LinkReply> {
  const read = await readLink(context, token);
  if (!read) return { page: 'nowhere' };
  const { link, standing } = read;
  if (link.lockedAt) return { page: 'locked', link };
  const signed = form.get('f') ?? '';
  const step = readFormToken(link.formKey, signed, context.clock.now());
  if (step === undefined) return { page: 'identify', link, notice: signed === '' ? null : 'stale' };
  if (step === 'form') return identify(context, read, form, requestId);
  const shown = { page: 'standing', link, standing } as const;
  switch (form.get('do')) {
    case 'confirm':
      if (!('canConfirm' in standing) || !standing.canConfirm) return shown;
      return take(context, token, { read, kind: 'mark-confirmed', waitMs, requestId });
    case 'cancel':
      return 'canCancel' in standing && standing.canCancel ? { page: 'really-cancel', link } : shown;
    case 'really-cancel':
      if (step !== 'cancel' || !('canCancel' in standing) || !standing.canCancel) return shown;
      return take(context, token, { read, kind: 'cancel', waitMs, requestId });
    default:
      return shown;
  }
}

async function identify(
  { pool, clock }: Context,
  { link, standing }: Read,
  form: URLSearchParams,
  requestId: string,
): Promise<LinkReply> {
  const field = (name: string) => form.get(name) ?? '';
  const given = birthDateOf(field('day'), field('month'), field('year'), todayIn(link.siteZone, clock));
  if (given === undefined) return { page: 'identify', link, notice: 'missing' };
  const found = await asSite(pool, link.siteId, (tx) => judge(tx, link, given, clock.now(), requestId));
  if (found === 'locked') return { page: 'locked', link };
  return found === 'right' ? { page: 'standing', link, standing } : { page: 'identify', link, notice: found };
}

async function judge(
  tx: Db,
  link: sql.LinkRow,
  given: string,
  now: Date,
  requestId: string,
): Promise<'right' | 'locked' | Exclude<IdentifyNotice, null | 'missing' | 'stale'>> {
  const tries = await sql.countTry(tx, link);
  if (tries === undefined) return 'locked';
  const audit = (action: string) =>
    recordAudit(tx, {
      siteId: link.siteId,
      userId: null,
      action,
      entity: 'booking',
      entityId: link.bookingId,
      after: { linkId: link.linkId },
      requestId,
    });
  if (given === link.birthDate) {
    await sql.forgetTries(tx, link);
    await audit('open-link');
    return 'right';
  }
  if (tries < triesAllowed) return { left: triesAllowed - tries };
  await sql.lockLink(tx, link, now);
  await insertLinkTask(tx, link, { reason: 'locked', kind: null });
  await audit('lock-link');
  await bumpRevision(tx, link.siteId);
  return 'locked';
}

interface Take {
  readonly read: Read;
  readonly kind: AnswerKind;
  readonly waitMs: number;
  readonly requestId: string;
}

/** A synchroniser may write a newer version between the look and the press; more often than this it does not. */
const looksAtMost = 3;

/** Queues the answer once, waits for what becomes of it, and tells. */
async function take(context: Context, token: string, { read, kind, waitMs, requestId }: Take): Promise<LinkReply> {
  let latest = read;
  for (let look = 1; !(await queue(context, latest.link, kind, requestId)); look += 1) {
    const again = await readLink(context, token);
    if (!again) return { page: 'nowhere' };
    latest = again;
    // Two presses at once: the other one was queued, and its outcome is this one's.
    if (again.answer) break;
    const { standing } = again;
    const fits =
      kind === 'cancel'
        ? 'canCancel' in standing && standing.canCancel
        : 'canConfirm' in standing && standing.canConfirm;
    if (!fits) return { page: 'standing', link: again.link, standing };
    if (look === looksAtMost) return giveToStaff(context, again.link, kind);
  }
  await untilRested(context.pool, latest.link, waitMs);
  const after = await readLink(context, token);
  return after ? { page: 'standing', link: after.link, standing: after.standing } : { page: 'nowhere' };
}

/** False: it does not fit what is there now. */
async function queue(
  { pool, clock }: Context,
  link: sql.LinkRow,
  kind: AnswerKind,
  requestId: string,
): Promise<boolean> {
  const { siteId, linkId, bookingId, version } = link;
  try {
    await asSite(pool, siteId, (tx) =>
      queueWriteBack(tx, {
        siteId,
        userId: null,
        kind,
        bookingId,
        // Pressed again it is the same press, however often.
        pressId: `${linkId}.${kind}`,
        version,
        now: clock.now(),
        requestId,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Problem && (error.kind === 'conflict' || error.kind === 'not-found')) return false;
    throw error;
  }
}

/** Something else is under way for the booking and stays so: a person has both before him. */
async function giveToStaff({ pool }: Context, link: sql.LinkRow, kind: AnswerKind): Promise<LinkReply> {
  await asSite(pool, link.siteId, async (tx) => {
    await insertLinkTask(tx, link, { reason: 'not-queued', kind });
    await bumpRevision(tx, link.siteId);
  });
  return { page: 'standing', link, standing: { is: 'call', kind, changed: false } };
}

const lookEveryMs = 100;

/** Until nothing more is to be expected of the answer by itself, at most `waitMs`. */
async function untilRested(pool: Pool, link: sql.LinkRow, waitMs: number): Promise<void> {
  for (const until = performance.now() + waitMs; performance.now() < until; ) {
    const answer = await asSite(pool, link.siteId, (tx) => sql.findAnswer(tx, link), { readOnly: true });
    if (answer && ['acknowledged', 'parked', 'task'].includes(answer.state)) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
