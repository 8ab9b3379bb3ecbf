import { describe, expect, it } from 'vitest';
import { randomToken } from '../../platform/ids.ts';
import { formSteps, makeFormToken, readFormToken } from '../public-page/form-token.ts';
import { type Answer, birthDateOf, type LinkedBooking, type LinkTerms, standingOf } from './links.ts';

const now = new Date('2026-11-24T17:00:00Z');
const startAt = new Date('2026-11-27T18:00:00Z');
const meaning = { startAt, officeId: 'hill', providerId: 'abel' };
const link: LinkTerms = { ...meaning, purpose: 'both', cancelNoticeMinutes: 24 * 60 };
const booked: LinkedBooking = {
  ...meaning,
  status: 'booked',
  participation: 'needs-action',
  patientId: 'p1',
  state: 'present',
  masked: false,
};
const moved = { ...booked, startAt: new Date('2026-11-27T18:15:00Z') };
const answered = (kind: Answer['kind'], state: Answer['state']): Answer => ({
  kind,
  state,
  since: now,
  reason: state === 'task' ? 'refused' : null,
});
const is = (booking: LinkedBooking, answer: Answer | null = null, terms = link, at = now) =>
  standingOf(terms, booking, answer, at).is;

describe('a link without an answer', () => {
  it('is open while the appointment is as it was meant', () => {
    expect(standingOf(link, booked, null, now)).toEqual({
      is: 'open',
      confirmed: false,
      canConfirm: true,
      canCancel: true,
      tooLateToCancel: false,
    });
    expect(is({ ...booked, state: 'unconfirmed' })).toBe('open');
    expect(standingOf(link, { ...booked, masked: true }, null, now)).toMatchObject({ is: 'open', canConfirm: true });
    expect(standingOf(link, { ...booked, participation: 'accepted' }, null, now)).toMatchObject({
      confirmed: true,
      canConfirm: false,
      canCancel: true,
    });
  });

  it('leads nowhere once it was moved, cancelled, is no longer visible or has begun', () => {
    const gone: LinkedBooking[] = [
      moved,
      { ...booked, officeId: 'shore' },
      { ...booked, providerId: 'cho' },
      ...['cancelled', 'arrived', 'fulfilled', 'noshow', 'entered-in-error'].map((status) => ({ ...booked, status })),
      ...['deleted', 'visibility-lost', 'released', 'out-of-window', 'not-selected'].map((state) => ({
        ...booked,
        state,
      })),
    ];
    expect(gone.map((booking) => is(booking))).toEqual(gone.map(() => 'nowhere'));
    expect(is(booked, null, link, new Date(startAt.getTime() - 1))).toBe('open');
    expect(is(booked, null, link, startAt)).toBe('nowhere');
  });

  it('lets only what it was made for be done, and cancelling only with its notice', () => {
    const choice = (terms: Partial<LinkTerms>, at = now) => standingOf({ ...link, ...terms }, booked, null, at);
    expect(choice({ purpose: 'confirm' })).toMatchObject({
      canConfirm: true,
      canCancel: false,
      tooLateToCancel: false,
    });
    expect(choice({ purpose: 'cancel' })).toMatchObject({ canConfirm: false, canCancel: true });
    const late = new Date(startAt.getTime() - 24 * 60 * 60_000);
    expect(choice({}, late)).toMatchObject({ canConfirm: true, canCancel: false, tooLateToCancel: true });
    expect(choice({}, new Date(late.getTime() - 1))).toMatchObject({ canCancel: true, tooLateToCancel: false });
  });
});

describe('a link with an answer', () => {
  const accepted = { ...booked, participation: 'accepted' };
  const cancelled = { ...booked, status: 'cancelled' };
  it('says confirmed or cancelled where the EMR has acknowledged it and has it so', () => {
    expect(is(accepted, answered('mark-confirmed', 'acknowledged'))).toBe('confirmed');
    expect(is({ ...accepted, status: 'arrived' }, answered('mark-confirmed', 'acknowledged'))).toBe('confirmed');
    expect(is(cancelled, answered('cancel', 'acknowledged'))).toBe('cancelled');
    expect(is({ ...booked, state: 'deleted' }, answered('cancel', 'acknowledged'))).toBe('cancelled');
  });

  it('waits while it is on its way, also while the booking may not be seen', () => {
    for (const state of ['queued', 'sending', 'conflict', 'retrying', 'parked'] as const) {
      expect(is(booked, answered('mark-confirmed', state))).toBe('waiting');
      expect(is({ ...booked, state: 'visibility-lost' }, answered('mark-confirmed', state))).toBe('waiting');
      expect(is(booked, answered('cancel', state))).toBe('waiting');
    }
  });

  it('has the patient call in every other case', () => {
    for (const kind of ['mark-confirmed', 'cancel'] as const) {
      expect(is(booked, answered(kind, 'task'))).toBe('call');
      expect(is(moved, answered(kind, 'acknowledged'))).toBe('call');
      expect(is(moved, answered(kind, 'parked'))).toBe('call');
      expect(is(booked, answered(kind, 'acknowledged'))).toBe('call');
    }
    expect(is(cancelled, answered('mark-confirmed', 'acknowledged'))).toBe('call');
    expect(is({ ...accepted, state: 'deleted' }, answered('mark-confirmed', 'acknowledged'))).toBe('call');
  });

  it('leads nowhere after the start all the same', () => {
    expect(is(accepted, answered('mark-confirmed', 'acknowledged'), link, startAt)).toBe('nowhere');
  });
});

it('takes a birth date only where a real day that has been is written in full', () => {
  const today = '2026-11-24';
  expect(birthDateOf(' 2', '1', '1980 ', today)).toBe('1980-01-02');
  expect(birthDateOf('24', '11', '2026', today)).toBe(today);
  const none = [
    ['', '', ''],
    ['2', '', '1980'],
    ['2', '1', '80'],
    ['30', '2', '1980'],
    ['0', '1', '1980'],
    ['2', '13', '1980'],
    ['a', '1', '1980'],
    ['2', '1', '19800'],
    ['25', '11', '2026'],
    ['1', '1', '1700'],
    ['-1', '1', '1980'],
  ] as const;
  expect(none.map(([day, month, year]) => birthDateOf(day, month, year, today))).toEqual(none.map(() => undefined));
});

describe('the token of a form', () => {
  const key = Buffer.from(randomToken(), 'base64url');
  it('is read back by the link that made it, while it is fresh', () => {
    for (const step of formSteps) expect(readFormToken(key, makeFormToken(key, step, now), now)).toBe(step);
    const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
    expect(readFormToken(key, makeFormToken(key, 'form', now), later(60))).toBe('form');
    expect(readFormToken(key, makeFormToken(key, 'form', now), later(61))).toBeUndefined();
    expect(readFormToken(key, makeFormToken(key, 'known', now), later(15))).toBe('known');
    expect(readFormToken(key, makeFormToken(key, 'known', now), later(16))).toBeUndefined();
    expect(readFormToken(key, makeFormToken(key, 'form', later(5)), now)).toBeUndefined();
  });

  it('is nothing for another link, as another step, changed, or empty', () => {
    const token = makeFormToken(key, 'form', now);
    expect(readFormToken(Buffer.from(randomToken(), 'base64url'), token, now)).toBeUndefined();
    const [, seconds, signature] = token.split('.');
    for (const bad of [
      '',
      'form',
      `known.${seconds}.${signature}`,
      `form.${Number(seconds) + 1}.${signature}`,
      `${token}A`,
    ])
      expect(readFormToken(key, bad, now)).toBeUndefined();
  });
});
