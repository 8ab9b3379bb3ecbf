import { newId, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { hashPassword } from '../../platform/session/password.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asAccountLink, type PortalContext } from '../context.ts';
import type { AcceptRequest, OpenInvitation } from '../contract/accounts.ts';
import { insertMember, insertUser } from '../sites/sites.sql.ts';
import * as sql from './account-links.sql.ts';

type Context = Pick<PortalContext, 'pool' | 'clock'>;

/** One answer for every link that leads nowhere, whatever the reason. */
export const nowhere = () => problem('not-found', 'users.problem.link');

/** The open link of a token. Throws `not-found`. */
export async function getOpenLink(
  { pool, clock }: Context,
  tokenHash: Buffer,
  purpose: sql.LinkPurpose,
): Promise<sql.OpenLink> {
  const found = await asAccountLink(pool, { tokenHash }, (tx) =>
    sql.findOpenLink(tx, tokenHash, { purpose, now: clock.now() }),
  );
  if (!found) throw nowhere();
  return found;
}

export async function readInvitation(context: Context, token: string): Promise<OpenInvitation> {
  const tokenHash = sha256(token);
  const link = await getOpenLink(context, tokenHash, 'invitation');
  return asAccountLink(context.pool, { tokenHash, siteId: link.siteId }, async (tx) => ({
    siteName: (await sql.readSiteForMail(tx, link.siteId)).name,
    email: link.email,
    role: link.role!,
    hasAccount: (await sql.findAccountOfLink(tx, link)) !== undefined,
  }));
}

/**
 * Makes whoever holds the link a member of the site, with an account where the address has none. Throws `not-found` for a link that is not open
 * (any more), of two at once for one; `invalid` where an account is to be made and name or password is missing.
 */
export async function acceptInvitation(
  context: Context,
  { token, displayName, password }: AcceptRequest,
  requestId?: string,
): Promise<void> {
  const tokenHash = sha256(token);
  const link = await getOpenLink(context, tokenHash, 'invitation');
  const { siteId, linkId, email, role } = link;
  // Outside the transaction: it takes tens of milliseconds.
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  await asAccountLink(context.pool, { tokenHash, siteId }, async (tx) => {
    if (!(await sql.lockOpenLink(tx, siteId, linkId))) throw nowhere();
    const known = await sql.findAccountOfLink(tx, link);
    const userId = known?.userId ?? newId();
    if (!known) {
      if (displayName === undefined || passwordHash === undefined) {
        const missing = Object.entries({ displayName, password }).filter(([, value]) => value === undefined);
        const fields = missing.map(([path]) => ({ path, code: 'missing' }));
        throw problem('invalid', 'problem.invalid', {}, { where: 'body', fields });
      }
      // Made at this moment through another site's link: the second try finds it.
      if (!(await insertUser(tx, { userId, email, displayName, passwordHash })))
        throw problem('conflict', 'users.problem.again');
    }
    await insertMember(tx, siteId, userId, role!);
    await sql.markUsed(tx, { siteId, linkId, userId, now: context.clock.now() });
    const about = { siteId, userId, requestId };
    await recordAudit(tx, { ...about, action: 'accept', entity: 'invitation', entityId: linkId });
    await recordAudit(tx, { ...about, action: 'create', entity: 'portal-user', entityId: userId, after: { role } });
  });
}
