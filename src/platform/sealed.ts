import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

// AES-256-GCM; one byte of version, 12 of nonce, 16 of tag, the text. The id of what it belongs to is authenticated with it, so
// that a sealed secret moved to another row does not open.
const version = 1;
const headerLength = 29;

export function sealSecret(secret: string, key: Buffer, ofId: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(ofId));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), text]);
}

/** Throws when the installation's key is another one, or the bytes were changed. */
export function openSecret(sealed: Buffer, key: Buffer, ofId: string): string {
  if (sealed[0] !== version) throw new Error('a stored secret has an unknown version');
  // Said here, because GCM would take a tag that was cut short.
  if (sealed.length < headerLength) throw new Error('a stored secret is incomplete');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(ofId)).setAuthTag(sealed.subarray(13, headerLength));
  return Buffer.concat([decipher.update(sealed.subarray(headerLength)), decipher.final()]).toString('utf8');
}
