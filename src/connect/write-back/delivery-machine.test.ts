import { expect, test } from 'vitest';
import { waitMs } from '../../platform/back-off.ts';
import { afterwards, type DeliveryState, deliveryEvents, stateAfter } from './delivery-machine.ts';

const states = Object.keys(afterwards) as DeliveryState[];
const leadsTo = (from: DeliveryState): DeliveryState[] =>
  deliveryEvents.map((event) => afterwards[from][event]).filter((next) => next !== null);

test('whatever is done to a write-back, it can still come to rest, and what rests is left alone', () => {
  const resting: DeliveryState[] = ['acknowledged', 'task'];
  for (const state of resting) expect(leadsTo(state)).toEqual([]);
  for (const state of states) {
    const reached = new Set([state]);
    for (const from of reached) for (const next of leadsTo(from)) reached.add(next);
    expect(resting.filter((one) => reached.has(one)).length, state).toBeGreaterThan(0);
  }
});

test('parked is left by a grant alone, and nothing is acknowledged that was not being sent or read', () => {
  expect(deliveryEvents.filter((event) => afterwards.parked[event] !== null)).toEqual(['granted']);
  expect(states.filter((state) => leadsTo(state).includes('acknowledged'))).toEqual(['sending', 'conflict']);
});

test('an event that cannot happen is a fault, and says so', () => {
  expect(() => stateAfter('parked', 'claimed')).toThrow("a write-back that is parked met 'claimed'");
  expect(stateAfter('sending', 'changed')).toBe('conflict');
});

test('waits double up to ten minutes, are spread from nothing to all of it, and are never shorter than the EMR asked for', () => {
  expect([1, 2, 3, 4].map((failures) => waitMs(failures, 1))).toEqual([2_000, 4_000, 8_000, 16_000]);
  expect([20, 1_000].map((failures) => waitMs(failures, 1))).toEqual([600_000, 600_000]);
  expect(waitMs(5, 0)).toBe(0);
  for (const random of [0, 0.5, 1]) {
    const wait = waitMs(3, random, { retryAfterMs: 60_000 });
    expect(wait).toBeGreaterThanOrEqual(60_000);
    expect(wait).toBeLessThanOrEqual(62_000);
  }
});
