// Where the EMR keeps a user's second factor; its rules are src/platform/session/second-factor.ts.
import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { broughtFactor, type SecondFactor } from '../../platform/session/second-factor.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './second-factor.sql.ts';
import { forgetFailures, lockFailures, recordFailure } from './session.sql.ts';

/** A session, whatever it still lacks. */
type SessionOwner = Pick<Principal, 'tenantId' | 'userId' | 'username'> & { readonly sessionId: string };

const dayMs = 86_400_000;
const factorPlace = ({ tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>) =>
  `second factor ${tenantId} ${userId}`;

export function secondFactorOf(
  { pool, clock, sealingKey }: EmrContext,
  owner: SessionOwner,
  requestId?: string,
): SecondFactor {
  const { tenantId, userId, sessionId, username } = owner;
  const failures = sha256(`second factor of ${userId}`);
  return {
    clock,
    sealingKey,
    places: { factor: factorPlace(owner), offer: `offered ${tenantId} ${sessionId}` },
    name: { issuer: 'Tidegate EMR', account: username },
    within: (work) =>
      asPrincipal(pool, owner, (tx) =>
        work({
          findFactor: () => sql.findFactor(tx, tenantId, userId),
          insertFactor: (factor) => sql.insertFactor(tx, { ...factor, tenantId, userId }),
          takeStep: (step) => sql.takeStep(tx, tenantId, userId, step),
          takeRecoveryCode: (hash, now) => sql.takeRecoveryCode(tx, tenantId, userId, { hash, now }),
          replaceRecoveryCodes: (hashes) => sql.replaceRecoveryCodes(tx, tenantId, userId, hashes),
          countRecoveryCodes: () => sql.countRecoveryCodes(tx, tenantId, userId),
          lockOffer: () => sql.lockOffer(tx, tenantId, sessionId),
          keepOffer: (sealed) => sql.keepOffer(tx, tenantId, sessionId, sealed),
          completeSession: (now) => sql.completeSession(tx, tenantId, sessionId, now),
          lockFailures: () => lockFailures(tx, tenantId, failures),
          recordFailure: (now) => recordFailure(tx, tenantId, failures, now),
          forgetFailures: (now) => forgetFailures(tx, tenantId, failures, new Date(now.getTime() - dayMs)),
          audit: (action) => recordAudit(tx, { tenantId, userId, action, entity: 'user', entityId: userId, requestId }),
        }),
      ),
  };
}

/** A second factor that somebody brings along: set by whoever makes the user, and proved by his first sign-in. `conflict` when there is one. */
export async function bringSecondFactor(
  { pool, clock, sealingKey }: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { userId, secret }: { readonly userId: string; readonly secret: string },
): Promise<void> {
  const { tenantId } = actor;
  const place = factorPlace({ tenantId, userId });
  const factor = broughtFactor(secret, { sealingKey, place, now: clock.now() });
  await asPrincipal(pool, actor, async (tx) => {
    if (!(await sql.insertFactor(tx, { ...factor, tenantId, userId })))
      throw problem('conflict', 'second-factor.problem.there');
    const about = { tenantId, userId: actor.userId, entity: 'user', entityId: userId };
    await recordAudit(tx, { ...about, action: 'enrol-second-factor' });
  });
}
