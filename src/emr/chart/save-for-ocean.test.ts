import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import { withheldCellsIn } from '../../fhir/outcome.ts';
import type { Chart, ChartDocument, ChartResult, SavedSet, StagedItem } from '../contract/chart.ts';
import { addIntegration } from '../index.ts';
import { tenantId } from '../test-emr.ts';
import { chartColumns, createTestChart, harbourAbel, pair, patientOf, type TestChart } from './test-chart.ts';

let emr: TestChart;
let integrationId: string;
let token: string;
const mine = patientOf('harbour', 'abel');
const others = patientOf('river', 'baker');

beforeAll(async () => {
  emr = await createTestChart(inject('adminUrl'));
});
afterAll(() => emr?.close());

const save = (body: object, { cookie = emr.cleo, patientId = mine } = {}) =>
  emr.send('POST', `/api/patients/${patientId}/save-for-ocean`, { cookie, body });
const fetchSaved = (patientId = mine) =>
  emr.app.inject({
    method: 'POST',
    url: `/fhir/Patient/${patientId}/$saved-for-ocean`,
    headers: { authorization: `Bearer ${token}` },
  });
const idsIn = (
  answer: { json(): { entry: { resource: { id: string }; search: { mode: string } }[] } },
  mode = 'match',
) =>
  answer
    .json()
    .entry.filter((one) => one.search.mode === mode)
    .map((one) => one.resource.id);
const document = async (at = harbourAbel, patientId = mine, cookie = emr.cleo) =>
  (await emr.file(cookie, patientId, at)).json<ChartDocument>().documentId;
const result = async () => {
  const body = {
    ...harbourAbel,
    date: '2026-11-23',
    time: '07:30',
    name: 'Glucose',
    status: 'final',
    values: [{ name: 'Glucose', number: '5.1' }],
  };
  return (await emr.send('POST', `/api/patients/${mine}/results`, { cookie: emr.cleo, body })).json<ChartResult>();
};
const grant = (columns: number, office: 'harbour' | 'river' = 'harbour', provider = 'abel') =>
  emr.grant(emr.ada, integrationId, [[office, provider, columns]]);

it('has nobody to be saved for in a clinic without an integration user, and says so', async () => {
  const answer = await save({ documentIds: [await document()] });
  expect([answer.statusCode, answer.json().key]).toEqual([409, 'chart.problem.no-integration']);
  const chart = (await emr.send('GET', `/api/patients/${mine}/chart`, { cookie: emr.cleo })).json<Chart>();
  expect(chart.ocean).toEqual({ integrationUser: null, lacks: [], staged: [] });
});

describe('with an integration user', () => {
  beforeAll(async () => {
    const actor = { tenantId, userId: emr.adaId };
    const made = await addIntegration(emr.context, actor, { name: 'Ocean', officeIds: ['harbour', 'river'] });
    integrationId = made.user.userId;
    const form = {
      grant_type: 'client_credentials',
      client_id: made.clientId,
      client_secret: made.clientSecret,
      scope: 'system/*.rs',
    };
    const answer = await emr.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    });
    token = answer.json<{ access_token: string }>().access_token;
  });
  beforeEach(async () => {
    await emr.owner.query('delete from saved_for_ocean');
    for (const office of ['harbour', 'river'] as const) await grant(0, office, 'baker');
    await grant(0, 'river', 'abel');
    await grant(columnSet('Visible', 'EMR', 'Labs'));
  });

  it('hands over documents and results with their values, once; the second time it says that they were fetched', async () => {
    const documentId = await document();
    const report = await result();
    const saved = await save({ documentIds: [documentId], reportIds: [report.reportId] });
    expect(saved.json<SavedSet>()).toEqual({
      documentIds: [documentId],
      reportIds: [report.reportId],
      until: '2026-11-24T18:00:00.000Z',
      integrationLacks: [],
    });
    const first = await fetchSaved();
    expect(first.statusCode).toBe(200);
    expect([idsIn(first), idsIn(first, 'include'), first.json().total]).toEqual([
      [documentId, report.reportId],
      [report.values[0]!.observationId],
      2,
    ]);
    const second = await fetchSaved();
    expect([second.statusCode, second.json().issue[0].code]).toEqual([410, 'deleted']);
    expect(second.body).toContain('handed over already');
    const { rows } = await emr.owner.query(
      `select user_id from audit_event where action = 'fetch-for-ocean' and entity_id = $1`,
      [mine],
    );
    expect(rows).toEqual([{ user_id: integrationId }]);
    expect((await save({ documentIds: [documentId] })).statusCode).toBe(200);
    expect(idsIn(await fetchSaved())).toEqual([documentId]);
  });

  it('hands over to one of several that ask at the same time', async () => {
    const documentId = await document();
    await save({ documentIds: [documentId] });
    const answers = await emr.atOnce(
      `select from saved_for_ocean where item_id = '${documentId}' for update`,
      Array.from({ length: 6 }, () => fetchSaved),
    );
    const statuses = answers.map((one) => (one.status === 'fulfilled' ? one.value.statusCode : String(one.reason)));
    expect(statuses.sort()).toEqual([200, 410, 410, 410, 410, 410]);
  });

  it('expires after an hour, and says so; an hour less a second does not', async () => {
    const documentId = await document();
    await save({ documentIds: [documentId] });
    const back = async (seconds: number) =>
      emr.owner.query(`update saved_for_ocean set expires_at = $1::timestamptz + $2 * interval '1 second'`, [
        emr.clock.now(),
        seconds,
      ]);
    await back(0);
    const expired = await fetchSaved();
    expect([expired.statusCode, expired.body.includes('expired after one hour')]).toEqual([410, true]);
    await back(1);
    expect((await fetchSaved()).statusCode).toBe(200);
  });

  it('leaves what the integration user may not have, names the cells, and hands it over when the grant is there', async () => {
    const documentId = await document();
    const report = await result();
    await grant(columnSet('Visible', 'EMR'));
    const saved = await save({ documentIds: [documentId], reportIds: [report.reportId] });
    expect(saved.json<SavedSet>().integrationLacks).toEqual([
      { ...harbourAbel, office: 'Harbour', provider: 'Dr. Test Abel', column: 'Labs' },
    ]);
    const chart = (await emr.send('GET', `/api/patients/${mine}/chart`, { cookie: emr.cleo })).json<Chart>();
    expect(chart.ocean.lacks).toEqual(saved.json<SavedSet>().integrationLacks);
    expect(chart.results.entries.find((one) => one.reportId === report.reportId)?.savedForOcean).toEqual({
      until: '2026-11-24T18:00:00.000Z',
    });
    const first = await fetchSaved();
    expect(idsIn(first)).toEqual([documentId]);
    const cells = first.json().entry.flatMap((one: { resource: unknown }) => withheldCellsIn(one.resource));
    expect(cells).toContainEqual({ ...harbourAbel, column: 'Labs' });
    expect(cells).not.toContainEqual({ ...harbourAbel, column: 'EMR' });
    await grant(columnSet('Visible', 'EMR', 'Labs'));
    expect(idsIn(await fetchSaved())).toEqual([report.reportId]);
  });

  it('tells nobody that there is anything behind cells that he does not hold', async () => {
    await save({ documentIds: [await document()] });
    await grant(columnSet('Visible', 'Labs', 'Patient'));
    const [withheld, nothing, never] = await Promise.all([
      fetchSaved(),
      fetchSaved(others),
      fetchSaved('never-existed'),
    ]);
    expect([withheld.statusCode, withheld.body]).toEqual([404, never.body]);
    expect(nothing.body).toBe(never.body);
  });

  it('tells in the chart what is staged, until when, and what became of each; one item is taken back alone', async () => {
    const staged = async () =>
      (await emr.send('GET', `/api/patients/${mine}/chart`, { cookie: emr.cleo })).json<Chart>().ocean.staged;
    const idOf = (one: StagedItem) => (one.kind === 'document' ? one.documentId : one.reportId);
    const [fetched, withdrawn, kept, taken] = [await document(), await document(), await document(), await document()];
    const report = await result();
    await save({ documentIds: [fetched] });
    expect(idsIn(await fetchSaved())).toEqual([fetched]);
    await save({ documentIds: [withdrawn, kept, taken], reportIds: [report.reportId] });
    const withdraw = { cookie: emr.cleo, body: { reason: 'x' }, version: 1 };
    await emr.send('POST', `/api/documents/${withdrawn}/withdraw`, withdraw);
    const one = (kind: string, id: string) => `/api/patients/${mine}/save-for-ocean/${kind}/${id}`;
    expect((await emr.send('DELETE', one('documents', taken), { cookie: emr.cleo })).statusCode).toBe(204);
    await emr.send('DELETE', one('results', kept), { cookie: emr.cleo });
    await emr.send('DELETE', one('documents', fetched), { cookie: emr.cleo });
    const stateOf = Object.fromEntries((await staged()).map((one) => [idOf(one), one.state]));
    expect(stateOf).toEqual({
      [fetched]: 'fetched',
      [withdrawn]: 'withdrawn',
      [kept]: 'waiting',
      [report.reportId]: 'waiting',
    });
    expect((await staged()).find((one) => idOf(one) === report.reportId)).toEqual({
      ...harbourAbel,
      office: 'Harbour',
      provider: 'Dr. Test Abel',
      kind: 'result',
      reportId: report.reportId,
      title: 'Glucose',
      state: 'waiting',
      savedBy: 'Cleo Stand-in',
      saved: { date: '2026-11-24', time: '10:00' },
      until: { date: '2026-11-24', time: '11:00' },
      fetched: null,
    });
    await emr.owner.query('update saved_for_ocean set expires_at = $1 where item_id = $2', [emr.clock.now(), kept]);
    expect((await staged()).find((one) => idOf(one) === kept)?.state).toBe('expired');
    await emr.grant(emr.ada, emr.cleoId, [['harbour', 'abel', columnSet('Visible', 'Patient', 'EMR')]]);
    expect((await staged()).filter(({ kind }) => kind === 'result')).toEqual([]);
    await emr.grant(emr.ada, emr.cleoId, [['harbour', 'abel', chartColumns]]);
  });

  it('takes only what is in that chart, in force and visible to who saves, all or nothing', async () => {
    const good = await document();
    const foreign = await document(pair('river', 'baker'), others, emr.ada);
    const withdrawn = await document();
    await emr.send('POST', `/api/documents/${withdrawn}/withdraw`, {
      cookie: emr.cleo,
      body: { reason: 'x' },
      version: 1,
    });
    for (const bad of [foreign, withdrawn, 'never-existed']) {
      const answer = await save({ documentIds: [good, bad] });
      expect([answer.statusCode, answer.json().extra.fields]).toEqual([400, [{ path: 'documentIds', id: bad }]]);
    }
    expect((await fetchSaved()).statusCode).toBe(404);
    expect((await save({ documentIds: [], reportIds: [] })).statusCode).toBe(400);
  });

  it('is taken back by who saved it, and is not handed over when its entry is withdrawn or goes to another pair', async () => {
    const [taken, withdrawn, moved] = [await document(), await document(), await document()];
    await save({ documentIds: [taken] });
    expect((await emr.send('DELETE', `/api/patients/${mine}/save-for-ocean`, { cookie: emr.cleo })).statusCode).toBe(
      204,
    );
    expect((await fetchSaved()).statusCode).toBe(404);
    await save({ documentIds: [withdrawn, moved] });
    await emr.send('POST', `/api/documents/${withdrawn}/withdraw`, {
      cookie: emr.cleo,
      body: { reason: 'x' },
      version: 1,
    });
    await emr.owner.query(`update document set provider_id = 'baker' where document_id = $1`, [moved]);
    expect((await fetchSaved()).statusCode).toBe(404);
  });
});
