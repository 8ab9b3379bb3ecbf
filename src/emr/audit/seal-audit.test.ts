import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { inTransaction } from '../../platform/database/db.ts';
import { signingKey, verifyingKey } from '../../platform/ed25519.ts';
import { tenantId } from '../test-emr.ts';
import { readCheckpoints } from './checkpoint-file.ts';
import { createSealer } from './seal-audit.ts';
import { type AuditClinic, createAuditClinic } from './test-audit.ts';
import { verifyAudit } from './verify-audit.ts';

const key = signingKey(Buffer.alloc(32, 7));
let clinic: AuditClinic;
let directory: string;
beforeAll(async () => {
  clinic = await createAuditClinic(inject('adminUrl'));
  directory = await mkdtemp(join(tmpdir(), 'tidegate-seal-'));
});
afterAll(async () => {
  await clinic?.close();
  await rm(directory, { recursive: true, force: true });
});

const sealer = (of = key) =>
  createSealer({ pool: clinic.emr.context.pool, directory, key: of, log: clinic.emr.context.log });
const verified = async () =>
  inTransaction(
    clinic.emr.context.pool,
    async (tx) =>
      verifyAudit(tx, tenantId, (await readCheckpoints(directory, tenantId)).checkpoints, verifyingKey(key)),
    { isolation: 'repeatable read', readOnly: true, settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
const insert = `insert into access_event (tenant_id, event_id, request_id, door, kind, route, status)
  values (1042, $1, 'r', 'fhir', 'read', 'GET /fhir/*', 200)`;

it('chains what was recorded, and says how far outside the database; a second look adds nothing', async () => {
  await clinic.fhir('GET', 'Patient/harbour-abel');
  const one = sealer();
  await one.seal();
  const first = await verified();
  expect(first).toMatchObject({ findings: [], checkpoints: 1, unsealed: 0 });
  expect(first.entries).toBeGreaterThan(3);
  await one.seal();
  expect(await verified()).toEqual(first);
  await clinic.fhir('GET', 'Patient/harbour-abel');
  expect(await verified()).toMatchObject({ findings: [], unsealed: 1 });
});

it('an entry whose transaction commits late is found later, by whichever process', async () => {
  const [one, other] = [sealer(), sealer()];
  await inTransaction(clinic.emr.owner, async (tx) => {
    await tx.query(insert, ['late']);
    await clinic.fhir('GET', 'Patient/harbour-abel');
    await one.seal();
    await other.seal();
    await clinic.fhir('GET', 'Patient/harbour-abel');
    await one.seal();
  });
  expect(await verified()).toMatchObject({ findings: [], unsealed: 1 });
  await one.seal();
  expect(await verified()).toMatchObject({ findings: [], unsealed: 0 });
});

it('of many entries, one that commits behind the rounds that are being sealed is sealed before the checkpoint says so', async () => {
  const late = await clinic.emr.owner.connect();
  await late.query('begin');
  await late.query(insert, ['behind']);
  await clinic.emr.owner.query(
    `insert into access_event (tenant_id, event_id, request_id, door, kind, route, status)
     select 1042, 'many-' || n, 'r', 'fhir', 'read', 'GET /fhir/*', 200 from generate_series(1, 12000) n`,
  );
  const { pool } = clinic.emr.context;
  let connections = 0;
  const connect = async () => {
    connections += 1;
    // After the first round.
    if (connections === 2) await late.query('commit');
    return pool.connect();
  };
  const slow: typeof pool = Object.assign(Object.create(pool), { connect, query: pool.query.bind(pool) });
  await createSealer({ pool: slow, directory, key, log: clinic.emr.context.log, roundSize: 5000 }).seal();
  late.release();
  expect(connections).toBeGreaterThan(3);
  expect(await verified()).toMatchObject({ findings: [], unsealed: 0 });
});

it('several processes at once make one chain', async () => {
  const several = [1, 2, 3, 4].map(() => sealer());
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([
      ...several.map((one) => one.seal()),
      ...[1, 2, 3].map(() => clinic.fhir('GET', 'Patient/harbour-abel')),
    ]);
  }
  await several[0]!.seal();
  expect(await verified()).toMatchObject({ findings: [], unsealed: 0 });
});

it('a checkpoint that a crash cut off spoils none that follows', async () => {
  const file = join(directory, `checkpoints-${tenantId}.jsonl`);
  await appendFile(file, '{"tenant":1042,"seq":');
  await clinic.fhir('GET', 'Patient/harbour-abel');
  await sealer().seal();
  const { checkpoints, unreadable } = await readCheckpoints(directory, tenantId);
  expect(unreadable).toHaveLength(1);
  expect(await verified()).toMatchObject({ findings: [], checkpoints: checkpoints.length, unsealed: 0 });
});

it('nothing is sealed on top of a log that is not what its last checkpoint says', async () => {
  const { entries } = await verified();
  const { rows } = await clinic.emr.owner.query<{ hash: Buffer }>(
    `update audit_chain set hash = decode(repeat('00', 32), 'hex') where seq = $1
     returning (select hash from audit_chain o where o.seq = $1) as hash`,
    [entries],
  );
  await clinic.fhir('GET', 'Patient/harbour-abel');
  await sealer().seal();
  expect(await verified()).toMatchObject({ entries, unsealed: 1 });
  expect((await verified()).findings.map(({ what }) => what)).toEqual(['does-not-fit', 'rewritten']);
  await clinic.emr.owner.query('update audit_chain set hash = $2 where seq = $1', [entries, rows[0]!.hash]);
  await sealer().seal();
  expect(await verified()).toMatchObject({ findings: [], unsealed: 0 });
});

it('a checkpoint that somebody else signed is no checkpoint, and without any there is no proof', async () => {
  const file = join(directory, `checkpoints-${tenantId}.jsonl`);
  const text = await readFile(file, 'utf8');
  const last = (await readCheckpoints(directory, tenantId)).checkpoints.at(-1)!;
  await writeFile(file, `${text}${JSON.stringify({ ...last, head: '00'.repeat(32) })}\n`);
  expect((await verified()).findings).toEqual([{ what: 'checkpoint-forged', seq: last.seq }]);
  await writeFile(file, '');
  expect((await verified()).findings).toEqual([{ what: 'no-checkpoint' }]);
  await writeFile(file, text);
});
