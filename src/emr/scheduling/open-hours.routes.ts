import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import {
  type AppointmentTypesRequest,
  appointmentTypesRequest,
  type OpenHoursRequest,
  openHoursRequest,
} from '../contract/open-hours.ts';
import { type AppointmentStatusesRequest, appointmentStatusesRequest } from '../contract/scheduler.ts';
import { asPrincipal } from '../principal.ts';
import { requireAdministrator, requireOfficeManager, requireUser } from '../session/session.routes.ts';
import { listClinicStatuses } from './appointment-statuses.sql.ts';
import { listAppointmentTypes, listOpenHours } from './open-hours.sql.ts';
import { setAppointmentTypes, setClinicStatuses, setOpenHours } from './set-open-hours.ts';

const pairParams = z.object({ officeId: z.string().min(1).max(64), providerId: z.string().min(1).max(64) });

export function registerOpenHours(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/schedules/:officeId/:providerId/open-hours', async (request): Promise<OpenHoursRequest> => {
    const pair = parse(pairParams, request.params, 'params');
    const actor = await requireOfficeManager(context, request, pair.officeId);
    const work = asPrincipal(context.pool, actor, (tx) => listOpenHours(tx, actor.tenantId, pair), {
      scope: 'roster',
      readOnly: true,
    });
    return { hours: await work };
  });

  app.put('/api/schedules/:officeId/:providerId/open-hours', async (request, reply) => {
    const pair = parse(pairParams, request.params, 'params');
    const actor = await requireOfficeManager(context, request, pair.officeId);
    await setOpenHours(context, actor, pair, parse(openHoursRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });

  app.get('/api/appointment-types', async (request): Promise<AppointmentTypesRequest> => {
    const user = await requireUser(context, request);
    const types = await asPrincipal(context.pool, user, (tx) => listAppointmentTypes(tx, user.tenantId), {
      readOnly: true,
    });
    return { types };
  });

  app.put('/api/appointment-types', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    await setAppointmentTypes(context, actor, parse(appointmentTypesRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });

  app.get('/api/appointment-statuses', async (request): Promise<AppointmentStatusesRequest> => {
    const user = await requireUser(context, request);
    const statuses = await asPrincipal(context.pool, user, (tx) => listClinicStatuses(tx, user.tenantId), {
      readOnly: true,
    });
    return { statuses };
  });

  app.put('/api/appointment-statuses', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    await setClinicStatuses(context, actor, parse(appointmentStatusesRequest, request.body, 'body'), request.id);
    return reply.code(204).send();
  });
}
