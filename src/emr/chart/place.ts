import { problem } from '../../platform/problem.ts';
import { instantOf, localDateTime } from '../../platform/zones.ts';
import type { LocalTime } from '../contract/chart.ts';

/** The instant at which the clock of the office shows this. A time that it skips is refused rather than moved. */
export function instantAt(zone: string, { date, time }: LocalTime): Date {
  const instant = instantOf(zone, date, time);
  if (localDateTime(zone, instant).time !== time) throw problem('invalid', 'emr.problem.skipped-time', { time, date });
  return instant;
}

export function localTime(zone: string, instant: Date): LocalTime {
  const { date, time } = localDateTime(zone, instant);
  return { date, time };
}
