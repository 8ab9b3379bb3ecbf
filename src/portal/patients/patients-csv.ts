import type { MessageKey } from '../../language/messages.ts';
import { csvText } from '../../platform/csv.ts';
import { bookingStatusOf } from '../contract/booking-status.ts';
import type { PatientsPage } from '../contract/patients.ts';

/** The day as a spreadsheet reads it: a line for each booking that is listed, in the order of the list. */
export function patientsCsv(
  { date, schedules, bookings }: PatientsPage,
  t: (key: MessageKey) => string,
): AsyncGenerator<string> {
  const head: readonly MessageKey[] = [
    'portal.csv.date',
    'portal.list.time',
    'portal.csv.until',
    'portal.office',
    'portal.providers',
    'portal.list.patient',
    'portal.panel.birth-date',
    'portal.csv.patient-id',
    'portal.csv.booking-id',
    'portal.list.type',
    'portal.list.status',
    'portal.message',
  ];
  const named = new Map(schedules.map((one) => [`${one.officeId}\n${one.providerId}`, one]));
  return csvText(head.map(t), [bookings], (one) => {
    const schedule = named.get(`${one.officeId}\n${one.providerId}`);
    const status = bookingStatusOf(one);
    return [
      date,
      one.start,
      one.end,
      schedule?.officeName ?? one.officeId,
      schedule?.providerDisplay ?? one.providerId,
      one.patient?.display,
      one.patient?.birthDate,
      one.patient?.patientId,
      one.bookingId,
      one.type,
      status ? t(`portal.status.${status}`) : one.status,
      t(`portal.message.${one.message}`),
    ];
  });
}
