// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, six digits, a new one every 30 seconds.
import { Secret, TOTP } from 'otpauth';

const settings = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
export const totpStepSeconds = settings.period;

/** A new secret as base32 text: 160 random bits, as RFC 4226 §4 recommends. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** Bytes as the base32 text that people type into an app. */
export const totpSecretOf = (bytes: Buffer): string => new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32;

/** What the QR code says: `otpauth://totp/…`. */
export function totpAddress(
  secret: string,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): string {
  return new TOTP({ ...settings, issuer, label: account, secret: Secret.fromBase32(secret) }).toString();
}

/** The code of a secret at a moment, as an authenticator app shows it. */
export const totpCode = (secret: string, at: Date): string =>
  TOTP.generate({ ...settings, secret: Secret.fromBase32(secret), timestamp: at.getTime() });

/** The number of the 30-second step that a moment lies in. */
export const totpStep = (at: Date): number => TOTP.counter({ period: settings.period, timestamp: at.getTime() });

/**
 * The step that a code is of: the present one or one before or after it, for clocks that differ and for slow fingers. undefined: it is
 * none of theirs. Whoever accepts it has to see to it that the step is later than that of the last code accepted.
 */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const delta = TOTP.validate({
    ...settings,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp: now.getTime(),
    window: 1,
  });
  return delta === null ? undefined : totpStep(now) + delta;
}

/** A code as a person types it, "123 456" say; undefined: it is no code of six digits. */
export function readTotpCode(typed: string): string | undefined {
  const digits = typed.replaceAll(/[\s-]/g, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
