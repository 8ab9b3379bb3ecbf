import { describe, expect, it } from 'vitest';
import { type OpenSchedule, readSlotId, slotIdOf, slotPrefix, slotsOf } from './slots.ts';

const schedule = (zone: string, hours: OpenSchedule['hours']): OpenSchedule => ({
  officeId: 'o',
  providerId: 'p',
  scheduleId: 's',
  zone,
  hours,
});
const starts = (of: OpenSchedule, from: string, until: string): string[] =>
  slotsOf(of, new Date(from), new Date(until)).map(({ startAt }) => startAt.toISOString().slice(0, 16));

describe('slots of open hours', () => {
  it('lie on the wall of the office, on their weekday, whole ones alone, and start within the bounds', () => {
    // 23 November 2026 is a Monday; Vancouver stands at UTC-7 all year from 2026 on.
    const open = schedule('America/Vancouver', [{ weekday: 1, from: '09:00', until: '10:10', slotMinutes: 30 }]);
    expect(starts(open, '2026-11-22T00:00:00Z', '2026-11-30T00:00:00Z')).toEqual([
      '2026-11-23T16:00',
      '2026-11-23T16:30',
    ]);
    expect(starts(open, '2026-11-23T16:30:00Z', '2026-11-30T16:00:00Z')).toEqual(['2026-11-23T16:30']);
    expect(starts(open, '2026-11-24T00:00:00Z', '2026-11-30T00:00:00Z')).toEqual([]);
  });

  it('are not made at a time that the clock skips, and once at one that it shows twice', () => {
    const night = schedule('America/Toronto', [{ weekday: 7, from: '01:00', until: '03:30', slotMinutes: 30 }]);
    // 14 March 2027: from 2:00 to 3:00 there is no time.
    expect(starts(night, '2027-03-14T05:00:00Z', '2027-03-15T04:00:00Z')).toEqual([
      '2027-03-14T06:00',
      '2027-03-14T06:30',
      '2027-03-14T07:00',
    ]);
    // 7 November 2027: 1:00 to 2:00 comes twice.
    expect(starts(night, '2027-11-07T04:00:00Z', '2027-11-08T05:00:00Z')).toEqual([
      '2027-11-07T05:00',
      '2027-11-07T05:30',
      '2027-11-07T07:00',
      '2027-11-07T07:30',
      '2027-11-07T08:00',
    ]);
  });

  it('reach to the end of the day, and are named so that the name says when and where', () => {
    const late = schedule('America/Toronto', [{ weekday: 2, from: '23:00', until: '24:00', slotMinutes: 60 }]);
    expect(starts(late, '2026-11-24T00:00:00Z', '2026-11-26T00:00:00Z')).toEqual(['2026-11-25T04:00']);
    const id = slotIdOf('s'.repeat(64), new Date('2026-11-25T04:00:00Z'));
    expect(id).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
    expect(readSlotId(id)).toEqual({ prefix: slotPrefix('s'.repeat(64)), startAt: new Date('2026-11-25T04:00:00Z') });
    expect(readSlotId('x.1')).toBeUndefined();
  });
});
