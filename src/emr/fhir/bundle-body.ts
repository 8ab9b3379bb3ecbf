import { z } from 'zod';
import { problem } from '../../platform/problem.ts';
import type { ReadRequest } from './read-interactions.ts';
import type { WriteRequest } from './write-interactions.ts';

export const maximumEntries = 1000;

const body = z.object({
  resourceType: z.literal('Bundle'),
  type: z.enum(['batch', 'transaction']),
  entry: z
    .array(
      z.object({
        fullUrl: z.string().max(500).optional(),
        resource: z.unknown().optional(),
        request: z.object({
          method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
          url: z.string().min(1).max(4000),
          ifMatch: z.string().optional(),
          ifNoneMatch: z.string().optional(),
          ifNoneExist: z.string().optional(),
        }),
      }),
    )
    .max(maximumEntries)
    .default([]),
});

export type BundleEntry =
  | ({ readonly kind: 'read' } & Pick<ReadRequest, 'path' | 'query' | 'ifNoneMatch'>)
  | ({ readonly kind: 'write'; readonly fullUrl: string | undefined } & WriteRequest);

/** Throws `unprocessable` that names the element. */
export function readBundle(
  value: unknown,
  baseUrl: string,
): { readonly type: 'batch' | 'transaction'; readonly entries: readonly BundleEntry[] } {
  const read = body.safeParse(value);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => ({
      expression: ['Bundle', ...path]
        .map(String)
        .join('.')
        .replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]'),
      diagnostics: message,
    }));
    throw problem('unprocessable', 'fhir.element', {}, { issues });
  }
  const { type, entry } = read.data;
  return {
    type,
    entries: entry.map(({ fullUrl, resource, request }): BundleEntry => {
      const { method, url, ifMatch, ifNoneMatch, ifNoneExist } = request;
      const local = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url.replace(/^\//, '');
      const at = local.indexOf('?');
      const path = at < 0 ? local : local.slice(0, at);
      const query = at < 0 ? '' : local.slice(at + 1);
      if (method === 'GET') return { kind: 'read', path, query: new URLSearchParams(query), ifNoneMatch };
      const content = method === 'PATCH' ? patchIn(resource) : resource;
      return { kind: 'write', method, path, query, body: content, ifMatch, ifNoneExist, fullUrl };
    }),
  };
}

/** A JSON Patch travels in a Bundle as a Binary (https://hl7.org/fhir/R4/http.html#jsonpatch-bundle). */
function patchIn(resource: unknown): unknown {
  const { resourceType, contentType, data } = (resource ?? {}) as Readonly<Record<string, unknown>>;
  if (resourceType !== 'Binary' || contentType !== 'application/json-patch+json' || typeof data !== 'string') {
    return undefined;
  }
  try {
    return JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
