import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { localText } from '../../platform/zones.ts';
import { listInvitations } from '../accounts/account-links.sql.ts';
import { invite, withdrawInvitation } from '../accounts/invite.ts';
import { asSite, type PortalContext } from '../context.ts';
import { invitationRequest, roleRequest, type SiteUsers } from '../contract/users.ts';
import { readSite } from '../patients/patients.sql.ts';
import type { Sessions } from '../session/sessions.ts';
import { changeRole, resetSecondFactor, setMemberActive } from './change-member.ts';
import { listUsers } from './users.sql.ts';

const userParams = z.object({ userId: z.string().min(1).max(64) });
const invitationParams = z.object({ invitationId: z.string().min(1).max(64) });

/** Who works at the site. Everything here is for its Site Admins: each handler begins with requireSiteAdmin. */
export function registerUsers(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/users', async (request): Promise<SiteUsers> => {
    const { siteId, userId } = await sessions.requireSiteAdmin(request);
    const now = context.clock.now();
    return asSite(
      context.pool,
      siteId,
      async (tx) => {
        const { zone } = await readSite(tx, siteId);
        const users = await listUsers(tx, siteId);
        const invitations = await listInvitations(tx, siteId);
        return {
          zone,
          users: users.map(({ lastSignInAt, ...user }) => ({
            ...user,
            own: user.userId === userId,
            lastSignInAt: lastSignInAt && localText(zone, lastSignInAt),
          })),
          invitations: invitations.map(({ invitedAt, expiresAt, ...one }) => ({
            ...one,
            invitedAt: localText(zone, invitedAt),
            expiresAt: localText(zone, expiresAt),
            expired: expiresAt <= now,
          })),
        };
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  app.post('/api/invitations', async (request, reply) => {
    const by = await sessions.requireSiteAdmin(request);
    await invite(context, by, parse(invitationRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });

  app.post('/api/invitations/:invitationId/withdraw', async (request, reply) => {
    const by = await sessions.requireSiteAdmin(request);
    const { invitationId } = parse(invitationParams, request.params, 'params');
    await withdrawInvitation(context, by, invitationId, request.id);
    return reply.code(204).send();
  });

  app.post('/api/users/:userId/role', async (request, reply) => {
    const { siteId, userId: by } = await sessions.requireSiteAdmin(request);
    const { userId } = parse(userParams, request.params, 'params');
    const { role } = parse(roleRequest, request.body, 'body');
    await changeRole(context, { siteId, userId: by, requestId: request.id }, { userId, role });
    return reply.code(204).send();
  });

  app.post('/api/users/:userId/second-factor/reset', async (request, reply) => {
    const { siteId, userId: by } = await sessions.requireSiteAdmin(request);
    const { userId } = parse(userParams, request.params, 'params');
    const language = languageOf(request.headers['accept-language']);
    await resetSecondFactor(context, { siteId, userId: by, requestId: request.id }, { userId, language });
    return reply.code(204).send();
  });

  for (const active of [true, false]) {
    app.post(`/api/users/:userId/${active ? 'reactivate' : 'deactivate'}`, async (request, reply) => {
      const { siteId, userId: by } = await sessions.requireSiteAdmin(request);
      const { userId } = parse(userParams, request.params, 'params');
      await setMemberActive(context, { siteId, userId: by, requestId: request.id }, { userId, active });
      return reply.code(204).send();
    });
  }
}
