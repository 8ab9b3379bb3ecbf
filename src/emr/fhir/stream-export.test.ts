import { type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { permissionVersionHeader, rowsTrailer } from '../../fhir/outcome.ts';
import { createTestClinic, pairs, type TestClinic } from './test-clinic.ts';

let clinic: TestClinic;
let token: string;
let fileUrl: string;
let smallFileUrl: string;
const bookings = 60_000;

beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  for (const pair of pairs) await clinic.setGrant(pair, 63);
  await clinic.owner.query(
    `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, start_at, end_at)
     select 7001, 'many-' || n, 'north', 'abel', 'booked', now(), now() + interval '5 minutes' from generate_series(1, $1) n`,
    [bookings],
  );
  token = await clinic.token();
  const base = await clinic.app.listen({ port: 0, host: '127.0.0.1' });
  const start = async (query: string): Promise<string> => {
    const { headers } = await clinic.app.inject({
      url: `/fhir/$export?${query}`,
      headers: { authorization: `Bearer ${token}`, prefer: 'respond-async' },
    });
    return String(headers['content-location']).replace('http://emr.test', base);
  };
  const filter = encodeURIComponent('Appointment?location=north&practitioner=abel');
  fileUrl = `${await start(`_type=Appointment&_typeFilter=${filter}`)}/Appointment.ndjson`;
  smallFileUrl = `${await start('_type=Location')}/Location.ndjson`;
});
afterAll(() => clinic?.close());

const fetchFile = (url = fileUrl): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers: { authorization: `Bearer ${token}` } }, resolve);
    asked.on('error', reject);
    asked.end();
  });
const backends = async (): Promise<number> =>
  (
    await clinic.owner.query<{ n: number }>(
      `select count(*) as n from pg_stat_activity
      where datname = current_database() and usename = 'emr_app' and state = 'active' and query like 'copy%'`,
    )
  ).rows[0]!.n;

it('a whole file ends with its number of lines, and began with the version it was read under', async () => {
  const response = await fetchFile();
  let lines = 0;
  for await (const chunk of response) {
    for (let at = (chunk as Buffer).indexOf(10); at >= 0; at = (chunk as Buffer).indexOf(10, at + 1)) lines += 1;
  }
  expect(lines).toBe(bookings + 2);
  expect(response.trailers[rowsTrailer]).toBe(String(lines));
  expect(response.headers[permissionVersionHeader]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(response.headers['content-type']).toBe('application/fhir+ndjson');
});

it('as many files at once as the server has connections, and more, are all given and recorded', async () => {
  const recorded = async () =>
    Number(
      (await clinic.owner.query<{ n: string }>(`select count(*) as n from access_event where kind = 'export'`)).rows[0]!
        .n,
    );
  const before = await recorded();
  const atOnce = 3 * (clinic.context.pool.options.max ?? 0);
  expect(atOnce).toBeGreaterThan(0);
  const answers = await Promise.all(
    Array.from({ length: atOnce }, async () => {
      const response = await fetchFile(smallFileUrl);
      response.resume();
      await new Promise((resolve) => response.once('end', resolve));
      return response.statusCode;
    }),
  );
  expect(answers).toEqual(Array.from({ length: atOnce }, () => 200));
  expect(await recorded()).toBe(before + atOnce);
});

it('a client that goes away ends the statement, and the next client is served', async () => {
  const response = await fetchFile();
  await new Promise((resolve) => response.once('readable', resolve));
  expect(await backends()).toBe(1);
  response.destroy();
  await expect.poll(backends, { timeout: 5000 }).toBe(0);
  const answer = await clinic.app.inject({ url: '/fhir/Location', headers: { authorization: `Bearer ${token}` } });
  expect(answer.statusCode).toBe(200);
});

it('a statement that is cut off at the server breaks the file off: no trailer', async () => {
  const response = await fetchFile();
  await new Promise((resolve) => response.once('readable', resolve));
  await clinic.owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = 'emr_app' and state = 'active' and query like 'copy%'`,
  );
  const read = async () => {
    for await (const _ of response);
  };
  await expect(read()).rejects.toThrow();
  expect(response.trailers[rowsTrailer]).toBeUndefined();
});
