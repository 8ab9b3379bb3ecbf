import { expect, test } from 'vitest';
import { fixedClock } from './clock.ts';

test('a fixed clock stands still until it is moved, and hands out dates that nobody else can change', () => {
  const clock = fixedClock('2026-11-24T09:00:00Z');
  clock.now().setFullYear(1999);
  expect(clock.now().toISOString()).toBe('2026-11-24T09:00:00.000Z');
  clock.advance(90_000);
  expect(clock.now().toISOString()).toBe('2026-11-24T09:01:30.000Z');
});
