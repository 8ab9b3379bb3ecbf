// The demo's charts come in by the importer, all of them, and each patient's content is whole.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { writeDemoFiles } from '../src/demo/demo-clinic.ts';
import { importFiles } from '../src/emr/index.ts';
import { createTestEmr, tenantId } from '../src/emr/test-emr.ts';

it('is taken as it is, content and all', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-demo-chart-'));
  const emr = await createTestEmr(inject('adminUrl'));
  try {
    await writeDemoFiles({ seed: 1042, day: '2026-11-24', directory });
    const { types } = await importFiles(emr.context, { tenantId, paths: [directory], encounters: false });
    for (const type of [
      'DocumentReference',
      'Encounter',
      'DiagnosticReport',
      'Observation',
      'Account',
      'ChargeItem',
      'Coverage',
    ]) {
      expect([type, types[type]?.created, types[type]?.unusable]).toEqual([type, types[type]?.read, {}]);
    }
    const { rows } = await emr.owner.query(
      `select count(*)::integer as whole from (
         select from binary_content b join binary_chunk c using (tenant_id, binary_id)
          group by b.tenant_id, b.binary_id having b.sha256 = sha256(string_agg(c.bytes, ''::bytea order by c.n))) w`,
    );
    expect(rows).toEqual([{ whole: 150 }]);
  } finally {
    await emr.close();
    await rm(directory, { recursive: true, force: true });
  }
});
