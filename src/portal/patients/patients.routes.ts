import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import { asSite, type PortalContext } from '../context.ts';
import { type PatientsPage, patientsQuery } from '../contract/patients.ts';
import type { Sessions } from '../session/sessions.ts';
import { readSite } from './patients.sql.ts';
import { readPatientsPage } from './read-patients-page.ts';

/** The site comes from the session alone: no parameter of these routes names one. */
export function registerPatients(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/patients', async (request): Promise<PatientsPage> => {
    const { siteId } = await sessions.require(request);
    return readPatientsPage(context, siteId, parse(patientsQuery, request.query, 'query'));
  });

  // An open page asks for this every few seconds and reads again when it has moved.
  app.get('/api/revision', async (request) => {
    const { siteId } = await sessions.require(request);
    const { revision } = await asSite(context.pool, siteId, (tx) => readSite(tx, siteId), { readOnly: true });
    return { revision };
  });
}
