import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parse } from '../http/parse.ts';
import {
  confirmSecondFactor,
  giveCode,
  offerSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
  type SecondFactor,
} from './second-factor.ts';

const codeRequest = z.strictObject({ code: z.string().trim().min(1).max(100) });
const codeIn = (request: FastifyRequest): string => parse(codeRequest, request.body, 'body').code;

export interface SecondFactorDoor {
  /** Of a session, whatever signing in still asks of it. Throws `unauthenticated`. */
  ofSession(request: FastifyRequest): Promise<SecondFactor>;
  /** Of whoever is signed in. Throws `unauthenticated`. */
  ofUser(request: FastifyRequest): Promise<SecondFactor>;
  /** What signing in answers with in the end. */
  me(request: FastifyRequest): Promise<object>;
}

/** A person's own second factor. Signing in with it and setting it up are for sessions that still lack it; the rest is for who is signed in. */
export function registerSecondFactor(app: FastifyInstance, { ofSession, ofUser, me }: SecondFactorDoor): void {
  app.post('/api/sign-in/code', async (request) => {
    await giveCode(await ofSession(request), codeIn(request));
    return me(request);
  });
  app.get('/api/second-factor', async (request) => readSecondFactor(await ofUser(request)));
  app.post('/api/second-factor/offer', async (request) => offerSecondFactor(await ofSession(request)));
  app.post('/api/second-factor/confirm', async (request) =>
    confirmSecondFactor(await ofSession(request), codeIn(request)),
  );
  app.post('/api/second-factor/recovery-codes', async (request) =>
    renewRecoveryCodes(await ofUser(request), codeIn(request)),
  );
}
