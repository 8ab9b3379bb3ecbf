import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import { pressRequest, type QueuedWriteBack, type StaffTasks, writeBackKinds } from '../contract/write-backs.ts';
import type { Sessions } from '../session/sessions.ts';
import { bumpRevision } from './outbox.sql.ts';
import { queueWriteBack } from './queue-write-back.ts';
import { readStaffTasks } from './read-staff-tasks.ts';
import { closeTask } from './staff-tasks.sql.ts';

/** Acts on a booking, and what came of them that a person has to look at. The site comes from the session alone. */
export function registerOutbox(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  const { pool, clock } = context;

  for (const kind of writeBackKinds) {
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
    return asSite(pool, siteId, (tx) => readStaffTasks(tx, siteId), { isolation: 'repeatable read', readOnly: true });
  });

  app.post('/api/tasks/:id/done', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { id: taskId } = request.params as { readonly id: string };
    await asSite(pool, siteId, async (tx) => {
      if (!(await closeTask(tx, siteId, taskId, userId)))
        throw problem('not-found', 'write-back.problem.task-not-open');
      await bumpRevision(tx, siteId);
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'close-task',
        entity: 'staff-task',
        entityId: taskId,
        requestId: request.id,
      });
    });
    return reply.code(204).send();
  });
}
