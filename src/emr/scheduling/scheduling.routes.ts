import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { bitOf } from '../../fhir/columns.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { endOfDay, localDateTime, startOfDay, todayIn } from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import {
  bookRequest,
  type DayAppointment,
  type MyOffice,
  type SchedulerDay,
  schedulerDayQuery,
} from '../contract/scheduler.ts';
import { requireIfMatch } from '../if-match.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal } from '../principal.ts';
import { requireUser } from '../session/session.routes.ts';
import { bookAppointment } from './book-appointment.ts';
import { cancelAppointment } from './cancel-appointment.ts';
import { type AppointmentRow, listDay, listVisibleSchedules } from './scheduling.sql.ts';

const appointmentParams = z.object({ appointmentId: z.string().min(1).max(64) });

function presented(row: AppointmentRow, zone: string): DayAppointment {
  const { appointmentId, version, startAt, endAt, status, participation, type, patientId, patientDisplay } = row;
  const known = patientDisplay === null ? 'masked' : { patientId: patientId!, display: patientDisplay };
  return {
    appointmentId,
    version,
    start: localDateTime(zone, startAt).time,
    end: localDateTime(zone, endAt).time,
    minutes: Math.round((endAt.getTime() - startAt.getTime()) / 60_000),
    status,
    participation,
    type,
    patient: patientId === null ? null : known,
  };
}

export function registerScheduling(app: FastifyInstance, context: EmrContext): void {
  const { pool, clock } = context;
  const withToday = (office: Omit<MyOffice, 'today'>): MyOffice => ({ ...office, today: todayIn(office.zone, clock) });

  app.get('/api/offices', async (request) => {
    const user = await requireUser(context, request);
    const offices = await asPrincipal(pool, user, (tx) => listOwnOffices(tx, user.tenantId, user.userId), {
      readOnly: true,
    });
    return offices.map(withToday);
  });

  app.get('/api/scheduler/day', async (request): Promise<SchedulerDay> => {
    const user = await requireUser(context, request);
    const { office: officeId, date } = parse(schedulerDayQuery, request.query, 'query');
    return asPrincipal(
      pool,
      user,
      async (tx) => {
        const found = (await listOwnOffices(tx, user.tenantId, user.userId)).find(
          (office) => office.officeId === officeId,
        );
        if (!found) throw problem('not-found', 'emr.problem.not-your-office');
        const office = withToday(found);
        const schedules = await listVisibleSchedules(tx, user.tenantId, user.userId, officeId);
        const range = { officeId, from: startOfDay(office.zone, date), to: endOfDay(office.zone, date) };
        const appointments = await listDay(tx, user.tenantId, user.userId, range);
        return {
          office,
          date,
          now: office.today === date ? localDateTime(office.zone, clock.now()).time : null,
          schedules: schedules.map(({ providerId, display, columns }) => ({
            providerId,
            display,
            bookingsWithheld: (columns & bitOf.Scheduling) === 0,
            appointments: appointments
              .filter((row) => row.providerId === providerId)
              .map((row) => presented(row, office.zone)),
          })),
        };
      },
      { readOnly: true, isolation: 'repeatable read' },
    );
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
}
