import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import {
  addIntegrationRequest,
  clientKeysRequest,
  type Integration,
  type Integrations,
  newSecretRequest,
} from '../contract/integrations.ts';
import { presentApproval } from '../oauth/approve-access.ts';
import { scopedTypes } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { addIntegration } from './add-integration.ts';
import { endApprovalOf, endFormerCredentials, revokeIntegration } from './end-integration.ts';
import { type IntegrationRow, listIntegrationRows } from './integrations.sql.ts';
import { replaceClientKeys, replaceCredentials } from './rotate-credentials.ts';

const userParams = z.object({ userId: z.string().min(1).max(64) });

function present(row: IntegrationRow, now: Date): Integration {
  const { approvedAt, approvedBy, approvedScopes, createdAt, rotatedAt, formerUntil, ...same } = row;
  return {
    ...same,
    createdAt: createdAt.toISOString(),
    rotatedAt: rotatedAt?.toISOString() ?? null,
    formerUntil: formerUntil && formerUntil > now ? formerUntil.toISOString() : null,
    approval:
      approvedAt && approvedBy !== null
        ? presentApproval({ approvedAt, approvedBy, scopes: approvedScopes ?? [] })
        : null,
  };
}

/** Everything here is for administrators: each handler begins with requireAdministrator. */
export function registerIntegrations(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/integrations', async (request): Promise<Integrations> => {
    const actor = await requireAdministrator(context, request);
    const read = { scope: 'roster', readOnly: true } as const;
    const rows = await asPrincipal(context.pool, actor, (tx) => listIntegrationRows(tx, actor.tenantId), read);
    const now = context.clock.now();
    return { integrations: rows.map((row) => present(row, now)), types: scopedTypes };
  });

  app.post('/api/integrations', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const made = await addIntegration(context, actor, parse(addIntegrationRequest, request.body, 'body'), request.id);
    return reply.code(201).send(made);
  });

  app.post('/api/integrations/:userId/credentials', async (request) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    const { keepHours } = parse(newSecretRequest, request.body ?? {}, 'body');
    return replaceCredentials(context, actor, { userId, keepHours }, request.id);
  });

  app.put('/api/integrations/:userId/keys', async (request) => {
    const actor = await requireAdministrator(context, request);
    const { userId } = parse(userParams, request.params, 'params');
    return replaceClientKeys(context, actor, userId, parse(clientKeysRequest, request.body, 'body'), request.id);
  });

  for (const [path, end] of [
    ['former/end', endFormerCredentials],
    ['approval/end', endApprovalOf],
    ['revoke', revokeIntegration],
  ] as const) {
    app.post(`/api/integrations/:userId/${path}`, async (request, reply) => {
      const actor = await requireAdministrator(context, request);
      await end(context, actor, parse(userParams, request.params, 'params').userId, request.id);
      return reply.code(204).send();
    });
  }
}
