import { createHash, randomBytes, randomUUID } from 'node:crypto';

/**
 * A new id: UUID version 7 (RFC 9562 §5.7), 48 bits of milliseconds and 74 random bits. Rows that were made together
 * lie together in their index; the order inside one millisecond is random, so nobody may read a sequence out of it.
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // Of a version 4 what is random and the variant, from `4xxx` on: Node draws those in advance, many at once.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** An unguessable token for cookies, links and secrets: `bytes` random bytes as base64url (32 bytes: 43 characters). */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** The digest under which a token is stored: who reads the table cannot use the token. 32 bytes. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What a person reads out to support: ten characters without 0/O and 1/I/L. It finds the log line, nothing else. */
export function newErrorId(): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  // 31 letters do not divide 256; the bias is harmless in an id that protects nothing.
  return Array.from(randomBytes(10), (byte) => alphabet[byte % alphabet.length]).join('');
}
