// Slots of open hours, on the wall of the office. A time that the clock skips on a day makes no slot; one that it shows twice makes the
// first alone, as booking has it.
import { sha256 } from '../../platform/ids.ts';
import { addDays, instantOf, localDateTime, weekdayOf } from '../../platform/zones.ts';

export interface OpenHours {
  /** ISO: Monday is 1. */
  readonly weekday: number;
  /** HH:MM on the wall of the office. */
  readonly from: string;
  /** HH:MM, or 24:00. */
  readonly until: string;
  readonly slotMinutes: number;
}

export interface OpenSchedule {
  readonly officeId: string;
  readonly providerId: string;
  readonly scheduleId: string;
  readonly zone: string;
  readonly hours: readonly OpenHours[];
}

export interface Slot {
  readonly slotId: string;
  readonly schedule: OpenSchedule;
  readonly startAt: Date;
  readonly endAt: Date;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const two = (number: number): string => String(number).padStart(2, '0');
const timeOf = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** A schedule's name in the ids of its slots: ids of schedules may be as long as ids may be. */
export const slotPrefix = (scheduleId: string): string => sha256(scheduleId).toString('hex').slice(0, 24);

/** Says which schedule, and at what time: nothing about a slot has to be stored. */
export const slotIdOf = (scheduleId: string, startAt: Date): string =>
  `${slotPrefix(scheduleId)}.${startAt.getTime() / 60_000}`;

export interface SlotName {
  readonly prefix: string;
  readonly startAt: Date;
}

export function readSlotId(slotId: string): SlotName | undefined {
  const [, prefix, minutes] = /^([0-9a-f]{24})\.(\d{1,9})$/.exec(slotId) ?? [];
  return prefix === undefined ? undefined : { prefix, startAt: new Date(Number(minutes) * 60_000) };
}

/** Slots that start in [from, until), by start. */
export function slotsOf(schedule: OpenSchedule, from: Date, until: Date): Slot[] {
  const { zone, hours, scheduleId } = schedule;
  if (hours.length === 0 || until <= from) return [];
  const slots: Slot[] = [];
  const last = localDateTime(zone, until).date;
  for (let date = localDateTime(zone, from).date; date <= last; date = addDays(date, 1)) {
    const weekday = weekdayOf(date);
    for (const open of hours.filter((one) => one.weekday === weekday)) {
      const end = minutesOf(open.until);
      for (let minutes = minutesOf(open.from); minutes + open.slotMinutes <= end; minutes += open.slotMinutes) {
        const time = timeOf(minutes);
        const startAt = instantOf(zone, date, time);
        if (startAt < from || startAt >= until || localDateTime(zone, startAt).time !== time) continue;
        const endAt = new Date(startAt.getTime() + open.slotMinutes * 60_000);
        slots.push({ slotId: slotIdOf(scheduleId, startAt), schedule, startAt, endAt });
      }
    }
  }
  return slots.sort((a, b) => a.startAt.getTime() - b.startAt.getTime());
}
