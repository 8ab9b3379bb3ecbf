// Reads the whole chain again and compares it with the entries and with the checkpoints. Says what does not fit, and never whose record
// it is about.
import type { KeyObject } from 'node:crypto';
import type { Db } from '../../platform/database/db.ts';
import { listLinks, listUnsealed } from './audit-chain.sql.ts';
import { genesis, hadBegun, isGenuine, isSeen, linkHash, type SignedCheckpoint } from './audit-chain.ts';

export interface Finding {
  readonly what:
    | 'entry-missing' // in the chain, and not there
    | 'does-not-fit' // changed, or moved: its digest is another
    | 'link-missing' // the chain has a hole
    | 'backdated' // claims to be older than when it was written
    | 'not-in-chain' // older than a checkpoint that should have had it
    | 'cut' // the chain ends before a checkpoint
    | 'rewritten' // the chain fits in itself, and not with a checkpoint
    | 'checkpoint-forged'
    | 'no-checkpoint';
  /** Where in the chain, or of the checkpoint. */
  readonly seq?: number;
  readonly entry?: string;
}

export interface Verified {
  readonly entries: number;
  readonly checkpoints: number;
  /** Written since the last checkpoint: the next will have them. */
  readonly unsealed: number;
  readonly findings: readonly Finding[];
}

const pageSize = 5000;
/** An entry takes its time a moment before its transaction takes its number. */
const momentMs = 1000;

/** In one snapshot: `db` is a transaction that repeats its reads, in which the tenant is in force. */
export async function verifyAudit(
  db: Db,
  tenantId: number,
  given: readonly SignedCheckpoint[],
  key: KeyObject,
): Promise<Verified> {
  const findings: Finding[] = [];
  const genuine: SignedCheckpoint[] = [];
  for (const checkpoint of given) {
    if (checkpoint.tenant === tenantId && isGenuine(checkpoint, key)) genuine.push(checkpoint);
    else findings.push({ what: 'checkpoint-forged', seq: checkpoint.seq });
  }
  const checkpoints = genuine.toSorted((a, b) => a.seq - b.seq);
  /** The last checkpoint that was made before this place of the chain was filled. */
  let before: SignedCheckpoint | undefined;
  let next = 0;
  let seq = 0;
  let hash: Buffer = genesis;
  for (;;) {
    const links = await listLinks(db, tenantId, seq, pageSize);
    for (const link of links) {
      if (link.seq !== seq + 1) findings.push({ what: 'link-missing', seq: seq + 1 });
      seq = link.seq;
      const entry = `${link.source} ${link.entryId}`;
      if (link.text === null) findings.push({ what: 'entry-missing', seq, entry });
      else {
        if (!linkHash(hash, link.text).equals(link.hash)) findings.push({ what: 'does-not-fit', seq, entry });
        if (before && isTooOld(before, link.xid!, link.at!)) findings.push({ what: 'backdated', seq, entry });
      }
      // On from what stands there, so that what follows is judged by itself.
      hash = link.hash;
      for (; checkpoints[next] && checkpoints[next]!.seq <= seq; next += 1) {
        const checkpoint = checkpoints[next]!;
        if (checkpoint.seq === seq && checkpoint.head !== hash.toString('hex'))
          findings.push({ what: 'rewritten', seq });
        before = checkpoint;
      }
    }
    if (links.length < pageSize) break;
  }
  for (const checkpoint of checkpoints.slice(next)) findings.push({ what: 'cut', seq: checkpoint.seq });
  if (seq > 0 && checkpoints.length === 0) findings.push({ what: 'no-checkpoint' });
  const last = checkpoints.at(-1);
  const unsealed = await listUnsealed(db, tenantId);
  for (const { source, entryId, xid, at } of unsealed) {
    if (last && isTooOld(last, xid, at)) findings.push({ what: 'not-in-chain', entry: `${source} ${entryId}` });
  }
  return { entries: seq, checkpoints: checkpoints.length, unsealed: unsealed.length, findings };
}

/** Whether a checkpoint would have had it, if it were what it says: committed before, or written before by a transaction that began after. */
function isTooOld({ snapshot, at: madeAt }: SignedCheckpoint, xid: string, at: Date): boolean {
  if (isSeen(snapshot, xid)) return true;
  return !hadBegun(snapshot, xid) && at.getTime() < Date.parse(madeAt) - momentMs;
}
