import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import { registerSecondFactor } from '../../platform/session/second-factor.routes.ts';
import type { PortalContext } from '../context.ts';
import { type Me, type NextStep, type SetUpState, setUpRequest, signInRequest } from '../contract/session.ts';
import { isAnySiteSetUp, setUpFirstSite } from '../sites/set-up-site.ts';
import type { Member, Sessions } from './sessions.ts';

const siteRequest = z.object({ siteId: z.number().int().positive() });

/** Signing in and out, the second factor, and the site in force: the same routes in the portal and in Cloud Connect. */
export function registerSessions<Me extends object>(
  app: FastifyInstance,
  sessions: Sessions,
  meOf: (member: Member) => Me,
): void {
  app.post('/api/sign-in', async (request, reply): Promise<Me | NextStep> => {
    const signedIn = await sessions.signIn(request, reply, parse(signInRequest, request.body, 'body'));
    return 'next' in signedIn ? signedIn : meOf(signedIn);
  });
  app.post('/api/sign-out', async (request, reply) => {
    await sessions.signOut(request, reply);
    return reply.code(204).send();
  });
  app.get('/api/me', async (request): Promise<Me> => meOf(await sessions.require(request)));
  app.post(
    '/api/site',
    async (request): Promise<Me> =>
      meOf(await sessions.switchSite(request, parse(siteRequest, request.body, 'body').siteId)),
  );
  registerSecondFactor(app, {
    ofSession: (request) => sessions.secondFactor(request),
    ofUser: async (request) => {
      await sessions.require(request);
      return sessions.secondFactor(request);
    },
    me: async (request) => meOf(await sessions.require(request)),
  });
}

export function registerSession(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/about', async () => ({ product: 'Tidegate Portal', version: context.version }));
  app.get('/api/set-up', async (): Promise<SetUpState> => ({ needed: !(await isAnySiteSetUp(context)) }));
  app.post('/api/set-up', async (request, reply) => {
    await setUpFirstSite(context, parse(setUpRequest, request.body, 'body'));
    return reply.code(204).send();
  });
  registerSessions(
    app,
    sessions,
    (member): Me => ({
      ...member,
      cloudConnectUrl: member.role === 'site-admin' ? context.cloudConnectUrl : null,
    }),
  );
}
