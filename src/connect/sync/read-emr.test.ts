// Listings as servers of others give them: each is read through the real client from a server that answers just so.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allColumns } from '../../fhir/columns.ts';
import { createEmrClient, type Doubt, type EmrClient } from '../emr-client/emr-client.ts';
import type { PlannedSlice } from './plan-slices.ts';
import { readEmr, readEvidence, readPatients } from './read-emr.ts';

let server: Server;
let client: EmrClient;
let base: string;
/** What is answered to a path that begins so; the first that fits. */
let answers: [path: string, body: object | number | (() => object)][];
let seen: string[];

const history = 'history-type';
const statement = (...codes: string[]) => ({
  resourceType: 'CapabilityStatement',
  rest: [
    { resource: [{ type: 'Appointment', interaction: [{ code: 'search-type' }, ...codes.map((code) => ({ code }))] }] },
  ],
});
const bundle = (type: string, ...entry: object[]) => ({ resourceType: 'Bundle', type, entry });

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!.slice(1);
    seen.push(path);
    const answer = answers.find(([begin]) => path.startsWith(begin))?.[1] ?? 404;
    const body = typeof answer === 'function' ? answer() : answer;
    response.writeHead(typeof body === 'number' ? body : 200, { date: new Date().toUTCString() });
    response.end(typeof body === 'number' ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
  answers = [
    ['.well-known/smart-configuration', { token_endpoint: `${base}/token` }],
    ['token', { access_token: 'a token', expires_in: 3600 }],
    ['metadata', statement(history)],
  ];
  client = createEmrClient({ baseUrl: base, clientId: 'a client', clientSecret: 'a secret' });
});

const day = 24 * 60 * 60;
const at = (seconds: number) => new Date(Date.parse('2026-03-02T17:00:00Z') + seconds * 1000).toISOString();
const booking = (id: string, versionId: string, seconds: number, status = 'booked') => ({
  resourceType: 'Appointment',
  id,
  meta: { versionId, lastUpdated: at(seconds) },
  status,
  start: at(3600),
  end: at(4500),
  participant: [{ actor: { reference: 'Practitioner/abel' } }, { actor: { reference: 'Location/hill' } }],
});
const version = (...of: Parameters<typeof booking>) => ({
  fullUrl: `${base}/Appointment/${of[0]}`,
  resource: booking(...of),
  request: { method: 'PUT', url: `Appointment/${of[0]}` },
  response: { status: '200', lastModified: at(of[2]) },
});
const deletion = (url: string, seconds: number, etag?: string) => ({
  request: { method: 'DELETE', url },
  response: { status: '204', lastModified: at(seconds), ...(etag ? { etag } : {}) },
});

const followed: PlannedSlice = {
  ...{ officeId: 'hill', providerId: 'abel', named: null, lapsedOn: null, before: null, outcome: 'complete' },
  ...{ read: true, selected: true, applies: true, patients: true, patientsBehind: false },
  ...{ columnsHeld: allColumns, missingColumns: 0 },
  ...{
    from: new Date(at(-day)),
    to: new Date(at(14 * day)),
    readFrom: new Date(at(-day)),
    readTo: new Date(at(14 * day)),
  },
  cursor: { at: new Date(at(-600)), windowTo: new Date(at(14 * day)) },
};

/** What a recent run takes from the EMR: bookings as the last word on each had it, deletions, and whether all came that was announced. */
async function recent() {
  const { ways } = await readEmr({
    client,
    mode: 'recent',
    certainty: 'proved',
    slices: [followed],
    onBookings: () => {},
  });
  const staged = new Map<string, string>();
  const deleted = new Set<string>();
  let doubt: Doubt | undefined;
  for (const part of ways[0]!) {
    for await (const batch of part.bookings()) for (const one of batch) staged.set(one.bookingId, one.version);
    for (const id of part.deleted()) deleted.add(id);
    doubt ??= part.doubt();
  }
  return { staged: Object.fromEntries([...staged].filter(([id]) => !deleted.has(id))), deleted: [...deleted], doubt };
}

describe('a history', () => {
  const give = (...entry: object[]) => answers.push(['Appointment/_history', bundle('history', ...entry)]);

  it.each([['Appointment/7'], ['Appointment/7/_history/2'], ['http://an.emr.example/fhir/Appointment/7/_history/2']])(
    'tells of a deletion by %s, and of no other booking',
    async (url) => {
      give(deletion(url, 5), version('2', '1', 4));
      expect(await recent()).toEqual({ staged: { 2: '1' }, deleted: ['7'], doubt: undefined });
    },
  );

  it('that names a deletion by nothing that can be read is not used', async () => {
    give(deletion('Appointment', 5));
    await expect(recent()).rejects.toMatchObject({ key: 'sync.emr.not-fhir' });
  });

  it('of several changes in one moment ends with the last: that of the highest version, else the first that is given', async () => {
    give(
      deletion('Appointment/7', 5),
      version('7', '2', 5),
      version('7', '1', 5),
      version('8', '9', 5),
      version('8', '10', 5),
      version('9', '3', 5),
      deletion('Appointment/9', 5, 'W/"2"'),
    );
    expect(await recent()).toEqual({ staged: { 8: '10', 9: '3' }, deleted: ['7'], doubt: undefined });
  });

  it('may come in any order', async () => {
    give(
      version('7', '1', 3),
      version('7', '3', 5),
      version('7', '2', 4),
      deletion('Appointment/8', 4),
      version('8', '3', 5),
    );
    expect(await recent()).toEqual({ staged: { 7: '3', 8: '3' }, deleted: [], doubt: undefined });
  });
});

describe('a listing by pages', () => {
  beforeEach(() => {
    answers[2] = ['metadata', statement()];
  });

  it('of changes is asked for latest first: what changes once more moves nothing past us', async () => {
    answers.push(['Appointment?', bundle('searchset', { resource: booking('7', '1', 3) })]);
    expect(await recent()).toEqual({ staged: { 7: '1' }, deleted: [], doubt: undefined });
    expect(seen.at(-1)).toMatch(/^Appointment\?_lastUpdated=ge\S+&_sort=-_lastUpdated&/);
  });

  it('in which one came twice and another not at all is a short one', async () => {
    const page = (next: string | undefined, ...ids: string[]) => ({
      ...bundle('searchset', ...ids.map((id) => ({ resource: booking(id, '1', 3) }))),
      total: 4,
      link: next ? [{ relation: 'next', url: `${base}/${next}` }] : [],
    });
    answers.push(['Appointment?', page('second', 'a', 'b')], ['second', page(undefined, 'b', 'd')]);
    expect(await recent()).toMatchObject({ doubt: { key: 'sync.reason.short', params: { said: 4, came: 3 } } });
  });
});

describe('a listing of more pages than one', () => {
  /** What each reading of two pages gives. */
  const give = (...readings: readonly (readonly [first: string, second: string])[]) => {
    let reading = -1;
    const pageOf = (ids: string, next?: string) => ({
      ...bundle('searchset', ...[...ids].map((id) => ({ resource: booking(id, '1', 3) }))),
      link: next ? [{ relation: 'next', url: `${base}/${next}` }] : [],
    });
    const at = () => readings[Math.min(reading, readings.length - 1)]!;
    answers[2] = ['metadata', statement()];
    answers.push(
      [
        'Appointment?',
        () => {
          reading += 1;
          return pageOf(at()[0], 'second');
        },
      ],
      ['second', () => pageOf(at()[1])],
    );
  };
  const listings = () => seen.filter((path) => path.startsWith('Appointment?')).length;

  it('is read once more, and what is found then is taken, until nothing was taken away meanwhile', async () => {
    // a was taken away when the first page was read, and c moved to it.
    give(['ab', 'd'], ['bc', 'd'], ['bc', 'de']);
    expect(await recent()).toMatchObject({ staged: { a: '1', b: '1', c: '1', d: '1', e: '1' }, doubt: undefined });
    expect(listings()).toBe(3);
  });

  it('that stands still is read twice and no more', async () => {
    give(['ab', 'cd']);
    expect(await recent()).toMatchObject({ staged: { a: '1', b: '1', c: '1', d: '1' }, doubt: undefined });
    expect(listings()).toBe(2);
  });

  it('that loses something each time is doubted', async () => {
    give(['ab', 'c'], ['bc', 'd'], ['cd', 'e'], ['de', 'f'], ['ef', 'g']);
    expect(await recent()).toMatchObject({ doubt: { key: 'sync.reason.unsteady' } });
    expect(listings()).toBe(5);
  });
});

describe('a server that leaves _id aside and gives everything', () => {
  it('is heard of the bookings that were asked after, and of no other', async () => {
    const all = ['a', 'b', 'c'].map((id) => ({ resource: booking(id, '1', 3) }));
    answers.push(['Appointment?_id=', bundle('searchset', ...all)], ['Appointment/x', 410]);
    const { found, deleted, statuses } = await readEvidence(client, ['b', 'x']);
    expect(found.map(({ bookingId }) => bookingId)).toEqual(['b']);
    expect([deleted, [...statuses]]).toEqual([['x'], [['x', 410]]]);
  });

  it('and of the patients likewise', async () => {
    const all = ['a', 'b'].map((id) => ({ resource: { resourceType: 'Patient', id, name: [{ family: 'Madeup' }] } }));
    answers.push(['Patient?_id=', bundle('searchset', ...all)]);
    const { found, missed } = await readPatients(client, ['b'], async (error) => Promise.reject(error));
    expect([found.map(({ patientId }) => patientId), missed]).toEqual([['b'], []]);
  });
});
