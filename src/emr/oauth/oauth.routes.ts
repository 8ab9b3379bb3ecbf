import type { FastifyInstance } from 'fastify';
import type { EmrContext } from '../context.ts';
import { createOauthProvider } from './oauth-provider.ts';

/** The authorization server under `/oauth`. It reads and answers its requests itself. */
export function registerOauth(app: FastifyInstance, context: EmrContext): void {
  const answer = createOauthProvider(context).callback();
  app.register(async (oauth) => {
    // The library reads the body; a parser of ours would leave it nothing.
    oauth.removeAllContentTypeParsers();
    oauth.addContentTypeParser('*', (_request, _payload, done) => done(null));
    oauth.route({
      method: ['GET', 'POST'],
      url: '/oauth/*',
      handler: (request, reply) => {
        reply.hijack();
        // Mounted below a path, the library wants its own part of it, and the whole for the paths of its cookies.
        Object.assign(request.raw, { originalUrl: request.raw.url });
        request.raw.url = request.raw.url!.slice('/oauth'.length);
        return answer(request.raw, reply.raw);
      },
    });
  });
}
