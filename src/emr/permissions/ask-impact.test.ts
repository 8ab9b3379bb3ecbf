import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import { impactAddressUrl, subscriptionSecretUrl } from '../../fhir/extensions.ts';
import { clinicId, createTestClinic, type TestClinic } from '../fhir/test-clinic.ts';
import { askImpact } from './ask-impact.ts';

let clinic: TestClinic;
let token: string;
let server: Server;
let address: string;
const asked: { headers: IncomingHttpHeaders; body: string; url: string }[] = [];
/** What the client answers; null: nothing at all. */
let answer: { status: number; body: string } | null;
const counts = { reminders: { start: 3, stop: 0 }, links: { start: 2, stop: 1 }, writeBacks: { start: 0, stop: 4 } };

beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token(undefined, 'system/*.cruds');
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8'), url: request.url ?? '' });
      if (answer) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await clinic?.close();
});
afterEach(async () => {
  asked.length = 0;
  await clinic.owner.query('delete from subscription');
});

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const subscribe = (criteria: string, impact?: string) =>
  clinic.app.inject({
    method: 'POST',
    url: '/fhir/Subscription',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    payload: JSON.stringify({
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'to hear of changes',
      criteria,
      extension: [
        { url: subscriptionSecretUrl, valueString: secret },
        ...(impact === undefined ? [] : [{ url: impactAddressUrl, valueUrl: impact }]),
      ],
      channel: { type: 'rest-hook', endpoint: `${address}/hook` },
    }),
  });
const changed = [{ officeId: 'north', providerId: 'abel', before: 63, after: columnSet('Visible', 'Labs') }];
const ask = () => askImpact(clinic.context, { tenantId: clinicId, userId: 'service' }, changed);

it('asks at the address of the permission subscription, signed, and names schedules and columns alone', async () => {
  const made = await subscribe('$permission-coverage', `${address}/impact/key`);
  expect([made.statusCode, made.json().extension]).toEqual([
    201,
    [{ url: impactAddressUrl, valueUrl: `${address}/impact/key` }],
  ]);
  answer = { status: 200, body: JSON.stringify({ ...counts, more: 'is passed over' }) };
  expect(await ask()).toEqual({ state: 'known', ...counts });
  const [{ headers, body, url }] = asked as [(typeof asked)[number]];
  expect([url, JSON.parse(body)]).toEqual([
    '/impact/key',
    { changes: [{ officeId: 'north', providerId: 'abel', columns: ['Labs', 'Visible'] }] },
  ]);
  const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${signature}`);
});

it('says that there is no answer, and why, and never that there is nothing', async () => {
  expect(await ask()).toEqual({ state: 'unavailable', reason: 'no-address' });
  await subscribe('$permission-coverage');
  expect(await ask()).toEqual({ state: 'unavailable', reason: 'no-address' });
  await clinic.owner.query('delete from subscription');

  await subscribe('$permission-coverage', `${address}/impact/key`);
  for (const wrong of [
    { status: 404, body: JSON.stringify(counts) },
    { status: 302, body: JSON.stringify(counts) },
    { status: 200, body: 'no JSON' },
    { status: 200, body: JSON.stringify({ ...counts, links: { start: -1, stop: 0 } }) },
    { status: 200, body: JSON.stringify({ reminders: counts.reminders }) },
    { status: 200, body: `${JSON.stringify(counts)}${' '.repeat(20_000)}` },
  ]) {
    answer = wrong;
    expect(await ask(), wrong.body.slice(0, 80)).toEqual({ state: 'unavailable', reason: 'refused' });
  }
  expect(asked).toHaveLength(6);
  answer = null;
  expect(await ask()).toEqual({ state: 'unavailable', reason: 'not-answered' });

  await clinic.owner.query(`update subscription set status = 'off'`);
  expect(await ask()).toEqual({ state: 'unavailable', reason: 'no-address' });
});

it('keeps no impact address that may not be reached, nor one of another subscription', async () => {
  expect((await subscribe('$permission-coverage', 'http://169.254.169.254/latest')).statusCode).toBe(422);
  expect((await subscribe('Appointment?', `${address}/impact/key`)).statusCode).toBe(422);
  expect((await subscribe('$permission-coverage', 'file:///etc/passwd')).statusCode).toBe(422);
});
