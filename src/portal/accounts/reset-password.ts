import type { Language } from '../../language/messages.ts';
import { sha256 } from '../../platform/ids.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asAccountLink, asPerson, asSignIn, asSiteOfPerson, type PortalContext } from '../context.ts';
import type { OpenReset } from '../contract/accounts.ts';
import { deleteSessionsOf, findPerson, forgetFailures, listMemberships } from '../session/session.sql.ts';
import { getOpenLink, nowhere } from './accept-invitation.ts';
import * as sql from './account-links.sql.ts';
import { mailAccountLink, mailAccountNotice } from './account-mails.ts';

const hourMs = 60 * 60_000;
const resetLifetimeMs = hourMs;
/** So that nobody's mailbox can be filled by asking. */
const resetsAnHour = 3;

type Context = Pick<PortalContext, 'pool' | 'clock' | 'publicUrl'>;

/**
 * Mails a link to the address if it has an account that may sign in, in the name of the first of its sites. Whoever asks learns nothing of it: the
 * caller answers before this begins, because how long it takes would tell.
 */
export async function requestReset(
  context: Context,
  { email, language, requestId }: { readonly email: string; readonly language: Language; readonly requestId: string },
): Promise<void> {
  const { pool, clock } = context;
  const person = await asSignIn(pool, email, (tx) => findPerson(tx, email));
  if (!person?.active) return;
  const { userId } = person;
  const [site] = await asPerson(pool, userId, (tx) => listMemberships(tx, userId));
  if (!site) return;
  const { siteId } = site;
  await asSiteOfPerson(pool, { siteId, userId }, async (tx) => {
    const since = new Date(clock.now().getTime() - hourMs);
    if ((await sql.lockAndCountResets(tx, userId, since)) >= resetsAnHour) return;
    const linkId = await mailAccountLink(tx, context, {
      siteId,
      purpose: 'password-reset',
      email: person.email,
      language,
      lifetimeMs: resetLifetimeMs,
      link: { role: null, userId, createdBy: null },
    });
    const about = { siteId, userId: null, entity: 'portal-user', entityId: userId, requestId };
    await recordAudit(tx, { ...about, action: 'request-password-reset', after: { linkId } });
  });
}

export async function readReset(context: Context, token: string): Promise<OpenReset> {
  const { email } = await getOpenLink(context, sha256(token), 'password-reset');
  return { email };
}

interface NewPassword {
  readonly token: string;
  readonly password: string;
  /** Of the mail that says so to the account's address. */
  readonly language: Language;
  readonly requestId: string;
}

/** Sets the password of whose link it is, once, and ends every session of his. Throws `not-found` for a link that is not open (any more). */
export async function setNewPassword(
  context: Context,
  { token, password, language, requestId }: NewPassword,
): Promise<void> {
  const tokenHash = sha256(token);
  const { siteId, linkId, email, userId } = await getOpenLink(context, tokenHash, 'password-reset');
  const passwordHash = await hashPassword(password);
  const now = context.clock.now();
  await asAccountLink(context.pool, { tokenHash, siteId, userId: userId! }, async (tx) => {
    if (!(await sql.lockOpenLink(tx, siteId, linkId))) throw nowhere();
    if (!(await sql.updatePassword(tx, userId!, passwordHash))) throw nowhere();
    await sql.endOtherResets(tx, userId!, now);
    const sessionsEnded = await deleteSessionsOf(tx, userId!);
    const about = { siteId, userId, entity: 'portal-user', entityId: userId!, requestId };
    await recordAudit(tx, { ...about, action: 'reset-password', after: { sessionsEnded } });
    await mailAccountNotice(tx, { siteId, email, language }, 'password-changed', now);
  });
  // Whoever guessed at the old password keeps nobody out.
  await asSignIn(context.pool, email, (tx, emailHash) => forgetFailures(tx, emailHash));
}
