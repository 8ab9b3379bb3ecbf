// The sealer: puts what was recorded into the chain, behind the requests, and says how far it is outside the database.
//
// Requests only insert their entries; none waits for another's, and no row is shared. The sealer takes its turn by an advisory lock (one
// process at a time for each clinic), looks in one snapshot for entries that are in no chain, and appends them in the order of their
// transactions. An entry whose transaction commits late is simply found the next time: what is looked for is absence from the chain, and
// the look begins at the oldest transaction that was under way when this process looked last, because whatever had ended before was seen
// then. A process that has just started knows of no such look and compares everything once, so a restored database is sealed as well.
//
// After the commit a checkpoint is signed and written to a file: how many entries, the last digest, and the snapshot. So at any time
// everything that was committed before the last snapshot is in the chain, and the chain up to it cannot be rewritten. If the database
// does not hold what the last checkpoint says, nothing more is sealed: a chain that goes on would bless what happened.
import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import { inTransaction } from '../../platform/database/db.ts';
import { verifyingKey } from '../../platform/ed25519.ts';
import type { Log } from '../../platform/log.ts';
import { listTenants } from '../session/session.sql.ts';
import * as sql from './audit-chain.sql.ts';
import { genesis, isGenuine, linkHash, type SignedCheckpoint, signCheckpoint } from './audit-chain.ts';
import { appendCheckpoint, readCheckpoints } from './checkpoint-file.ts';

/** So many are read, chained and inserted at a time. */
const batchSize = 5000;
/** So many at most are sealed in one transaction. */
const entriesOfRound = 100_000;
export const sealEveryMs = 20_000;

export interface SealerOptions {
  readonly pool: Pool;
  readonly directory: string;
  readonly key: KeyObject;
  readonly log: Log;
  readonly everyMs?: number;
  readonly roundSize?: number;
}

export interface Sealer {
  /** Seals what there is now, of every clinic. */
  seal(): Promise<void>;
  start(): void;
  /** Seals once more and ends. */
  stop(): Promise<void>;
}

export function createSealer({
  pool,
  directory,
  key,
  log,
  everyMs = sealEveryMs,
  roundSize = entriesOfRound,
}: SealerOptions): Sealer {
  const from = new Map<number, string>();
  const lastOf = new Map<number, SignedCheckpoint | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const last = async (tenantId: number): Promise<SignedCheckpoint | undefined> => {
    if (!lastOf.has(tenantId)) lastOf.set(tenantId, await lastCheckpoint(directory, tenantId, key));
    return lastOf.get(tenantId);
  };

  const sealTenant = async (tenantId: number): Promise<void> => {
    // Where there is much, each round begins where the one before it ended; what was committed behind it meanwhile, the last look finds.
    let reached: string | undefined;
    for (;;) {
      const known = await last(tenantId);
      const sealed = await sealRound(pool, tenantId, {
        known,
        fromXid: reached ?? from.get(tenantId) ?? '0',
        roundSize,
      });
      if (sealed === 'not-our-turn') return;
      if (sealed === 'does-not-fit') {
        log.error(
          { tenant: tenantId, seq: known!.seq },
          'the audit log does not hold what its last checkpoint says: nothing is sealed',
        );
        return;
      }
      const { head, snapshot, takenAt, lastXid } = sealed;
      const isAll = lastXid === undefined && reached === undefined;
      reached = lastXid;
      if (isAll) from.set(tenantId, snapshot.split(':')[0]!);
      // A round that is not the last leaves entries out that its snapshot had seen, so it makes no checkpoint.
      if (isAll && head && head.seq > (known?.seq ?? 0)) {
        const checkpoint = signCheckpoint(
          { tenant: tenantId, seq: head.seq, head: head.hash.toString('hex'), snapshot, at: takenAt.toISOString() },
          key,
        );
        await appendCheckpoint(directory, checkpoint);
        lastOf.set(tenantId, checkpoint);
      }
      if (isAll) return;
    }
  };

  const sealAll = async (): Promise<void> => {
    for (const { tenantId } of await listTenants(pool)) await sealTenant(tenantId);
  };
  const seal = (): Promise<void> => {
    running = running.then(sealAll, sealAll);
    return running;
  };
  const attempt = () =>
    seal().catch((error: unknown) => log.error({ err: error }, 'the audit log could not be sealed'));
  return {
    seal,
    start: () => {
      timer ??= setInterval(() => void attempt(), everyMs);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      await attempt();
    },
  };
}

interface Sealed {
  readonly head: { readonly seq: number; readonly hash: Buffer } | undefined;
  readonly snapshot: string;
  readonly takenAt: Date;
  /** Of the last entry of a round that is full; undefined: there was no more from where it began. */
  readonly lastXid: string | undefined;
}

function sealRound(
  pool: Pool,
  tenantId: number,
  {
    known,
    fromXid,
    roundSize,
  }: { readonly known: SignedCheckpoint | undefined; readonly fromXid: string; readonly roundSize: number },
): Promise<Sealed | 'not-our-turn' | 'does-not-fit'> {
  return inTransaction(
    pool,
    async (tx) => {
      if (!(await sql.takeSealersTurn(tx, tenantId))) return 'not-our-turn';
      if (known && (await sql.findHash(tx, tenantId, known.seq))?.toString('hex') !== known.head) return 'does-not-fit';
      // Before the look: what the checkpoint will say is then no more than what was looked at.
      const { snapshot, takenAt } = await sql.takeSnapshot(tx);
      let head = await sql.findHead(tx, tenantId);
      await sql.lookForUnsealed(tx, tenantId, fromXid, roundSize);
      let count = 0;
      let lastXid: string | undefined;
      for (let isMore = true; isMore; ) {
        const entries = await sql.nextUnsealed(tx, batchSize);
        const links = entries.map(({ source, entryId, text }): sql.Link => {
          head = { seq: (head?.seq ?? 0) + 1, hash: linkHash(head?.hash ?? genesis, text) };
          return { ...head, source, entryId };
        });
        if (links.length > 0) await sql.insertLinks(tx, tenantId, links);
        count += entries.length;
        lastXid = entries.at(-1)?.xid ?? lastXid;
        isMore = entries.length === batchSize;
      }
      return { head, snapshot, takenAt, lastXid: count < roundSize ? undefined : lastXid };
    },
    { settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
}

/** The one that goes furthest of those that are genuine. */
async function lastCheckpoint(
  directory: string,
  tenantId: number,
  key: KeyObject,
): Promise<SignedCheckpoint | undefined> {
  const { checkpoints } = await readCheckpoints(directory, tenantId);
  const ofUs = checkpoints.filter((one) => one.tenant === tenantId && isGenuine(one, verifyingKey(key)));
  return ofUs.reduce<SignedCheckpoint | undefined>(
    (most, one) => (most && most.seq >= one.seq ? most : one),
    undefined,
  );
}
