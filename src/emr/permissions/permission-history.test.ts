import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import type { ExpiringRow, RowHistory } from '../contract/permission-history.ts';
import type { ProviderPermissions } from '../contract/security.ts';
import { createUser } from '../index.ts';
import { type Cell, changesOf, createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

let emr: TestEmr;
let ada: string;
let bea: string;
let robinId: string;
beforeAll(async () => {
  emr = await createTestEmr(inject('adminUrl'));
  const actor = { tenantId, userId: emr.adaId };
  const person = { password, officeIds: ['harbour', 'river'] };
  await createUser(emr.context, actor, { ...person, username: 'bea', displayName: 'Bea', kind: 'administrator' });
  const robin = await createUser(emr.context, actor, {
    ...person,
    username: 'robin',
    displayName: 'Robin',
    kind: 'staff',
  });
  robinId = robin.userId;
  [ada, bea] = [await emr.signIn('ada'), await emr.signIn('bea')];
});
afterAll(() => emr?.close());
beforeEach(async () => {
  await emr.owner.query('delete from permission_grant');
  await emr.owner.query('delete from audit_event');
});

const matrixUrl = () => `/api/users/${robinId}/provider-permissions`;
async function save(cookie: string, cells: readonly Cell[], reason?: string) {
  const { version } = (await emr.ask('GET', matrixUrl(), undefined, { cookie: ada })).json<ProviderPermissions>();
  const answer = await emr.ask('PUT', matrixUrl(), { changes: changesOf(cells), reason }, { cookie, ifMatch: version });
  expect(answer.statusCode, answer.body).toBe(200);
}
const history = async (officeId: string, providerId: string) => {
  const url = `${matrixUrl()}/history?officeId=${officeId}&providerId=${providerId}`;
  return (await emr.ask('GET', url, undefined, { cookie: ada })).json<RowHistory>();
};

describe('the history of a row', () => {
  it('says who changed it, when, from what to what and why, latest first, and nothing of other rows', async () => {
    await save(ada, [
      ['harbour', 'abel', columnSet('Visible'), '2026-12-31'],
      ['river', 'abel', allColumns],
    ]);
    await save(bea, [['river', 'abel', 0]]);
    await save(bea, [['harbour', 'abel', columnSet('Visible', 'Labs')]], 'asked by the laboratory');
    const { changes, more } = await history('harbour', 'abel');
    expect(more).toBe(false);
    expect(changes.map(({ at: _, ...change }) => change)).toEqual([
      {
        by: 'Bea',
        before: { columns: columnSet('Visible'), accessUntilDay: '2026-12-31' },
        after: { columns: columnSet('Visible', 'Labs'), accessUntilDay: null },
        reason: 'asked by the laboratory',
      },
      {
        by: 'Ada Placeholder',
        before: { columns: 0, accessUntilDay: null },
        after: { columns: columnSet('Visible'), accessUntilDay: '2026-12-31' },
        reason: null,
      },
    ]);
    expect(changes[0]!.at > changes[1]!.at).toBe(true);
    expect((await history('river', 'abel')).changes.map(({ after }) => after.columns)).toEqual([0, allColumns]);
    expect(await history('river', 'baker')).toEqual({ changes: [], more: false });
  });

  it('of two hundred changes and more says that there are earlier ones', async () => {
    await save(ada, [['harbour', 'abel', allColumns]]);
    await emr.owner.query(
      `insert into audit_event (tenant_id, audit_id, at, user_id, action, entity, entity_id, before, after)
       select tenant_id, audit_id || n, at - n * interval '1 minute', user_id, action, entity, entity_id, before, after
         from audit_event cross join generate_series(1, 200) n where action = 'set-provider-permissions'`,
    );
    const { changes, more } = await history('harbour', 'abel');
    expect([changes.length, more]).toEqual([200, true]);
  });

  it('is for administrators, and needs both halves of the pair', async () => {
    const robin = await emr.signIn('robin');
    const url = `${matrixUrl()}/history?officeId=harbour&providerId=abel`;
    expect((await emr.ask('GET', url, undefined, { cookie: robin })).statusCode).toBe(403);
    expect((await emr.ask('GET', '/api/expiring-access', undefined, { cookie: robin })).statusCode).toBe(403);
    const half = await emr.ask('GET', `${matrixUrl()}/history?officeId=harbour`, undefined, { cookie: ada });
    expect([half.statusCode, half.json().extra.fields[0].path]).toEqual([400, 'providerId']);
  });
});

describe('what expires', () => {
  const expiring = async () =>
    (await emr.ask('GET', '/api/expiring-access', undefined, { cookie: ada })).json<ExpiringRow[]>();

  it('is every row that ends within thirty days by the calendar of its office, soonest first', async () => {
    // It is 24 November in both offices.
    await save(ada, [
      ['harbour', 'abel', allColumns, '2026-12-24'],
      ['harbour', 'baker', allColumns, '2026-12-25'],
      ['river', 'abel', columnSet('Visible'), '2026-11-24'],
      ['river', 'baker', allColumns],
    ]);
    expect(await expiring()).toEqual([
      {
        userId: robinId,
        displayName: 'Robin',
        isIntegrationUser: false,
        officeId: 'river',
        office: 'River',
        providerId: 'abel',
        provider: 'Dr. Test Abel',
        columns: columnSet('Visible'),
        accessUntilDay: '2026-11-24',
      },
      expect.objectContaining({ officeId: 'harbour', providerId: 'abel', accessUntilDay: '2026-12-24' }),
    ]);
  });

  it('is no row that lapsed already, that holds nothing, or of a user who is switched off', async () => {
    await save(ada, [
      ['harbour', 'abel', 0, '2026-11-30'],
      ['river', 'abel', allColumns, '2026-11-30'],
    ]);
    await emr.owner.query(
      `update permission_grant set access_until_day = '2026-11-20', access_until = '2026-11-21T08:00:00Z' where office_id = 'river'`,
    );
    expect(await expiring()).toEqual([]);
    await save(ada, [['harbour', 'baker', allColumns, '2026-11-30']]);
    expect(await expiring()).toHaveLength(1);
    await emr.owner.query(`update app_user set active = false where user_id = $1`, [robinId]);
    expect(await expiring()).toEqual([]);
    await emr.owner.query(`update app_user set active = true where user_id = $1`, [robinId]);
  });
});
