import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { approveRequest } from '../contract/integrations.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { approveAccess, denyAccess, readAccessRequest } from './approve-access.ts';
import { requestCookie } from './oauth-provider.ts';

const requestParams = z.object({ requestId: z.string().min(1).max(64) });

/**
 * Only the browser in which the application began may decide: somebody who sends an administrator the address of a request of his own would
 * else be given what the administrator approved.
 */
function requireOwnRequest(request: FastifyRequest): string {
  const { requestId } = parse(requestParams, request.params, 'params');
  if (request.cookies[requestCookie] !== requestId) throw problem('not-found', 'integrations.problem.no-request');
  return requestId;
}

/** For administrators, in the browser that an application sent here. */
export function registerThirdPartyAccess(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/third-party-access/:requestId', async (request) => {
    const actor = await requireAdministrator(context, request);
    return readAccessRequest(context, actor, requireOwnRequest(request));
  });

  app.post('/api/third-party-access/:requestId/approve', async (request) => {
    const actor = await requireAdministrator(context, request);
    const requestId = requireOwnRequest(request);
    return approveAccess(context, actor, requestId, parse(approveRequest, request.body, 'body'), request.id);
  });

  app.post('/api/third-party-access/:requestId/deny', async (request) => {
    const actor = await requireAdministrator(context, request);
    return denyAccess(context, actor, requireOwnRequest(request), request.id);
  });
}
