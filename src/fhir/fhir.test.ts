import { describe, expect, it } from 'vitest';
import { parseDateCondition } from './dates.ts';
import { suppressedOutcome, withheldCellsIn } from './outcome.ts';
import { parseReference, splitAlternatives } from './search-query.ts';

describe('a date in a search', () => {
  it.each([
    ['2026', '2026-01-01T00:00:00.000000Z', '2027-01-01T00:00:00.000000Z'],
    ['2026-12', '2026-12-01T00:00:00.000000Z', '2027-01-01T00:00:00.000000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000000Z', '2024-03-01T00:00:00.000000Z'],
    ['2026-11-24T08:00', '2026-11-24T08:00:00.000000Z', '2026-11-24T08:01:00.000000Z'],
    ['2026-11-24T08:00:00-05:00', '2026-11-24T13:00:00.000000Z', '2026-11-24T13:00:01.000000Z'],
    ['2026-11-24T08:00:00.1Z', '2026-11-24T08:00:00.100000Z', '2026-11-24T08:00:00.200000Z'],
    ['2026-11-24T08:00:00.123456Z', '2026-11-24T08:00:00.123456Z', '2026-11-24T08:00:00.123457Z'],
  ])('%s is a range as wide as its precision', (text, from, until) => {
    expect(parseDateCondition(text)).toEqual({ prefix: 'eq', from, until });
    expect(parseDateCondition(`sa${text}`)?.prefix).toBe('gt');
  });

  it.each(['', '2026-13', '2026-02-30', '2026-11-24T25:00', 'ap2026', '24.11.2026', "2026'--"])(
    '%s is refused',
    (text) => {
      expect(parseDateCondition(text)).toBeUndefined();
    },
  );
});

describe('values of a search', () => {
  it('are split at commas that are not escaped', () => {
    expect(splitAlternatives('a,b\\,c,\\\\')).toEqual(['a', 'b,c', '\\']);
  });

  it('name a resource by id, by type and id, or by its address here', () => {
    expect(parseReference('x', 'https://e/fhir')).toEqual({ type: undefined, id: 'x' });
    expect(parseReference('Location/x', 'https://e/fhir')).toEqual({ type: 'Location', id: 'x' });
    expect(parseReference('https://e/fhir/Location/x', 'https://e/fhir')).toEqual({ type: 'Location', id: 'x' });
    expect(parseReference('https://other/fhir/Location/x', 'https://e/fhir')).toBeUndefined();
  });
});

describe('a suppressed outcome', () => {
  it('names cells that a program reads back', () => {
    const cells = [{ officeId: 'a', providerId: 'p', column: 'Scheduling' as const }, { officeId: 'b' }];
    expect(withheldCellsIn(JSON.parse(JSON.stringify(suppressedOutcome(cells, 'text'))))).toEqual(cells);
    expect(withheldCellsIn({ resourceType: 'Bundle' })).toEqual([]);
  });
});
