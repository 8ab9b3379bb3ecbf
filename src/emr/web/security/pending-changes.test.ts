import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allColumns, bitOf, columnSet } from '../../../fhir/columns.ts';
import {
  cellStateOf,
  changesOf,
  countChanges,
  endOf,
  endsWithin,
  isGap,
  noChanges,
  placesOf,
  requestOf,
  targetOf,
  toggled,
  withTargets,
} from './pending-changes.ts';
import { placeIn, testMatrix, testOffice, testRow } from './test-matrix.ts';

const matrix = testMatrix('7', [
  testOffice('hill', [testRow('quill', allColumns), testRow('wobbleton', 0)]),
  testOffice('square', [testRow('quill', columnSet('Visible', 'Labs'), { accessUntilDay: '2026-11-30' })]),
]);
const wobbleton = placeIn(matrix, 'hill/wobbleton');
const inSquare = placeIn(matrix, 'square/quill');

describe('pending changes', () => {
  it('are none any more once a cell is back where it was', () => {
    const once = toggled(noChanges, [wobbleton], bitOf.Visible);
    expect(once.size).toBe(1);
    expect(toggled(once, [wobbleton], bitOf.Visible)).toEqual(noChanges);
  });

  it('tick everything of a header, and clear it only where all of it is ticked', () => {
    const places = placesOf(matrix);
    const all = toggled(noChanges, places, bitOf.Visible);
    expect(places.map((place) => targetOf(all, place).columns & bitOf.Visible)).toEqual([32, 32, 32]);
    const none = toggled(all, places, bitOf.Visible);
    expect(places.map((place) => targetOf(none, place).columns & bitOf.Visible)).toEqual([0, 0, 0]);
  });

  it('know the pair: the same provider in another office stays as it was', () => {
    const pending = toggled(noChanges, [inSquare], bitOf.Labs);
    expect(requestOf(matrix, pending)).toEqual([
      { officeId: 'square', providerId: 'quill', columns: columnSet('Visible'), accessUntilDay: '2026-11-30' },
    ]);
  });

  it('list each cell and each date once, in the order of the table', () => {
    const pending = withTargets(toggled(noChanges, [wobbleton], columnSet('Patient', 'Visible')), [
      [inSquare, { columns: inSquare.row.columns, accessUntilDay: null }],
    ]);
    const changes = changesOf(matrix, pending);
    expect(changes.map(({ cells, until }) => ({ cells, until }))).toEqual([
      {
        cells: [
          { column: 'Patient', granted: true },
          { column: 'Visible', granted: true },
        ],
        until: undefined,
      },
      { cells: [], until: { from: '2026-11-30', to: null } },
    ]);
    expect(countChanges(changes)).toBe(3);
  });

  it('send exactly the rows that differ from what is saved, whatever was toggled on the way', () => {
    const places = placesOf(matrix);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.subarray(places, { minLength: 1 }), fc.integer({ min: 1, max: 63 }))),
        (acts) => {
          const pending = acts.reduce((now, [some, set]) => toggled(now, some, set), noChanges);
          const sent = new Set(
            requestOf(matrix, pending).map(({ officeId, providerId }) => `${officeId}/${providerId}`),
          );
          for (const place of places) {
            const differs = targetOf(pending, place).columns !== place.row.columns;
            expect(sent.has(`${place.office.officeId}/${place.row.providerId}`)).toBe(differs);
          }
        },
      ),
    );
  });
});

describe('a cell', () => {
  it('shows what Save would do to it', () => {
    const granted = { columns: bitOf.Labs, accessUntilDay: null };
    expect(cellStateOf(wobbleton, granted, 'Labs', true)).toBe('will-grant');
    expect(cellStateOf(wobbleton, granted, 'EMR', true)).toBe('needed');
    expect(cellStateOf(wobbleton, granted, 'EMR', false)).toBe('not-held');
    expect(cellStateOf(inSquare, { columns: 0, accessUntilDay: null }, 'Labs', true)).toBe('will-take');
  });

  it('of a lapsed row is lapsed until a new date is set', () => {
    const row = testRow('marmalade', allColumns, { accessUntilDay: '2026-11-23', lapsed: true });
    const place = { office: testOffice('hill', [row]), row };
    expect(isGap(place)).toBe(true);
    expect(cellStateOf(place, row, 'Patient', true)).toBe('lapsed');
    expect(cellStateOf(place, { ...row, accessUntilDay: null }, 'Patient', true)).toBe('will-grant');
  });
});

it('a row without membership of its office is a gap, whatever is ticked', () => {
  const row = testRow('marmalade', allColumns);
  expect(isGap({ office: testOffice('hill', [row]), row })).toBe(false);
  expect(isGap({ office: testOffice('hill', [row], { member: false }), row })).toBe(true);
});

it('a row ends within thirty days from today to the thirtieth day after, and not once it has lapsed', () => {
  const within = ['2026-11-23', '2026-11-24', '2026-12-24', '2026-12-25', null].map((accessUntilDay) => {
    const row = testRow('marmalade', allColumns, { accessUntilDay });
    return endsWithin({ office: testOffice('hill', [row]), row }, 30);
  });
  expect(within).toEqual([false, true, true, false, false]);
});

it('a row holds on its last day, lapses on the next, and says so two weeks ahead', () => {
  const ends = (accessUntilDay: string | null) => endOf(wobbleton, { columns: 0, accessUntilDay });
  expect(ends('2026-11-23')).toBe('lapsed');
  expect(ends('2026-11-24')).toBe('soon');
  expect(ends('2026-12-08')).toBe('soon');
  expect(ends('2026-12-09')).toBeUndefined();
  expect(ends(null)).toBeUndefined();
});
