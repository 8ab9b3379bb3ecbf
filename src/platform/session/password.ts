import { hash, verify } from '@node-rs/argon2';

/** argon2id with the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** NFKC, so that "é" typed on two keyboards is one password (NIST SP 800-63B §3.1.1.2). */
const normalised = (password: string): string => password.normalize('NFKC');

export function hashPassword(password: string): Promise<string> {
  return hash(normalised(password), parameters);
}

let decoy: Promise<string> | undefined;

/**
 * What is verified for an account: an unknown user has no stored hash, and a decoy of the same cost stands in for it, so that the
 * answer takes as long and nobody learns by timing which accounts exist.
 */
export function hashToVerify(stored: string | undefined): Promise<string> | string {
  decoy ??= hashPassword('nobody has this password');
  return stored ?? decoy;
}

/** True when `password` belongs to `stored`. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(await hashToVerify(stored), normalised(password));
  return stored !== undefined && matches;
}
