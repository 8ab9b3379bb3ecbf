import { describe, expect, it } from 'vitest';
import { allColumns, bitOf, columnSet } from '../../../fhir/columns.ts';
import { effectsOf } from './effects.ts';
import { changesOf, noChanges, type Pending, targetOf, toggled, withTargets } from './pending-changes.ts';
import { placeIn, testMatrix, testOffice, testRow } from './test-matrix.ts';

const matrix = testMatrix('1', [
  testOffice('hill', [
    testRow('hidden', columnSet('Patient')),
    testRow('open', allColumns),
    testRow('lapsed', allColumns & ~bitOf.Labs, { accessUntilDay: '2026-11-01', lapsed: true }),
  ]),
  testOffice('quay', [testRow('far', columnSet('Visible'))], { member: false }),
]);
const at = (key: string) => placeIn(matrix, key);
const effects = (pending: Pending) => {
  const { opens, stops, idle } = effectsOf(changesOf(matrix, pending), (place) => targetOf(pending, place));
  const columns = (some: typeof opens) => some.map(({ column }) => column);
  return { opens: columns(opens), stops: columns(stops), idle: idle.map(({ why }) => why) };
};

describe('what saving opens and stops', () => {
  it('counts the columns that were waiting for Visible', () => {
    expect(effects(toggled(noChanges, [at('hill/hidden')], bitOf.Visible))).toEqual({
      opens: ['Patient', 'Visible'],
      stops: [],
      idle: [],
    });
  });

  it('says that a tick without Visible opens nothing', () => {
    expect(effects(toggled(noChanges, [at('hill/hidden')], bitOf.Labs))).toEqual({
      opens: [],
      stops: [],
      idle: ['not-visible'],
    });
  });

  it('stops everything with Visible, and names each column', () => {
    expect(effects(toggled(noChanges, [at('hill/open')], bitOf.Visible)).stops).toHaveLength(6);
  });

  it('says that a tick in a lapsed row, or in an office of others, opens nothing', () => {
    expect(effects(toggled(noChanges, [at('hill/lapsed')], bitOf.Labs)).idle).toEqual(['lapsed']);
    expect(effects(toggled(noChanges, [at('quay/far')], bitOf.Labs)).idle).toEqual(['no-member']);
  });

  it('opens a lapsed row again by its date alone', () => {
    const place = at('hill/lapsed');
    const pending = withTargets(noChanges, [[place, { columns: place.row.columns, accessUntilDay: null }]]);
    expect(effects(pending).opens).toEqual(['Patient', 'Scheduling', 'Billing', 'EMR', 'Visible']);
  });
});
