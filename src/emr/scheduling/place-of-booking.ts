import { problem } from '../../platform/problem.ts';
import { instantOf, localDateTime } from '../../platform/zones.ts';
import type { PlaceRequest } from '../contract/scheduler.ts';
import type { Place } from './scheduling.sql.ts';

/** Where a request puts a booking, by the clock of the office. A time that the clock skips is refused rather than moved. */
export function placeAt(zone: string, { officeId, providerId, date, start, minutes }: PlaceRequest): Place {
  const startAt = instantOf(zone, date, start);
  if (localDateTime(zone, startAt).time !== start) {
    throw problem('invalid', 'emr.problem.skipped-time', { time: start, date });
  }
  return { officeId, providerId, startAt, endAt: new Date(startAt.getTime() + minutes * 60_000) };
}
