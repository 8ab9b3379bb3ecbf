// Clients that other people wrote and that know nothing of us, each against the real EMR over HTTP: a token, a search and its pages, a read,
// a create, an update, a history. What they have in common is asked of all of them alike.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientStorage, MedplumClient, MemoryStorage } from '@medplum/core';
import { Client as KitClient } from 'fhir-kit-client';
import smart from 'fhirclient';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  appointments,
  clientIdOf,
  clientSecret,
  clinicId,
  createTestClinic,
  type TestClinic,
} from '../src/emr/fhir/test-clinic.ts';
import { emrMigrations } from '../src/emr/index.ts';
import { type EmrProxy, emrProxy } from './emr-proxy.ts';

interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [element: string]: unknown;
}
interface Bundle {
  readonly resourceType: string;
  readonly entry?: readonly { readonly resource?: Resource; readonly search?: { readonly mode?: string } }[];
}

/** What a client is asked to do, in its own words. */
interface TriedClient {
  /** Of every page, matches and all else that came. */
  search(type: string, parameters: Readonly<Record<string, string>>): Promise<Resource[]>;
  read(type: string, id: string): Promise<Resource>;
  create(resource: Resource): Promise<Resource>;
  update(resource: Resource): Promise<Resource>;
  history(type: string, id: string): Promise<Bundle>;
}

let clinic: TestClinic;
let proxy: EmrProxy;
beforeAll(async () => {
  proxy = await emrProxy();
  clinic = await createTestClinic(inject('adminUrl'), emrMigrations, proxy.url);
  await clinic.app.listen({ host: '127.0.0.1', port: 0 });
  proxy.target = (clinic.app.server.address() as AddressInfo).port;
  await clinic.setGrant(['north', 'abel'], 63);
  await clinic.setGrant(['south', 'abel'], 63);
});
afterAll(async () => {
  await proxy?.close();
  await clinic?.close();
});

const clientId = clientIdOf(clinicId);
const resourcesOf = ({ entry = [] }: Bundle): Resource[] =>
  entry.flatMap(({ resource }) => (resource ? [resource] : []));

/** As the OAuth of SMART Backend Services has it, for the clients that leave it to whoever uses them. */
async function askToken(tokenUrl: string): Promise<string> {
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'system/*.cruds',
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Finds the token endpoint itself; the token is asked for by whoever uses it. */
async function fhirKitClient(baseUrl: string): Promise<TriedClient> {
  const client = new KitClient({ baseUrl });
  const { tokenUrl } = await client.smartAuthMetadata();
  client.bearerToken = await askToken(String(tokenUrl));
  return {
    search: async (type, parameters) => {
      const found: Resource[] = [];
      let page = (await client.search({ resourceType: type, searchParams: { ...parameters } })) as Bundle | undefined;
      while (page) {
        found.push(...resourcesOf(page));
        page = (await client.nextPage({ bundle: page as never })) as Bundle | undefined;
      }
      return found;
    },
    read: (resourceType, id) => client.read({ resourceType, id }) as Promise<Resource>,
    create: (body) => client.create({ resourceType: body.resourceType, body }) as Promise<Resource>,
    update: (body) => client.update({ resourceType: body.resourceType, id: body.id!, body }) as Promise<Resource>,
    history: (resourceType, id) => client.history({ resourceType, id }) as Promise<Bundle>,
  };
}

/** Made for SMART apps, which are servers here: it lives in the answer to a request of a browser. */
async function fhirclient(baseUrl: string): Promise<TriedClient> {
  const configuration = await fetch(`${baseUrl}/.well-known/smart-configuration`);
  const { token_endpoint: tokenUri } = (await configuration.json()) as { token_endpoint: string };
  const tokenResponse = { access_token: await askToken(tokenUri) };
  const client = await new Promise<ReturnType<ReturnType<typeof smart>['client']>>((resolve) => {
    const app = createServer((request, response) => {
      resolve(smart(request as never, response as never).client({ serverUrl: baseUrl, tokenUri, tokenResponse }));
      response.end(() => app.close());
    });
    app.listen(0, '127.0.0.1', () => void fetch(`http://127.0.0.1:${(app.address() as AddressInfo).port}/`));
  });
  return {
    search: (type, parameters) =>
      client.request<Resource[]>(`${type}?${new URLSearchParams(parameters)}`, { pageLimit: 0, flat: true }),
    read: (type, id) => client.request<Resource>(`${type}/${id}`),
    create: (resource) => client.create(resource as never) as Promise<Resource>,
    update: (resource) => client.update(resource as never) as Promise<Resource>,
    history: (type, id) => client.request<Bundle>(`${type}/${id}/_history`),
  };
}

/** Signs in by itself, but names no scope, and without one the EMR lets a client read and no more: what it sends is completed on its way. */
async function medplumClient(baseUrl: string): Promise<TriedClient> {
  const tokenUrl = new URL('/oauth/token', baseUrl).href;
  const client = new MedplumClient({
    baseUrl: new URL('/', baseUrl).href,
    fhirUrlPath: 'fhir',
    tokenUrl,
    storage: new ClientStorage(new MemoryStorage()),
    cacheTime: 0,
    fetch: (url: string, request: RequestInit) =>
      fetch(url, url === tokenUrl ? { ...request, body: `${String(request.body)}&scope=system/*.cruds` } : request),
  });
  await client.startClientLogin(clientId, clientSecret);
  return {
    search: async (type, parameters) => {
      const found: Resource[] = [];
      for await (const page of client.searchResourcePages(type as 'Appointment', parameters))
        found.push(...(page as unknown as Resource[]));
      return found;
    },
    read: (type, id) => client.readResource(type as 'Appointment', id) as unknown as Promise<Resource>,
    create: (resource) => client.createResource(resource as never) as unknown as Promise<Resource>,
    update: (resource) => client.updateResource(resource as never) as unknown as Promise<Resource>,
    history: (type, id) => client.readHistory(type as 'Appointment', id) as unknown as Promise<Bundle>,
  };
}

/** What only this client's bookings are in: a day of its own. */
describe.each([
  ['fhir-kit-client', fhirKitClient, '2027-01-04'],
  ['fhirclient', fhirclient, '2027-01-05'],
  ['@medplum/core', medplumClient, '2027-01-06'],
] as const)('%s', (_name, connect, day) => {
  let client: TriedClient;
  beforeAll(async () => {
    proxy.seen.length = 0;
    client = await connect(`${proxy.url}/fhir`);
  });
  const asked = (path: RegExp) => proxy.seen.filter((one) => path.test(one)).length;

  test('gets a token from the EMR', () => {
    expect(asked(/^\/oauth\/token$/)).toBe(1);
  });

  test('finds what may be seen, page by page', async () => {
    proxy.seen.length = 0;
    const found = await client.search('Appointment', {
      practitioner: 'Practitioner/abel',
      date: 'lt2027-01-01',
      _count: '1',
    });
    const expected = appointments.filter(({ pair }) => pair[1] === 'abel').map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(2);
    expect(
      found
        .filter(({ resourceType }) => resourceType === 'Appointment')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(expected.sort());
    expect(asked(/^\/fhir\/Appointment\?/)).toBe(expected.length);
  });

  test('reads one, and is told that what it may not see is not there', async () => {
    expect(await client.read('Patient', 'of-north-abel')).toMatchObject({
      resourceType: 'Patient',
      id: 'of-north-abel',
    });
    await expect(client.read('Patient', 'of-north-baker')).rejects.toThrow();
    expect(asked(/^\/fhir\/Patient\/of-north-baker$/)).toBe(1);
  });

  test('creates a booking, changes it, and reads both versions', async () => {
    const created = await client.create({
      resourceType: 'Appointment',
      status: 'booked',
      description: 'made by a client of somebody else’s',
      start: `${day}T15:00:00Z`,
      end: `${day}T15:15:00Z`,
      participant: ['Patient/of-north-abel', 'Practitioner/abel', 'Location/north'].map((reference) => ({
        actor: { reference },
        status: 'accepted',
      })),
    });
    expect(created).toMatchObject({ id: expect.any(String), status: 'booked', meta: { versionId: '1' } });
    const updated = await client.update({ ...created, status: 'arrived' });
    expect(updated).toMatchObject({ id: created.id, status: 'arrived', meta: { versionId: '2' } });
    const history = await client.history('Appointment', created.id!);
    expect(resourcesOf(history).map(({ status }) => status)).toEqual(['arrived', 'booked']);
    expect(await client.read('Appointment', created.id!)).toMatchObject({ status: 'arrived' });
    const { rows } = await clinic.owner.query(
      'select status, version_id from appointment where tenant_id = $1 and appointment_id = $2',
      [clinicId, created.id],
    );
    expect(rows).toEqual([{ status: 'arrived', version_id: 2 }]);
  });
});
