import type { FastifyInstance, FastifyRequest } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { type ConnectContext, requireSiteAdmin } from '../context.ts';
import { requestFixRequest } from '../contract/fix-requests.ts';
import { readFixRequest, readFixRequests, requestFix } from './request-fix.ts';

export function registerFixRequests(app: FastifyInstance, context: ConnectContext): void {
  const readerOf = async (request: FastifyRequest) => ({
    siteId: (await requireSiteAdmin(context, request)).siteId,
    language: languageOf(request.headers['accept-language']),
  });

  app.post('/api/fix-requests', async (request, reply) => {
    const actor = await requireSiteAdmin(context, request);
    const { gapIds, removals } = parse(requestFixRequest, request.body, 'body');
    const language = languageOf(request.headers['accept-language']);
    return reply.code(201).send(await requestFix(context, actor, { gapIds, removals, language }));
  });

  app.get('/api/fix-requests', async (request) => readFixRequests(context, await readerOf(request)));

  app.get<{ Params: { fixRequestId: string } }>('/api/fix-requests/:fixRequestId', async (request) =>
    readFixRequest(context, await readerOf(request), request.params.fixRequestId),
  );
}
