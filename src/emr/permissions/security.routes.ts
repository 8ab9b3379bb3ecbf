import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import { type BlastRadius, type ImpactAnswer, previewRequest } from '../contract/blast-radius.ts';
import { type FixProposal, readFixRequestBody } from '../contract/fix-requests.ts';
import { rowHistoryQuery } from '../contract/permission-history.ts';
import { setProviderPermissionsRequest } from '../contract/security.ts';
import { requireIfMatch } from '../if-match.ts';
import { createKeySource } from '../oauth/client-keys.ts';
import { setOfficeMembership } from '../people/create-user.ts';
import { listRosterOffices } from '../people/people.sql.ts';
import { asPrincipal } from '../principal.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { askImpact } from './ask-impact.ts';
import { readPermissions } from './get-provider-permissions.ts';
import { listExpiringAccess, readRowHistory } from './permission-history.ts';
import { findChangedPairs, previewChanges } from './preview-changes.ts';
import { readFixRequest } from './read-fix-request.ts';
import { setProviderPermissions } from './set-provider-permissions.ts';

const userParams = z.object({ userId: z.string().min(1).max(64) });
const officesRequest = z.object({ officeIds: z.array(z.string().min(1).max(64)).max(1000) });

/** Everything here is for administrators: each handler begins with requireAdministrator. */
export function registerSecurity(app: FastifyInstance, context: EmrContext): void {
  const keySource = createKeySource(context);
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
  // What is kept of it is nothing, so it is no change; a body may name thousands of rows, so it is no GET.
  app.post('/api/users/:userId/provider-permissions/preview', async (request): Promise<BlastRadius> => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    const asked = parse(previewRequest, request.body, 'body');
    const { bookings, patients } = await previewChanges(context, actor, { ...asked, userId });
    return { bookings, patients, from: context.clock.now().toISOString() };
  });

  app.post('/api/users/:userId/provider-permissions/preview/impact', async (request): Promise<ImpactAnswer> => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    const asked = parse(previewRequest, request.body, 'body');
    const { isIntegrationUser, changed } = await findChangedPairs(context, actor, { ...asked, userId });
    return isIntegrationUser
      ? askImpact(context, { tenantId: actor.tenantId, userId }, changed)
      : { state: 'not-integration' };
  });

  // In a body, because the address would be logged.
  app.post('/api/fix-requests/read', async (request): Promise<FixProposal> => {
    const actor = await requireAdministrator(context, request);
    const { request: signed } = parse(readFixRequestBody, request.body, 'body');
    return readFixRequest(context, keySource, actor, signed);
  });
}
