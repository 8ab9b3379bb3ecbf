// Public keys of clients: which can be used, and those that a client keeps at an address of its own. The library would fetch them too,
// but asks again only when a signature fails: a key that a client has withdrawn would go on being good.
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const common = { kid: z.string().max(200).optional(), use: z.literal('sig').optional() };
// 2048 bits are 342 characters. Members that are not named, a private key's among them, are dropped.
const rsaKey = z.object({
  kty: z.literal('RSA'),
  alg: z.literal('RS384').optional(),
  n: base64url.min(342).max(1400),
  e: base64url.max(8),
  ...common,
});
const ecKey = z.object({
  kty: z.literal('EC'),
  alg: z.literal('ES384').optional(),
  crv: z.literal('P-384'),
  x: base64url.length(64),
  y: base64url.length(64),
  ...common,
});
export type PublicKey = z.output<typeof rsaKey> | z.output<typeof ecKey>;

const keySet = z.object({ keys: z.array(z.unknown()).max(50) });

/** The keys of a set that an assertion may be signed with; others are passed over, as RFC 7517 has it. Empty: none. */
export function usableKeys(set: unknown): PublicKey[] {
  const read = keySet.safeParse(set);
  if (!read.success) return [];
  return read.data.keys.flatMap((key) => z.union([rsaKey, ecKey]).safeParse(key).data ?? []);
}

/** Where a client may have its keys, or be answered: https, or http to this machine. */
export function isClientAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.hash) return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
  );
}

const goodForMs = 60_000;
const timeoutMs = 2500;
const limitBytes = 64 * 1024;

/** The usable keys at the address, at most a minute old. Empty where there are none or they cannot be had: then nobody is let in. */
export type KeySource = (address: string) => Promise<PublicKey[]>;

export function createKeySource({ clock, log }: { readonly clock: Clock; readonly log: Log }): KeySource {
  const kept = new Map<string, { readonly at: number; readonly keys: Promise<PublicKey[]> }>();
  return (address) => {
    const now = clock.now().getTime();
    for (const [other, { at }] of kept) if (now - at >= goodForMs) kept.delete(other);
    let found = kept.get(address);
    if (!found) {
      const keys = fetchKeys(address).catch((error: unknown) => {
        log.warn({ err: error }, 'the keys of a client could not be had');
        // Asked again by the next who comes.
        kept.delete(address);
        return [];
      });
      found = { at: now, keys };
      kept.set(address, found);
    }
    return found.keys;
  };
}

async function fetchKeys(address: string): Promise<PublicKey[]> {
  if (!isClientAddress(address)) throw new Error('not an address of keys');
  const answer = await fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (answer.status !== 200 || !answer.body) throw new Error(`the address of keys answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > limitBytes) throw new Error('more than a set of keys');
    parts.push(part);
  }
  return usableKeys(JSON.parse(Buffer.concat(parts).toString('utf8')));
}
