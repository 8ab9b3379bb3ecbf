// The searchset Bundle, put together as text: the resources are text already, and a page of a thousand bookings is not worth
// parsing only to be written again.
import type { OperationOutcome } from '../../fhir/outcome.ts';
import type { ResourceText } from './resources.sql.ts';
import { resources } from './resources.ts';
import { cursorText, type SearchRequest } from './search-request.ts';
import type { FoundPage } from './search-resources.ts';

export function searchBundle(
  request: SearchRequest,
  found: FoundPage,
  baseUrl: string,
  suppressed?: OperationOutcome,
  path: string = request.type,
): string {
  const entries = [
    ...found.matches.map((row) => entryText(request, row, 'match', baseUrl)),
    ...found.included.flatMap(({ type, rows }) =>
      rows.map((row) => entryText({ ...request, type }, row, 'include', baseUrl)),
    ),
    ...(suppressed ? [`{"resource":${JSON.stringify(suppressed)},"search":{"mode":"outcome"}}`] : []),
  ];
  const links = [{ relation: 'self', url: linkUrl(request, baseUrl, path) }];
  const last = found.matches.at(-1);
  if (found.more && last) {
    links.push({ relation: 'next', url: linkUrl(request, baseUrl, path, cursorText(request.sort, last.key, last.id)) });
  }
  const total = found.total === undefined ? '' : `,"total":${found.total}`;
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`;
  return `{"resourceType":"Bundle","type":"searchset"${total},"link":${JSON.stringify(links)}${entry}}`;
}

function linkUrl(request: SearchRequest, baseUrl: string, path: string, cursor?: string): string {
  const query = new URLSearchParams(request.used as [string, string][]);
  if (cursor !== undefined) query.append('_cursor', cursor);
  const text = query.toString();
  return `${baseUrl}/${path}${text === '' ? '' : `?${text}`}`;
}

function entryText(
  request: Pick<SearchRequest, 'type' | 'summary' | 'elements'>,
  row: ResourceText,
  mode: 'match' | 'include',
  baseUrl: string,
): string {
  return `{"fullUrl":"${baseUrl}/${request.type}/${row.id}","resource":${shapedText(request, row.json)},"search":{"mode":"${mode}"}}`;
}

/** Leaves out what `_summary` or `_elements` do not ask for, and marks the rest SUBSETTED so that nobody writes it back. */
export function shapedText(request: Pick<SearchRequest, 'type' | 'summary' | 'elements'>, json: string): string {
  const { summary, elements, type } = request;
  if (!elements && (summary === 'false' || summary === 'count')) return json;
  const whole = JSON.parse(json) as Record<string, unknown> & { readonly meta?: Record<string, unknown> };
  const { summary: ofSummary, mandatory } = resources[type];
  const wanted = elements ?? (summary === 'true' ? ofSummary : Object.keys(whole));
  const kept = new Set(['resourceType', 'id', ...mandatory, ...wanted]);
  const meta = {
    ...whole.meta,
    tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
  };
  const { resourceType, id, ...rest } = Object.fromEntries(Object.entries(whole).filter(([name]) => kept.has(name)));
  return JSON.stringify({ resourceType, id, ...rest, meta });
}
