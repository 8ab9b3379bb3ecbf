// The second factor: a code that an authenticator app makes of a secret shared at enrolment (RFC 6238), or one of ten recovery codes. The
// rules, for every app that people sign in to; where it is kept is the app's.
//
// A code counts once: the step of the last one accepted is kept, and only a later one is accepted. Guesses count as failures from before
// they are looked at, as with passwords, for the user and not for the session. The secret is sealed with a key that is not in the
// database; recovery codes are kept as digests. A secret that is offered belongs to the session that asked for it.
import type { Clock } from '../clock.ts';
import { problem } from '../problem.ts';
import { openSecret, sealSecret } from '../sealed.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { type Failures, secondsToWait } from './throttle.ts';
import { newTotpSecret, readTotpCode, stepOfCode, totpAddress, totpStep } from './totp.ts';

/** What is still asked of somebody whose password was right: a code, or to set up the second factor that the role needs. */
export type SignInStep = 'code' | 'enrol';

export interface StoredFactor {
  readonly secretSealed: Buffer;
  readonly enrolledAt: Date;
}

export interface NewFactor extends StoredFactor {
  /** Of the last code accepted. */
  readonly lastStep: number;
}

export type FactorAct = 'enrol-second-factor' | 'use-recovery-code' | 'renew-recovery-codes';

/** What an app keeps of one person's second factor, and of his session, in one transaction. */
export interface FactorRows {
  findFactor(): Promise<StoredFactor | undefined>;
  /** False where there is one already, whoever was quicker. */
  insertFactor(factor: NewFactor): Promise<boolean>;
  /** True the first time only that a code of this step, or of a later one, is given: of two at once, one. */
  takeStep(step: number): Promise<boolean>;
  /** True the first time only. */
  takeRecoveryCode(hash: Buffer, now: Date): Promise<boolean>;
  /** Makes the recovery codes exactly these, none of them used. */
  replaceRecoveryCodes(hashes: readonly Buffer[]): Promise<void>;
  countRecoveryCodes(): Promise<number>;
  /** The secret that the session is offered; locked, so that two requests of one session are offered one. */
  lockOffer(): Promise<Buffer | null | undefined>;
  keepOffer(sealed: Buffer): Promise<void>;
  /** From now on the session is signed in; what it was offered is forgotten. */
  completeSession(now: Date): Promise<void>;
  /** Guesses at this person's second factor take turns until the transaction ends. */
  lockFailures(): Promise<Failures | undefined>;
  recordFailure(now: Date): Promise<void>;
  forgetFailures(now: Date): Promise<void>;
  audit(act: FactorAct): Promise<void>;
}

/** One person's second factor, as one session of his sees it. */
export interface SecondFactor {
  readonly clock: Clock;
  /** 32 bytes. */
  readonly sealingKey: Buffer;
  /** What the sealed secrets belong to: one moved to another row does not open. */
  readonly places: { readonly factor: string; readonly offer: string };
  /** As the authenticator app names it. */
  readonly name: { readonly issuer: string; readonly account: string };
  within<T>(work: (rows: FactorRows) => Promise<T>): Promise<T>;
}

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

/** Makes new recovery codes the only ones. */
async function giveRecoveryCodes(rows: FactorRows): Promise<readonly string[]> {
  const codes = newRecoveryCodes();
  await rows.replaceRecoveryCodes(codes.map((one) => recoveryCodeHash(one)!));
  return codes;
}

/** `look` is one guess; it throws where the guess is wrong. Five wrong in a row, and one has to wait. */
async function guessing<T>({ within, clock }: SecondFactor, look: () => Promise<T>): Promise<T> {
  await within(async (rows) => {
    const seconds = secondsToWait(await rows.lockFailures(), clock.now());
    if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
    await rows.recordFailure(clock.now());
  });
  const result = await look();
  await within((rows) => rows.forgetFailures(clock.now()));
  return result;
}

/** Takes a code of the app, or a recovery code, so that it cannot be given again. Throws `invalid` at the field `code`. */
async function takeCode(rows: FactorRows, { clock, sealingKey, places }: SecondFactor, typed: string): Promise<void> {
  const now = clock.now();
  const factor = await rows.findFactor();
  if (!factor) throw problem('conflict', 'second-factor.problem.none');
  const hash = recoveryCodeHash(typed);
  if (hash) {
    if (!(await rows.takeRecoveryCode(hash, now))) throw wrongCode(false);
    return rows.audit('use-recovery-code');
  }
  const secret = openSecret(factor.secretSealed, sealingKey, places.factor);
  if (!(await rows.takeStep(requireStep(secret, typed, now)))) throw wrongCode(true);
}

/** The second half of signing in. Throws `invalid` at the field `code`, `too-many` with the seconds to wait. */
export function giveCode(factor: SecondFactor, typed: string): Promise<void> {
  return guessing(factor, () =>
    factor.within(async (rows) => {
      await takeCode(rows, factor, typed);
      await rows.completeSession(factor.clock.now());
    }),
  );
}

/** A secret for this session to put into an app: the same at each call until it is confirmed. `conflict` for who has a second factor. */
export function offerSecondFactor({ within, sealingKey, places, name }: SecondFactor) {
  return within(async (rows) => {
    if (await rows.findFactor()) throw problem('conflict', 'second-factor.problem.there');
    const offered = await rows.lockOffer();
    const secret = offered ? openSecret(offered, sealingKey, places.offer) : newTotpSecret();
    if (!offered) await rows.keepOffer(sealSecret(secret, sealingKey, places.offer));
    return { secret, address: totpAddress(secret, name) };
  });
}

interface RecoveryCodes {
  readonly recoveryCodes: readonly string[];
}

/** Makes the offered secret the second factor, because a code proves that an app has it, and completes the session. */
export function confirmSecondFactor(factor: SecondFactor, typed: string): Promise<RecoveryCodes> {
  const { clock, sealingKey, places, within } = factor;
  return guessing(factor, () =>
    within(async (rows) => {
      const offered = await rows.lockOffer();
      if (!offered) throw problem('conflict', 'second-factor.problem.no-offer');
      const secret = openSecret(offered, sealingKey, places.offer);
      const now = clock.now();
      const lastStep = requireStep(secret, typed, now);
      const secretSealed = sealSecret(secret, sealingKey, places.factor);
      if (!(await rows.insertFactor({ secretSealed, enrolledAt: now, lastStep })))
        throw problem('conflict', 'second-factor.problem.there');
      const recoveryCodes = await giveRecoveryCodes(rows);
      await rows.audit('enrol-second-factor');
      await rows.completeSession(now);
      return { recoveryCodes };
    }),
  );
}

/** Ten new recovery codes for who proves to have the app; the ones before end. */
export function renewRecoveryCodes(factor: SecondFactor, typed: string): Promise<RecoveryCodes> {
  return guessing(factor, () =>
    factor.within(async (rows) => {
      await takeCode(rows, factor, typed);
      const recoveryCodes = await giveRecoveryCodes(rows);
      await rows.audit('renew-recovery-codes');
      return { recoveryCodes };
    }),
  );
}

export function readSecondFactor({ within }: SecondFactor) {
  return within(async (rows) => ({
    enrolledAt: (await rows.findFactor())?.enrolledAt.toISOString() ?? null,
    recoveryCodesLeft: await rows.countRecoveryCodes(),
  }));
}

/** One that somebody brings along, proved by his first sign-in. */
export function broughtFactor(
  secret: string,
  { sealingKey, place, now }: { readonly sealingKey: Buffer; readonly place: string; readonly now: Date },
): NewFactor {
  // Codes of the present are good: those of the past are not.
  return { secretSealed: sealSecret(secret, sealingKey, place), enrolledAt: now, lastStep: totpStep(now) - 2 };
}
