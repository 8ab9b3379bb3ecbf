import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import { type StaffTasks, tasksQuery } from '../contract/staff-tasks.ts';
import { actKinds, pressRequest, type QueuedWriteBack } from '../contract/write-backs.ts';
import { unlockLink } from '../links/links.sql.ts';
import { setTries } from '../messages/messages.sql.ts';
import type { Sessions } from '../session/sessions.ts';
import { bumpRevision } from './outbox.sql.ts';
import { queueWriteBack } from './queue-write-back.ts';
import { readStaffTasks } from './read-staff-tasks.ts';
import { closeTask, reopenTask } from './staff-tasks.sql.ts';

/** Acts on a booking, and what came of them that a person has to look at. The site comes from the session alone. */
export function registerOutbox(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  const { pool, clock } = context;

  for (const kind of actKinds) {
    app.post(`/api/bookings/:id/${kind}`, async (request, reply) => {
      const { siteId, userId } = await sessions.require(request);
      const { id: bookingId } = request.params as { readonly id: string };
      const { pressId, version } = parse(pressRequest, request.body, 'body');
      const queued: QueuedWriteBack = await asSite(pool, siteId, (tx) =>
        queueWriteBack(tx, {
          siteId,
          userId,
          kind,
          bookingId,
          pressId,
          version,
          now: clock.now(),
          requestId: request.id,
        }),
      );
      return reply.code(202).send(queued);
    });
  }

  app.get('/api/tasks', async (request): Promise<StaffTasks> => {
    const { siteId } = await sessions.require(request);
    const asked = { ...parse(tasksQuery, request.query, 'query'), siteId, now: clock.now() };
    return asSite(pool, siteId, (tx) => readStaffTasks(tx, asked), { isolation: 'repeatable read', readOnly: true });
  });

  app.post('/api/tasks/:id/done', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { id: taskId } = request.params as { readonly id: string };
    await asSite(pool, siteId, async (tx) => {
      const closed = await closeTask(tx, siteId, taskId, userId);
      if (!closed) throw problem('not-found', 'write-back.problem.task-not-open');
      // Dealing with a locked link is letting its patient try again.
      const { linkId, threadLinkId } = closed;
      if (closed.reason === 'locked' && linkId !== null) await unlockLink(tx, { siteId, linkId });
      if (closed.reason === 'locked' && threadLinkId !== null)
        await setTries(tx, { siteId, linkId: threadLinkId }, null);
      await bumpRevision(tx, siteId);
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'close-task',
        entity: 'staff-task',
        entityId: taskId,
        after: { reason: closed.reason, linkId: linkId ?? threadLinkId ?? undefined },
        requestId: request.id,
      });
    });
    return reply.code(204).send();
  });

  app.post('/api/tasks/:id/reopen', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { id: taskId } = request.params as { readonly id: string };
    await asSite(pool, siteId, async (tx) => {
      if (!(await reopenTask(tx, siteId, taskId))) throw problem('not-found', 'staff-task.problem.not-closed');
      await bumpRevision(tx, siteId);
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'reopen-task',
        entity: 'staff-task',
        entityId: taskId,
        requestId: request.id,
      });
    });
    return reply.code(204).send();
  });
}
