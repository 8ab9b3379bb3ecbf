// What an administrator takes away from an integration. Each ends in one transaction, and its access tokens in the same.
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { endApproval } from '../oauth/approvals.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './integrations.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

interface Client {
  readonly clientId: string;
  readonly active: boolean;
}

/** Locks the client, does it, and records it. Throws `not-found` for who is no integration user, `conflict` where there is nothing to end. */
function ending(
  context: EmrContext,
  actor: Actor,
  {
    userId,
    action,
    requestId,
  }: { readonly userId: string; readonly action: string; readonly requestId?: string | undefined },
  work: (tx: Db, client: Client, now: Date) => Promise<boolean>,
): Promise<void> {
  const { tenantId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const client = await sql.lockClient(tx, tenantId, userId);
    if (!client) throw problem('not-found', 'problem.not-found');
    if (!(await work(tx, client, context.clock.now()))) throw problem('conflict', 'integrations.problem.ended');
    await sql.deleteTokensOfClient(tx, tenantId, client.clientId);
    await recordAudit(tx, {
      tenantId,
      userId: actor.userId,
      action,
      entity: 'user',
      entityId: userId,
      after: { clientId: client.clientId },
      requestId,
    });
  });
}

/** The client, its credentials and its approval. Its user and what the matrix says of him stay, and open nothing. */
export const revokeIntegration = (context: EmrContext, actor: Actor, userId: string, requestId?: string) =>
  ending(context, actor, { userId, action: 'revoke-client', requestId }, async (tx, { clientId, active }, now) => {
    await endApproval(tx, actor.tenantId, clientId, { now, endedBy: actor.userId });
    await sql.deactivateClient(tx, actor.tenantId, clientId);
    return active;
  });

/** What was approved. The application may ask again. */
export const endApprovalOf = (context: EmrContext, actor: Actor, userId: string, requestId?: string) =>
  ending(context, actor, { userId, action: 'end-access', requestId }, async (tx, { clientId }, now) => {
    return (await endApproval(tx, actor.tenantId, clientId, { now, endedBy: actor.userId })) !== undefined;
  });

/** The credentials from before the last rotation, ahead of their time. */
export const endFormerCredentials = (context: EmrContext, actor: Actor, userId: string, requestId?: string) =>
  ending(context, actor, { userId, action: 'end-former-credentials', requestId }, (tx, { clientId }, now) =>
    sql.endFormerProof(tx, actor.tenantId, clientId, now),
  );
