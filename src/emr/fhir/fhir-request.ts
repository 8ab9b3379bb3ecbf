import type { FastifyRequest } from 'fastify';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { isResourceType, type ResourceType } from './resources.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the access token speaks for; set before every FHIR route but `metadata` and the SMART configuration. */
    fhirPrincipal: Caller | null;
  }
}

/** The principal of a route that is behind the token. */
export function principalOf(request: FastifyRequest): Caller {
  if (!request.fhirPrincipal) throw problem('unauthenticated', 'fhir.token');
  return request.fhirPrincipal;
}

export const isLenient = (request: FastifyRequest): boolean =>
  /(^|[,;\s])handling=lenient\b/.test(String(request.headers['prefer'] ?? ''));

export const queryText = (request: FastifyRequest): string => {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at + 1);
};

export const queryOf = (request: FastifyRequest): URLSearchParams => new URLSearchParams(queryText(request));

/** The resource type in the address. Throws `not-found` for one that this server does not know. */
export function typeOf(request: FastifyRequest): ResourceType {
  const { type = '' } = request.params as { readonly type?: string };
  if (!isResourceType(type)) throw problem('not-found', 'fhir.type-not-supported', { type: type.slice(0, 64) });
  return type;
}
