import type { Clock } from '../../platform/clock.ts';
import { localDateTime } from '../../platform/zones.ts';

export interface QuietHours {
  readonly quietFrom: string;
  readonly quietTo: string;
}

/** Of a time on the wall, HH:MM. The quiet hours may pass midnight; from and to the same is never. */
export function isQuietAt({ quietFrom, quietTo }: QuietHours, time: string): boolean {
  return quietFrom <= quietTo ? time >= quietFrom && time < quietTo : time >= quietFrom || time < quietTo;
}

export const isQuiet = (hours: QuietHours, zone: string, clock: Clock): boolean =>
  isQuietAt(hours, localDateTime(zone, clock.now()).time);
