import type { IncomingHttpHeaders } from 'node:http';

const readOnly = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Cross-site request forgery: may this request change something in the name of the cookie that it carries?
 *
 * Browsers send `Origin` with every request that can change something; it must name the host that was asked
 * (or one that was allowed by name, for a server behind a proxy that rewrites Host). Under `Referrer-Policy:
 * no-referrer` a plain form sends `Origin: null`: then only `Sec-Fetch-Site: same-origin` helps. A request without a
 * cookie acts for nobody, so a program with a bearer token is not concerned.
 */
export function mayChangeState(
  method: string,
  headers: IncomingHttpHeaders,
  allowedOrigins: readonly string[],
): boolean {
  if (readOnly.has(method) || !headers.cookie) return true;
  const { origin, host } = headers;
  if (origin === undefined || origin === 'null') return headers['sec-fetch-site'] === 'same-origin';
  if (allowedOrigins.includes(origin)) return true;
  return URL.parse(origin)?.host === host;
}
