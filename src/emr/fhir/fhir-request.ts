import type { FastifyRequest } from 'fastify';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';

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

/** A header that is sent once. */
export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
