import type { FastifyInstance } from 'fastify';
import { registerSessions } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import type { Me } from '../contract/session.ts';

export function registerSession(app: FastifyInstance, { sessions, version }: ConnectContext): void {
  app.get('/api/about', async () => ({ product: 'Tidegate Cloud Connect', version }));
  registerSessions(
    app,
    sessions,
    ({ userId, displayName, siteId, siteName, sites }): Me => ({ userId, displayName, siteId, siteName, sites }),
  );
}
