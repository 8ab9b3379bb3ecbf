import { randomBytes } from 'node:crypto';
import { sha256 } from '../ids.ts';

export const recoveryCodeCount = 10;
/** Crockford's base32: no i, l, o, u. 32 letters divide 256, so no letter is likelier than another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const length = 16;

/** Ten codes of 80 random bits, each good once in place of a code from the app: "k7wm-3fqa-9c0d-tz5e". */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const letters = Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
    return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
  });
}

/**
 * Under which a recovery code is stored and found, however it was typed; undefined: it is none. A plain digest is enough, because 80
 * random bits cannot be guessed through like a password.
 */
export function recoveryCodeHash(typed: string): Buffer | undefined {
  const letters = typed.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  const known = letters.length === length && [...letters].every((letter) => alphabet.includes(letter));
  return known ? sha256(letters) : undefined;
}
