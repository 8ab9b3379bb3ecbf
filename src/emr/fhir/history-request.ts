import { parseDateCondition } from '../../fhir/dates.ts';
import { problem } from '../../platform/problem.ts';
import type { HistoryRequest } from './history.sql.ts';
import type { ResourceType } from './resources.ts';
import { defaultCount, maximumCount } from './search-request.ts';

function refuse(parameter: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never {
  throw problem('invalid', key, { parameter }, { expression: [parameter] });
}

/** What `_history` is asked for. Throws Problem `invalid` that names the parameter. */
export function parseHistory(
  type: ResourceType,
  id: string | null,
  query: URLSearchParams,
  lenient: boolean,
): HistoryRequest {
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
