import { expect, it } from 'vitest';
import { dayAfter } from './day-after.ts';
import { initialsOf } from './person.ts';
import { triStateOf } from './tri-state.ts';

it('the day after passes months, leap days and clock changes, and is none for what is no date', () => {
  expect(dayAfter('2026-11-30', 1)).toBe('2026-12-01');
  expect(dayAfter('2024-03-01', -1)).toBe('2024-02-29');
  expect(dayAfter('2026-03-08', 1)).toBe('2026-03-09');
  expect(dayAfter('', 1)).toBeUndefined();
  expect(dayAfter('2026-13-01', 1)).toBeUndefined();
});

it('initials leave titles out', () => {
  expect(initialsOf('Dr. Fern Wobbleton')).toBe('FW');
  expect(initialsOf('Dre Élodie de la Tour')).toBe('ÉT');
  expect(initialsOf('Ada')).toBe('A');
  expect(initialsOf('')).toBe('');
});

it('a header toggle says all only when there is something and all of it is held', () => {
  expect(triStateOf(0, 0)).toBe('none');
  expect(triStateOf(0, 3)).toBe('none');
  expect(triStateOf(2, 3)).toBe('some');
  expect(triStateOf(3, 3)).toBe('all');
});
