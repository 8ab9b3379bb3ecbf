// Everything that somebody who can write the database might do to the log, each in a transaction that is taken back.
import type { KeyObject } from 'node:crypto';
import { listLinks } from '../../src/emr/audit/audit-chain.sql.ts';
import { genesis, linkHash } from '../../src/emr/audit/audit-chain.ts';
import { readCheckpoints } from '../../src/emr/audit/checkpoint-file.ts';
import type { AuditClinic } from '../../src/emr/audit/test-audit.ts';
import { type Verified, verifyAudit } from '../../src/emr/audit/verify-audit.ts';
import { tenantId } from '../../src/emr/test-emr.ts';
import type { Db } from '../../src/platform/database/db.ts';
import { inTransaction } from '../../src/platform/database/db.ts';
import type { Saboteur } from '../proofs/proof.ts';

export interface SealedLog {
  readonly clinic: AuditClinic;
  readonly directory: string;
  readonly key: KeyObject;
}

interface Ground {
  readonly tx: Db;
  /** A number below `n`, of this case. */
  readonly below: (n: number) => number;
  readonly length: number;
  /** Places in the chain of the checkpoints, in their order. */
  readonly checkpoints: readonly number[];
}

type Tampering = (ground: Ground) => Promise<void>;

const tables = {
  access: { name: 'access_event', id: 'event_id' },
  change: { name: 'audit_event', id: 'audit_id' },
  pairs: { name: 'permission_state', id: `user_id || ' ' || permission_version` },
} as const;

interface Place {
  readonly seq: number;
  readonly source: keyof typeof tables;
  readonly entryId: string;
}

async function placeAt(tx: Db, seq: number): Promise<Place> {
  const { rows } = await tx.query<Place>(
    'select seq, source, entry_id as "entryId" from audit_chain where tenant_id = $1 and seq = $2',
    [tenantId, seq],
  );
  return rows[0]!;
}

const anyPlace = ({ tx, below, length }: Ground): Promise<Place> => placeAt(tx, 1 + below(length));

const deleteEntry = (tx: Db, { source, entryId }: Place) =>
  tx.query(`delete from ${tables[source].name} where tenant_id = $1 and ${tables[source].id} = $2`, [
    tenantId,
    entryId,
  ]);

/** Another value, whatever the type. */
const otherValue = (type: string, column: string): string => {
  if (type === 'jsonb') return `coalesce(${column}, '{}') || '{"by": "somebody else"}'`;
  if (type === 'ARRAY') return `array['Patient/somebody-else']`;
  if (type.startsWith('timestamp')) return `coalesce(${column}, now()) - interval '1 millisecond'`;
  if (type === 'smallint' || type === 'integer') return `coalesce(${column}, 0) + 1`;
  if (type === 'xid8') return `(${column}::text::bigint - 1)::text::xid8`;
  return `coalesce(${column}, '') || 'x'`;
};

interface Column {
  readonly name: string;
  readonly type: string;
}

const columnsOf = async (tx: Db, table: string): Promise<Column[]> =>
  (
    await tx.query<Column>(
      `select column_name as name, data_type as type from information_schema.columns where table_name = $1 order by ordinal_position`,
      [table],
    )
  ).rows.filter(({ name }) => name !== 'tenant_id');

/** Words of which only certain ones are allowed. */
const others: Readonly<Record<string, string>> = {
  door: `case door when 'fhir' then 'screen' else 'fhir' end`,
  kind: `case kind when 'read' then 'search' else 'read' end`,
};

async function editColumn(tx: Db, { source, entryId }: Place, { name, type }: Column): Promise<void> {
  const { name: table, id } = tables[source];
  const isList = type === 'jsonb' && source === 'pairs';
  const value = isList ? `pairs || '[["x", "y", 63]]'` : (others[name] ?? otherValue(type, name));
  await tx.query(`update ${table} set ${name} = ${value} where tenant_id = $1 and ${id} = $2`, [tenantId, entryId]);
}

async function edit(ground: Ground): Promise<Place> {
  const place = await anyPlace(ground);
  const columns = await columnsOf(ground.tx, tables[place.source].name);
  await editColumn(ground.tx, place, columns[ground.below(columns.length)]!);
  return place;
}

/** As an intruder would who knows how the chain is made: digests that fit again, from `seq` on, numbered without a hole. */
async function rechain(tx: Db): Promise<void> {
  const links = (await listLinks(tx, tenantId, 0, 1_000_000)).filter(({ text }) => text !== null);
  await tx.query('delete from audit_chain where tenant_id = $1', [tenantId]);
  let hash = genesis as Buffer;
  const made = links.map(({ source, entryId, text }, index) => {
    hash = linkHash(hash, text!);
    return { seq: index + 1, source, entryId, hash };
  });
  await tx.query(
    `insert into audit_chain (tenant_id, seq, source, entry_id, hash)
     select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[])`,
    [
      tenantId,
      made.map(({ seq }) => seq),
      made.map(({ source }) => source),
      made.map(({ entryId }) => entryId),
      made.map(({ hash: one }) => one),
    ],
  );
}

/** An access that never was, at a moment between two that were. */
async function putIn({ tx, below, length }: Ground, withXid: boolean): Promise<string> {
  const id = `00000000-0000-7000-8000-${String(below(1_000_000_000)).padStart(12, '0')}`;
  const { rows } = await tx.query<{ event_id: string }>(
    `insert into access_event (tenant_id, event_id, at, ${withXid ? 'xid, ' : ''}request_id, user_id, door, kind, route, status)
     select $1, $2, e.at - interval '3 seconds', ${withXid ? 'e.xid, ' : ''}'r', 'service', 'fhir', 'read', 'GET /fhir/*', 200
       from (select at, xid from access_event where tenant_id = $1 order by at offset $3 limit 1) e returning event_id`,
    [tenantId, id, below(Math.max(1, Math.floor(length / 3)))],
  );
  return rows[0]!.event_id;
}

const swap = (tx: Db, a: number, b: number) =>
  tx.query(
    `with gone as (delete from audit_chain where tenant_id = $1 and seq in ($2, $3) returning *)
     select * from gone`,
    [tenantId, a, b],
  );

async function reorder({ tx, below, length }: Ground): Promise<void> {
  const a = 1 + below(length - 1);
  const b = a + 1 + below(length - a);
  const { rows } = await swap(tx, a, b);
  for (const row of rows as { seq: number; source: string; entry_id: string; hash: Buffer }[]) {
    await tx.query('insert into audit_chain (tenant_id, seq, source, entry_id, hash) values ($1, $2, $3, $4, $5)', [
      tenantId,
      row.seq === a ? b : a,
      row.source,
      row.entry_id,
      row.hash,
    ]);
  }
}

/** The log as it was when the chain had so many entries. */
async function backTo(tx: Db, seq: number): Promise<void> {
  for (const [source, { name, id }] of Object.entries(tables)) {
    await tx.query(
      `delete from ${name} t where t.tenant_id = $1 and ${id.replaceAll(/(user_id|permission_version|event_id|audit_id)/g, 't.$1')} in
         (select entry_id from audit_chain where tenant_id = $1 and source = $2 and seq > $3)`,
      [tenantId, source, seq],
    );
  }
  await tx.query('delete from audit_chain where tenant_id = $1 and seq > $2', [tenantId, seq]);
}

export const tamperings: Readonly<Record<string, Tampering>> = {
  edit: async (ground) => void (await edit(ground)),
  'edit, and the chain anew': async (ground) => {
    await edit(ground);
    await rechain(ground.tx);
  },
  delete: async (ground) => void (await deleteEntry(ground.tx, await anyPlace(ground))),
  'delete with its link': async (ground) => {
    const place = await anyPlace(ground);
    await deleteEntry(ground.tx, place);
    await ground.tx.query('delete from audit_chain where tenant_id = $1 and seq = $2', [tenantId, place.seq]);
  },
  'delete, and the chain anew': async (ground) => {
    await deleteEntry(ground.tx, await anyPlace(ground));
    await rechain(ground.tx);
  },
  insert: async (ground) => void (await putIn(ground, false)),
  'insert as of an earlier transaction': async (ground) => void (await putIn(ground, true)),
  'insert, and appended to the chain': async (ground) => {
    const id = await putIn(ground, ground.below(2) === 0);
    await ground.tx.query(
      `insert into audit_chain (tenant_id, seq, source, entry_id, hash) values ($1, $2, 'access', $3, decode(repeat('00', 32), 'hex'))`,
      [tenantId, ground.length + 1, id],
    );
    await rechain(ground.tx);
  },
  'a link taken out': async ({ tx, below, length }) => {
    await tx.query('delete from audit_chain where tenant_id = $1 and seq = $2', [tenantId, 1 + below(length)]);
  },
  reorder,
  'reorder, and the chain anew': async (ground) => {
    await reorder(ground);
    await rechain(ground.tx);
  },
  'cut tail': async ({ tx, below, length }) => backTo(tx, length - 1 - below(Math.floor(length / 2))),
  'cut tail of the chain alone': async ({ tx, below, length }) => {
    await tx.query('delete from audit_chain where tenant_id = $1 and seq > $2', [tenantId, length - 1 - below(20)]);
  },
  'roll back to a checkpoint': async ({ tx, below, checkpoints }) =>
    backTo(tx, checkpoints[below(checkpoints.length - 1)]!),
};

/** What the verifier says of the log after it was tampered with; `undefined`: as it is. */
export async function tryTampering(log: SealedLog, name: string | undefined, draw: number): Promise<Verified> {
  const { checkpoints } = await readCheckpoints(log.directory, tenantId);
  const places = checkpoints.map(({ seq }) => seq);
  const length = Math.max(...places);
  let state = draw;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * n);
  };
  return takenBack(log, async (tx) => {
    if (name !== undefined) await tamperings[name]!({ tx, below, length, checkpoints: places });
    return verifyAudit(tx, tenantId, checkpoints, log.key);
  });
}

class TakenBack extends Error {
  readonly result: Verified;
  constructor(result: Verified) {
    super('taken back');
    this.result = result;
  }
}

function takenBack({ clinic }: SealedLog, work: (tx: Db) => Promise<Verified>): Promise<Verified> {
  return inTransaction(clinic.emr.owner, async (tx): Promise<Verified> => {
    throw new TakenBack(await work(tx));
  }).catch((error: unknown) => {
    if (error instanceof TakenBack) return error.result;
    throw error;
  });
}

/**
 * Each column of each table is in the digest: changing it alone is found. And a column that is not would not go unnoticed: that is the
 * saboteur, once for each table.
 */
export async function columnsOfLog(log: SealedLog): Promise<Saboteur[]> {
  const { checkpoints } = await readCheckpoints(log.directory, tenantId);
  const saboteurs: Saboteur[] = [];
  for (const [source, { name }] of Object.entries(tables) as [keyof typeof tables, { name: string }][]) {
    const unnoticed = (isPlanted: boolean) =>
      inTransaction(log.clinic.emr.owner, async (tx): Promise<string[]> => {
        if (isPlanted) await tx.query(`alter table ${name} add column planted text`);
        const { rows } = await tx.query<Place>(
          `select seq, source, entry_id as "entryId" from audit_chain where tenant_id = $1 and source = $2 order by seq limit 1`,
          [tenantId, source],
        );
        const passed: string[] = [];
        for (const column of await columnsOf(tx, name)) {
          await tx.query('savepoint before');
          await editColumn(tx, rows[0]!, column);
          if ((await verifyAudit(tx, tenantId, checkpoints, log.key)).findings.length === 0) passed.push(column.name);
          await tx.query('rollback to before');
        }
        if (isPlanted) await tx.query(`alter table ${name} drop column planted`);
        return passed;
      });
    const passed = await unnoticed(false);
    if (passed.length > 0) throw new Error(`${name}: changing ${passed.join(', ')} is not noticed`);
    saboteurs.push({
      name: `${name}: a column that is not in the digest`,
      caught: (await unnoticed(true)).includes('planted'),
    });
  }
  return saboteurs;
}
