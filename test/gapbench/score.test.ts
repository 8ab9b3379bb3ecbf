import { describe, expect, it } from 'vitest';
import type { Truth } from '../../bench/gapbench/faults.ts';
import { type Named, naive, type Observed, score } from '../../bench/gapbench/score.ts';

const cell = (providerId: string, ...columns: string[]) =>
  ({ cause: 'cells', officeId: 'hill', providerId, columns }) as Truth & Named;
const observed = (truth: readonly Truth[], named: readonly Named[], more: Partial<Observed> = {}): Observed => ({
  kind: truth.length > 0 ? 'set-of-cells' : 'no-fault',
  name: 'a case',
  truth,
  named,
  everNamed: named,
  detectSeconds: 1,
  proveSeconds: 2,
  countDropped: false,
  ...more,
});
const truth = [cell('abel', 'EMR', 'Labs'), cell('baker', 'Visible')];

describe('an answer is scored', () => {
  it('with everything where each root cause is named with its cells, in whatever order', () => {
    expect(score([observed(truth, [cell('baker', 'Visible'), cell('abel', 'Labs', 'EMR')]), observed([], [])])).toEqual(
      {
        cases: 2,
        detection: 1,
        naming: 1,
        minimal: 1,
        false_alarms: 0,
        detect_s_median: 1,
        prove_s_median: 2,
        prove_s_max: 2,
        proved: 1,
        recall: 1,
        precision: 1,
      },
    );
  });

  it('as neither minimal nor named with a cell more, or one fewer', () => {
    for (const named of [
      [cell('abel', 'EMR', 'Labs', 'Billing'), cell('baker', 'Visible')],
      [cell('abel', 'EMR'), cell('baker', 'Visible')],
    ])
      expect(score([observed(truth, named)])).toMatchObject({ detection: 1, naming: 0, minimal: 0, false_alarms: 0 });
  });

  it('as not detected where one of several is missed, with the part that was found as recall', () => {
    expect(score([observed(truth, [truth[0]!])])).toMatchObject({ detection: 0, naming: 0, recall: 0.5, precision: 1 });
  });

  it('as a false alarm where something else was named, if only for a moment, or where nothing was to be named', () => {
    const elsewhere = cell('cho', 'Patient');
    expect(score([observed(truth, truth, { everNamed: [...truth, elsewhere] })])).toMatchObject({
      naming: 1,
      false_alarms: 1,
      precision: 0.6667,
    });
    expect(score([observed([], [elsewhere])])).toMatchObject({ false_alarms: 1, precision: 0 });
  });

  it('by place where the kind is another: seen, and not named', () => {
    const vanished = { ...cell('abel'), cause: 'vanished' };
    expect(score([observed([truth[0]!], [vanished])])).toMatchObject({
      detection: 1,
      recall: 1,
      precision: 1,
      naming: 0,
      false_alarms: 1,
    });
  });
});

it('who counts bookings names nothing, and takes a cancelled day for a fault', () => {
  expect(naive([observed(truth, [], { countDropped: true }), observed([], [], { countDropped: true })])).toEqual({
    detection: 1,
    naming: 0,
    false_alarms: 1,
  });
});
