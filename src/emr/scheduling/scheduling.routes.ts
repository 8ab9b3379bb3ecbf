import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import { todayIn } from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import {
  bookingStateRequest,
  bookRequest,
  type MyOffice,
  placeRequest,
  type SchedulerDay,
  type SchedulerWeek,
  schedulerDayQuery,
  schedulerWeekQuery,
} from '../contract/scheduler.ts';
import { requireIfMatch } from '../if-match.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal } from '../principal.ts';
import { requireUser } from '../session/session.routes.ts';
import { bookAppointment } from './book-appointment.ts';
import { cancelAppointment } from './cancel-appointment.ts';
import { copyAppointment } from './copy-appointment.ts';
import { moveAppointment } from './move-appointment.ts';
import { presented } from './present-booking.ts';
import { readDay, readWeek } from './read-schedules.ts';
import { setBookingState } from './set-booking-state.ts';

const appointmentParams = z.object({ appointmentId: z.string().min(1).max(64) });

export function registerScheduling(app: FastifyInstance, context: EmrContext): void {
  const { pool, clock } = context;

  app.get('/api/offices', async (request): Promise<MyOffice[]> => {
    const user = await requireUser(context, request);
    const offices = await asPrincipal(pool, user, (tx) => listOwnOffices(tx, user.tenantId, user.userId), {
      readOnly: true,
    });
    return offices.map((office) => ({ ...office, today: todayIn(office.zone, clock) }));
  });

  app.get('/api/scheduler/day', async (request): Promise<SchedulerDay> => {
    const user = await requireUser(context, request);
    const { office: officeId, date } = parse(schedulerDayQuery, request.query, 'query');
    return readDay(context, user, { officeId, date });
  });

  app.get('/api/scheduler/week', async (request): Promise<SchedulerWeek> => {
    const user = await requireUser(context, request);
    const { office: officeId, date, provider: providerId } = parse(schedulerWeekQuery, request.query, 'query');
    return readWeek(context, user, { officeId, date, providerId });
  });

  app.post('/api/appointments', async (request, reply) => {
    const user = await requireUser(context, request);
    const { row, zone } = await bookAppointment(context, user, parse(bookRequest, request.body, 'body'), request.id);
    return reply.code(201).send(presented(row, zone));
  });

  app.post('/api/appointments/:appointmentId/cancel', async (request) => {
    const user = await requireUser(context, request);
    const { appointmentId } = parse(appointmentParams, request.params, 'params');
    const version = requireIfMatch(request.headers['if-match']);
    const { row, zone } = await cancelAppointment(context, user, { appointmentId, version, requestId: request.id });
    return presented(row, zone);
  });

  app.post('/api/appointments/:appointmentId/move', async (request) => {
    const user = await requireUser(context, request);
    const { appointmentId } = parse(appointmentParams, request.params, 'params');
    const to = parse(placeRequest, request.body, 'body');
    const version = requireIfMatch(request.headers['if-match']);
    const moved = await moveAppointment(context, user, { appointmentId, version, to, requestId: request.id });
    return presented(moved.row, moved.zone);
  });

  app.post('/api/appointments/:appointmentId/copy', async (request, reply) => {
    const user = await requireUser(context, request);
    const { appointmentId } = parse(appointmentParams, request.params, 'params');
    const to = parse(placeRequest, request.body, 'body');
    const { row, zone } = await copyAppointment(context, user, { appointmentId, to, requestId: request.id });
    return reply.code(201).send(presented(row, zone));
  });

  app.post('/api/appointments/:appointmentId/state', async (request) => {
    const user = await requireUser(context, request);
    const { appointmentId } = parse(appointmentParams, request.params, 'params');
    const { doubleBook = false, ...to } = parse(bookingStateRequest, request.body, 'body');
    const version = requireIfMatch(request.headers['if-match']);
    const set = await setBookingState(context, user, { appointmentId, version, to, doubleBook, requestId: request.id });
    return presented(set.row, set.zone);
  });
}
