import type { Db } from '../../platform/database/db.ts';

export type ChainSource = 'access' | 'change' | 'pairs';

export interface ChainEntry {
  readonly source: ChainSource;
  readonly entryId: string;
  /** All that the entry says, as JSON text: what its digest is of. */
  readonly text: string;
  readonly at: Date;
  readonly xid: string;
}

export interface Link {
  readonly seq: number;
  readonly source: ChainSource;
  readonly entryId: string;
  readonly hash: Buffer;
}

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`;

// Columns by name and in this order, for ever: a column that a later migration adds begins a form of its own.
const accessText = `jsonb_build_array('access', e.event_id, ${micros('e.at')}, e.xid::text, e.request_id, e.user_id, e.client_id, e.door, e.kind,
  e.route, e.status, e.entity_type, e.entity_id, e.patient_id, e.office_id, e.provider_id, e.query, e.page_end, to_jsonb(e.shown),
  e.permission_version, e.snapshot, ${micros('e.read_at')})::text`;
const changeText = `jsonb_build_array('change', c.audit_id, ${micros('c.at')}, c.xid::text, c.user_id, c.action, c.entity, c.entity_id, c.before,
  c.after, c.request_id)::text`;
const pairsId = `s.user_id || ' ' || s.permission_version`;
const pairsText = `jsonb_build_array('pairs', s.user_id, s.permission_version, ${micros('s.at')}, s.xid::text, s.pairs)::text`;

/** Every entry from a transaction on (as text), of one tenant ($1, $2). */
const entries = `
  select 'access' as source, e.event_id as entry_id, e.at, e.xid from access_event e where e.tenant_id = $1 and e.xid >= $2::xid8
  union all
  select 'change', c.audit_id, c.at, c.xid from audit_event c where c.tenant_id = $1 and c.xid >= $2::xid8
  union all
  select 'pairs', ${pairsId}, s.at, s.xid from permission_state s where s.tenant_id = $1 and s.xid >= $2::xid8`;

const unsealed = `select u.* from (${entries}) u
  where not exists (select from audit_chain k where k.tenant_id = $1 and k.source = u.source and k.entry_id = u.entry_id)`;

/** `e`: the entry that `k` names by source and entry_id, in words; of tenant $1. No row: it is not there. */
const named = `lateral (
  select ${accessText} as text, e.at, e.xid from access_event e where k.source = 'access' and e.tenant_id = $1 and e.event_id = k.entry_id
  union all
  select ${changeText}, c.at, c.xid from audit_event c where k.source = 'change' and c.tenant_id = $1 and c.audit_id = k.entry_id
  union all
  select ${pairsText}, s.at, s.xid from permission_state s
   where k.source = 'pairs' and s.tenant_id = $1
     and s.user_id = split_part(k.entry_id, ' ', 1) and s.permission_version = split_part(k.entry_id, ' ', 2)) e`;

/** False where another process seals this tenant now. Held until the transaction ends. */
export async function takeSealersTurn(tx: Db, tenantId: number): Promise<boolean> {
  const { rows } = await tx.query<{ got: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('audit chain ' || $1::text, 2)) as got`,
    [tenantId],
  );
  return rows[0]!.got;
}

/** What is committed when this is asked is seen by whatever is asked afterwards. */
export async function takeSnapshot(tx: Db): Promise<{ readonly snapshot: string; readonly takenAt: Date }> {
  const { rows } = await tx.query<{ snapshot: string; takenAt: Date }>(
    `select pg_current_snapshot()::text as snapshot, clock_timestamp() as "takenAt"`,
  );
  return rows[0]!;
}

/**
 * What is there and not in the chain, in the order of its transactions; at most `limit`. One look, so of one snapshot, however much there
 * is: `nextUnsealed` gives it by the batch, and only what it gives is put into words.
 */
export async function lookForUnsealed(tx: Db, tenantId: number, fromXid: string, limit: number): Promise<void> {
  await tx.query(
    `declare unsealed no scroll cursor for
     select k.source, k.entry_id as "entryId", e.text, k.at, k.xid::text as xid
       from (${unsealed} order by u.xid, u.at, u.entry_id limit $3) k cross join ${named}
      order by k.xid, k.at, k.entry_id`,
    [tenantId, fromXid, limit],
  );
}

export async function nextUnsealed(tx: Db, count: number): Promise<ChainEntry[]> {
  const { rows } = await tx.query<ChainEntry>(`fetch ${count} from unsealed`);
  return rows;
}

export async function findHead(
  db: Db,
  tenantId: number,
): Promise<{ readonly seq: number; readonly hash: Buffer } | undefined> {
  const { rows } = await db.query<{ seq: number; hash: Buffer }>(
    'select seq, hash from audit_chain where tenant_id = $1 order by seq desc limit 1',
    [tenantId],
  );
  return rows[0];
}

export async function findHash(db: Db, tenantId: number, seq: number): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ hash: Buffer }>('select hash from audit_chain where tenant_id = $1 and seq = $2', [
    tenantId,
    seq,
  ]);
  return rows[0]?.hash;
}

export async function insertLinks(tx: Db, tenantId: number, links: readonly Link[]): Promise<void> {
  await tx.query(
    `insert into audit_chain (tenant_id, seq, source, entry_id, hash)
     select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[])`,
    [
      tenantId,
      links.map(({ seq }) => seq),
      links.map(({ source }) => source),
      links.map(({ entryId }) => entryId),
      links.map(({ hash }) => hash),
    ],
  );
}

/** A link and what it is a link to; null: that is not there any more. */
export interface LinkedEntry extends Link {
  readonly text: string | null;
  readonly at: Date | null;
  readonly xid: string | null;
}

export async function listLinks(db: Db, tenantId: number, after: number, limit: number): Promise<LinkedEntry[]> {
  const { rows } = await db.query<LinkedEntry>(
    `select k.seq, k.source, k.entry_id as "entryId", k.hash, e.text, e.at, e.xid::text as xid
       from (select * from audit_chain where tenant_id = $1 and seq > $2 order by seq limit $3) k left join ${named} on true
      order by k.seq`,
    [tenantId, after, limit],
  );
  return rows;
}

/** Everything that is in no chain, whenever it claims to have been written. */
export async function listUnsealed(db: Db, tenantId: number): Promise<ChainEntry[]> {
  const { rows } = await db.query<ChainEntry>(
    `select k.source, k.entry_id as "entryId", e.text, k.at, k.xid::text as xid from (${unsealed}) k cross join ${named}`,
    [tenantId, '0'],
  );
  return rows;
}
