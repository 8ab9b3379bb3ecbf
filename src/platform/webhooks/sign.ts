// How a notification says that it comes from this EMR: the Standard Webhooks scheme (https://www.standardwebhooks.com), HMAC-SHA-256 over
// its id, the time and the body, under the secret that the client named.
import { createHmac } from 'node:crypto';

/** `whsec_` and 24 to 64 bytes in base64. */
export const isSecret = (text: string): boolean => {
  const base64 = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(text)?.[1];
  if (base64 === undefined) return false;
  const { length } = Buffer.from(base64, 'base64');
  return length >= 24 && length <= 64;
};

export function signedHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
