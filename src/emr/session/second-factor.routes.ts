import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import { codeRequest } from '../contract/second-factor.ts';
import {
  confirmSecondFactor,
  giveCode,
  offerSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
} from './second-factor.ts';
import { requireSession, requireUser, whoIsSignedIn } from './session.routes.ts';

/** A person's own second factor. Signing in with it and setting it up are for sessions that still lack it; the rest is for who is signed in. */
export function registerSecondFactor(app: FastifyInstance, context: EmrContext): void {
  app.post('/api/sign-in/code', async (request) => {
    const owner = await requireSession(context, request);
    await giveCode(context, owner, parse(codeRequest, request.body, 'body').code, request.id);
    return whoIsSignedIn(context, request);
  });

  app.get('/api/second-factor', async (request) => readSecondFactor(context, await requireUser(context, request)));

  app.post('/api/second-factor/offer', async (request) =>
    offerSecondFactor(context, await requireSession(context, request)),
  );

  app.post('/api/second-factor/confirm', async (request) => {
    const owner = await requireSession(context, request);
    return confirmSecondFactor(context, owner, parse(codeRequest, request.body, 'body').code, request.id);
  });

  app.post('/api/second-factor/recovery-codes', async (request) => {
    const owner = await requireUser(context, request);
    return renewRecoveryCodes(context, owner, parse(codeRequest, request.body, 'body').code, request.id);
  });
}
