import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

// AES-256-GCM; one byte of version, 12 of nonce, 16 of tag, the text. The connection's id is authenticated with it, so that a
// sealed secret moved to another row does not open.
const version = 1;

export function sealCredential(secret: string, key: Buffer, connectionId: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(connectionId));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), text]);
}

/** Throws when the installation's key is another one, or the bytes were changed. */
export function openCredential(sealed: Buffer, key: Buffer, connectionId: string): string {
  if (sealed[0] !== version) throw new Error('a stored credential has an unknown version');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(Buffer.from(connectionId));
  decipher.setAuthTag(sealed.subarray(13, 29));
  return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString('utf8');
}
