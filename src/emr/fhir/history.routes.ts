import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseDateCondition } from '../../fhir/dates.ts';
import { permissionVersionHeader, withheldExtensions } from '../../fhir/outcome.ts';
import { isFhirId } from '../../fhir/search-query.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { isLenient, principalOf, queryOf, typeOf } from './fhir-request.ts';
import { findVersion, findVersions, type HistoryRequest } from './history.sql.ts';
import { historyBundle } from './history-bundle.ts';
import { fhirJson } from './outcome-response.ts';
import { permissionVersion } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';
import { defaultCount, maximumCount } from './search-request.ts';
import { askedFor, findWithheld } from './withheld.ts';
import { notFound } from './write-resource.ts';

/** Versions of a resource, of a type, and one of them. Of types that keep none there is no history. */
export function registerHistory(app: FastifyInstance, { pool }: EmrContext, baseUrl: string): void {
  const history = async (request: FastifyRequest, type: ResourceType, id: string | null) => {
    const caller = principalOf(request);
    requireScope(caller, type, id === null ? 's' : 'r');
    const asked = parseHistory(type, id, queryOf(request), isLenient(request));
    return asPrincipal(
      pool,
      caller,
      async (tx) => {
        const rows = await findVersions(tx, caller, asked);
        if (id !== null && rows.length === 0 && asked.since === null) throw problem('not-found', 'problem.not-found');
        const version = await permissionVersion(tx, caller);
        // Of one resource that may be seen nothing is asked of other cells.
        const withheld = id === null ? await findWithheld(tx, caller, type, askedFor(type, [], [])) : [];
        return { version, text: historyBundle(asked, rows, baseUrl, withheldExtensions(withheld)) };
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  };

  app.get('/:type/_history', async (request, reply) => {
    const { version, text } = await history(request, versionedTypeOf(request), null);
    return reply.header(permissionVersionHeader, version).type(fhirJson).send(text);
  });

  app.get('/:type/:id/_history', async (request, reply) => {
    const { version, text } = await history(request, versionedTypeOf(request), idOf(request, 'id'));
    return reply.header(permissionVersionHeader, version).type(fhirJson).send(text);
  });

  app.get('/:type/:id/_history/:version', async (request, reply) => {
    const caller = principalOf(request);
    const type = versionedTypeOf(request);
    requireScope(caller, type, 'r');
    const id = idOf(request, 'id');
    const version = idOf(request, 'version');
    const row = await asPrincipal(
      pool,
      caller,
      async (tx) =>
        /^[1-9]\d{0,8}$/.test(version)
          ? findVersion(tx, caller, type, id, Number(version))
          : notFound(tx, caller, type, id),
      { readOnly: true },
    );
    if (!row) throw problem('not-found', 'problem.not-found');
    if (row.deleted) throw problem('gone', 'emr.problem.booking-deleted');
    return reply
      .header('etag', `W/"${row.version}"`)
      .header('last-modified', row.lastUpdated.toUTCString())
      .type(fhirJson)
      .send(row.json);
  });
}

function versionedTypeOf(request: FastifyRequest): ResourceType {
  const type = typeOf(request);
  if (!resources[type].historyFrom) throw problem('invalid', 'fhir.no-history', { type });
  return type;
}

function idOf(request: FastifyRequest, name: string): string {
  const id = (request.params as Readonly<Record<string, string>>)[name] ?? '';
  if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
  return id;
}

function refuse(parameter: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never {
  throw problem('invalid', key, { parameter }, { expression: [parameter] });
}

function parseHistory(type: ResourceType, id: string | null, query: URLSearchParams, lenient: boolean): HistoryRequest {
  let since: string | null = null;
  let count = defaultCount;
  let cursor: HistoryRequest['cursor'] = null;
  for (const [name, value] of query) {
    if (name === '_since') {
      const condition = parseDateCondition(value);
      if (condition?.prefix !== 'eq') refuse(name, 'fhir.parameter-value');
      since = condition.from;
    } else if (name === '_count') {
      if (!/^[1-9]\d{0,8}$/.test(value)) refuse(name, 'fhir.parameter-value');
      count = Math.min(Number(value), maximumCount);
    } else if (name === '_cursor') {
      cursor = cursorIn(value) ?? refuse(name, 'fhir.parameter-value');
    } else if (name === '_format') {
      if (!/^(json|application\/(fhir\+)?json)$/.test(value.replace(' ', '+'))) refuse(name, 'fhir.parameter-value');
    } else if (!lenient) refuse(name, 'fhir.parameter-not-supported');
  }
  return { type, id, version: null, since, count, cursor };
}

function cursorIn(text: string): HistoryRequest['cursor'] | undefined {
  try {
    const [key, id, version] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof key !== 'string' || parseDateCondition(key) === undefined) return undefined;
    if (typeof id !== 'string' || !Number.isSafeInteger(version)) return undefined;
    return { key, id, version: version as number };
  } catch {
    return undefined;
  }
}
