// The chain's arithmetic, pure: digests, signed checkpoints, and which transactions a snapshot had seen.
import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/** Before the first entry. */
export const genesis = Buffer.alloc(32);

export const linkHash = (before: Buffer, text: string): Buffer =>
  createHash('sha256').update(before).update(text, 'utf8').digest();

export interface Checkpoint {
  readonly tenant: number;
  /** Entries in the chain, and the digest of the last. */
  readonly seq: number;
  readonly head: string;
  /** What was committed when it was made: no entry of that is left out of the chain. */
  readonly snapshot: string;
  readonly at: string;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly signature: string;
}

const signedText = ({ tenant, seq, head, snapshot, at }: Checkpoint): Buffer =>
  Buffer.from(JSON.stringify(['tidegate audit checkpoint 1', tenant, seq, head, snapshot, at]));

export const signCheckpoint = (checkpoint: Checkpoint, key: KeyObject): SignedCheckpoint => ({
  ...checkpoint,
  signature: sign(null, signedText(checkpoint), key).toString('base64url'),
});

export const isGenuine = (checkpoint: SignedCheckpoint, key: KeyObject): boolean =>
  verify(null, signedText(checkpoint), key, Buffer.from(checkpoint.signature, 'base64url'));

/** Whether what the transaction wrote was committed in the snapshot (`xmin:xmax:xip,…`), if it was committed at all. */
export function isSeen(snapshot: string, xid: string): boolean {
  const [xmin = '0', xmax = '0', running = ''] = snapshot.split(':');
  const id = BigInt(xid);
  if (id < BigInt(xmin)) return true;
  return id < BigInt(xmax) && !running.split(',').includes(xid);
}

/** Whether the transaction had begun to write when the snapshot was taken. */
export const hadBegun = (snapshot: string, xid: string): boolean => BigInt(xid) < BigInt(snapshot.split(':')[1] ?? '0');
