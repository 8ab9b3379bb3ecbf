// The way of whoever was written to through the page of a message. Between two steps the server keeps nothing but wrong tries.

import { newId, sha256 } from '../../platform/ids.ts';
import { todayIn } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asLink, asSite, type PortalContext } from '../context.ts';
import type { StoredFile } from '../files/files.sql.ts';
import { birthDateOf, triesAllowed } from '../links/links.ts';
import { bumpRevision } from '../outbox/outbox.sql.ts';
import { readFormToken } from '../public-page/form-token.ts';
import * as sql from './messages.sql.ts';
import type { OpenThread, ThreadNotice, ThreadReply } from './thread-page.ts';
import { isCode } from './write-message.ts';

type Context = Pick<PortalContext, 'pool' | 'clock'>;

/** Of no site, so that an unknown token takes as long as one that has expired. */
const nobody: sql.LinkKey = { siteId: 0, linkId: '' };

/** undefined: it leads nowhere, whatever the reason. */
export async function readThreadLink({ pool, clock }: Context, token: string): Promise<OpenThread | undefined> {
  const tokenHash = sha256(token);
  const key = (await asLink(pool, tokenHash, (tx) => sql.findLinkByToken(tx, tokenHash))) ?? nobody;
  return asSite(
    pool,
    key.siteId,
    async (tx) => {
      const link = await sql.findLink(tx, key);
      const thread = await sql.findThread(tx, { siteId: key.siteId, threadId: link?.threadId ?? '' });
      if (!link || !thread || link.expiresAt <= clock.now()) return undefined;
      // Without a birth date nobody could be told from anybody.
      return thread.kind === 'patient' && thread.birthDate === null ? undefined : { link, thread };
    },
    { readOnly: true, isolation: 'repeatable read' },
  );
}

/** What a GET shows: nothing of the message, and nothing changes. */
export async function openThread(context: Context, token: string): Promise<ThreadReply> {
  const open = await readThreadLink(context, token);
  if (!open) return { page: 'nowhere' };
  return open.link.lockedAt ? { page: 'locked', ...open } : { page: 'identify', ...open, notice: null };
}

export async function showThread(
  { pool }: Context,
  open: OpenThread,
  {
    skip = 0,
    said = null,
    draft = '',
  }: { readonly skip?: number; readonly said?: ThreadNotice; readonly draft?: string } = {},
): Promise<ThreadReply> {
  const { thread } = open;
  const messages = await asSite(pool, thread.siteId, (tx) => sql.listMessages(tx, thread), { readOnly: true });
  return {
    page: 'thread',
    ...open,
    messages,
    skip: Math.min(skip, messages.length - 1),
    said,
    draft,
    pressId: newId(),
  };
}

/** A reply takes longer to write than a button to press. */
const validSeconds = { form: 60 * 60, known: 60 * 60, cancel: 0 };

/** How far the sender of a form has come. */
export function stepOf({ clock }: Context, { link }: OpenThread, form: URLSearchParams): 'form' | 'known' | undefined {
  const step = readFormToken(link.formKey, form.get('f') ?? '', clock.now(), validSeconds);
  return step === 'cancel' ? undefined : step;
}

/** A POST without files: who it is, another part of the thread, or a file of it. */
export async function answerThread(
  context: Context,
  { token, form, requestId }: { readonly token: string; readonly form: URLSearchParams; readonly requestId: string },
): Promise<ThreadReply | { readonly page: 'file'; readonly siteId: number; readonly file: StoredFile }> {
  const open = await readThreadLink(context, token);
  if (!open) return { page: 'nowhere' };
  const { link, thread } = open;
  if (link.lockedAt) return { page: 'locked', ...open };
  const step = stepOf(context, open, form);
  if (step === undefined) return { page: 'identify', ...open, notice: form.has('f') ? 'stale' : null };
  if (step === 'form') return identify(context, open, form, requestId);
  const fileId = form.get('file');
  if (fileId !== null) {
    const file = await asSite(context.pool, thread.siteId, (tx) => sql.findReadable(tx, thread, fileId), {
      readOnly: true,
    });
    if (file) return { page: 'file', siteId: thread.siteId, file };
  }
  const skip = Number(form.get('skip') ?? 0);
  return showThread(context, open, { skip: Number.isSafeInteger(skip) && skip > 0 ? skip : 0 });
}

async function identify(
  context: Context,
  open: OpenThread,
  form: URLSearchParams,
  requestId: string,
): Promise<ThreadReply> {
  const { pool, clock } = context;
  const { link, thread } = open;
  const field = (name: string) => form.get(name) ?? '';
  const isPatient = thread.kind === 'patient';
  const given = isPatient
    ? birthDateOf(field('day'), field('month'), field('year'), todayIn(link.siteZone, clock))
    : /^\s*\d{4}\s*\d{4}\s*$/.exec(field('code'))?.[0];
  if (given === undefined) return { page: 'identify', ...open, notice: 'missing' };
  const isRight = isPatient ? given === thread.birthDate : isCode(thread, given);
  const found = await asSite(pool, link.siteId, async (tx) => {
    const tries = await sql.countTry(tx, link);
    if (tries === undefined) return 'locked';
    const audit = (action: string) =>
      recordAudit(tx, {
        siteId: link.siteId,
        userId: null,
        action,
        entity: 'thread',
        entityId: thread.threadId,
        after: { linkId: link.linkId },
        requestId,
      });
    if (isRight) {
      await sql.setTries(tx, link, null);
      await audit('open-thread');
      return 'right';
    }
    if (tries < triesAllowed) return { left: triesAllowed - tries };
    await sql.setTries(tx, link, clock.now());
    await sql.insertLockedTask(tx, link, thread.connectionId);
    await audit('lock-thread-link');
    await bumpRevision(tx, link.siteId);
    return 'locked';
  });
  if (found === 'locked') return { page: 'locked', ...open };
  return found === 'right' ? showThread(context, open) : { page: 'identify', ...open, notice: found };
}
