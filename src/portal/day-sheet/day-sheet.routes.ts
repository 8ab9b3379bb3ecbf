import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import type { PortalContext } from '../context.ts';
import { type DaySheet, patientsQuery } from '../contract/patients.ts';
import { readPatientsPage } from '../patients/read-patients-page.ts';
import type { Sessions } from '../session/sessions.ts';

/** The Patients page on paper: the same reading, without pages. */
export function registerDaySheet(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  app.get('/api/day-sheet', async (request): Promise<DaySheet> => {
    const { siteId } = await sessions.require(request);
    const query = parse(patientsQuery, request.query, 'query');
    return readPatientsPage(context, siteId, { ...query, after: undefined, limit: null });
  });
}
