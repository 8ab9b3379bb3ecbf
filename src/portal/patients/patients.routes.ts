import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { format, languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import { type PatientPanel, patientPanelQuery } from '../contract/patient-panel.ts';
import { type AskedForSync, type PatientsPage, patientsQuery } from '../contract/patients.ts';
import type { Sessions } from '../session/sessions.ts';
import { readSite } from './patients.sql.ts';
import { patientsCsv } from './patients-csv.ts';
import { readPatientPanel } from './read-patient-panel.ts';
import { readPatientsPage } from './read-patients-page.ts';
import { insertWish, isConnected } from './sync-wishes.ts';

/** The site comes from the session alone: no parameter of these routes names one. */
export function registerPatients(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  const { pool, clock } = context;
  app.get('/api/patients', async (request): Promise<PatientsPage> => {
    const { siteId } = await sessions.require(request);
    return readPatientsPage(context, siteId, parse(patientsQuery, request.query, 'query'));
  });

  // Patients' data leaves in a file: that is written down, without what was searched for.
  app.get('/api/patients.csv', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const query = parse(patientsQuery, request.query, 'query');
    const language = languageOf(request.headers['accept-language']);
    const page = await readPatientsPage(context, siteId, { ...query, after: undefined, limit: null });
    await asSite(pool, siteId, (tx) =>
      recordAudit(tx, {
        siteId,
        userId,
        action: 'export',
        entity: 'patients-page',
        entityId: page.date,
        after: { bookings: page.bookings.length },
        requestId: request.id,
      }),
    );
    return reply
      .header('content-disposition', `attachment; filename="patients-${page.date}.csv"`)
      .header('cache-control', 'no-store')
      .type('text/csv; charset=utf-8')
      .send(Readable.from(patientsCsv(page, (key) => format(language, key))));
  });

  app.get('/api/bookings/:id/patient', async (request): Promise<PatientPanel> => {
    const { siteId } = await sessions.require(request);
    const { after } = parse(patientPanelQuery, request.query, 'query');
    return readPatientPanel(context, siteId, { bookingId: (request.params as { readonly id: string }).id, after });
  });

  app.post('/api/synchronize', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const made = await asSite(pool, siteId, async (tx) => {
      if (!(await isConnected(tx, siteId))) throw problem('conflict', 'sync.problem.no-connection');
      const isNew = await insertWish(tx, { siteId, askedBy: userId }, clock.now());
      if (isNew) {
        await recordAudit(tx, {
          siteId,
          userId,
          action: 'sync-recent',
          entity: 'connection',
          entityId: String(siteId),
          requestId: request.id,
        });
      }
      return isNew;
    });
    return reply.code(202).send({ made } satisfies AskedForSync);
  });

  // An open page asks for this every few seconds and reads again when it has moved.
  app.get('/api/revision', async (request) => {
    const { siteId } = await sessions.require(request);
    const { revision } = await asSite(pool, siteId, (tx) => readSite(tx, siteId), { readOnly: true });
    return { revision };
  });
}
