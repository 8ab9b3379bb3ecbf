// A server that closes waits for its connections. Whoever hangs up has none, and what he asked goes on: it must not find the databases gone.
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * `close` of the app resolves when nothing that was asked is still worked at, whether or not somebody is there to read the answer. To be
 * called before the first route.
 */
export function waitForRequests(app: FastifyInstance): void {
  const underWay = new Set<FastifyRequest>();
  let onNone: (() => void) | undefined;
  const done = (request: FastifyRequest): void => {
    underWay.delete(request);
    if (underWay.size === 0) onNone?.();
  };
  app.addHook('onRequest', async (request) => {
    // What is no route ends with the connection: nothing is done for it.
    if (request.is404) return;
    underWay.add(request);
  });
  app.addHook('onResponse', async (request) => done(request));
  app.addHook('onRoute', (route) => {
    // A route's own hooks come after all of the app's, so that this is the end of what is done for a request that nobody reads.
    const last = async (request: FastifyRequest, _reply: unknown, payload: unknown) => {
      done(request);
      return payload;
    };
    route.onSend = [...[route.onSend ?? []].flat(), last];
    const { handler } = route;
    route.handler = function (request, reply) {
      const answer: unknown = handler.call(this, request, reply);
      // Who answers past the framework is done when he says so.
      const ended = () => void (reply.sent && done(request));
      if (answer instanceof Promise) answer.then(ended, ended);
      return answer;
    };
  });
  app.addHook('onClose', async () => {
    if (underWay.size > 0) await new Promise<void>((resolve) => (onNone = resolve));
  });
}
