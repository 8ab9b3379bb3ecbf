import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import { rowHistoryQuery } from '../contract/permission-history.ts';
import { setProviderPermissionsRequest } from '../contract/security.ts';
import { requireIfMatch } from '../if-match.ts';
import { setOfficeMembership } from '../people/create-user.ts';
import { listRosterOffices } from '../people/people.sql.ts';
import { asPrincipal } from '../principal.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { readPermissions } from './get-provider-permissions.ts';
import { listExpiringAccess, readRowHistory } from './permission-history.ts';
import { setProviderPermissions } from './set-provider-permissions.ts';

const userParams = z.object({ userId: z.string().min(1).max(64) });
const officesRequest = z.object({ officeIds: z.array(z.string().min(1).max(64)).max(1000) });

/** Everything here is for administrators: each handler begins with requireAdministrator. */
export function registerSecurity(app: FastifyInstance, context: EmrContext): void {
  app.put('/api/users/:userId/offices', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    await setOfficeMembership(
      context,
      actor,
      userId,
      parse(officesRequest, request.body, 'body').officeIds,
      request.id,
    );
    return reply.code(204).send();
  });

  app.get('/api/roster', async (request) => {
    const actor = await requireAdministrator(context, request);
    return asPrincipal(context.pool, actor, (tx) => listRosterOffices(tx, actor.tenantId), {
      scope: 'roster',
      readOnly: true,
    });
  });

  app.get('/api/users/:userId/provider-permissions', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    const matrix = await readPermissions(context, actor, userId);
    return reply.header('etag', `"${matrix.version}"`).send(matrix);
  });

  app.get('/api/users/:userId/provider-permissions/history', async (request) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    return readRowHistory(context, actor, { userId, ...parse(rowHistoryQuery, request.query, 'query') });
  });

  app.get('/api/expiring-access', async (request) =>
    listExpiringAccess(context, await requireAdministrator(context, request)),
  );

  app.put('/api/users/:userId/provider-permissions', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    const version = requireIfMatch(request.headers['if-match']);
    const asked = parse(setProviderPermissionsRequest, request.body, 'body');
    const matrix = await setProviderPermissions(context, actor, { ...asked, userId, version, requestId: request.id });
    return reply.header('etag', `"${matrix.version}"`).send(matrix);
  });
}
