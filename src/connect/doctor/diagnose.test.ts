import { expect, it } from 'vitest';
import { allColumns } from '../../fhir/columns.ts';
import { features } from '../contract/features.ts';
import { diagnose, explainer, type Facts } from './diagnose.ts';

const pair = { officeId: 'hill', providerId: 'cho' };
/** Everything is granted and selected, and the schedule has not been read whole. */
const facts: Facts = {
  certainty: 'proved',
  stopped: null,
  features,
  selected: new Set(['cho']),
  undecided: new Map(),
  roster: [
    {
      ...pair,
      member: true,
      granted: allColumns,
      held: allColumns,
      lastDay: null,
      today: '2026-03-02',
      since: new Date('2026-03-01T17:00:00Z'),
    },
  ],
  held: [{ ...pair, outcome: 'needs-full', problem: null }],
};

it('a schedule that was not read whole is listed all the same: the map and the way of each feature say so alike', () => {
  const found = diagnose(facts);
  const { states } = found.schedules[0]!;
  const failing = (feature: (typeof features)[number]) =>
    explainer(facts, found)(pair)(feature).flatMap(({ gate, state }) => (state === 'fails' ? [gate] : []));
  expect(states['provider-list']).toBe('works');
  expect(failing('provider-list')).toEqual([]);
  for (const feature of features.filter((one) => one !== 'provider-list')) {
    expect([feature, states[feature], failing(feature)]).toEqual([feature, 'broken', [7]]);
  }
});
