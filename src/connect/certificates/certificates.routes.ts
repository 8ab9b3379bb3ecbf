import type { FastifyInstance } from 'fastify';
import { format, languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { asSite } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import type { CertificateView, GapHistory } from '../contract/certificates.ts';
import { listClosedGaps } from '../doctor/gaps.sql.ts';
import { namesOf, titleOf } from '../doctor/read-doctor.ts';
import { sayProbe } from '../doctor/said-probe.ts';
import { type CertificateKey, contentOf } from './certificate.ts';
import { findCertificate, type StoredCertificate } from './certificates.sql.ts';

/** So many ends of gaps are looked back on. */
const historyAtMost = 100;

export function registerCertificates(app: FastifyInstance, context: ConnectContext, key: CertificateKey): void {
  const { pool, sessions } = context;
  const inSite = <T>(siteId: number, work: Parameters<typeof asSite<T>>[2]) =>
    asSite(pool, siteId, work, { readOnly: true, isolation: 'repeatable read' });

  // Public keys are for everybody who was handed a certificate.
  app.get('/certificate-keys', async (_request, reply) =>
    reply.header('content-type', 'application/jwk-set+json').send({ keys: [key.publicJwk] }),
  );

  app.get('/api/gap-history', async (request): Promise<GapHistory> => {
    const { siteId } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    return inSite(siteId, async (tx) => {
      const connection = await findConnection(tx, siteId);
      if (!connection) return { entries: [] };
      const named = await namesOf(tx, connection);
      const closed = await listClosedGaps(tx, connection, historyAtMost);
      return {
        entries: closed.map(({ found, openedAt, closedAt, ...one }) => ({
          ...one,
          title: titleOf(language, found, named),
          openedAt: openedAt.toISOString(),
          closedAt: closedAt.toISOString(),
        })),
      };
    });
  });

  const find = async (siteId: number, certificateId: string): Promise<StoredCertificate> => {
    const found = await inSite(siteId, (tx) => findCertificate(tx, siteId, certificateId));
    if (!found) throw problem('not-found', 'certificate.problem.unknown');
    return found;
  };

  app.get<{ Params: { certificateId: string } }>(
    '/api/certificates/:certificateId',
    async (request): Promise<CertificateView> => {
      const { siteId } = await sessions.require(request);
      const language = languageOf(request.headers['accept-language']);
      const { document } = await find(siteId, request.params.certificateId);
      const content = contentOf(document);
      const [first] = content.counts;
      const several = content.counts.length > 1;
      return {
        content,
        document,
        keyId: key.publicJwk.kid,
        said: content.features.map(({ probe }) => ({ key: probe.said.key, text: sayProbe(language, probe) })),
        title:
          first && !several
            ? format(language, 'doctor.gap.title', { provider: first.providerDisplay, office: first.officeName })
            : format(language, 'certificate.several', { count: content.counts.length }),
        offsets: offsetsAround(content.zone, new Date(content.issuedAt)),
      };
    },
  );

  app.get<{ Params: { certificateId: string } }>('/api/certificates/:certificateId/file', async (request, reply) => {
    const { siteId } = await sessions.require(request);
    const { gapId, certificateId, document } = await find(siteId, request.params.certificateId);
    return reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('content-disposition', `attachment; filename="certificate-${gapId}-${certificateId}.json"`)
      .send(`${document}\n`);
  });
}
