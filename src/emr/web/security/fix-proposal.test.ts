import { describe, expect, it } from 'vitest';
import { allColumns, bitOf, columnSet } from '../../../fhir/columns.ts';
import type { FixProposal } from '../../contract/fix-requests.ts';
import { countChosen, proposedAtFirst, proposedOn, withAll, withCell, withDay } from './fix-proposal.ts';
import { noChanges, requestOf, toggled } from './pending-changes.ts';
import { placeIn, testMatrix, testOffice, testRow } from './test-matrix.ts';

const matrix = testMatrix('1.1', [
  testOffice('hill', [
    testRow('quill', columnSet('Visible', 'Patient')),
    testRow('reed', allColumns, { accessUntilDay: '2026-01-01', lapsed: true }),
  ]),
]);
const [first, second] = [placeIn(matrix, 'hill/quill'), placeIn(matrix, 'hill/reed')];
const pairOf = ({ office, row }: typeof first) => ({ officeId: office.officeId, providerId: row.providerId });
const fix: FixProposal = {
  userId: matrix.user.userId,
  clientName: 'Cloud Connect',
  gaps: ['G-ABCDEF'],
  madeAt: '2026-11-24T17:00:00Z',
  expiresAt: '2026-12-08T17:00:00Z',
  offices: [],
  schedules: [
    {
      ...pairOf(first),
      known: null,
      cells: (['Visible', 'Scheduling', 'Labs'] as const).map((column) => ({ column, granted: false, features: [] })),
      removals: [],
      selected: true,
      until: null,
    },
    {
      ...pairOf(second),
      known: null,
      cells: [],
      removals: [],
      selected: true,
      until: { day: '2026-01-01', isOver: true },
    },
    { officeId: 'nowhere', providerId: 'nobody', known: null, cells: [], removals: [], selected: true, until: null },
  ],
};
const proposed = proposedOn(matrix, fix);

describe('what a fix request proposes', () => {
  it('is what is missing now: no tick that is there, none that was not asked for, and a day where one is over', () => {
    const changes = requestOf(matrix, proposedAtFirst(matrix, fix));
    expect(changes).toEqual([
      { ...pairOf(first), columns: columnSet('Visible', 'Patient', 'Scheduling', 'Labs'), accessUntilDay: null },
      { ...pairOf(second), columns: allColumns, accessUntilDay: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) },
    ]);
    expect(changes[1]!.accessUntilDay! > second.office.today).toBe(true);
  });

  it('is chosen in whole or in part, and what a person ticked beside it stays', () => {
    const own = toggled(proposedAtFirst(matrix, fix), [first], bitOf.Billing);
    expect(countChosen(own, proposed)).toEqual({ chosen: 3, all: 3 });
    const part = withCell(withDay(own, second, '2026-01-01'), first, 'Labs', false);
    expect(countChosen(part, proposed)).toEqual({ chosen: 1, all: 3 });
    const none = withAll(part, proposed, false);
    expect(countChosen(none, proposed)).toEqual({ chosen: 0, all: 3 });
    expect(requestOf(matrix, none)).toEqual([
      { ...pairOf(first), columns: columnSet('Visible', 'Patient', 'Billing'), accessUntilDay: null },
    ]);
    expect(withAll(noChanges, proposed, false).size).toBe(0);
  });

  it('takes away what is there and not needed, and no other tick; what is gone already is nothing to do', () => {
    const removing: FixProposal = {
      ...fix,
      schedules: [
        {
          ...fix.schedules[0]!,
          cells: [],
          removals: (['Patient', 'Billing'] as const).map((column) => ({ column, granted: column === 'Patient' })),
          selected: true,
        },
      ],
    };
    const all = proposedOn(matrix, removing);
    const pending = proposedAtFirst(matrix, removing);
    expect(requestOf(matrix, pending)).toEqual([
      { ...pairOf(first), columns: columnSet('Visible'), accessUntilDay: null },
    ]);
    expect(countChosen(pending, all)).toEqual({ chosen: 1, all: 1 });
    const left = withCell(pending, first, 'Patient', true);
    expect(countChosen(left, all)).toEqual({ chosen: 0, all: 1 });
    expect(requestOf(matrix, left)).toEqual([]);
    expect(withAll(pending, all, false).size).toBe(0);
  });
});
