// What a Bulk Data kick-off asks for (https://hl7.org/fhir/uv/bulkdata/export.html). Kept as JSON in export_job, read again when a
// file is fetched.
import { parseDateCondition } from '../../fhir/dates.ts';
import { type SearchPair, searchPairs } from '../../fhir/search-query.ts';
import { problem } from '../../platform/problem.ts';
import { exportedTypes, type ResourceType, resources } from './resources.ts';
import { type Condition, conditionOf } from './search-request.ts';

export interface ExportRequest {
  /** The request as it was made, for the manifest. */
  readonly url: string;
  readonly types: readonly ResourceType[];
  /** FHIR instant with microseconds. */
  readonly since?: string;
  /** Each is a search; several of one type are alternatives. A type without one is exported whole. */
  readonly filters: readonly { readonly type: ResourceType; readonly conditions: readonly Condition[] }[];
}

const isExported = (text: string): text is ResourceType => exportedTypes.some((type) => type === text);

const ndjson = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];

function refuse(written: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never {
  throw problem('invalid', key, { parameter: written }, { expression: [written] });
}

/** Throws Problem `invalid` that names the parameter. */
export function parseExport(
  url: string,
  parameters: URLSearchParams,
  { baseUrl, lenient }: { readonly baseUrl: string; readonly lenient: boolean },
): ExportRequest {
  let types: ResourceType[] | undefined;
  let since: string | undefined;
  const filters: ExportRequest['filters'][number][] = [];
  for (const [name, value] of parameters) {
    if (name === '_type') {
      const named = value.split(',').filter((type) => lenient === false || isExported(type));
      types = [
        ...(types ?? []),
        ...named.map((type) => (isExported(type) ? type : refuse(name, 'fhir.parameter-value'))),
      ];
    } else if (name === '_since') {
      const condition = parseDateCondition(value);
      if (since !== undefined || condition?.prefix !== 'eq') refuse(name, 'fhir.parameter-value');
      since = condition.from;
    } else if (name === '_outputFormat') {
      if (!ndjson.includes(value.replace(' ', '+'))) refuse(name, 'fhir.parameter-value');
    } else if (name === '_typeFilter') {
      filters.push(typeFilter(value, baseUrl));
    } else if (!lenient) refuse(name, 'fhir.parameter-not-supported');
  }
  const wanted = types ?? exportedTypes;
  return {
    url,
    types: exportedTypes.filter((type) => wanted.includes(type)),
    ...(since === undefined ? {} : { since }),
    filters,
  };
}

/** `Appointment?date=ge2026-11-24&date=lt2026-12-08`: parameters of a filter narrow, so none may be passed over, lenient or not. */
function typeFilter(value: string, baseUrl: string): ExportRequest['filters'][number] {
  const at = value.indexOf('?');
  const type = at < 0 ? value : value.slice(0, at);
  if (!isExported(type) || at < 0) refuse('_typeFilter', 'fhir.parameter-value');
  const condition = (pair: SearchPair): Condition =>
    conditionOf(resources[type], pair, baseUrl) ??
    refuse(`_typeFilter=${type}?${pair.written}`, 'fhir.parameter-not-supported');
  return { type, conditions: searchPairs(new URLSearchParams(value.slice(at + 1))).map(condition) };
}

/** The parameters of a POST kick-off: a Parameters resource with one value each. */
export function exportParameters(body: unknown): URLSearchParams {
  const parameters = new URLSearchParams();
  if (body === undefined || body === null) return parameters;
  const { resourceType, parameter } = body as { readonly resourceType?: unknown; readonly parameter?: unknown };
  if (resourceType !== 'Parameters' || (parameter !== undefined && !Array.isArray(parameter))) {
    refuse('Parameters', 'fhir.parameter-value');
  }
  for (const one of (parameter ?? []) as readonly Record<string, unknown>[]) {
    const value = Object.entries(one).find(([name]) => name.startsWith('value'))?.[1];
    if (typeof one['name'] !== 'string' || typeof value !== 'string') refuse('Parameters', 'fhir.parameter-value');
    parameters.append(one['name'], value);
  }
  return parameters;
}
