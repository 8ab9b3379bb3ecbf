import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { PortalContext } from '../context.ts';
import { type Me, type SetUpState, setUpRequest, signInRequest } from '../contract/session.ts';
import { isAnySiteSetUp, setUpFirstSite } from '../sites/set-up-site.ts';
import type { Sessions } from './sessions.ts';

const siteRequest = z.object({ siteId: z.number().int().positive() });

export function registerSession(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/about', async () => ({ product: 'Tidegate Portal', version: context.version }));
  app.get('/api/set-up', async (): Promise<SetUpState> => ({ needed: !(await isAnySiteSetUp(context)) }));
  app.post('/api/set-up', async (request, reply) => {
    await setUpFirstSite(context, parse(setUpRequest, request.body, 'body'));
    return reply.code(204).send();
  });
  app.post(
    '/api/sign-in',
    async (request, reply): Promise<Me> => sessions.signIn(request, reply, parse(signInRequest, request.body, 'body')),
  );
  app.post('/api/sign-out', async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.code(204).send();
  });
  app.get('/api/me', async (request): Promise<Me> => sessions.require(request));
  app.post(
    '/api/site',
    async (request): Promise<Me> => sessions.switchSite(request, parse(siteRequest, request.body, 'body').siteId),
  );
}
