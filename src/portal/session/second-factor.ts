// Where the portal and Cloud Connect keep a person's second factor; its rules are src/platform/session/second-factor.ts.
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { inTransaction } from '../../platform/database/db.ts';
import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { broughtFactor, type SecondFactor } from '../../platform/session/second-factor.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSiteOfPerson, type PortalContext } from '../context.ts';
import * as sql from './second-factor.sql.ts';
import { auditSignIn, forgetFailures, lockFailures, type PortalApp, recordFailure } from './session.sql.ts';

const factorPlace = (userId: string) => `second factor of portal user ${userId}`;

export interface FactorOwner {
  readonly app: PortalApp;
  readonly userId: string;
  readonly email: string;
  readonly siteId: number;
  readonly tokenHash: Buffer;
  /** Signing in still asks for it. */
  readonly waits: boolean;
}

export function secondFactorOf(
  { pool, clock, sealingKey }: { readonly pool: Pool; readonly clock: Clock; readonly sealingKey: Buffer },
  { app, userId, email, siteId, tokenHash, waits }: FactorOwner,
  requestId?: string,
): SecondFactor {
  const failures = sha256(`second factor of ${userId}`);
  const settings = {
    'tidegate.user_id': userId,
    'tidegate.site_id': String(siteId),
    'tidegate.sign_in': failures.toString('hex'),
  };
  return {
    clock,
    sealingKey,
    places: { factor: factorPlace(userId), offer: `offered to ${tokenHash.toString('hex')}` },
    name: { issuer: 'Tidegate', account: email },
    within: (work) =>
      inTransaction(
        pool,
        (tx) =>
          work({
            findFactor: () => sql.findFactor(tx, userId),
            insertFactor: (factor) => sql.insertFactor(tx, userId, factor),
            takeStep: (step) => sql.takeStep(tx, userId, step),
            takeRecoveryCode: (hash, now) => sql.takeRecoveryCode(tx, userId, hash, now),
            replaceRecoveryCodes: (hashes) => sql.replaceRecoveryCodes(tx, userId, hashes),
            countRecoveryCodes: () => sql.countRecoveryCodes(tx, userId),
            lockOffer: () => sql.lockOffer(tx, tokenHash),
            keepOffer: (sealed) => sql.keepOffer(tx, tokenHash, sealed),
            completeSession: async (now) => {
              await sql.completeSession(tx, tokenHash, now);
              if (waits) await auditSignIn(tx, { app, siteId, userId, requestId });
            },
            lockFailures: () => lockFailures(tx, failures),
            recordFailure: (now) => recordFailure(tx, failures, now),
            forgetFailures: () => forgetFailures(tx, failures),
            audit: (action) =>
              recordAudit(tx, { siteId, userId, action, entity: 'portal-user', entityId: userId, requestId }),
          }),
        { settings },
      ),
  };
}

/** A second factor that somebody brings along, proved by his first sign-in. `conflict` when there is one. */
export async function bringSecondFactor(
  { pool, clock, sealingKey }: Pick<PortalContext, 'pool' | 'clock' | 'sealingKey'>,
  { siteId, userId, secret }: { readonly siteId: number; readonly userId: string; readonly secret: string },
): Promise<void> {
  const factor = broughtFactor(secret, { sealingKey, place: factorPlace(userId), now: clock.now() });
  await asSiteOfPerson(pool, { siteId, userId }, async (tx) => {
    if (!(await sql.insertFactor(tx, userId, factor))) throw problem('conflict', 'second-factor.problem.there');
    await recordAudit(tx, { siteId, userId, action: 'enrol-second-factor', entity: 'portal-user', entityId: userId });
  });
}
