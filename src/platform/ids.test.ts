import { expect, test } from 'vitest';
import { newErrorId, newId, randomToken, sha256 } from './ids.ts';

test('ids are UUIDs of version 7 whose first 48 bits are the time in milliseconds', () => {
  const before = Date.now();
  const id = newId();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThanOrEqual(Date.now());
});

test('ten thousand ids, tokens and error ids are all different', () => {
  for (const make of [newId, randomToken, newErrorId]) {
    expect(new Set(Array.from({ length: 10_000 }, () => make())).size).toBe(10_000);
  }
});

test('a token is 32 random bytes in URL-safe letters, and is stored as its digest', () => {
  expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
