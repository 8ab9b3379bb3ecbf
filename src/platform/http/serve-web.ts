import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';

export interface WebOptions {
  /** Absolute path of the built app: `page` and the hashed files under `assets/`. */
  readonly directory: string;
  /** The one HTML page, relative to `directory`. */
  readonly page?: string;
}

/**
 * Serves a built single-page app at the root. Files under /assets carry a hash in their name and may be kept for ever;
 * the page that names them may never be kept, or a browser would ask for files of a build that is gone.
 */
export function serveWeb(app: FastifyInstance, { directory, page = 'index.html' }: WebOptions): void {
  app.register(fastifyStatic, {
    root: directory,
    wildcard: true,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(join(directory, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-store');
    },
  });
  app.pageForUnknownPath = (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    // A missing file is a 404, not the page: a browser that gets HTML for a script reports nonsense.
    if (/\.[a-z0-9]+$/i.test(path)) throw problem('not-found', 'problem.not-found');
    if (!existsSync(join(directory, page))) {
      request.log.error('the web build is missing: run `npm run build`');
      throw problem('unavailable', 'problem.unavailable');
    }
    return reply.type('text/html; charset=utf-8').sendFile(page);
  };
}
