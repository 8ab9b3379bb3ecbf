// Whether an announcement comes from the EMR that we asked: the Standard Webhooks scheme (https://www.standardwebhooks.com), HMAC-SHA-256
// over its id, the time and the body, under the secret that we named to that EMR.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Announcements that are older, or from so far ahead, are not believed. */
export const toleranceMs = 5 * 60_000;

export interface Signed {
  readonly webhookId: string;
  readonly signedAt: Date;
}

/** undefined: it is not signed, not by this secret, or not of now. */
export function verify(
  secret: string,
  headers: Readonly<Record<string, unknown>>,
  body: Buffer,
  now: Date,
): Signed | undefined {
  const { 'webhook-id': webhookId, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof webhookId !== 'string' || webhookId.length === 0 || webhookId.length > 500) return undefined;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp) || typeof signatures !== 'string')
    return undefined;
  const signedAt = new Date(Number(timestamp) * 1000);
  if (Math.abs(now.getTime() - signedAt.getTime()) > toleranceMs) return undefined;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const wanted = createHmac('sha256', key).update(`${webhookId}.${timestamp}.`).update(body).digest();
  // Several, while a secret is replaced. Each is compared to its end.
  const fits = signatures
    .split(' ')
    .slice(0, 10)
    .map((one) => Buffer.from(one.startsWith('v1,') ? one.slice(3) : '', 'base64'))
    .filter((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
  return fits.length > 0 ? { webhookId, signedAt } : undefined;
}
