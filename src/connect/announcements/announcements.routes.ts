// Where EMRs tell us that something changed, and ask what a change would do. What they say is not believed: an announcement begins a run,
// and the run asks; a question is answered with counts.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTransaction } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { openSecret } from '../../platform/sealed.ts';
import { type Signed, toleranceMs, verify } from '../../platform/webhooks/verify.ts';
import { asSite } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import { insertRun } from '../sync/sync.sql.ts';
import { findByKey, noteAnnouncement, type Subscribed } from './announcements.sql.ts';
import { answerImpact } from './answer-impact.ts';

const bodyLimit = 64 * 1024;
/** Thousands of schedules. */
const impactLimit = 2 * 1024 * 1024;
/** A clinic that books all day announces all day. */
const distanceMs = 1000;

export function registerAnnouncements(app: FastifyInstance, context: ConnectContext): void {
  // The signature is over the bytes as they came.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { key: string } }>('/announcements/:key', { bodyLimit }, async (request, reply) => {
      const { found, signed } = await requireSigned(context, request);
      if ((await receive(context, found, signed)) === 'replay') throw problem('conflict', 'sync.announcement.replay');
      return reply.code(204).send();
    });
    scope.post<{ Params: { key: string } }>('/impact/:key', { bodyLimit: impactLimit }, async (request) => {
      const { found, body } = await requireSigned(context, request);
      if (found.watches !== '$permission-coverage') throw problem('not-found', 'problem.not-found');
      return answerImpact(context, found, body);
    });
  });
}

/** Throws `not-found` for an address that is none of ours, `unauthenticated` for what the EMR that we asked did not sign. */
async function requireSigned(
  { pool, sealingKey, clock }: ConnectContext,
  { params, headers, body: sent }: FastifyRequest<{ Params: { key: string } }>,
): Promise<{ readonly found: Subscribed; readonly signed: Signed; readonly body: Buffer }> {
  const found = await inTransaction(pool, (tx) => findByKey(tx, params.key), {
    readOnly: true,
    settings: { 'tidegate.announcement': params.key },
  });
  if (!found) throw problem('not-found', 'problem.not-found');
  const secret = openSecret(found.secretSealed, sealingKey, found.addressKey);
  const body = Buffer.isBuffer(sent) ? sent : Buffer.alloc(0);
  const signed = verify(secret, headers, body, clock.now());
  if (!signed) throw problem('unauthenticated', 'sync.announcement.not-signed');
  return { found, signed, body };
}

/** Notes it and begins what it is for, both or neither. Sent anew it begins nothing: it was begun. */
function receive({ pool }: ConnectContext, subscribed: Subscribed, { webhookId, signedAt }: Signed) {
  const { siteId, connectionId } = subscribed;
  return asSite(pool, siteId, async (tx) => {
    const noted = await noteAnnouncement(tx, subscribed, { webhookId, signedAt, forgottenMs: 2 * toleranceMs });
    if (noted === 'new') {
      await insertRun(tx, { siteId, connectionId, mode: 'recent', requestedBy: null, cause: 'announced', distanceMs });
    }
    return noted;
  });
}
