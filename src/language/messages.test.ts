import { describe, expect, it } from 'vitest';
import { formatDate, formatNumber } from './dates.ts';
import { format, formatRich, isMessageKey, languageOf, type MessageKey } from './messages.ts';

const narrowSpace = '\u00a0';

describe('a message', () => {
  it('is formatted in both languages with the plural rules of each', () => {
    expect(format('en', 'problem.too-many', { seconds: 1 })).toContain('Wait 1 second,');
    expect(format('en', 'problem.too-many', { seconds: 0 })).toContain('Wait 0 seconds,');
    // French counts nought as one.
    expect(format('fr', 'problem.too-many', { seconds: 0 })).toContain('Attendez 0 seconde,');
    expect(format('fr', 'problem.too-many', { seconds: 2 })).toContain('Attendez 2 secondes,');
  });

  it('keeps an apostrophe before a placeholder', () => {
    expect(format('fr', 'help.support.first', { who: 'l’administrateur' })).toBe(
      'Adressez-vous d’abord à l’administrateur.',
    );
  });

  it('never throws, so that an error sentence does not die of a missing parameter', () => {
    expect(format('en', 'problem.unknown')).toContain('{id}');
    expect(format('en', 'no.such.key' as MessageKey)).toBe('no.such.key');
    expect(formatRich('en', 'problem.unknown', undefined, { b: join, i: join, a: join })[0]).toContain('{id}');
  });

  it('shows what a parameter says as text, whatever it contains', () => {
    expect(format('en', 'problem.unknown', { id: '<b>{x}</b>' })).toContain('quote <b>{x}</b> when');
  });

  it('is told from other text', () => {
    expect(isMessageKey('frame.help')).toBe(true);
    expect(isMessageKey('toString')).toBe(false);
  });
});

const join = (words: unknown[]): string => words.join('');

describe('the language of a request', () => {
  it('is the first of ours by weight, and English when none is named', () => {
    expect(languageOf('fr-CA,fr;q=0.9,en;q=0.8')).toBe('fr');
    expect(languageOf('de, en;q=0.5, fr;q=0.7')).toBe('fr');
    expect(languageOf('fr;q=0, en')).toBe('en');
    expect(languageOf('de')).toBe('en');
    expect(languageOf('')).toBe('en');
    expect(languageOf(undefined)).toBe('en');
    expect(languageOf(';;,q=;fr')).toBe('en');
  });
});

describe('a calendar date', () => {
  it('is written without any time zone', () => {
    expect(formatDate('en', '2026-11-24')).toBe('Tue 24 Nov 2026');
    expect(formatDate('fr', '2026-11-24')).toBe('mar. 24 nov. 2026');
    expect(formatDate('en', '2026-11-24', 'day')).toBe('24 Nov 2026');
    expect(formatDate('en', '2026-11-24', 'short')).toBe('24 Nov');
    expect(formatDate('en', '2026-11-24', 'long')).toBe('Tuesday 24 November 2026');
    expect(formatDate('fr', '2026-12-01', 'long')).toBe('mardi 1er décembre 2026');
    expect(formatDate('fr', '2024-02-29', 'short')).toBe('29 févr.');
  });

  it('is shown as it came when there is no such day', () => {
    for (const text of ['2026-02-29', '2026-13-01', '24 Nov', '']) expect(formatDate('en', text)).toBe(text);
  });
});

it('a number has the separators of its language', () => {
  expect(formatNumber('en', 3396.5)).toBe('3,396.5');
  expect(formatNumber('fr', 3396.5)).toBe(`3${narrowSpace}396,5`);
});
