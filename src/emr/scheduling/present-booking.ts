import { instantOf, localDateTime, localText } from '../../platform/zones.ts';
import { settableStates, stateOf, wireOf } from '../contract/booking-states.ts';
import type { DayAppointment } from '../contract/scheduler.ts';
import { isOver, mayBecome } from './bookings.ts';
import type { AppointmentRow } from './scheduling.sql.ts';

const minuteMs = 60_000;

/** A booking as the scheduler shows it: by the clock of its office, with what may be done with it. */
export function presented(row: AppointmentRow, zone: string): DayAppointment {
  const { startAt, endAt, status, patientId, patientDisplay } = row;
  const known = patientDisplay === null ? 'masked' : { patientId: patientId!, display: patientDisplay };
  const start = localDateTime(zone, startAt);
  const state = stateOf(row);
  return {
    appointmentId: row.appointmentId,
    version: row.version,
    start: start.time,
    end: localDateTime(zone, endAt).time,
    again: startAt.getTime() - instantOf(zone, start.date, start.time).getTime() >= minuteMs,
    minutes: Math.round((endAt.getTime() - startAt.getTime()) / minuteMs),
    status,
    participation: row.participation,
    type: row.type,
    reason: row.reason,
    clinicStatus: row.clinicStatus,
    reminded: row.remindedAt && localText(zone, row.remindedAt).slice(0, 16),
    becomes: settableStates.filter((one) => one !== state && mayBecome(status, wireOf(one).status)),
    movable: !isOver(status),
    patient: patientId === null ? null : known,
  };
}
