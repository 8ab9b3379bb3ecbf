import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { absoluteLimitMs } from './limits.ts';

export interface SessionCookie {
  readonly name: string;
  read(request: FastifyRequest): string | undefined;
  set(request: FastifyRequest, reply: FastifyReply, token: string): void;
  clear(request: FastifyRequest, reply: FastifyReply): void;
}

/**
 * A session cookie. Each app needs a name of its own: browsers send a cookie to every port of a host, and the three
 * apps share one in the demo. Secure whenever the request came by https (`trustProxy` decides behind a proxy).
 */
export function sessionCookie(name: string): SessionCookie {
  const attributes = (request: FastifyRequest) =>
    ({ httpOnly: true, sameSite: 'lax', path: '/', secure: request.protocol === 'https' }) as const;
  return {
    name,
    read: (request) => request.cookies[name] || undefined,
    set: (request, reply, token) => {
      reply.setCookie(name, token, { ...attributes(request), maxAge: absoluteLimitMs / 1000 });
    },
    clear: (request, reply) => {
      reply.clearCookie(name, attributes(request));
    },
  };
}
