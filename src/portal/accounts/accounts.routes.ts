import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import type { Behind } from '../../platform/behind.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import type { PortalContext } from '../context.ts';
import {
  acceptRequest,
  type OpenInvitation,
  type OpenReset,
  resetRequest,
  setPasswordRequest,
  tokenRequest,
} from '../contract/accounts.ts';
import { acceptInvitation, readInvitation } from './accept-invitation.ts';
import { readReset, requestReset, setNewPassword } from './reset-password.ts';

/** For whoever is not signed in. One address may ask `requestsPerMinute` times, counted in this process; 0: any number. */
export function registerAccounts(
  app: FastifyInstance,
  context: PortalContext,
  { behind, requestsPerMinute }: { readonly behind: Behind; readonly requestsPerMinute: number },
): void {
  app.register(async (scope) => {
    if (requestsPerMinute > 0) {
      await scope.register(rateLimit, {
        max: requestsPerMinute,
        timeWindow: 60_000,
        errorResponseBuilder: (_request, { ttl }) =>
          problem('too-many', 'problem.too-many', { seconds: Math.max(1, Math.ceil(ttl / 1000)) }),
      });
    }
    scope.post(
      '/api/invitations/read',
      async (request): Promise<OpenInvitation> =>
        readInvitation(context, parse(tokenRequest, request.body, 'body').token),
    );
    scope.post('/api/password-resets', async (request, reply) => {
      const { email } = parse(resetRequest, request.body, 'body');
      const language = languageOf(request.headers['accept-language']);
      const work = requestReset(context, { email, language, requestId: request.id });
      behind.do('a password reset could not be mailed', work);
      return reply.code(202).send();
    });
    scope.post(
      '/api/password-resets/read',
      async (request): Promise<OpenReset> => readReset(context, parse(tokenRequest, request.body, 'body').token),
    );
    scope.post('/api/password-resets/set', async (request, reply) => {
      const language = languageOf(request.headers['accept-language']);
      const asked = parse(setPasswordRequest, request.body, 'body');
      await setNewPassword(context, { ...asked, language, requestId: request.id });
      return reply.code(204).send();
    });
    scope.post('/api/invitations/accept', async (request, reply) => {
      await acceptInvitation(context, parse(acceptRequest, request.body, 'body'), request.id);
      return reply.code(204).send();
    });
  });
}
