// The searchset Bundle, put together as text: the resources are text already, and a page of a thousand bookings is not worth
// parsing only to be written again.
import type { OperationOutcome } from '../../fhir/outcome.ts';
import type { ResourceText } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';
import { cursorText, type SearchRequest } from './search-request.ts';
import type { FoundPage } from './search-resources.ts';

/** The answer to `request` at `path` below `baseUrl`; `found.entries` are texts of entries, each of one or several or of none. */
export function searchBundle(
  request: SearchRequest,
  found: Pick<FoundPage, 'entries' | 'next' | 'total'>,
  baseUrl: string,
  suppressed?: OperationOutcome,
  path: string = request.type,
): string {
  const entries = [
    ...found.entries.filter((text) => text !== ''),
    ...(suppressed ? [`{"resource":${JSON.stringify(suppressed)},"search":{"mode":"outcome"}}`] : []),
  ];
  const links = [{ relation: 'self', url: linkUrl(request, baseUrl, path) }];
  if (found.next) {
    const { key, id } = found.next;
    links.push({ relation: 'next', url: linkUrl(request, baseUrl, path, cursorText(request.sort, key, id)) });
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

/** What a page brings with it, resource by resource. */
export const includedEntries = (
  shape: Shape,
  type: ResourceType,
  rows: readonly ResourceText[],
  baseUrl: string,
): string =>
  rows
    .map(
      ({ id, json }) =>
        `{"fullUrl":"${baseUrl}/${type}/${id}","resource":${shapedText({ ...shape, type }, json)},"search":{"mode":"include"}}`,
    )
    .join(',');

type Shape = Pick<SearchRequest, 'summary' | 'elements'>;

const isWhole = ({ summary, elements }: Shape): boolean => !elements && (summary === 'false' || summary === 'count');

/** The entries of a page, shaped as asked. */
export function shapedEntries(request: Shape & Pick<SearchRequest, 'type'>, entries: string): string {
  if (isWhole(request)) return entries;
  return (JSON.parse(`[${entries}]`) as { readonly resource: Whole }[])
    .map((entry) => JSON.stringify({ ...entry, resource: shaped(request, entry.resource) }))
    .join(',');
}

/** Leaves out what `_summary` or `_elements` do not ask for, and marks the rest SUBSETTED so that nobody writes it back. */
export const shapedText = (request: Shape & Pick<SearchRequest, 'type'>, json: string): string =>
  isWhole(request) ? json : JSON.stringify(shaped(request, JSON.parse(json) as Whole));

type Whole = Record<string, unknown> & { readonly meta?: Record<string, unknown> };

function shaped({ summary, elements, type }: Shape & Pick<SearchRequest, 'type'>, whole: Whole) {
  const { summary: ofSummary, mandatory } = resources[type];
  const wanted = elements ?? (summary === 'true' ? ofSummary : Object.keys(whole));
  const kept = new Set(['resourceType', 'id', ...mandatory, ...wanted]);
  const meta = {
    ...whole.meta,
    tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
  };
  const { resourceType, id, ...rest } = Object.fromEntries(Object.entries(whole).filter(([name]) => kept.has(name)));
  return { resourceType, id, ...rest, meta };
}
