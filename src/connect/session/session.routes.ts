import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { Member } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import { type Me, signInRequest } from '../contract/session.ts';

const siteRequest = z.object({ siteId: z.number().int().positive() });

const meOf = ({ userId, displayName, siteId, siteName, sites }: Member): Me => ({
  userId,
  displayName,
  siteId,
  siteName,
  sites,
});

export function registerSession(app: FastifyInstance, { sessions, version }: ConnectContext): void {
  app.get('/api/about', async () => ({ product: 'Tidegate Cloud Connect', version }));

  app.post('/api/sign-in', async (request, reply): Promise<Me> => {
    const asked = parse(signInRequest, request.body, 'body');
    return meOf(await sessions.signIn(request, reply, asked));
  });

  app.post('/api/sign-out', async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.code(204).send();
  });

  app.get('/api/me', async (request): Promise<Me> => meOf(await sessions.require(request)));

  app.post('/api/site', async (request): Promise<Me> => {
    const { siteId } = parse(siteRequest, request.body, 'body');
    return meOf(await sessions.switchSite(request, siteId));
  });
}
