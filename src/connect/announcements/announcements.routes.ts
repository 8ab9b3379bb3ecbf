// Where EMRs tell us that something changed. What they say is not believed: an announcement begins a run, and the run asks.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { openSecret } from '../../platform/sealed.ts';
import { asSite } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import { insertRun } from '../sync/sync.sql.ts';
import { findByKey, noteAnnouncement, type Subscribed } from './announcements.sql.ts';
import { type Signed, toleranceMs, verify } from './signature.ts';

const bodyLimit = 64 * 1024;
/** A clinic that books all day announces all day. */
const distanceMs = 1000;

export function registerAnnouncements(app: FastifyInstance, context: ConnectContext): void {
  // The signature is over the bytes as they came.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { key: string } }>('/announcements/:key', { bodyLimit }, async (request, reply) => {
      const { pool, sealingKey, clock } = context;
      const { key } = request.params;
      const found = await inTransaction(pool, (tx) => findByKey(tx, key), {
        readOnly: true,
        settings: { 'tidegate.announcement': key },
      });
      if (!found) throw problem('not-found', 'problem.not-found');
      const secret = openSecret(found.secretSealed, sealingKey, found.addressKey);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const signed = verify(secret, request.headers, body, clock.now());
      if (!signed) throw problem('unauthenticated', 'sync.announcement.not-signed');
      if ((await receive(context, found, signed)) === 'replay') throw problem('conflict', 'sync.announcement.replay');
      return reply.code(204).send();
    });
  });
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
