// Whom a site has told of gaps: a real webhook receiver checks the signatures, a real SMTP sink gets the day's e-mail.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { features } from '../src/connect/contract/features.ts';
import type { Notices } from '../src/connect/contract/notices.ts';
import { createGapKeeper, createNoticeWorker, type GapKeeper, type NoticeWorker } from '../src/connect/index.ts';
import { bitOf } from '../src/fhir/columns.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { verify } from '../src/platform/webhooks/verify.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import { all, type Slice, type SyncClinic, syncClinic } from './sync-clinic.ts';
import { certificateSeed, sealingKey } from './sync-portal.ts';

const hillCho: Slice = ['hill', 'cho'];
let clinic: SyncClinic;
let keeper: GapKeeper;
let worker: NoticeWorker;
let sink: MailSink;
let receiver: Server;
let hook: string;
let answerWith = 204;
const heard: { readonly headers: Record<string, unknown>; readonly body: Buffer }[] = [];
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 5 });
  sink = await startMailSink();
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ headers: { ...request.headers }, body: Buffer.concat(chunks) });
      response.writeHead(answerWith).end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => receiver.once('listening', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/gaps`;
  const log = createLog({ level: 'fatal', name: 'test' });
  const options = { syncUrl: clinic.syncUrl, sealingKey, clock: systemClock, log };
  keeper = createGapKeeper({ ...options, certificateSeed });
  worker = createNoticeWorker({
    ...options,
    announceTo: 'loopback',
    smtpUrl: sink.url,
    mailFrom: 'tidegate@clinic.example',
    connectUrl: 'http://connect.test',
    random: () => 0,
  });
});
afterAll(async () => {
  await Promise.all([keeper.stop(), worker.stop()]);
  await sink.close();
  receiver.close();
  await clinic.close();
});
beforeEach(async () => {
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
  await clinic.grantAll(all);
  await clinic.sync('full');
  await keeper.drain();
  await clinic.portal.query(
    'truncate connect.notice_settings, connect.gap_notice, connect.gap_record, connect.certificate',
  );
  heard.length = 0;
  answerWith = 204;
});

const read = async () => (await clinic.askConnect('GET', '/api/notices')).json<Notices>();
const put = (body: Record<string, unknown>, version = 0) =>
  clinic.askConnect(
    'PUT',
    '/api/notices',
    { webhookUrl: null, digestTo: [], digestAt: '00:00', digestLanguage: 'en', ...body },
    { 'if-match': `"${version}"` },
  );
const hear = async () => {
  await clinic.sync('recent', { cause: 'announced' });
  await keeper.drain();
  await worker.drain();
};

test('a program is told when a gap begins and when it ends, signed, and of nobody', async () => {
  const saved = (await put({ webhookUrl: hook })).json<Notices>();
  expect(saved).toMatchObject({ version: 1, secret: expect.stringMatching(/^whsec_/), last: null });
  expect((await read()).secret).toBeNull();
  await clinic.grant(hillCho, all & ~bitOf.Patient);
  await hear();
  await clinic.grant(hillCho, all);
  await hear();
  expect(heard.map(({ body }) => JSON.parse(body.toString()))).toMatchObject([
    { type: 'gap.opened', data: { cause: 'cells', officeId: 'hill', providerId: 'cho', columns: ['Patient'] } },
    { type: 'gap.ended', data: { ending: 'proved', certificateId: expect.any(String) } },
  ]);
  for (const { headers, body } of heard) {
    expect(verify(saved.secret!, headers, body, systemClock.now())).toBeDefined();
    expect(verify(`whsec_${Buffer.alloc(32, 1).toString('base64')}`, headers, body, systemClock.now())).toBeUndefined();
    expect(body.toString()).not.toMatch(/Madeup|patient-\d/);
  }
  expect((await read()).last).toMatchObject({ event: 'gap.ended', toldAt: expect.any(String), problem: null });
});

test('what is not taken is tried again under the same id; a receiver that is gone is told no more', async () => {
  await put({ webhookUrl: hook });
  answerWith = 503;
  await clinic.grant(hillCho, all & ~bitOf.EMR);
  await hear();
  const first = heard.length;
  expect(first).toBeGreaterThan(1);
  expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect((await read()).last).toMatchObject({ toldAt: null, givenUp: true, problem: 'status-503' });
  answerWith = 410;
  await clinic.grant(hillCho, all);
  await hear();
  expect(heard).toHaveLength(first + 1);
  expect((await read()).last).toMatchObject({ event: 'gap.ended', givenUp: true, problem: 'gone' });
});

test('people get one e-mail a day while there are gaps, and none where there are none', async () => {
  await put({ digestTo: ['sam@clinic.example'], digestLanguage: 'fr' });
  await worker.drain();
  expect(sink.taken).toHaveLength(0);
  await clinic.portal.query('update connect.notice_settings set digest_day = null, digest_due_at = now()');
  await clinic.grant(hillCho, all & ~bitOf.Patient);
  await hear();
  expect(sink.taken).toHaveLength(1);
  expect(sink.taken[0]!.raw).toMatch(/G-[0-9A-Z]{6}/);
  expect(sink.taken[0]!.raw).not.toMatch(/Madeup|patient-\d/);
  await clinic.portal.query('update connect.notice_settings set digest_due_at = now()');
  await worker.drain();
  expect(sink.taken).toHaveLength(1);
});

test('an address that cannot be used is refused at its field, and whoever saved before is not overwritten', async () => {
  const bad = await put({ webhookUrl: 'http://10.0.0.1/x' });
  expect([bad.statusCode, bad.json<{ extra: { field: string } }>().extra.field]).toEqual([400, 'webhookUrl']);
  expect((await put({ digestTo: ['nobody'] })).statusCode).toBe(400);
  expect((await put({ digestTo: ['sam@clinic.example'] })).statusCode).toBe(200);
  expect((await put({})).statusCode).toBe(412);
  expect((await read()).digestTo).toEqual(['sam@clinic.example']);
});
