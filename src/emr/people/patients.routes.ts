import type { FastifyInstance } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import { type FoundPatient, patientSearchRequest } from '../contract/patients.ts';
import { asPrincipal } from '../principal.ts';
import { requireUser } from '../session/session.routes.ts';
import { findPatients } from './people.sql.ts';

export function registerPatients(app: FastifyInstance, context: EmrContext): void {
  app.post('/api/patients/search', async (request): Promise<FoundPatient[]> => {
    const user = await requireUser(context, request);
    const { search } = parse(patientSearchRequest, request.body, 'body');
    return asPrincipal(context.pool, user, (tx) => findPatients(tx, user.tenantId, user.userId, search), {
      readOnly: true,
    });
  });
}
