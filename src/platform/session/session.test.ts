import { expect, test } from 'vitest';
import { absoluteLimitMs, idleLimitMs, isSeenStale, isSessionAlive, sessionExpiresAt } from './limits.ts';
import { hashPassword, hashToVerify, verifyPassword } from './password.ts';
import { secondsToWait } from './throttle.ts';

const now = new Date('2026-11-24T12:00:00Z');
const before = (ms: number): Date => new Date(now.getTime() - ms);

test('a session ends after 30 idle minutes, to the millisecond', () => {
  expect(isSessionAlive({ createdAt: before(idleLimitMs), lastSeenAt: before(idleLimitMs - 1) }, now)).toBe(true);
  expect(isSessionAlive({ createdAt: before(idleLimitMs), lastSeenAt: before(idleLimitMs) }, now)).toBe(false);
});

test('a session ends twelve hours after sign-in however busy it was', () => {
  const session = { createdAt: before(absoluteLimitMs), lastSeenAt: now };
  expect(isSessionAlive(session, now)).toBe(false);
  expect(sessionExpiresAt(session)).toEqual(now);
});

test('that a session was seen is written down at most once a minute', () => {
  expect(isSeenStale(before(59_999), now)).toBe(false);
  expect(isSeenStale(before(60_000), now)).toBe(true);
});

test('five failures are free, then the wait doubles from 5 seconds to 15 minutes', () => {
  const waits = [0, 1, 4, 5, 6, 7, 12, 13, 100].map((count) => secondsToWait({ count, lastAt: now }, now));
  expect(waits).toEqual([0, 0, 0, 5, 10, 20, 640, 900, 900]);
  expect(secondsToWait(undefined, now)).toBe(0);
});

test('what of the wait has passed counts, and a part of a second is waited in full', () => {
  expect(secondsToWait({ count: 6, lastAt: before(3500) }, now)).toBe(7);
  expect(secondsToWait({ count: 6, lastAt: before(10_000) }, now)).toBe(0);
});

test('a password is verified against its argon2id hash, however its accents were typed', async () => {
  const stored = await hashPassword('fl\u00e9tan bleu');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(stored, 'fle\u0301tan bleu')).toBe(true);
  expect(await verifyPassword(stored, 'fletan bleu')).toBe(false);
});

test('an unknown user costs as much as a known one, and no password fits', async () => {
  expect(await verifyPassword(undefined, 'nobody has this password')).toBe(false);
  const cost = (hash: string) => hash.split('$').slice(0, 4);
  expect(cost(await hashToVerify(undefined))).toEqual(cost(await hashPassword('a')));
});
