import type { FastifyInstance, FastifyRequest } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { asSite, intake, recordAudit } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import {
  historyQuery,
  newProviderChoice,
  releaseRequest,
  type StartedRun,
  type SyncHistory,
  type SyncStatus,
  startRunRequest,
  type UnconfirmedBookings,
} from '../contract/sync.ts';
import { chooseProvider } from '../settings/choose-provider.ts';
import { type Decider, readUnconfirmed, releaseRun, releaseUnconfirmed } from './release.ts';
import { findRunning, insertRun } from './sync.sql.ts';
import { readSyncHistory } from './sync-history.ts';
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

  app.get('/api/sync-history', async (request): Promise<SyncHistory> => {
    const { siteId } = await sessions.require(request);
    const { period } = parse(historyQuery, request.query, 'query');
    const language = languageOf(request.headers['accept-language']);
    return asSite(pool, siteId, (tx) => readSyncHistory(tx, { siteId, clock, period, language }), { readOnly: true });
  });

  const deciderOf = async (request: FastifyRequest): Promise<Decider> => {
    const { siteId, userId } = await sessions.require(request);
    return { siteId, userId, requestId: request.id };
  };

  app.post<{ Params: { runId: string } }>('/api/sync-runs/:runId/release', async (request, reply) => {
    const decider = await deciderOf(request);
    const { runId } = await asSite(pool, decider.siteId, (tx) => releaseRun(tx, decider, request.params.runId));
    return reply.code(202).send({ runId, state: 'queued' } satisfies StartedRun);
  });

  type OfSchedule = { Params: { officeId: string; providerId: string } };
  app.get<OfSchedule>(
    '/api/schedules/:officeId/:providerId/unconfirmed',
    async (request): Promise<UnconfirmedBookings> => {
      const { siteId } = await sessions.require(request);
      return asSite(pool, siteId, (tx) => readUnconfirmed(tx, siteId, request.params), { readOnly: true });
    },
  );

  app.post<OfSchedule>('/api/schedules/:officeId/:providerId/release', async (request) => {
    const decider = await deciderOf(request);
    const { bookingIds } = parse(releaseRequest, request.body, 'body');
    return asSite(pool, decider.siteId, async (tx) => ({
      released: await releaseUnconfirmed(tx, decider, request.params, bookingIds),
    }));
  });

  app.post<{ Params: { providerId: string } }>('/api/undecided-providers/:providerId', async (request, reply) => {
    const decider = await deciderOf(request);
    const { choice } = parse(newProviderChoice, request.body, 'body');
    await asSite(pool, decider.siteId, (tx) => chooseProvider(tx, decider, request.params.providerId, choice));
    return reply.code(204).send();
  });
}
