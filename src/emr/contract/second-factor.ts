import type { Me } from './session.ts';

/** What is still asked of somebody whose password was right: a code, or to set up the second factor that administrators need. */
export type SignInStep = 'code' | 'enrol';

/** The answer to POST /api/sign-in. Until the step is done every other route answers 401, with the step in `extra.next`. */
export type SignedIn = Me | { readonly next: SignInStep };

/**
 * POST /api/sign-in/code { code } → Me: a code of the authenticator app, or a recovery code. 400 names `fields` where it is not right or was used;
 * 429 with Retry-After after five in a row.
 */

/** POST /api/second-factor/offer: a secret for this session, the same until it is confirmed. 409 for who has a second factor. */
export interface SecondFactorOffer {
  /** Base32, to be typed into the app where the QR code cannot be read. */
  readonly secret: string;
  /** What the QR code says. */
  readonly address: string;
}

/**
 * POST /api/second-factor/confirm { code } → RecoveryCodes: a code of the secret offered proves that the app has it; from then on
 * it is asked for at each sign-in. POST /api/second-factor/recovery-codes { code } → new ones, and the end of those before.
 */
export interface RecoveryCodes {
  /** Shown this once: what is kept are their digests. */
  readonly recoveryCodes: readonly string[];
}

/** GET /api/second-factor: of whoever asks. POST /api/users/:userId/second-factor/reset → 204, by another administrator. */
export interface SecondFactorState {
  readonly enrolledAt: string | null;
  readonly recoveryCodesLeft: number;
}
