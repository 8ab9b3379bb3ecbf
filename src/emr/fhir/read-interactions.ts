// Every way of reading that a GET of an address is, for a request of its own and for an entry of a batch alike.
import { permissionVersionHeader, suppressedOutcome, withheldExtensions } from '../../fhir/outcome.ts';
import { isFhirId, searchPairs } from '../../fhir/search-query.ts';
import { format, type Language } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { answerAuditEvents } from '../audit/audit-event-search.ts';
import type { EmrContext } from '../context.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { everythingBundle } from './everything.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import { findVersion, findVersions } from './history.sql.ts';
import { historyBundle } from './history-bundle.ts';
import { parseHistory } from './history-request.ts';
import { permissionVersion } from './resources.sql.ts';
import { isResourceType, type ResourceType, resources } from './resources.ts';
import { searchBundle, shapedText } from './search-bundle.ts';
import { parseSearch } from './search-request.ts';
import { findResource, searchResources } from './search-resources.ts';
import { readSlot, searchSlots } from './slots.ts';
import { answerValueSet } from './value-sets.ts';
import { askedFor, findWithheld } from './withheld.ts';
import { notFound } from './write-resource.ts';

export interface ReadRequest {
  /** Below the base: `Appointment/7/_history`, without a query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly ifNoneMatch: string | undefined;
  readonly lenient: boolean;
  readonly language: Language;
}

export interface Reading extends Pick<EmrContext, 'pool' | 'clock'> {
  readonly baseUrl: string;
}

/** Throws a Problem for what cannot be read; `not-found` for an address that means nothing here. */
export async function answerRead(reading: Reading, caller: Caller, request: ReadRequest): Promise<FhirAnswer> {
  const [type = '', id, operation, version, more] = request.path.split('/');
  if (type === 'AuditEvent') return answerAuditEvents(reading, caller, request);
  if (type === 'ValueSet') return answerValueSet(reading, caller, request);
  if (type === 'Slot' && operation === undefined) {
    return id === undefined ? searchSlots(reading, caller, request) : readSlot(reading, caller, id);
  }
  if (!isResourceType(type)) throw problem('not-found', 'fhir.type-not-supported', { type: type.slice(0, 64) });
  if (more !== undefined) throw problem('not-found', 'problem.not-found');
  if (id === undefined) return search(reading, caller, type, request);
  if (id === '_history' && operation === undefined) return history(reading, caller, versioned(type), null, request);
  if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
  if (operation === undefined) return read(reading, caller, type, id, request);
  if (operation === '_history' && version === undefined) {
    return history(reading, caller, versioned(type), id, request);
  }
  if (operation === '_history') return vread(reading, caller, versioned(type), id, version!);
  if (operation === '$everything' && type === 'Patient' && version === undefined) {
    return everythingBundle(reading, caller, id, request);
  }
  throw problem('not-found', 'problem.not-found');
}

function versioned(type: ResourceType): ResourceType {
  if (!resources[type].historyFrom) throw problem('invalid', 'fhir.no-history', { type });
  return type;
}

export async function search(
  { pool, baseUrl }: Reading,
  caller: Caller,
  type: ResourceType,
  { query, lenient, language }: Omit<ReadRequest, 'path' | 'ifNoneMatch'>,
): Promise<FhirAnswer> {
  requireScope(caller, type, 's');
  const asked = parseSearch(type, searchPairs(query), { baseUrl, lenient });
  for (const included of asked.includes) requireScope(caller, included.type, 'r');
  for (const included of asked.revincludes) requireScope(caller, included.type, 's');
  const found = await searchResources(pool, caller, asked, baseUrl);
  const suppressed =
    found.withheld.length > 0 ? suppressedOutcome(found.withheld, format(language, 'fhir.suppressed')) : undefined;
  return {
    status: 200,
    headers: { [permissionVersionHeader]: found.permissionVersion },
    body: searchBundle(asked, found, baseUrl, suppressed),
  };
}

async function read(
  { pool, baseUrl }: Reading,
  caller: Caller,
  type: ResourceType,
  id: string,
  { query, lenient, ifNoneMatch }: ReadRequest,
): Promise<FhirAnswer> {
  requireScope(caller, type, 'r');
  const shape = parseSearch(type, searchPairs(query), { baseUrl, lenient });
  const { version, lastUpdated, json } = await findResource(pool, caller, type, id);
  const headers = {
    ...(version === null ? {} : { etag: `W/"${version}"` }),
    ...(lastUpdated ? { 'last-modified': lastUpdated.toUTCString() } : {}),
  };
  if (version !== null && ifNoneMatch === `W/"${version}"`) return { status: 304, headers, body: null };
  return { status: 200, headers, body: shapedText(shape, json) };
}

async function history(
  { pool, baseUrl }: Reading,
  caller: Caller,
  type: ResourceType,
  id: string | null,
  { query, lenient }: ReadRequest,
): Promise<FhirAnswer> {
  requireScope(caller, type, id === null ? 's' : 'r');
  const asked = parseHistory(type, id, query, lenient);
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      const rows = await findVersions(tx, caller, asked);
      if (id !== null && rows.length === 0 && asked.since === null && !asked.cursor) {
        throw problem('not-found', 'problem.not-found');
      }
      const version = await permissionVersion(tx, caller);
      // Of one resource that may be seen nothing is asked of other cells.
      const withheld = id === null ? await findWithheld(tx, caller, type, askedFor(type, [], [])) : [];
      return {
        status: 200,
        headers: { [permissionVersionHeader]: version },
        body: historyBundle(asked, rows, baseUrl, withheldExtensions(withheld)),
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

async function vread(
  { pool }: Reading,
  caller: Caller,
  type: ResourceType,
  id: string,
  version: string,
): Promise<FhirAnswer> {
  requireScope(caller, type, 'r');
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
  return {
    status: 200,
    headers: { etag: `W/"${row.version}"`, 'last-modified': row.lastUpdated.toUTCString() },
    body: row.json,
  };
}
