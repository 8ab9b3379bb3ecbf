import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { fixedClock } from '../platform/clock.ts';
import { sha256 } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createEmr } from './index.ts';
import { createTestEmr, now, type TestEmr } from './test-emr.ts';

let emr: TestEmr;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
});
afterAll(() => emr?.close());

it('says what it is, and answers an unknown path under /api as a problem', async () => {
  expect((await emr.ask('GET', '/api/about')).json()).toEqual({ product: 'Tidegate EMR', version: '1.2.3' });
  expect((await emr.ask('GET', '/api/nothing')).json()).toMatchObject({ status: 404, key: 'problem.not-found' });
});

it('does not start on a database role that row-level security would not bind, in either place', async () => {
  const { database } = emr;
  const adminUrl = inject('adminUrl').replace(/\/[^/]*$/, `/${database.name}`);
  const start = (appUrl: string, importUrl: string) =>
    createEmr({
      appUrl,
      importUrl,
      publicUrl: 'http://emr.test',
      webDirectory: null,
      clock: fixedClock(now),
      log: createLog({ level: 'silent', name: 'test' }),
      version: '1',
      sealingKey: sha256('test'),
    });
  const [app, imports] = [database.urlFor('emr_app'), database.urlFor('emr_import')];
  for (const wrong of [adminUrl, database.ownerUrl]) {
    await expect(start(wrong, imports)).rejects.toThrow('EMR');
    await expect(start(app, wrong)).rejects.toThrow('EMR import');
  }
});
