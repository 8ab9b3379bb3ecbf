// Keys that sign what has to be believed elsewhere: audit checkpoints and certificates.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** PKCS #8 of an Ed25519 key (RFC 8410), up to the 32 bytes themselves. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private key that these 32 bytes are. Throws RangeError for any other number. */
export const signingKey = (seed: Buffer): KeyObject => {
  if (seed.length !== 32) throw new RangeError('an Ed25519 key is made of 32 bytes');
  return createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
};

export const verifyingKey = (key: KeyObject): KeyObject => createPublicKey(key);
