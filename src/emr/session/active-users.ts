import { problem } from '../../platform/problem.ts';
import { absoluteLimitMs, idleLimitMs } from '../../platform/session/limits.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { ActiveUser } from '../contract/users.ts';
import type { OpenSince } from '../people/users.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './session.sql.ts';

/** Which sessions are still open at `now`. */
export const openSince = (now: Date): OpenSince => ({
  createdAfter: new Date(now.getTime() - absoluteLimitMs),
  seenAfter: new Date(now.getTime() - idleLimitMs),
});

/** Who is signed in to the clinic's EMR, since when, and last seen when. */
export async function listActiveUsers(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'> & { readonly sessionId: string },
): Promise<ActiveUser[]> {
  const open = openSince(context.clock.now());
  const sessions = await asPrincipal(context.pool, actor, (tx) => sql.listOpenSessions(tx, actor.tenantId, open), {
    readOnly: true,
  });
  return sessions.map(({ signedInAt, lastSeenAt, ...session }) => ({
    ...session,
    signedInAt: signedInAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    own: session.sessionId === actor.sessionId,
  }));
}

/** Ends one session; its next request is refused. `not-found` when it has ended already. */
export async function endSession(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  sessionId: string,
  requestId?: string,
): Promise<void> {
  const { tenantId } = actor;
  await asPrincipal(context.pool, actor, async (tx) => {
    const userId = await sql.deleteSessionById(tx, tenantId, sessionId);
    if (userId === undefined) throw problem('not-found', 'security.active.ended-already');
    await recordAudit(tx, {
      tenantId,
      userId: actor.userId,
      action: 'end-session',
      entity: 'user',
      entityId: userId,
      requestId,
    });
  });
}
