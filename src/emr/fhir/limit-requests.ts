import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { problem } from '../../platform/problem.ts';
import { principalOf } from './fhir-request.ts';

/**
 * So many requests a minute for each client, counted in this process, of every route that is registered after it; 0: any number. More are
 * 429 with Retry-After. A Bundle counts as one: what it may hold is limited by itself.
 */
export async function limitRequests(app: FastifyInstance, perMinute: number): Promise<void> {
  if (perMinute === 0) return;
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => principalOf(request).clientId,
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) =>
      problem('too-many', 'fhir.too-many', { seconds: Math.max(1, Math.ceil(ttl / 1000)) }),
  });
}
