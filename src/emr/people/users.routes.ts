import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import { createUserRequest } from '../contract/security.ts';
import { changeUserRequest, setPasswordRequest } from '../contract/users.ts';
import { asPrincipal } from '../principal.ts';
import { endSession, listActiveUsers, openSince } from '../session/active-users.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { changeUser, resetSecondFactor, setPassword, setUserActive } from './change-user.ts';
import { createUser } from './create-user.ts';
import { listSecurityUsers } from './users.sql.ts';

const userParams = z.object({ userId: z.string().min(1).max(64) });
const sessionParams = z.object({ sessionId: z.string().min(1).max(64) });

/** Users and who is signed in. Everything here is for administrators: each handler begins with requireAdministrator. */
export function registerUsers(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/users', async (request) => {
    const actor = await requireAdministrator(context, request);
    const open = openSince(context.clock.now());
    return asPrincipal(context.pool, actor, (tx) => listSecurityUsers(tx, actor.tenantId, open), {
      scope: 'roster',
      readOnly: true,
    });
  });

  app.post('/api/users', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const user = await createUser(context, actor, parse(createUserRequest, request.body, 'body'), request.id);
    return reply.code(201).send(user);
  });

  app.patch('/api/users/:userId', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    await changeUser(context, actor, userId, parse(changeUserRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });

  for (const active of [true, false]) {
    app.post(`/api/users/:userId/${active ? 'reactivate' : 'deactivate'}`, async (request, reply) => {
      const actor = await requireAdministrator(context, request);
      const { userId } = parse(userParams, request.params, 'params');
      await setUserActive(context, actor, { userId, active, requestId: request.id });
      return reply.code(204).send();
    });
  }

  app.post('/api/users/:userId/password', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    await setPassword(context, actor, userId, parse(setPasswordRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });

  app.post('/api/users/:userId/second-factor/reset', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    await resetSecondFactor(context, actor, userId, request.id);
    return reply.code(204).send();
  });

  app.get('/api/active-users', async (request) =>
    listActiveUsers(context, await requireAdministrator(context, request)),
  );

  app.post('/api/active-users/:sessionId/end', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { sessionId } = parse(sessionParams, request.params, 'params');
    await endSession(context, actor, sessionId, request.id);
    return reply.code(204).send();
  });
}
