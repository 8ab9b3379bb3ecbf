import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import type { EmrContext } from '../context.ts';
import {
  type AppointmentTypesRequest,
  appointmentTypesRequest,
  type OpenHoursRequest,
  openHoursRequest,
  type Versioned,
} from '../contract/open-hours.ts';
import { type AppointmentStatusesRequest, appointmentStatusesRequest } from '../contract/scheduler.ts';
import { requireIfMatch } from '../if-match.ts';
import { asPrincipal } from '../principal.ts';
import { requireAdministrator, requireOfficeManager, requireUser } from '../session/session.routes.ts';
import { listClinicStatuses } from './appointment-statuses.sql.ts';
import { listAppointmentTypes, listOpenHours } from './open-hours.sql.ts';
import { setAppointmentTypes, setClinicStatuses, setOpenHours, versioned } from './set-open-hours.ts';

const pairParams = z.object({ officeId: z.string().min(1).max(64), providerId: z.string().min(1).max(64) });

export function registerOpenHours(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/schedules/:officeId/:providerId/open-hours', async (request): Promise<Versioned<OpenHoursRequest>> => {
    const pair = parse(pairParams, request.params, 'params');
    const actor = await requireOfficeManager(context, request, pair.officeId);
    const work = asPrincipal(context.pool, actor, (tx) => listOpenHours(tx, actor.tenantId, pair), {
      scope: 'roster',
      readOnly: true,
    });
    return versioned({ hours: await work });
  });

  app.put('/api/schedules/:officeId/:providerId/open-hours', async (request): Promise<Versioned<OpenHoursRequest>> => {
    const pair = parse(pairParams, request.params, 'params');
    const actor = await requireOfficeManager(context, request, pair.officeId);
    const version = requireIfMatch(request.headers['if-match']);
    const whole = parse(openHoursRequest, request.body, 'body');
    return setOpenHours(context, actor, pair, whole, { version, requestId: request.id });
  });

  app.get('/api/appointment-types', async (request): Promise<Versioned<AppointmentTypesRequest>> => {
    const user = await requireUser(context, request);
    const types = await asPrincipal(context.pool, user, (tx) => listAppointmentTypes(tx, user.tenantId), {
      readOnly: true,
    });
    return versioned({ types });
  });

  app.put('/api/appointment-types', async (request): Promise<Versioned<AppointmentTypesRequest>> => {
    const actor = await requireAdministrator(context, request);
    const version = requireIfMatch(request.headers['if-match']);
    const whole = parse(appointmentTypesRequest, request.body, 'body');
    return setAppointmentTypes(context, actor, whole, { version, requestId: request.id });
  });

  app.get('/api/appointment-statuses', async (request): Promise<Versioned<AppointmentStatusesRequest>> => {
    const user = await requireUser(context, request);
    const statuses = await asPrincipal(context.pool, user, (tx) => listClinicStatuses(tx, user.tenantId), {
      readOnly: true,
    });
    return versioned({ statuses });
  });

  app.put('/api/appointment-statuses', async (request): Promise<Versioned<AppointmentStatusesRequest>> => {
    const actor = await requireAdministrator(context, request);
    const version = requireIfMatch(request.headers['if-match']);
    const whole = parse(appointmentStatusesRequest, request.body, 'body');
    return setClinicStatuses(context, actor, whole, { version, requestId: request.id });
  });
}
