// *Approve third-party access*: an application has sent an administrator here. What it asked for waits under a name that only his browser
// has; he sees it, approves it for offices or denies it, and the browser goes back to where the library answers the application.
import type { Db } from '../../platform/database/db.ts';
import { newId, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { AccessRequest, Approval, ApproveRequest, Decided } from '../contract/integrations.ts';
import { requireOffices } from '../people/create-user.ts';
import { bumpPermissionVersion, lockPermissionVersion, replaceMemberships } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './approvals.sql.ts';
import { clinicParameter } from './oauth-adapter.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

interface Waiting extends sql.AskingClient {
  readonly clientId: string;
  readonly asked: readonly string[];
  readonly redirectUri: string;
  readonly expiresAt: Date;
}

/** What waits under this name for this clinic. Throws `not-found` where it has expired, was decided, or its client has gone. */
async function requireWaiting(tx: Db, { tenantId }: Actor, requestId: string, now: Date): Promise<Waiting> {
  const found = await sql.findInteraction(tx, tenantId, sha256(requestId), now);
  const client = found && (await sql.findAskingClient(tx, tenantId, found.clientId));
  if (!client || 'result' in found.payload) throw problem('not-found', 'integrations.problem.no-request');
  const params = found.payload['params'] as { readonly scope: string; readonly redirect_uri: string };
  const { clientId, expiresAt } = found;
  return { ...client, clientId, asked: params.scope.split(' '), redirectUri: params.redirect_uri, expiresAt };
}

export const presentApproval = ({ approvedAt, approvedBy, scopes }: sql.ApprovalInForce): Approval => ({
  approvedAt: approvedAt.toISOString(),
  approvedBy,
  scopes,
});

export function readAccessRequest(context: EmrContext, actor: Actor, requestId: string): Promise<AccessRequest> {
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const waiting = await requireWaiting(tx, actor, requestId, context.clock.now());
      const { name, clientId, userId, username, asked, redirectUri, expiresAt } = waiting;
      const inForce = await sql.findApprovalInForce(tx, actor.tenantId, clientId);
      return {
        name,
        clientId,
        returnsTo: new URL(redirectUri).host,
        scopes: asked,
        user: { userId, username },
        offices: await sql.listOfficesOf(tx, actor.tenantId, userId),
        approval: inForce ? presentApproval(inForce) : null,
        expiresAt: expiresAt.toISOString(),
      };
    },
    { scope: 'roster', readOnly: true },
  );
}

/** Where the library takes the browser back. */
const resumeAddress = (context: EmrContext, { tenantId }: Actor, requestId: string): string =>
  `${context.publicUrl}/oauth/authorize/${requestId}?${clinicParameter}=${tenantId}`;

/** Decides once: whoever comes second is told that nothing waits any more. */
async function decide(tx: Db, { tenantId }: Actor, requestId: string, result: object, now: Date): Promise<void> {
  if (await sql.decideInteraction(tx, tenantId, sha256(requestId), result, now)) return;
  throw problem('not-found', 'integrations.problem.no-request');
}

/**
 * The application may have what it asked for, in these offices; what its integration user sees there stays the matrix's to say. An approval
 * that was in force is replaced, and its tokens end. `invalid` for an office that the clinic does not have.
 */
export function approveAccess(
  context: EmrContext,
  actor: Actor,
  requestId: string,
  { officeIds }: ApproveRequest,
  httpRequestId?: string,
): Promise<Decided> {
  const { tenantId } = actor;
  const now = context.clock.now();
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const { clientId, userId, asked } = await requireWaiting(tx, actor, requestId, now);
      await requireOffices(tx, tenantId, officeIds);
      // Whoever changes what the user holds takes turns, and so do two who approve.
      await lockPermissionVersion(tx, tenantId, userId);
      const approvalId = `${tenantId}.${newId()}`;
      await decide(
        tx,
        actor,
        requestId,
        { login: { accountId: userId, remember: false }, consent: { grantId: approvalId } },
        now,
      );
      await sql.endApproval(tx, tenantId, clientId, { now, endedBy: null });
      await sql.insertApproval(tx, {
        tenantId,
        approvalId,
        clientId,
        approvedBy: actor.userId,
        approvedAt: now,
        scopes: asked,
        officeIds,
      });
      await replaceMemberships(tx, tenantId, userId, officeIds);
      await bumpPermissionVersion(tx, tenantId, userId);
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'approve-access',
        entity: 'user',
        entityId: userId,
        after: { clientId, scopes: asked, officeIds },
        requestId: httpRequestId,
      });
      return { goTo: resumeAddress(context, actor, requestId) };
    },
    { scope: 'roster' },
  );
}

/** The application is told that it was denied. What was approved before stays. */
export function denyAccess(
  context: EmrContext,
  actor: Actor,
  requestId: string,
  httpRequestId?: string,
): Promise<Decided> {
  const { tenantId } = actor;
  const now = context.clock.now();
  return asPrincipal(context.pool, actor, async (tx) => {
    const { clientId, userId, asked } = await requireWaiting(tx, actor, requestId, now);
    const result = { error: 'access_denied', error_description: 'an EMR administrator denied it' };
    await decide(tx, actor, requestId, result, now);
    await recordAudit(tx, {
      tenantId,
      userId: actor.userId,
      action: 'deny-access',
      entity: 'user',
      entityId: userId,
      after: { clientId, scopes: asked },
      requestId: httpRequestId,
    });
    return { goTo: resumeAddress(context, actor, requestId) };
  });
}
