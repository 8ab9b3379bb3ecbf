import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Sessions } from '../portal/index.ts';

/** What Cloud Connect's use cases and routes are given. */
export interface ConnectContext {
  /** Role connect_app: serves Cloud Connect's requests, bound to one site by row-level security. */
  readonly pool: Pool;
  /** Opens and seals stored credentials: 32 bytes. */
  readonly sealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string;
  readonly version: string;
  /** Cloud Connect's own sessions, for Site Admins alone: a portal session opens nothing here. */
  readonly sessions: Sessions;
}

/** A signed-in Site Admin and the site that the session names. */
export interface ConnectPrincipal {
  readonly siteId: number;
  readonly siteName: string;
  readonly userId: string;
  readonly displayName: string;
}

/** Who asks, by the session cookie alone. Throws `unauthenticated`, also for one who is no Site Admin any more. */
export function requireSiteAdmin({ sessions }: ConnectContext, request: FastifyRequest): Promise<ConnectPrincipal> {
  return sessions.require(request);
}
