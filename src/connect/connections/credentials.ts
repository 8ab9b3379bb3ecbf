import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EmrAddress } from '../emr-client/emr-client.ts';
import type { Connection } from './connections.sql.ts';

// AES-256-GCM; one byte of version, 12 of nonce, 16 of tag, the text. The connection's id is authenticated with it, so that a
// sealed secret moved to another row does not open.
const version = 1;
const headerLength = 29;

export function sealCredential(secret: string, key: Buffer, connectionId: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(connectionId));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), text]);
}

/** Throws when the installation's key is another one, or the bytes were changed. */
export function openCredential(sealed: Buffer, key: Buffer, connectionId: string): string {
  if (sealed[0] !== version) throw new Error('a stored credential has an unknown version');
  // Said here, because GCM would take a tag that was cut short.
  if (sealed.length < headerLength) throw new Error('a stored credential is incomplete');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(connectionId)).setAuthTag(sealed.subarray(13, headerLength));
  return Buffer.concat([decipher.update(sealed.subarray(headerLength)), decipher.final()]).toString('utf8');
}

/** Where a connection's EMR is and who we are there; undefined when the stored secret does not open with this key. */
export function addressOf(
  {
    baseUrl,
    clientId,
    credentialSealed,
    connectionId,
  }: Pick<Connection, 'baseUrl' | 'clientId' | 'credentialSealed' | 'connectionId'>,
  sealingKey: Buffer,
): EmrAddress | undefined {
  try {
    return { baseUrl, clientId, clientSecret: openCredential(credentialSealed, sealingKey, connectionId) };
  } catch {
    return undefined;
  }
}
