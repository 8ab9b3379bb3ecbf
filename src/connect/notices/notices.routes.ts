import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import { isMailAddress } from '../../platform/mail/address.ts';
import { problem } from '../../platform/problem.ts';
import { sealSecret } from '../../platform/sealed.ts';
import { type AddressRule, refusedAddress } from '../../platform/webhooks/address.ts';
import { asSite, recordAudit } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import { type Notices, noticesRequest } from '../contract/notices.ts';
import * as sql from './notices.sql.ts';

export interface NoticeRoutes {
  readonly announceTo: AddressRule;
  /** This installation has a mail server. */
  readonly mails: boolean;
}

export function registerNotices(
  app: FastifyInstance,
  context: ConnectContext,
  { announceTo, mails }: NoticeRoutes,
): void {
  const { pool, sessions, sealingKey } = context;

  const read = async (
    tx: Parameters<Parameters<typeof asSite>[2]>[0],
    siteId: number,
    secret: string | null,
  ): Promise<Notices> => {
    const connection = await findConnection(tx, siteId);
    const settings = connection && (await sql.findNoticeSettings(tx, connection));
    const last = connection && (await sql.findLastNotice(tx, connection));
    return {
      version: settings?.version ?? 0,
      webhookUrl: settings?.webhookUrl ?? null,
      digestTo: settings?.digestTo ?? [],
      digestAt: (settings?.digestAt ?? '07:00').slice(0, 5),
      digestLanguage: settings?.digestLanguage ?? 'en',
      digestDay: settings?.digestDay ?? null,
      digestProblem: settings?.digestProblem ?? null,
      mails,
      last: last
        ? {
            event: last.event,
            gapId: last.gapId,
            madeAt: last.madeAt.toISOString(),
            toldAt: last.toldAt?.toISOString() ?? null,
            givenUp: last.givenUpAt !== null,
            problem: last.problem,
          }
        : null,
      secret,
    };
  };

  app.get('/api/notices', async (request, reply) => {
    const { siteId } = await sessions.require(request);
    const notices = await asSite(pool, siteId, (tx) => read(tx, siteId, null), { readOnly: true });
    return reply.header('etag', `"${notices.version}"`).send(notices);
  });

  app.put('/api/notices', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { webhookUrl, ...asked } = parse(noticesRequest, request.body, 'body');
    const version = /^"(\d+)"$/.exec(request.headers['if-match'] ?? '')?.[1];
    if (version === undefined) throw problem('precondition-required', 'problem.precondition-required');
    if (webhookUrl && refusedAddress(webhookUrl, announceTo) !== undefined)
      throw problem('invalid', 'notice.problem.address', {}, { field: 'webhookUrl' });
    const bad = asked.digestTo.find((one) => !isMailAddress(one));
    if (bad !== undefined) throw problem('invalid', 'notice.problem.mail-address', {}, { field: 'digestTo' });
    const notices = await asSite(pool, siteId, async (tx) => {
      const connection = await findConnection(tx, siteId);
      if (!connection) throw problem('conflict', 'sync.problem.no-connection');
      const there = await sql.findNoticeSettings(tx, connection);
      const isSame = there?.webhookUrl === webhookUrl && there?.webhookSecretSealed;
      // Another receiver is another secret: the one before goes on knowing his own.
      const secret = webhookUrl && !isSame ? `whsec_${randomBytes(32).toString('base64')}` : null;
      const saved = await sql.saveNoticeSettings(tx, {
        ...asked,
        siteId,
        connectionId: connection.connectionId,
        webhookUrl: webhookUrl || null,
        webhookSecretSealed: webhookUrl
          ? secret === null
            ? there!.webhookSecretSealed
            : sealSecret(secret, sealingKey, connection.connectionId)
          : null,
        version: Number(version) + 1,
      });
      if (!saved || Number(version) !== (there?.version ?? 0))
        throw problem('precondition-failed', 'problem.precondition-failed');
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'save-notices',
        entity: 'connection',
        entityId: connection.connectionId,
        after: { webhook: webhookUrl !== null, digestTo: asked.digestTo.length, digestAt: asked.digestAt },
        requestId: request.id,
      });
      return read(tx, siteId, secret);
    });
    return reply.header('etag', `"${notices.version}"`).send(notices);
  });
}
