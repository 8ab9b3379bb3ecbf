import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import { permissionVersionHeader, withheldCellsIn } from '../../fhir/outcome.ts';
import { coverageFromParameters } from '../../fhir/permission-coverage.ts';
import { createHttp } from '../../platform/http/create-http.ts';
import { sha256 } from '../../platform/ids.ts';
import { registerFhir } from './fhir.routes.ts';
import {
  appointments,
  createTestClinic,
  hostileText,
  type Pair,
  pairs,
  patients,
  type TestClinic,
} from './test-clinic.ts';

let clinic: TestClinic;
let token: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token();
});
afterAll(() => clinic?.close());
beforeEach(() => grantAll(allColumns));

const grantAll = async (columns: number): Promise<void> => {
  for (const pair of pairs) await clinic.setGrant(pair, columns);
};
const ask = async (
  url: string,
  headers: Record<string, string> = {},
  method: 'GET' | 'POST' | 'DELETE' = 'GET',
  payload?: string,
) =>
  clinic.app.inject({
    method,
    url: url.replace(/^http:\/\/emr\.test/, ''),
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

interface Entry {
  readonly resource: Record<string, unknown> & { readonly id: string; readonly resourceType: string };
  readonly search: { readonly mode: string };
}
interface Bundle {
  readonly total?: number;
  readonly entry?: readonly Entry[];
  readonly link: readonly { readonly relation: string; readonly url: string }[];
}
const search = async (query: string): Promise<Bundle> => {
  const answer = await ask(`/fhir/${query}`);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  expect(answer.headers['content-type']).toContain('application/fhir+json');
  return answer.json<Bundle>();
};
const ids = ({ entry = [] }: Bundle, mode = 'match'): string[] =>
  entry.filter((one) => one.search.mode === mode).map(({ resource }) => resource.id);

describe('search', () => {
  it('finds what the filters say, by office and provider, each written in every way FHIR allows', async () => {
    const ofPair = ([office, provider]: Pair) =>
      appointments
        .filter(({ pair }) => pair[0] === office && pair[1] === provider)
        .map(({ id }) => id)
        .sort();
    const [pair] = pairs as [Pair];
    for (const query of [
      'location=north&practitioner=abel',
      'location=Location/north&practitioner=Practitioner/abel',
      'actor=Location/north&actor=Practitioner/abel',
      'location=http://emr.test/fhir/Location/north&actor=abel',
    ]) {
      expect(ids(await search(`Appointment?${query}`)).sort(), query).toEqual(ofPair(pair));
    }
    expect(ids(await search('Appointment?patient=of-two')).sort()).toEqual(['north-abel.of-two', 'south-baker.of-two']);
    expect(ids(await search('Appointment?status=booked,cancelled'))).toHaveLength(appointments.length);
    expect(ids(await search('Appointment?status=cancelled'))).toEqual([]);
    expect(ids(await search('Appointment?date=ge2026-11-24T15:00Z&date=lt2026-11-24T17:00Z'))).toHaveLength(2);
    expect(ids(await search('Appointment?_lastUpdated=lt2020'))).toEqual([]);
    expect(ids(await search('Schedule?actor=Practitioner/abel')).sort()).toEqual([
      'schedule-north-abel',
      'schedule-south-abel',
    ]);
  });

  it('answers a POST as it answers a GET', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask('/fhir/Appointment/_search?location=north', form, 'POST', 'practitioner=abel');
    expect(ids(answer.json<Bundle>())).toHaveLength(2);
  });

  it('turns pages by next links through everything once, in each order', async () => {
    for (const sort of ['_id', '-_id', 'date', '-date', '_lastUpdated', '-_lastUpdated']) {
      const seen: string[] = [];
      let next: string | undefined = `Appointment?_count=2&_sort=${sort}`;
      while (next) {
        const bundle: Bundle = await search(next);
        seen.push(...ids(bundle));
        next = bundle.link.find(({ relation }) => relation === 'next')?.url.split('/fhir/')[1];
      }
      expect(seen, sort).toHaveLength(appointments.length);
      expect(new Set(seen).size, sort).toBe(appointments.length);
      if (sort === 'date') expect(seen).toEqual(appointments.map(({ id }) => id));
      if (sort === '-date') expect(seen).toEqual(appointments.map(({ id }) => id).reverse());
    }
  });

  it('includes what it refers to, counts, and shapes as asked', async () => {
    const included = await search('Appointment?patient=of-two&_include=Appointment:actor&_total=accurate');
    expect(ids(included, 'include').sort()).toEqual(['abel', 'baker', 'north', 'of-two', 'south']);
    expect(included.total).toBe(2);
    expect(await search('Appointment?_summary=count')).toMatchObject({ total: appointments.length });
    const [entry] = (await search('Appointment?_elements=description&_count=1')).entry!;
    expect(Object.keys(entry!.resource).sort()).toEqual([
      'description',
      'end',
      'id',
      'meta',
      'participant',
      'resourceType',
      'start',
      'status',
    ]);
  });

  it.each([
    ['Appointment?colour=red', 'colour'],
    ['Appointment?patient.name=x', 'patient.name'],
    ['Appointment?_has:Patient:x:y=z', '_has:Patient:x:y'],
    ['Appointment?date=ap2026', 'date'],
    ['Appointment?date=2026-02-30', 'date'],
    ['Appointment?_sort=status', '_sort'],
    ['Appointment?_cursor=abc', '_cursor'],
    ['Appointment?_include=Patient:x', '_include'],
    ['Appointment?_summary=text', '_summary'],
    ['Appointment?_format=xml', '_format'],
    ['Appointment?status:not=booked', 'status:not'],
    ["Appointment?practitioner=a'--", 'practitioner'],
  ])('refuses %s and names the parameter', async (query, parameter) => {
    const answer = await ask(`/fhir/${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ expression: [parameter] }] });
  });

  it('passes an unknown parameter over when handling is lenient, but never a chain', async () => {
    const lenient = { prefer: 'handling=lenient' };
    expect((await ask('/fhir/Appointment?colour=red', lenient)).statusCode).toBe(200);
    expect((await ask('/fhir/Appointment?patient.name=x', lenient)).statusCode).toBe(400);
  });

  it('keeps hostile text whole', async () => {
    const bundle = await search('Patient?_id=of-two');
    expect(bundle.entry?.[0]?.resource).toMatchObject({ name: [{ family: hostileText, given: [hostileText] }] });
  });
});

describe('saying so', () => {
  it('names the cells asked for and withheld, within the filters, and nothing when nothing is withheld', async () => {
    expect(ids(await search('Appointment'), 'outcome')).toEqual([]);
    await clinic.setGrant(['north', 'abel'], columnSet('Visible'));
    await clinic.setGrant(['south', 'abel'], columnSet('Scheduling', 'Patient'));
    const cells = async (query: string) =>
      (await search(query)).entry!.flatMap(({ resource }) => withheldCellsIn(resource));
    expect(await cells('Appointment')).toEqual([
      { officeId: 'north', providerId: 'abel', column: 'Scheduling' },
      { officeId: 'south', providerId: 'abel', column: 'Scheduling' },
      { officeId: 'south', providerId: 'abel', column: 'Visible' },
    ]);
    expect(await cells('Appointment?location=north&_include=Appointment:patient')).toEqual([
      { officeId: 'north', providerId: 'abel', column: 'Patient' },
      { officeId: 'north', providerId: 'abel', column: 'Scheduling' },
    ]);
    expect(await cells('Appointment?practitioner=baker')).toEqual([]);
  });

  it('masks the patient of a booking where Patient is not held', async () => {
    await clinic.setGrant(['north', 'abel'], columnSet('Visible', 'Scheduling'));
    const bundle = await search('Appointment?_id=north-abel.of-two&_include=Appointment:patient');
    expect(JSON.stringify(bundle.entry![0])).toContain('"valueCode":"masked"');
    // Known to a pair that is held as well, so the patient himself may be seen; the one who is not, may not.
    expect(ids(bundle, 'include')).toEqual(['of-two']);
    expect(
      ids(await search('Appointment?_id=north-abel.of-north-abel&_include=Appointment:patient'), 'include'),
    ).toEqual([]);
  });

  it('tells what is not there and what may not be seen the same way, and 401 is for the token alone', async () => {
    await clinic.setGrant(['north', 'abel'], 0);
    const hidden = await ask('/fhir/Appointment/north-abel.of-two');
    const missing = await ask('/fhir/Appointment/no-such-booking');
    expect([hidden.statusCode, hidden.body]).toEqual([missing.statusCode, missing.body]);
    expect(hidden.statusCode).toBe(404);
    const shown = await ask('/fhir/Appointment/south-baker.of-two');
    expect([shown.statusCode, shown.headers['etag']]).toEqual([200, 'W/"1"']);
    const unknown = await ask('/fhir/Appointment', { authorization: 'Bearer 7001.nonsense' });
    expect([unknown.statusCode, unknown.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(unknown.json()).toMatchObject({ resourceType: 'OperationOutcome' });
  });
});

describe('$permission-coverage', () => {
  it('tells the integration user what it holds, with a version that moves with it, and is audited', async () => {
    await clinic.setGrant(['north', 'abel'], columnSet('Scheduling'), new Date('2027-01-01T05:00:00Z'));
    const read = async () => coverageFromParameters((await ask('/fhir/$permission-coverage')).json());
    const coverage = await read();
    expect(coverage).toMatchObject({ tenantId: '7001', username: 'OceanAPI7001' });
    expect(coverage.offices.map(({ officeId, member }) => [officeId, member])).toEqual([
      ['north', true],
      ['south', true],
    ]);
    expect(coverage.schedules).toHaveLength(4);
    expect(coverage.schedules[0]).toMatchObject({
      columnsHeld: 0,
      columnsGranted: 2,
      accessUntilDay: '2027-01-01',
      lapsed: false,
    });
    await clinic.setGrant(['north', 'abel'], allColumns);
    expect((await read()).permissionVersion).not.toBe(coverage.permissionVersion);
    const { rows } = await clinic.owner.query(
      `select count(*) as n from access_event where entity_type = '$permission-coverage'`,
    );
    expect(rows[0]?.n).toBe(2);
  });

  it('is refused to anybody else', async () => {
    await clinic.owner.query(`update app_user set kind = 'staff' where tenant_id = 7001`);
    expect((await ask('/fhir/$permission-coverage')).statusCode).toBe(403);
    await clinic.owner.query(`update app_user set kind = 'service' where tenant_id = 7001`);
  });
});

describe('$export', () => {
  it('hands out whole files of the same resources that a search shows, with version and number of lines', async () => {
    await clinic.setGrant(['north', 'abel'], columnSet('Visible'));
    expect((await ask('/fhir/$export')).statusCode).toBe(400);
    const filter = encodeURIComponent('Appointment?location=north&date=ge2026-11-24');
    const started = await ask(`/fhir/$export?_type=Patient,Appointment&_typeFilter=${filter}`, {
      prefer: 'respond-async',
    });
    expect(started.statusCode).toBe(202);
    const manifest = (await ask(String(started.headers['content-location']))).json();
    expect(manifest.output.map(({ type }: { type: string }) => type)).toEqual(['Patient', 'Appointment']);
    const file = await ask(manifest.output[1].url);
    expect(file.headers[permissionVersionHeader]).toBe(manifest.extension[Object.keys(manifest.extension)[0]!]);
    const lines = file.body.split('\n').slice(0, -1);
    const searched = (await search('Appointment?location=north')).entry!.filter(
      ({ search: { mode } }) => mode === 'match',
    );
    expect(lines.map((line) => JSON.parse(line)).sort(byId)).toEqual(
      searched.map(({ resource }) => resource).sort(byId),
    );
    expect(file.trailers['x-tidegate-rows'] ?? String(lines.length)).toBe(String(lines.length));
    const whole = (await ask(manifest.output[0].url)).body.split('\n').slice(0, -1);
    expect(whole.map((line) => JSON.parse(line).id).sort()).toEqual(
      patients
        .map(({ id }) => id)
        .filter((id) => id !== 'of-north-abel')
        .sort(),
    );
    expect(whole.every((line) => JSON.parse(line).name[0].family === hostileText)).toBe(true);
    const errors = (await ask(manifest.error[0].url)).body.trim();
    expect(withheldCellsIn(JSON.parse(errors))).toEqual([
      { officeId: 'north', providerId: 'abel', column: 'Patient' },
      { officeId: 'north', providerId: 'abel', column: 'Scheduling' },
    ]);
    expect((await ask(String(started.headers['content-location']), {}, 'DELETE')).statusCode).toBe(202);
    expect((await ask(manifest.output[1].url)).statusCode).toBe(404);
  });

  it('is of an instant before every change that is not committed yet, and so is the coverage', async () => {
    const open = await clinic.owner.connect();
    try {
      await open.query('begin');
      const { rows } = await open.query<{ last_updated: Date }>(
        'update appointment set last_updated = clock_timestamp() returning last_updated',
      );
      expect(rows.length).toBeGreaterThan(0);
      await sleep(1100);
      const started = await ask('/fhir/$export?_type=Appointment', { prefer: 'respond-async' });
      const { transactionTime } = (await ask(String(started.headers['content-location']))).json();
      const { asOf, changesUntil } = coverageFromParameters((await ask('/fhir/$permission-coverage')).json());
      const first = Math.min(...rows.map((row) => row.last_updated.getTime()));
      for (const instant of [transactionTime, changesUntil!]) expect(Date.parse(instant)).toBeLessThanOrEqual(first);
      expect(Date.parse(asOf)).toBeGreaterThan(first);
    } finally {
      await open.query('rollback');
      open.release();
    }
  });
});

describe('too many requests', () => {
  it('of one client are 429 that says when to come back, and another client goes on', async () => {
    const { context, owner } = clinic;
    await owner.query(
      `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
       select tenant_id, '7001-second', user_id, 'second', auth_method, secret_hash from oauth_client where client_id = '7001-client'`,
    );
    const limited = createHttp({ log: context.log });
    registerFhir(limited, context, { requestsPerMinute: 3 });
    await limited.ready();
    const statuses = async (authorization: string, requests: number) => {
      const answers = [];
      for (let made = 0; made < requests; made += 1) {
        answers.push(await limited.inject({ url: '/fhir/Location', headers: { authorization } }));
      }
      return answers;
    };
    const answers = await statuses(`Bearer ${token}`, 4);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    expect(Number(answers[3]!.headers['retry-after'])).toBeGreaterThan(0);
    expect(answers[3]!.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'throttled' }] });
    const second = `7001.${'x'.repeat(43)}`;
    await owner.query(
      `insert into oauth_token (tenant_id, token_hash, client_id, payload, expires_at)
       values (7001, $1, '7001-second', '{"scope":"system/*.rs"}', $2)`,
      [sha256(second), new Date(clinic.clock.now().getTime() + 60_000)],
    );
    expect((await statuses(`Bearer ${second}`, 1))[0]!.statusCode).toBe(200);
    expect((await statuses('Bearer 7001.nonsense', 1))[0]!.statusCode).toBe(401);
    await limited.close();
  });
});

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
