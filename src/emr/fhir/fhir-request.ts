import type { FastifyRequest } from 'fastify';
import { problem } from '../../platform/problem.ts';
import type { Principal } from '../principal.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the access token speaks for; set before every FHIR route but `metadata` and the SMART configuration. */
    fhirPrincipal: Principal | null;
  }
}

/** The principal of a route that is behind the token. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.fhirPrincipal) throw problem('unauthenticated', 'fhir.token');
  return request.fhirPrincipal;
}

export const isLenient = (request: FastifyRequest): boolean =>
  /(^|[,;\s])handling=lenient\b/.test(String(request.headers['prefer'] ?? ''));

export const queryOf = (request: FastifyRequest): URLSearchParams => {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
};
