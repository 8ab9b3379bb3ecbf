import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitOf, columnSet } from '../../../fhir/columns.ts';
import { conflictOf, resolved, type Side } from './conflict.ts';
import { noChanges, placesOf, targetOf, toggled, withTargets } from './pending-changes.ts';
import { placeIn, testMatrix, testOffice, testRow } from './test-matrix.ts';

const matrixOf = (version: string, quill: number, wobbleton: number, until: string | null = null) =>
  testMatrix(version, [
    testOffice('hill', [testRow('quill', quill), testRow('wobbleton', wobbleton, { accessUntilDay: until })]),
  ]);
const began = matrixOf('1', columnSet('Visible'), 0);
const wobbleton = placeIn(began, 'hill/wobbleton');

describe('two administrators', () => {
  it('do not conflict where the version moved and no cell did', () => {
    const pending = toggled(noChanges, [wobbleton], bitOf.Visible);
    expect(conflictOf(began, matrixOf('2', columnSet('Visible'), 0), pending).harmless).toBe(true);
  });

  it('keep what each changed, in the same row as well, unless a person chooses otherwise', () => {
    const pending = toggled(noChanges, [wobbleton], bitOf.Patient);
    const theirs = matrixOf('2', columnSet('Visible'), columnSet('Labs'));
    const { cells, harmless } = conflictOf(began, theirs, pending);
    expect(harmless).toBe(false);
    expect(cells.map(({ field, began, theirs, mine }) => ({ field, began, theirs, mine }))).toEqual([
      { field: 'Patient', began: false, theirs: false, mine: true },
      { field: 'Labs', began: false, theirs: true, mine: false },
    ]);
    const columnsAfter = (sides: [string, Side][]) =>
      targetOf(resolved(cells, new Map(sides)), placeIn(theirs, 'hill/wobbleton')).columns;
    expect(columnsAfter([])).toBe(columnSet('Patient', 'Labs'));
    expect(columnsAfter([['hill/wobbleton/Labs', 'mine']])).toBe(columnSet('Patient'));
    expect(columnsAfter([['hill/wobbleton/Patient', 'theirs']])).toBe(columnSet('Labs'));
  });

  it('are shown both dates where both have set one', () => {
    const pending = withTargets(noChanges, [[wobbleton, { columns: 0, accessUntilDay: '2026-12-01' }]]);
    const { cells } = conflictOf(began, matrixOf('2', columnSet('Visible'), 0, '2026-12-31'), pending);
    expect(cells).toMatchObject([{ field: 'until', began: null, theirs: '2026-12-31', mine: '2026-12-01' }]);
  });

  it('are told of rows that are gone', () => {
    const pending = toggled(noChanges, [wobbleton], bitOf.Patient);
    const theirs = testMatrix('2', [testOffice('hill', [testRow('quill', columnSet('Visible'))])]);
    const { gone, harmless } = conflictOf(began, theirs, pending);
    expect(gone.map(({ row }) => row.providerId)).toEqual(['wobbleton']);
    expect(harmless).toBe(false);
  });

  it('lose nothing: without a choice every cell ends as the one who changed it wanted it', () => {
    const set = fc.integer({ min: 0, max: 63 });
    fc.assert(
      fc.property(set, set, set, (before, mine, theirs) => {
        const base = matrixOf('1', 0, before);
        const place = placeIn(base, 'hill/wobbleton');
        const pending = withTargets(noChanges, [[place, { columns: mine, accessUntilDay: null }]]);
        const saved = matrixOf('2', 0, theirs);
        const { cells } = conflictOf(base, saved, pending);
        const after = placesOf(saved).map((one) => targetOf(resolved(cells, new Map()), one).columns)[1];
        // A tick is on or off: what either changed is the other's before, so both changes can hold.
        expect(after).toBe(before ^ ((before ^ mine) | (before ^ theirs)));
      }),
    );
  });
});
