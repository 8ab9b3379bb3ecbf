import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
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
 *
 * It answers only what no route answers. A wildcard route would be simpler, and would hide the not-found handler of
 * every plugin (FHIR answers with an OperationOutcome).
 */
export function serveWeb(app: FastifyInstance, { directory, page = 'index.html' }: WebOptions): void {
  app.register(fastifyStatic, {
    root: directory,
    serve: false,
    cacheControl: false,
    // The build puts them beside each text; where there is none, the text itself is sent.
    preCompressed: true,
    suppressWarning: true,
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(join(directory, 'assets') + sep);
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-store');
    },
  });
  const isFile = (path: string) => statSync(join(directory, path), { throwIfNoEntry: false })?.isFile() === true;
  app.pageForUnknownPath = (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    // A file that is missing is a 404, not the page: a browser that gets HTML for a script reports nonsense. Only names
    // as the build makes them are looked up, so there is nothing to decode and no way out of the directory.
    if (/\.[a-z0-9]+$/i.test(path)) {
      if (!/^(\/[\w-][\w.-]*)+$/.test(path) || !isFile(path)) throw problem('not-found', 'problem.not-found');
      return reply.sendFile(path.slice(1));
    }
    if (!isFile(page)) {
      request.log.error('the web build is missing: run `npm run build`');
      throw problem('unavailable', 'problem.unavailable');
    }
    return reply.sendFile(page);
  };
}
