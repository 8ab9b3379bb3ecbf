import type { FastifyInstance } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { asSite, intake, recordAudit } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import { type StartedRun, type SyncStatus, startRunRequest } from '../contract/sync.ts';
import { findRunning, insertRun } from './sync.sql.ts';
import { readSyncStatus } from './sync-status.ts';

export function registerSync(app: FastifyInstance, { pool, clock, sessions }: ConnectContext): void {
  app.get('/api/sync-status', async (request): Promise<SyncStatus> => {
    const { siteId, siteName } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    return asSite(pool, siteId, (tx) => readSyncStatus(tx, { siteId, siteName, language, clock }), {
      isolation: 'repeatable read',
      readOnly: true,
    });
  });

  app.post('/api/sync-runs', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const asked = parse(startRunRequest, request.body, 'body');
    const { mode } = asked;
    const slice = asked.mode === 'slice' ? { officeId: asked.officeId, providerId: asked.providerId } : undefined;
    const queued = await asSite(pool, siteId, async (tx) => {
      const connection = await findConnection(tx, siteId);
      if (!connection) throw problem('conflict', 'sync.problem.no-connection');
      const { connectionId } = connection;
      if (slice && !(await intake.isKnownSchedule(tx, { siteId, connectionId, ...slice }))) {
        throw problem('not-found', 'sync.problem.no-slice');
      }
      // What a person asks for again while it goes on would read the same; what the EMR announces meanwhile is queued.
      const going = await findRunning(tx, { siteId, connectionId, mode, slice });
      if (going)
        throw problem('conflict', 'sync.problem.already-running', {}, { run: { runId: going, state: 'running' } });
      const run = await insertRun(tx, { siteId, connectionId, mode, slice, requestedBy: userId });
      if (!run.made)
        throw problem('conflict', 'sync.problem.already-queued', {}, { run: { runId: run.runId, state: run.state } });
      await recordAudit(tx, {
        siteId,
        userId,
        action: `sync-${mode}`,
        entity: 'sync-run',
        entityId: run.runId,
        ...(slice ? { after: slice } : {}),
        requestId: request.id,
      });
      return run;
    });
    return reply.code(202).send({ runId: queued.runId, state: queued.state } satisfies StartedRun);
  });
}
