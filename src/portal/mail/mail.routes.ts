import type { FastifyInstance } from 'fastify';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import { mailDecisions } from '../contract/mails.ts';
import { bumpRevision } from '../outbox/outbox.sql.ts';
import type { Sessions } from '../session/sessions.ts';
import { closeTasksOfMail, decideUncertain } from './mail.sql.ts';

/** Of an uncertain mail a person says what a machine cannot know: it was sent, or it shall be sent again. */
export function registerMails(app: FastifyInstance, { pool }: PortalContext, sessions: Sessions): void {
  for (const decision of mailDecisions) {
    app.post(`/api/mails/:id/${decision}`, async (request, reply) => {
      const { siteId, userId } = await sessions.require(request);
      const { id: mailId } = request.params as { readonly id: string };
      await asSite(pool, siteId, async (tx) => {
        if (!(await decideUncertain(tx, siteId, mailId, decision))) {
          throw problem('conflict', 'mail.problem.not-uncertain');
        }
        await closeTasksOfMail(tx, siteId, mailId, userId);
        await bumpRevision(tx, siteId);
        await recordAudit(tx, {
          siteId,
          userId,
          action: decision,
          entity: 'mail',
          entityId: mailId,
          requestId: request.id,
        });
      });
      return reply.code(204).send();
    });
  }
}
