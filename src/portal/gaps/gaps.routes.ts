import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import type { PortalContext } from '../context.ts';
import { type WhyAnswer, whyQuery } from '../contract/why.ts';
import type { Sessions } from '../session/sessions.ts';
import { whyMissing } from './why.ts';

export function registerGaps(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/why', async (request): Promise<WhyAnswer> => {
    const { siteId } = await sessions.require(request);
    return whyMissing(context, siteId, parse(whyQuery, request.query, 'query'));
  });
}
