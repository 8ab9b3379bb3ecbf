import { isMailAddress } from '../../platform/mail/address.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { InvitationRequest } from '../contract/users.ts';
import type { Member } from '../session/sessions.ts';
import * as sql from './account-links.sql.ts';
import { mailAccountLink } from './account-mails.ts';

const invitationLifetimeMs = 7 * 24 * 60 * 60_000;

/**
 * Invites an address to the Site Admin's site; an invitation that was open for it ends. `conflict` for a member's address, active or not; `invalid`
 * for one that no mail server takes. Whether it has an account at another site is not said.
 */
export async function invite(
  context: Pick<PortalContext, 'pool' | 'clock' | 'publicUrl'>,
  by: Member,
  { email, role, language }: InvitationRequest,
  requestId?: string,
): Promise<void> {
  if (!isMailAddress(email)) {
    const fields = [{ path: 'email', code: 'custom', message: 'not an e-mail address' }];
    throw problem('invalid', 'users.problem.address', {}, { where: 'body', fields });
  }
  const { siteId, userId, displayName } = by;
  await asSite(context.pool, siteId, async (tx) => {
    const member = await sql.findMemberByEmail(tx, siteId, email);
    if (member) {
      const fields = [{ path: 'email', code: 'member' }];
      throw problem('conflict', member.active ? 'users.problem.member' : 'users.problem.deactivated', {}, { fields });
    }
    await sql.withdrawInvitation(tx, siteId, { email }, context.clock.now());
    const linkId = await mailAccountLink(tx, context, {
      siteId,
      purpose: 'invitation',
      email,
      language,
      lifetimeMs: invitationLifetimeMs,
      link: { role, userId: null, createdBy: userId },
      by: displayName,
    });
    const about = { siteId, userId, action: 'invite', entity: 'invitation', entityId: linkId, requestId };
    await recordAudit(tx, { ...about, after: { role } });
  });
}

/** `not-found` for one that is not open, or is another site's. */
export async function withdrawInvitation(
  { pool, clock }: Pick<PortalContext, 'pool' | 'clock'>,
  { siteId, userId }: Member,
  linkId: string,
  requestId?: string,
): Promise<void> {
  await asSite(pool, siteId, async (tx) => {
    if (!(await sql.withdrawInvitation(tx, siteId, { linkId }, clock.now())))
      throw problem('not-found', 'problem.not-found');
    await recordAudit(tx, {
      siteId,
      userId,
      action: 'withdraw',
      entity: 'invitation',
      entityId: linkId,
      requestId,
    });
  });
}
