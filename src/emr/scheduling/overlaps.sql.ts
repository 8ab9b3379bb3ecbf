import { statusesWithoutTime } from './bookings.ts';

/**
 * `select from …` of the bookings of tenant $1 that take time of a place: a row of `place` with office_id, provider_id, start_at, end_at.
 * `but` is one more condition on them, as `a`.
 *
 * An index knows where a booking starts. Asked only which start before the place ends, it brings all that the schedule ever had, again for
 * each place. So those that start in the four hours before the place are looked through, and the few that are longer have an index of
 * their own.
 */
export const takingTimeOf = (place: string, but = ''): string => {
  const onSchedule = `a.tenant_id = $1 and a.office_id = ${place}.office_id and a.provider_id = ${place}.provider_id
      and a.end_at > ${place}.start_at and a.status not in (${statusesWithoutTime.map((status) => `'${status}'`).join(', ')})${but}`;
  return `select from appointment a
      where ${onSchedule} and a.start_at < ${place}.end_at and a.start_at > ${place}.start_at - interval '4 hours'
     union all
     select from appointment a
      where ${onSchedule} and a.start_at <= ${place}.start_at - interval '4 hours' and a.end_at - a.start_at > interval '4 hours'`;
};
