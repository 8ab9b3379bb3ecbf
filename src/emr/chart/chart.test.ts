import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bitOf, columnSet } from '../../fhir/columns.ts';
import type { Chart, ChartCharge, ChartDocument, ChartNote, ChartResult, NamedCell } from '../contract/chart.ts';
import { tenantId } from '../test-emr.ts';
import { chartColumns, createTestChart, harbourAbel, pair, patientOf, pdf, type TestChart } from './test-chart.ts';

let emr: TestChart;
beforeAll(async () => {
  emr = await createTestChart(inject('adminUrl'));
});
afterAll(() => emr?.close());

const mine = patientOf('harbour', 'abel');
const others = patientOf('river', 'baker');
const chartOf = async (cookie: string, patientId = mine): Promise<Chart> => {
  const answer = await emr.send('GET', `/api/patients/${patientId}/chart`, { cookie });
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
  return answer.json<Chart>();
};
const cells = (named: readonly NamedCell[]) => named.map((one) => `${one.officeId}/${one.providerId}/${one.column}`);
const count = async (table: string, where = 'true') =>
  (await emr.owner.query<{ n: number }>(`select count(*)::integer as n from ${table} where ${where}`)).rows[0]!.n;
const audited = async (entityId: string) =>
  (
    await emr.owner.query<{ action: string; user_id: string }>(
      'select action, user_id from audit_event where entity_id = $1 order by at',
      [entityId],
    )
  ).rows;
const withColumns = async (columns: number, work: () => Promise<void>) => {
  await emr.grant(emr.ada, emr.cleoId, [['harbour', 'abel', columns]]);
  try {
    await work();
  } finally {
    await emr.grant(emr.ada, emr.cleoId, [['harbour', 'abel', chartColumns]]);
  }
};

const note = { ...harbourAbel, date: '2026-11-24', time: '09:15', type: 'Visit', note: 'Feels well.' };
const result = {
  ...harbourAbel,
  date: '2026-11-23',
  time: '07:30',
  name: 'Glucose and more',
  status: 'final',
  values: [
    { name: 'Glucose', loinc: '14749-6', number: '5.10', unit: 'mmol/L', low: '3.6', high: '6.0', interpretation: 'N' },
    { name: 'Comment', text: 'Haemolysed.' },
  ],
};
const charges = { ...harbourAbel, charges: [{ description: 'Form', occurredOn: '2026-11-24', amountCents: 4500 }] };
const coverage = { ...harbourAbel, payor: 'Provincial plan', subscriberNumber: '9000 000 000' };

describe('documents', () => {
  it('go in and come out byte for byte, as an attachment that no browser runs or guesses about', async () => {
    const content = Buffer.concat([pdf, randomBytes(700_000)]);
    const filed = await emr.file(emr.cleo, mine, harbourAbel, content);
    expect([filed.statusCode, filed.json()]).toMatchObject([
      201,
      {
        folder: 'Letters',
        title: 'A letter',
        mediaType: 'application/pdf',
        bytes: content.length,
        filedBy: 'Cleo Stand-in',
        filed: { date: '2026-11-24', time: '10:00' },
        office: 'Harbour',
      },
    ]);
    const { documentId, contentUrl } = filed.json<ChartDocument>();
    const read = await emr.send('GET', contentUrl, { cookie: emr.cleo });
    expect(read.rawPayload.equals(content)).toBe(true);
    expect(read.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(content.length),
      'content-disposition': expect.stringMatching(/^attachment; filename="A letter\.pdf"/),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'repr-digest': `sha-256=:${createHash('sha256').update(content).digest('base64')}:`,
    });
    expect((await audited(documentId)).map(({ action }) => action)).toEqual(['file']);
    expect(await count('binary_chunk', `length(bytes) > 196608`)).toBe(0);
    expect(
      await count('binary_chunk', `binary_id = (select binary_id from document where document_id = '${documentId}')`),
    ).toBe(4);
  });

  it.each([
    [
      'not what it says it is',
      Buffer.from('MZ\u0090 program'),
      'application/pdf',
      400,
      'chart.problem.not-what-it-says',
    ],
    [
      'text with a control character at its end',
      Buffer.from(`${'a'.repeat(300_000)}\0`),
      'text/plain',
      400,
      'chart.problem.not-what-it-says',
    ],
    ['empty', Buffer.alloc(0), 'application/pdf', 400, 'chart.problem.empty-file'],
    ['of a type that is not kept', Buffer.from('<p>'), 'text/html', 415, undefined],
    [
      'larger than 20 MB',
      Buffer.concat([pdf, Buffer.alloc(20 * 2 ** 20)]),
      'application/pdf',
      413,
      'problem.body-too-large',
    ],
  ])('are refused when the file is %s, and nothing of it stays', async (_what, content, type, status, key) => {
    const before = await count('binary_content');
    const answer = await emr.file(emr.cleo, mine, harbourAbel, content, type);
    expect([answer.statusCode, key && answer.json().key]).toEqual([status, key]);
    expect(await count('binary_content')).toBe(before);
  });

  it('of exactly 20 MB are taken', async () => {
    const content = Buffer.concat([pdf, Buffer.alloc(20 * 2 ** 20 - pdf.length, 7)]);
    const filed = await emr.file(emr.cleo, mine, harbourAbel, content);
    expect(filed.json()).toMatchObject({ bytes: 20 * 2 ** 20 });
    const { rawPayload } = await emr.send('GET', filed.json<ChartDocument>().contentUrl, { cookie: emr.cleo });
    expect(rawPayload.equals(content)).toBe(true);
  });

  it('whose sender goes away half-way leave nothing', async () => {
    await emr.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = emr.app.server.address() as AddressInfo;
    const before = await count('binary_content');
    const sending = httpRequest({
      port,
      method: 'POST',
      path: `/api/uploads?${new URLSearchParams(harbourAbel)}`,
      headers: {
        cookie: emr.cleo,
        origin: `http://localhost:${port}`,
        host: `localhost:${port}`,
        'content-type': 'application/pdf',
        'content-length': 2 ** 20,
      },
    });
    sending.on('error', () => {});
    sending.write(Buffer.concat([pdf, Buffer.alloc(400_000)]));
    await expect
      .poll(() => count('binary_chunk', `binary_id in (select binary_id from binary_content where arrived_at is null)`))
      .toBe(1);
    expect(await count('binary_content')).toBe(before + 1);
    sending.destroy();
    await expect.poll(() => count('binary_content')).toBe(before);
  });

  it('use an upload once, by whoever sent it, on its pair, within the hour; what waits longer is swept', async () => {
    const upload = async (cookie: string) =>
      (
        await emr.send('POST', `/api/uploads?${new URLSearchParams(harbourAbel)}`, {
          cookie,
          body: pdf,
          type: 'application/pdf',
        })
      ).json<{ uploadId: string }>().uploadId;
    const fileIt = async (cookie: string, uploadId: string, at = harbourAbel) => {
      const body = { ...at, uploadId, folder: 'F', title: 'T' };
      const answer = await emr.send('POST', `/api/patients/${mine}/documents`, { cookie, body });
      return answer.statusCode === 201 ? 201 : answer.json().key;
    };
    const gone = 'chart.problem.no-such-upload';
    const one = await upload(emr.cleo);
    expect(await fileIt(emr.ada, one)).toBe(gone);
    const twice = await Promise.all([fileIt(emr.cleo, one), fileIt(emr.cleo, one)]);
    expect(twice.sort()).toEqual([201, gone]);
    expect(await fileIt(emr.ada, await upload(emr.ada), pair('harbour', 'baker'))).toBe(gone);
    const late = await upload(emr.cleo);
    await emr.owner.query(
      `update binary_content set begun_at = begun_at - interval '61 minutes' where binary_id = $1`,
      [late],
    );
    await upload(emr.cleo);
    expect(await fileIt(emr.cleo, late)).toBe(gone);
    expect(await count('binary_chunk', `binary_id = '${late}'`)).toBe(0);
  });

  it('stop at the next chunk when the grant is withdrawn while they are read', async () => {
    const content = Buffer.concat([pdf, Buffer.alloc(16 * 2 ** 20)]);
    const { contentUrl } = (await emr.file(emr.cleo, mine, harbourAbel, content)).json<ChartDocument>();
    const { port } = emr.app.server.address() as AddressInfo;
    const read = await fetch(`http://127.0.0.1:${port}${contentUrl}`, { headers: { cookie: emr.cleo } });
    expect(read.status).toBe(200);
    await withColumns(columnSet('Visible', 'Labs'), async () => {
      // What is under way already arrives (sockets hold a few megabytes); the rest does not, and the reader sees that it is cut.
      await expect(read.arrayBuffer()).rejects.toThrow();
    });
  });
});

describe('what is written into the chart', () => {
  it('is shown in its tab, with its time on the wall of the office, and audited', async () => {
    const written = await emr.send('POST', `/api/patients/${mine}/notes`, { cookie: emr.cleo, body: note });
    expect([written.statusCode, written.json()]).toMatchObject([
      201,
      {
        note: 'Feels well.',
        start: { date: '2026-11-24', time: '09:15' },
        writtenBy: 'Cleo Stand-in',
        status: 'finished',
      },
    ]);
    const recorded = await emr.send('POST', `/api/patients/${mine}/results`, { cookie: emr.cleo, body: result });
    expect(recorded.json<ChartResult>().values).toMatchObject([
      { name: 'Glucose', value: '5.10', isNumber: true, low: '3.6', high: '6.0', interpretation: 'N' },
      { name: 'Comment', value: 'Haemolysed.', isNumber: false, unit: null },
    ]);
    const billed = await emr.send('POST', `/api/patients/${mine}/charges`, { cookie: emr.cleo, body: charges });
    const again = await emr.send('POST', `/api/patients/${mine}/charges`, { cookie: emr.cleo, body: charges });
    const [charge] = billed.json<ChartCharge[]>();
    expect(again.json<ChartCharge[]>()[0]!.accountId).toBe(charge!.accountId);
    await emr.send('POST', `/api/patients/${mine}/coverages`, { cookie: emr.cleo, body: coverage });
    const chart = await chartOf(emr.cleo);
    expect(chart.patient).toMatchObject({ display: 'Abel_harbour, Pat' });
    expect(chart.notes.entries.map((one) => one.noteId)).toEqual([written.json<ChartNote>().noteId]);
    expect(chart.results.entries).toEqual([recorded.json()]);
    expect(chart.bills.balanceCents).toBe(9000);
    expect(chart.bills.coverages).toMatchObject([{ payor: 'Provincial plan', subscriberNumber: '9000 000 000' }]);
    expect(chart.documents.folders).toEqual(
      [
        { folder: 'Letters', count: chart.documents.entries.length - 1 },
        { folder: 'F', count: 1 },
      ].sort((a, b) => a.folder.localeCompare(b.folder)),
    );
    expect(chart.notes.mayAddAt.map(({ now: _, ...place }) => place)).toEqual([
      { officeId: 'harbour', office: 'Harbour', providerId: 'abel', provider: 'Dr. Test Abel' },
    ]);
    for (const id of [written.json<ChartNote>().noteId, recorded.json<ChartResult>().reportId]) {
      expect(await audited(id)).toMatchObject([{ user_id: emr.cleoId }]);
    }
  });

  it('is paid no more than is owed, once, and withdrawn with its version; a payment on what is withdrawn stays to his credit', async () => {
    const [charge] = (
      await emr.send('POST', `/api/patients/${mine}/charges`, { cookie: emr.cleo, body: charges })
    ).json<ChartCharge[]>();
    const owed = (await chartOf(emr.cleo)).bills.balanceCents;
    const pay = async (cents: number, version: number) =>
      emr.send('POST', `/api/charges/${charge!.chargeItemId}/payments`, { cookie: emr.cleo, body: { cents }, version });
    expect((await pay(4501, 1)).json().key).toBe('chart.problem.more-than-owed');
    const both = await Promise.all([pay(4000, 1), pay(4000, 1)]);
    expect(both.map((one) => one.statusCode).sort()).toEqual([200, 412]);
    expect((await chartOf(emr.cleo)).bills.balanceCents).toBe(owed - 4000);
    const withdraw = (version: number) =>
      emr.send('POST', `/api/charges/${charge!.chargeItemId}/withdraw`, {
        cookie: emr.cleo,
        body: { reason: 'Wrong patient' },
        version,
      });
    expect((await withdraw(1)).json()).toMatchObject({ status: 412, extra: { version: 2 } });
    expect((await withdraw(2)).statusCode).toBe(204);
    expect((await withdraw(3)).json().key).toBe('chart.problem.withdrawn-already');
    expect((await pay(1, 3)).json().key).toBe('chart.problem.not-owed');
    expect((await chartOf(emr.cleo)).bills.balanceCents).toBe(owed - 4500 - 4000);
    expect(
      (await chartOf(emr.cleo)).bills.entries.find((one) => one.chargeItemId === charge!.chargeItemId),
    ).toMatchObject({
      status: 'entered-in-error',
      can: { withdraw: false },
    });
  });

  it('makes one account of a patient at a pair, also when two bill at once', async () => {
    const other = patientOf('harbour', 'baker');
    const at = { ...charges, ...pair('harbour', 'baker') };
    const bill = () => emr.send('POST', `/api/patients/${other}/charges`, { cookie: emr.ada, body: at });
    // Everybody is past the account when the first charge is written.
    const answers = await emr.atOnce('lock table charge_item in exclusive mode', [bill, bill, bill, bill]);
    const statuses = answers.map((one) => (one.status === 'fulfilled' ? one.value.statusCode : String(one.reason)));
    expect(statuses).toEqual([201, 201, 201, 201]);
    expect(await count('account', `patient_id = '${other}'`)).toBe(1);
    expect((await chartOf(emr.ada, other)).bills).toMatchObject({
      balanceCents: 4 * 4500,
      accounts: [{ balanceCents: 4 * 4500 }],
    });
  });

  const writes = [
    ['notes', note, 'EMR'],
    ['results', result, 'Labs'],
    ['charges', charges, 'Billing'],
    ['coverages', coverage, 'Billing'],
  ] as const;
  it.each(writes)('is refused by cell without its column: %s', async (where, body, column) => {
    await withColumns(chartColumns & ~columnSet(column), async () => {
      const answer = await emr.send('POST', `/api/patients/${mine}/${where}`, { cookie: emr.cleo, body });
      expect([answer.statusCode, answer.json().extra.cells]).toEqual([403, [{ ...harbourAbel, column }]]);
      expect(answer.json().title).toContain(`${column} for Dr. Test Abel in Harbour`);
    });
    const elsewhere = { ...body, ...pair('river', 'abel') };
    const answer = await emr.send('POST', `/api/patients/${mine}/${where}`, { cookie: emr.cleo, body: elsewhere });
    expect([answer.statusCode, answer.json().extra.cells.map((one: { column: string }) => one.column)]).toEqual([
      403,
      [column, 'Visible'],
    ]);
  });

  it('is refused by cell before a byte of a file is kept', async () => {
    await withColumns(chartColumns & ~columnSet('EMR'), async () => {
      const answer = await emr.file(emr.cleo, mine, harbourAbel);
      expect([answer.statusCode, answer.json().extra.cells]).toEqual([403, [{ ...harbourAbel, column: 'EMR' }]]);
    });
  });

  it.each(writes)(
    'is for a patient whom the writer can know; a foreign one and none at all are one answer: %s',
    async (where, body) => {
      const foreign = await emr.send('POST', `/api/patients/${others}/${where}`, { cookie: emr.cleo, body });
      const never = await emr.send('POST', `/api/patients/nobody/${where}`, { cookie: emr.cleo, body });
      expect([foreign.statusCode, foreign.json().key]).toEqual([400, 'chart.problem.no-such-patient']);
      expect(foreign.body).toBe(never.body);
    },
  );

  it('needs the chart’s column and not Patient', async () => {
    await withColumns(columnSet('Visible', 'EMR'), async () => {
      expect((await emr.file(emr.cleo, mine, harbourAbel)).statusCode).toBe(201);
      const chart = await chartOf(emr.cleo);
      expect(chart.patient).toEqual({ patientId: mine, masked: true });
      expect(JSON.stringify(chart)).not.toContain('Abel_harbour');
    });
  });

  it.each([
    ['notes', { ...note, note: '' }, 'note'],
    ['notes', { ...note, time: '25:00' }, 'time'],
    ['results', { ...result, values: [] }, 'values'],
    ['results', { ...result, values: [{ name: 'x', number: '1', text: 'one' }] }, 'values.0.number'],
    [
      'charges',
      { ...charges, charges: [{ description: 'x', occurredOn: '2026-02-30', amountCents: 1 }] },
      'charges.0.occurredOn',
    ],
    ['coverages', { ...coverage, startOn: '2026-02-02', endOn: '2026-02-01' }, 'endOn'],
  ])('names the field that is wrong: %s %#', async (where, body, path) => {
    const answer = await emr.send('POST', `/api/patients/${mine}/${where}`, { cookie: emr.cleo, body });
    expect([answer.statusCode, answer.json().extra.fields.map((one: { path: string }) => one.path)]).toEqual([
      400,
      [path],
    ]);
  });

  it('is not at a time that the office’s clock skips', async () => {
    const body = { ...note, ...pair('river', 'abel'), date: '2026-03-08', time: '02:30' };
    const answer = await emr.send('POST', `/api/patients/${patientOf('river', 'abel')}/notes`, {
      cookie: emr.ada,
      body,
    });
    expect(answer.json().key).toBe('emr.problem.skipped-time');
  });
});

describe('a chart says what it withholds', () => {
  it('in every tab by office, provider and column', async () => {
    const chart = await chartOf(emr.cleo);
    const elsewhere = ['harbour/baker', 'river/abel', 'river/baker'];
    const missing = (column: string) => elsewhere.flatMap((at) => [`${at}/${column}`, `${at}/Visible`]);
    expect(cells(chart.documents.withheld)).toEqual(missing('EMR'));
    expect(cells(chart.notes.withheld)).toEqual(missing('EMR'));
    expect(cells(chart.results.withheld)).toEqual(missing('Labs'));
    expect(cells(chart.bills.withheld)).toEqual(missing('Billing'));
    expect(chart.bills.withheld[0]).toMatchObject({ office: 'Harbour', provider: 'Dr. Test Baker' });
    const ofAda = await chartOf(emr.ada);
    expect([ofAda.documents, ofAda.notes, ofAda.results, ofAda.bills].flatMap((tab) => tab.withheld)).toEqual([]);
  });

  it('and leaves out each tab’s entries with its column alone', async () => {
    const shown = ({ documents, notes, results, bills }: Chart) =>
      [documents, notes, results, bills].map((tab) => tab.entries.length > 0 && tab.mayAddAt.length > 0);
    for (const [column, expected] of [
      ['EMR', [true, true, false, false]],
      ['Labs', [false, false, true, false]],
      ['Billing', [false, false, false, true]],
      ['Scheduling', [false, false, false, false]],
    ] as const) {
      await withColumns(columnSet('Visible', 'Patient', column), async () => {
        const chart = await chartOf(emr.cleo);
        expect(shown(chart), column).toEqual(expected);
        if (column !== 'Billing') expect(chart.bills).toMatchObject({ accounts: [], coverages: [], balanceCents: 0 });
        if (column !== 'EMR') expect(chart.documents.folders).toEqual([]);
      });
    }
  });

  it('is not there for a patient of whom the user may see nothing, as if there were none', async () => {
    const foreign = await emr.send('GET', `/api/patients/${others}/chart`, { cookie: emr.cleo });
    const never = await emr.send('GET', `/api/patients/nobody/chart`, { cookie: emr.cleo });
    expect([foreign.statusCode, foreign.body]).toEqual([404, never.body]);
    expect((await emr.send('GET', `/api/patients/${mine}/chart`, {})).statusCode).toBe(401);
  });

  it('gives entries that are foreign and that never existed one answer', async () => {
    const { documentId } = (await emr.file(emr.ada, others, pair('river', 'baker'))).json<ChartDocument>();
    const at = { ...pair('river', 'baker') };
    const ada = { cookie: emr.ada };
    const noteOf = (
      await emr.send('POST', `/api/patients/${others}/notes`, { ...ada, body: { ...note, ...at } })
    ).json<ChartNote>();
    const resultOf = (
      await emr.send('POST', `/api/patients/${others}/results`, { ...ada, body: { ...result, ...at } })
    ).json<ChartResult>();
    const [chargeOf] = (
      await emr.send('POST', `/api/patients/${others}/charges`, { ...ada, body: { ...charges, ...at } })
    ).json<ChartCharge[]>();
    const reason = { body: { reason: 'x' }, version: 1 };
    const asked: readonly (readonly [string, (id: string) => Promise<{ statusCode: number; body: string }>])[] = [
      [documentId, (id) => emr.send('GET', `/api/documents/${id}/content`, { cookie: emr.cleo })],
      [documentId, (id) => emr.send('POST', `/api/documents/${id}/withdraw`, { cookie: emr.cleo, ...reason })],
      [noteOf.noteId, (id) => emr.send('POST', `/api/notes/${id}/withdraw`, { cookie: emr.cleo, ...reason })],
      [resultOf.reportId, (id) => emr.send('POST', `/api/results/${id}/withdraw`, { cookie: emr.cleo, ...reason })],
      [
        chargeOf!.chargeItemId,
        (id) => emr.send('POST', `/api/charges/${id}/withdraw`, { cookie: emr.cleo, ...reason }),
      ],
      [
        chargeOf!.chargeItemId,
        (id) => emr.send('POST', `/api/charges/${id}/payments`, { cookie: emr.cleo, body: { cents: 1 }, version: 1 }),
      ],
      [others, (id) => emr.send('GET', `/api/patients/${id}/chart`, { cookie: emr.cleo })],
      [others, (id) => emr.send('GET', `/api/patients/${id}/chart/notes`, { cookie: emr.cleo })],
      [others, (id) => emr.send('DELETE', `/api/patients/${id}/save-for-ocean`, { cookie: emr.cleo })],
    ];
    for (const [foreignId, ask] of asked) {
      const [foreign, never] = [await ask(foreignId), await ask('never-existed')];
      expect([foreign.statusCode, foreign.body], ask.toString()).toEqual([never.statusCode, never.body]);
    }
  });
});

describe('a long chart', () => {
  it('comes a page at a time, newest first, each entry once', async () => {
    const patient = patientOf('river', 'abel');
    await emr.owner.query(
      `insert into encounter (tenant_id, encounter_id, patient_id, office_id, provider_id, status, note, start_at)
       select $1, 'long-' || n, $2, 'river', 'abel', 'finished', 'n', timestamptz '2026-01-01' + (n / 3) * interval '1 hour'
         from generate_series(1, 250) n`,
      [tenantId, patient],
    );
    const first = (await chartOf(emr.ada, patient)).notes;
    const seen = [...first.entries];
    let more = first.more;
    let pages = 1;
    while (more) {
      const url = `/api/patients/${patient}/chart/notes?${new URLSearchParams({ before: more })}`;
      const next = (await emr.send('GET', url, { cookie: emr.ada })).json<Chart['notes']>();
      seen.push(...next.entries);
      more = next.more;
      pages += 1;
    }
    expect([pages, seen.length, new Set(seen.map((one) => one.noteId)).size]).toEqual([3, 250, 250]);
    const times = seen.map(({ start }) => `${start.date} ${start.time}`);
    expect(times).toEqual(times.toSorted().reverse());
    const odd = await emr.send('GET', `/api/patients/${patient}/chart/notes?before=nonsense`, { cookie: emr.ada });
    expect([odd.statusCode, odd.json().extra.fields]).toEqual([400, [{ path: 'before' }]]);
  });
});

describe('the bookings of a patient', () => {
  it('are those of the pairs on which Scheduling and Patient are both held, in the zone of each office', async () => {
    await emr.owner.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, type_text, reason, start_at, end_at)
       select tenant_id, 'visit-' || office_id || '-' || provider_id, office_id, provider_id, $2, 'booked', 'Recheck', 'Knee',
              '2026-11-26T17:00Z', '2026-11-26T17:20Z' from provider_schedule where tenant_id = $1`,
      [tenantId, mine],
    );
    await emr.owner.query(
      `insert into patient_pair (tenant_id, patient_id, office_id, provider_id)
       select tenant_id, $2, office_id, provider_id from provider_schedule where tenant_id = $1 on conflict do nothing`,
      [tenantId, mine],
    );
    const visits = async (cookie: string) =>
      (await chartOf(cookie)).appointments.entries.filter((one) => one.appointmentId.startsWith('visit-'));
    expect((await visits(emr.ada)).map((one) => [one.office, one.provider, one.start.time, one.end])).toEqual([
      ['River', 'Dr. Test Baker', '12:00', '12:20'],
      ['River', 'Dr. Test Abel', '12:00', '12:20'],
      ['Harbour', 'Dr. Test Baker', '10:00', '10:20'],
      ['Harbour', 'Dr. Test Abel', '10:00', '10:20'],
    ]);
    let looked = 0;
    for (const [columns, seen] of [
      [chartColumns | bitOf.Scheduling, 1],
      [columnSet('Visible', 'Scheduling', 'EMR'), 0],
      [columnSet('Visible', 'Patient'), 0],
      [columnSet('Scheduling', 'Patient'), 0],
    ] as const) {
      await emr.grant(emr.ada, emr.cleoId, [['harbour', 'abel', columns]]);
      const answer = await emr.send('GET', `/api/patients/${mine}/chart`, { cookie: emr.cleo });
      const chart = answer.json<Chart>();
      expect([
        columns,
        answer.statusCode === 200
          ? chart.appointments.entries.filter((one) => one.appointmentId.startsWith('visit-')).length
          : 0,
      ]).toEqual([columns, seen]);
      if (answer.statusCode === 200) {
        expect(cells(chart.appointments.withheld).includes('harbour/abel/Scheduling')).toBe(
          (columns & bitOf.Scheduling) === 0,
        );
        expect(cells(chart.withheldPatient).includes('harbour/abel/Patient')).toBe((columns & bitOf.Patient) === 0);
      }
      looked += 1;
    }
    expect(looked).toBe(4);
    // Known by name through one pair and booked at another without Patient there: the chart does not say that the booking is his.
    await emr.grant(emr.ada, emr.cleoId, [
      ['harbour', 'abel', columnSet('Visible', 'Scheduling')],
      ['harbour', 'baker', columnSet('Visible', 'Patient')],
    ]);
    expect(await visits(emr.cleo)).toEqual([]);
    await emr.grant(emr.ada, emr.cleoId, [
      ['harbour', 'abel', chartColumns],
      ['harbour', 'baker', 0],
    ]);
  });
});
