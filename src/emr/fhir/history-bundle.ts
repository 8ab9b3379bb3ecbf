// The history Bundle, put together as text like a search's. Its entries are requests, so an outcome cannot be one of them: what was
// withheld stands in the Bundle's own meta.
import type { Extension } from '../../fhir/outcome.ts';
import type { HistoryRequest, VersionRow } from './history.sql.ts';

export function historyBundle(
  { type, id, since, count }: HistoryRequest,
  rows: readonly VersionRow[],
  baseUrl: string,
  withheld: readonly Extension[],
): string {
  const page = rows.slice(0, count);
  const address = `${baseUrl}/${type}${id === null ? '' : `/${id}`}/_history`;
  const query = new URLSearchParams({ _count: String(count), ...(since === null ? {} : { _since: since }) });
  const links = [{ relation: 'self', url: `${address}?${query}` }];
  const last = page.at(-1);
  if (rows.length > page.length && last) {
    query.append('_cursor', cursorOf(last));
    links.push({ relation: 'next', url: `${address}?${query}` });
  }
  const meta = withheld.length === 0 ? '' : `,"meta":{"extension":${JSON.stringify(withheld)}}`;
  const entry = page.length === 0 ? '' : `,"entry":[${page.map((row) => entryText(type, row, baseUrl)).join(',')}]`;
  return `{"resourceType":"Bundle"${meta},"type":"history","link":${JSON.stringify(links)}${entry}}`;
}

export const cursorOf = ({ key, id, version }: Pick<VersionRow, 'key' | 'id' | 'version'>): string =>
  Buffer.from(JSON.stringify([key, id, version])).toString('base64url');

function entryText(type: string, { id, version, deleted, json, key }: VersionRow, baseUrl: string): string {
  const method = deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT';
  const url = method === 'POST' ? type : `${type}/${id}`;
  const status = deleted ? '204' : version === 1 ? '201' : '200';
  const resource = deleted ? '' : `"resource":${json},`;
  return (
    `{"fullUrl":"${baseUrl}/${type}/${id}",${resource}"request":{"method":"${method}","url":"${url}"},` +
    `"response":{"status":"${status}","etag":"W/\\"${version}\\"","lastModified":"${key}"}}`
  );
}
