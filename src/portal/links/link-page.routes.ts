import type { FastifyInstance, FastifyReply } from 'fastify';
import type { PortalContext } from '../context.ts';
import { languageFor, type PublicRequest, registerPublicScope, tokenOf } from '../public-page/public-scope.ts';
import { answerLink, openLink } from './answer-link.ts';
import { linkPath } from './create-links.ts';
import { type LinkReply, linkPage } from './link-page.ts';

export interface LinkPageOptions {
  /** From one address, counted in this process; 0: any number. */
  readonly requestsPerMinute: number;
  /** How long a page waits for the EMR before it says that the answer is on its way. */
  readonly waitMs: number;
}

const statusOf: Readonly<Record<LinkReply['page'], number>> = {
  nowhere: 404,
  locked: 403,
  identify: 200,
  'really-cancel': 200,
  standing: 200,
};

/**
 * The public page of a link. Its token is all that names a site. GET and HEAD show; a POST of our own form changes. The path is a wildcard, so
 * that a token of any length is answered here and by the same page.
 */
export function registerLinkPage(app: FastifyInstance, context: PortalContext, options: LinkPageOptions): void {
  registerPublicScope(app, options, (scope) => {
    const send = (request: PublicRequest, reply: FastifyReply, answer: LinkReply) => {
      const language = languageFor(request, answer.page === 'nowhere' ? undefined : answer.link.language);
      return reply
        .code(statusOf[answer.page])
        .type('text/html; charset=utf-8')
        .send(linkPage(answer, language, context.clock.now()));
    };
    for (const path of [linkPath, `${linkPath}/*`]) {
      scope.get(path, async (request: PublicRequest, reply) =>
        send(request, reply, await openLink(context, tokenOf(request))),
      );
      scope.post(path, async (request: PublicRequest, reply) => {
        const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
        const form = new URLSearchParams(isForm ? String(request.body) : '');
        const asked = { token: tokenOf(request), form, waitMs: options.waitMs, requestId: request.id };
        return send(request, reply, await answerLink(context, asked));
      });
    }
  });
}
