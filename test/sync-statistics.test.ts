// A run right after a first big one must not be planned as if the portal were still empty: it would go through all of the known bookings
// once for each that it brings.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { all, type SyncClinic, syncClinic } from './sync-clinic.ts';

let clinic: SyncClinic;
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 300 });
  await clinic.grantAll(all);
});
afterAll(() => clinic.close());

test('a run that brought a lot leaves the planner knowing how many bookings a connection has', async () => {
  expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { created: 1200 } });
  const { rows } = await clinic.portal.query<Record<string, unknown>>(
    `explain (format json) select from booking where site_id = (select site_id from site) and connection_id = $1`.replace(
      '$1',
      `'${clinic.connectionId}'`,
    ),
  );
  const [{ Plan: plan }] = rows[0]!['QUERY PLAN'] as [{ Plan: { 'Plan Rows': number } }];
  expect(plan['Plan Rows']).toBeGreaterThan(1000);
});
