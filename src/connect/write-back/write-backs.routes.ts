import type { FastifyInstance } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { asSite } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import type { WriteBacks } from '../contract/write-backs.ts';
import { readWriteBacks } from './read-write-backs.ts';

export function registerWriteBacks(app: FastifyInstance, { pool, clock, sessions }: ConnectContext): void {
  app.get('/api/write-backs', async (request): Promise<WriteBacks> => {
    const { siteId } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    return asSite(pool, siteId, (tx) => readWriteBacks(tx, { siteId, language, clock }), {
      isolation: 'repeatable read',
      readOnly: true,
    });
  });
}
