// The second factor: a code that an authenticator app makes of a secret shared at enrolment (RFC 6238), or one of ten recovery codes.
//
// A code counts once: the step of the last one accepted is kept, and only a later one is accepted. Guesses count as failures from before
// they are looked at, as with passwords, for the user and not for the session. The secret is sealed with a key that is not in the
// database; recovery codes are kept as digests. A secret that is offered belongs to the session that asked for it.
import { type Db, inTransaction } from '../../platform/database/db.ts';
import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { openSecret, sealSecret } from '../../platform/sealed.ts';
import { newRecoveryCodes, recoveryCodeHash } from '../../platform/session/recovery-codes.ts';
import { secondsToWait } from '../../platform/session/throttle.ts';
import { newTotpSecret, readTotpCode, stepOfCode, totpAddress, totpStep } from '../../platform/session/totp.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { RecoveryCodes, SecondFactorOffer, SecondFactorState } from '../contract/second-factor.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './second-factor.sql.ts';
import { forgetFailures, lockFailures, recordFailure } from './session.sql.ts';

/** A session, whatever it still lacks. */
export type SessionOwner = Pick<Principal, 'tenantId' | 'userId' | 'username'> & { readonly sessionId: string };

const dayMs = 86_400_000;
const factorPlace = ({ tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>) =>
  `second factor ${tenantId} ${userId}`;
const offerPlace = ({ tenantId, sessionId }: SessionOwner) => `offered ${tenantId} ${sessionId}`;

const wrongCode = (used: boolean) =>
  problem(
    'invalid',
    used ? 'second-factor.problem.used' : 'second-factor.problem.wrong',
    {},
    { fields: [{ path: 'code', code: used ? 'used' : 'wrong' }] },
  );

/** The step that what was typed is a code of. Throws `invalid` at the field `code`. */
function requireStep(secret: string, typed: string, now: Date): number {
  const code = readTotpCode(typed);
  const step = code === undefined ? undefined : stepOfCode(secret, code, now);
  if (step === undefined) throw wrongCode(false);
  return step;
}

/** Makes new recovery codes the user's only ones. */
async function giveRecoveryCodes(tx: Db, { tenantId, userId }: SessionOwner): Promise<readonly string[]> {
  const codes = newRecoveryCodes();
  const hashes = codes.map((one) => recoveryCodeHash(one)!);
  await sql.replaceRecoveryCodes(tx, tenantId, userId, hashes);
  return codes;
}

/** `look` is one guess at the user's second factor; it throws where the guess is wrong. Five wrong in a row, and one has to wait. */
async function guessing<T>(
  { pool, clock }: EmrContext,
  { tenantId, userId }: Pick<Principal, 'tenantId' | 'userId'>,
  look: () => Promise<T>,
): Promise<T> {
  const settings = { 'tidegate.tenant_id': String(tenantId) };
  const name = sha256(`second factor of ${userId}`);
  await inTransaction(
    pool,
    async (tx) => {
      const seconds = secondsToWait(await lockFailures(tx, tenantId, name), clock.now());
      if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
      await recordFailure(tx, tenantId, name, clock.now());
    },
    { settings },
  );
  const result = await look();
  const before = new Date(clock.now().getTime() - dayMs);
  await inTransaction(pool, (tx) => forgetFailures(tx, tenantId, name, before), { settings });
  return result;
}

/** Takes a code of the app, or a recovery code, so that it cannot be given again. Throws `invalid` at the field `code`. */
async function takeCode(context: EmrContext, owner: SessionOwner, typed: string, requestId?: string): Promise<void> {
  const { tenantId, userId } = owner;
  const now = context.clock.now();
  await asPrincipal(context.pool, owner, async (tx) => {
    const factor = await sql.findFactor(tx, tenantId, userId);
    if (!factor) throw problem('conflict', 'second-factor.problem.none');
    const hash = recoveryCodeHash(typed);
    if (hash) {
      if (!(await sql.takeRecoveryCode(tx, tenantId, userId, { hash, now }))) throw wrongCode(false);
      await recordAudit(tx, {
        tenantId,
        userId,
        action: 'use-recovery-code',
        entity: 'user',
        entityId: userId,
        requestId,
      });
      return;
    }
    const secret = openSecret(factor.secretSealed, context.sealingKey, factorPlace(owner));
    const step = requireStep(secret, typed, now);
    if (!(await sql.takeStep(tx, tenantId, userId, step))) throw wrongCode(true);
  });
}

/** The second half of signing in. Throws `invalid` at the field `code`, `too-many` with the seconds to wait. */
export async function giveCode(
  context: EmrContext,
  owner: SessionOwner,
  typed: string,
  requestId?: string,
): Promise<void> {
  await guessing(context, owner, () => takeCode(context, owner, typed, requestId));
  await asPrincipal(context.pool, owner, (tx) =>
    sql.completeSession(tx, owner.tenantId, owner.sessionId, context.clock.now()),
  );
}

/** A secret for this session to put into an app: the same at each call until it is confirmed. 409 for who has a second factor. */
export async function offerSecondFactor(context: EmrContext, owner: SessionOwner): Promise<SecondFactorOffer> {
  const { tenantId, userId, sessionId, username } = owner;
  return asPrincipal(context.pool, owner, async (tx) => {
    if (await sql.findFactor(tx, tenantId, userId)) throw problem('conflict', 'second-factor.problem.there');
    const offered = await sql.lockOffer(tx, tenantId, sessionId);
    const secret = offered ? openSecret(offered, context.sealingKey, offerPlace(owner)) : newTotpSecret();
    if (!offered)
      await sql.keepOffer(tx, tenantId, sessionId, sealSecret(secret, context.sealingKey, offerPlace(owner)));
    return { secret, address: totpAddress(secret, { issuer: 'Tidegate EMR', account: username }) };
  });
}

/** Makes the offered secret the user's second factor, because a code proves that an app has it, and completes the session. */
export async function confirmSecondFactor(
  context: EmrContext,
  owner: SessionOwner,
  typed: string,
  requestId?: string,
): Promise<RecoveryCodes> {
  const { tenantId, userId, sessionId } = owner;
  const { clock, sealingKey } = context;
  return guessing(context, owner, () =>
    asPrincipal(context.pool, owner, async (tx) => {
      const offered = await sql.lockOffer(tx, tenantId, sessionId);
      if (!offered) throw problem('conflict', 'second-factor.problem.no-offer');
      const secret = openSecret(offered, sealingKey, offerPlace(owner));
      const now = clock.now();
      const step = requireStep(secret, typed, now);
      const secretSealed = sealSecret(secret, sealingKey, factorPlace(owner));
      if (!(await sql.insertFactor(tx, { tenantId, userId, secretSealed, enrolledAt: now, lastStep: step })))
        throw problem('conflict', 'second-factor.problem.there');
      const recoveryCodes = await giveRecoveryCodes(tx, owner);
      await sql.completeSession(tx, tenantId, sessionId, now);
      const about = { tenantId, userId, entity: 'user', entityId: userId, requestId };
      await recordAudit(tx, { ...about, action: 'enrol-second-factor' });
      return { recoveryCodes };
    }),
  );
}

/** Ten new recovery codes for who proves to have the app; the ones before end. */
export async function renewRecoveryCodes(
  context: EmrContext,
  owner: SessionOwner,
  typed: string,
  requestId?: string,
): Promise<RecoveryCodes> {
  const { tenantId, userId } = owner;
  await guessing(context, owner, () => takeCode(context, owner, typed, requestId));
  return asPrincipal(context.pool, owner, async (tx) => {
    const recoveryCodes = await giveRecoveryCodes(tx, owner);
    const about = { tenantId, userId, entity: 'user', entityId: userId, requestId };
    await recordAudit(tx, { ...about, action: 'renew-recovery-codes' });
    return { recoveryCodes };
  });
}

export function readSecondFactor(context: EmrContext, owner: SessionOwner): Promise<SecondFactorState> {
  const { tenantId, userId } = owner;
  return asPrincipal(
    context.pool,
    owner,
    async (tx) => ({
      enrolledAt: (await sql.findFactor(tx, tenantId, userId))?.enrolledAt.toISOString() ?? null,
      recoveryCodesLeft: await sql.countRecoveryCodes(tx, tenantId, userId),
    }),
    { readOnly: true },
  );
}

/** A second factor that somebody brings along: set by whoever makes the user, and proved by his first sign-in. `conflict` when there is one. */
export async function bringSecondFactor(
  context: EmrContext,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  { userId, secret }: { readonly userId: string; readonly secret: string },
): Promise<void> {
  const { tenantId } = actor;
  const now = context.clock.now();
  const secretSealed = sealSecret(secret, context.sealingKey, factorPlace({ tenantId, userId }));
  // Codes of the present are good: those of the past are not.
  const lastStep = totpStep(now) - 2;
  await asPrincipal(context.pool, actor, async (tx) => {
    if (!(await sql.insertFactor(tx, { tenantId, userId, secretSealed, enrolledAt: now, lastStep })))
      throw problem('conflict', 'second-factor.problem.there');
    const about = { tenantId, userId: actor.userId, entity: 'user', entityId: userId };
    await recordAudit(tx, { ...about, action: 'enrol-second-factor' });
  });
}
