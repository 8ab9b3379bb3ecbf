import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppointmentStatus, DayAppointment } from '../../contract/scheduler.ts';
import {
  closedIn,
  droppedAt,
  gapsIn,
  hoursOf,
  placeBookings,
  quarterAt,
  skippedIn,
  spanOf,
  takesTime,
  timeOf,
} from './day-layout.ts';

const booking = (start: string, minutes: number, status: AppointmentStatus = 'booked'): DayAppointment => ({
  appointmentId: `${start} ${minutes} ${status}`,
  version: 1,
  start,
  end: '',
  minutes,
  status,
  participation: 'needs-action',
  type: null,
  reason: null,
  again: false,
  clinicStatus: null,
  reminded: null,
  becomes: [],
  movable: true,
  patient: null,
});
const day = { from: 8 * 60, to: 12 * 60 };
const gaps = (...bookings: DayAppointment[]) =>
  gapsIn(bookings, day).map(({ from, to }) => `${timeOf(from)}–${timeOf(to)}`);

describe('the day of a schedule', () => {
  it('puts a double booking side by side, and what follows it across the whole column again', () => {
    const placed = placeBookings([booking('10:00', 30), booking('10:15', 30), booking('10:45', 15)]);
    expect(placed.map(({ lane, lanes }) => [lane, lanes])).toEqual([
      [0, 2],
      [1, 2],
      [0, 1],
    ]);
  });

  it('takes up a lane that is free again', () => {
    const placed = placeBookings([booking('10:00', 60), booking('10:00', 15), booking('10:30', 15)]);
    expect(placed.map(({ lane, lanes }) => [lane, lanes])).toEqual([
      [0, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('has gaps only where nothing takes the time; cancelled and no-show do not', () => {
    expect(gaps()).toEqual(['08:00–12:00']);
    expect(gaps(booking('08:00', 30), booking('09:00', 180))).toEqual(['08:30–09:00']);
    expect(gaps(booking('08:00', 240, 'cancelled'), booking('09:00', 60, 'noshow'))).toEqual(['08:00–12:00']);
    expect(gaps(booking('08:00', 120), booking('08:30', 15), booking('10:00', 120))).toEqual([]);
  });

  it('shows whole hours that hold every booking', () => {
    const schedule = { providerId: 'p', display: 'p', bookingsWithheld: false, open: null };
    const hours = (...appointments: DayAppointment[]) => hoursOf([{ ...schedule, appointments }]);
    expect(hours()).toEqual({ from: 480, to: 1020 });
    expect(hours(booking('06:45', 15), booking('18:50', 15))).toEqual({ from: 360, to: 1140 + 60 });
  });

  it('ends at midnight at the latest', () => {
    expect(spanOf(booking('23:30', 60))).toEqual({ from: 1410, to: 1440 });
  });

  it('points at the quarter of an hour under the hand, and never outside the gap', () => {
    const gap = { from: 8 * 60 + 10, to: 9 * 60 };
    expect(timeOf(quarterAt(gap, 0))).toBe('08:10');
    expect(timeOf(quarterAt(gap, 0.5))).toBe('08:30');
    expect(timeOf(quarterAt(gap, 1))).toBe('08:45');
  });

  it('knows when nobody is in, and nothing where nobody has said', () => {
    const closed = (open: Parameters<typeof closedIn>[0]) =>
      closedIn(open, day).map(({ from, to }) => `${timeOf(from)}–${timeOf(to)}`);
    expect(closed(null)).toEqual([]);
    expect(closed([])).toEqual(['08:00–12:00']);
    expect(
      closed([
        { from: '07:00', until: '09:00' },
        { from: '10:00', until: '24:00' },
      ]),
    ).toEqual(['09:00–10:00']);
  });

  it('shows the times that the clock skips, and nothing where it shows some twice', () => {
    const night = { from: 60, to: 300 };
    expect(skippedIn({ from: '02:00', to: '03:00' }, night)).toEqual({ from: 120, to: 180 });
    expect(skippedIn({ from: '02:00', to: '03:00' }, day)).toBeUndefined();
    expect(skippedIn({ from: '02:00', to: '01:00' }, night)).toBeUndefined();
    expect(skippedIn(null, night)).toBeUndefined();
  });

  it('takes a dropped block to the nearest quarter, inside the day', () => {
    expect([479, 487, 488, 720, 900].map((minute) => timeOf(droppedAt(day, minute)))).toEqual([
      '08:00',
      '08:00',
      '08:15',
      '11:45',
      '11:45',
    ]);
  });

  it('never draws two bookings over each other, and offers no taken minute', () => {
    const one = fc
      .record({ at: fc.integer({ min: 0, max: 95 }), quarters: fc.integer({ min: 1, max: 8 }), off: fc.boolean() })
      .map(({ at, quarters, off }) => booking(timeOf(at * 15), quarters * 15, off ? 'cancelled' : 'booked'));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (bookings) => {
        const placed = placeBookings(bookings);
        expect(placed).toHaveLength(bookings.length);
        for (const [index, a] of placed.entries()) {
          expect(a.lane).toBeLessThan(a.lanes);
          for (const b of placed.slice(index + 1)) {
            if (a.from < b.to && b.from < a.to) {
              expect(a.lane).not.toBe(b.lane);
              expect(a.lanes).toBe(b.lanes);
            }
          }
        }
        for (const gap of gapsIn(bookings, { from: 0, to: 1440 }))
          for (const taken of bookings.filter(takesTime).map(spanOf))
            expect(gap.from < taken.to && taken.from < gap.to).toBe(false);
      }),
    );
  });
});
