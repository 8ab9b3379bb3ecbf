import { describe, expect, it } from 'vitest';
import { allColumns, columnSet } from '../../../fhir/columns.ts';
import { copyFromSchedule, copyFromUser, withCopy } from './copy.ts';
import { changesOf, countChanges, noChanges, placesOf, targetOf, withTargets } from './pending-changes.ts';
import { placeIn, testMatrix, testOffice, testRow } from './test-matrix.ts';

const matrix = testMatrix('1.1', [
  testOffice('hill', [
    testRow('quill', columnSet('Visible', 'Labs'), { accessUntilDay: '2026-12-31' }),
    testRow('wobbleton', 0),
    testRow('marmalade', allColumns, { accessUntilDay: '2026-11-01', lapsed: true }),
  ]),
  testOffice('square', [testRow('quill', allColumns)]),
]);
const other = testMatrix('9.1', [
  testOffice('hill', [
    testRow('quill', 0),
    testRow('wobbleton', columnSet('Visible'), { accessUntilDay: '2026-11-24' }),
    testRow('marmalade', allColumns, { accessUntilDay: '2026-11-23', lapsed: true }),
  ]),
  testOffice('quay', [testRow('quill', allColumns)]),
]);
const keys = (places: readonly { office: { officeId: string }; row: { providerId: string } }[]) =>
  places.map(({ office, row }) => `${office.officeId}/${row.providerId}`);

describe('copying from another user', () => {
  it('makes each row as theirs is, columns and date, takes away what they do not hold, and leaves rows that they lack', () => {
    const copy = copyFromUser(matrix, noChanges, other);
    const pending = withCopy(noChanges, copy);
    const target = (key: string) => targetOf(pending, placeIn(matrix, key));
    expect(target('hill/quill')).toMatchObject({ columns: 0, accessUntilDay: null });
    expect(target('hill/wobbleton')).toMatchObject({ columns: columnSet('Visible'), accessUntilDay: '2026-11-24' });
    expect(target('square/quill')).toMatchObject({ columns: allColumns, accessUntilDay: null });
    // Each is listed before Save: two cells and a date taken, a cell and a date given.
    expect(countChanges(changesOf(matrix, pending))).toBe(5);
  });

  it('leaves out rows that have lapsed there, and says which', () => {
    const copy = copyFromUser(matrix, noChanges, other);
    expect(keys(copy.leftOut)).toEqual(['hill/marmalade']);
    expect(keys(copy.targets.map(([place]) => place))).toEqual(['hill/quill', 'hill/wobbleton']);
  });

  it('of the same matrix changes nothing', () => {
    expect(copyFromUser(matrix, noChanges, matrix).targets).toEqual([]);
  });
});

describe('copying from another provider schedule', () => {
  const [quill, wobbleton, marmalade] = placesOf(matrix) as [
    ReturnType<typeof placeIn>,
    ...ReturnType<typeof placeIn>[],
  ];

  it('takes what is on the screen, pending changes included, and never the row itself', () => {
    const pending = withTargets(noChanges, [[quill, { columns: allColumns, accessUntilDay: null }]]);
    const copy = copyFromSchedule(pending, quill, [quill, wobbleton!]);
    expect(copy.targets).toEqual([[wobbleton, { columns: allColumns, accessUntilDay: null }]]);
  });

  it('of a lapsed row copies nothing, and with a new date it does', () => {
    expect(copyFromSchedule(noChanges, marmalade!, [wobbleton!])).toEqual({ targets: [], leftOut: [wobbleton] });
    const renewed = withTargets(noChanges, [[marmalade!, { columns: allColumns, accessUntilDay: '2027-01-31' }]]);
    expect(copyFromSchedule(renewed, marmalade!, [wobbleton!]).targets).toEqual([
      [wobbleton, { columns: allColumns, accessUntilDay: '2027-01-31' }],
    ]);
  });
});
