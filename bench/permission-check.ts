import { compilePermissions, holdsPair } from '../src/emr/index.ts';
import { columnSet } from '../src/fhir/columns.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const checks = 20_000_000;

/** One check in process: may this user do that on this pair? Beside it the limit: the same loop over a bare array of bits. */
export async function permissionCheck({ runs }: BenchOptions): Promise<BenchResult> {
  const pairs = 432;
  const rows = Array.from({ length: pairs }, (_, index) => ({
    officeId: `o${index % 24}`,
    providerId: `p${Math.floor(index / 24)}`,
    columns: index % 64,
    accessUntil: null,
  }));
  const permissions = compilePermissions({
    active: true,
    offices: rows.map((row) => row.officeId),
    rows,
    now: new Date(0),
  });
  const needed = columnSet('Visible', 'Scheduling');
  const bits = Int32Array.from(rows, (row) => row.columns);
  const ours: number[] = [];
  const limit: number[] = [];
  let held = 0;
  let expected = 0;
  for (let run = 0; run < Math.max(3, runs); run += 1) {
    held = 0;
    expected = 0;
    ours.push(
      await secondsOf(() => {
        for (let n = 0; n < checks; n += 1) {
          const row = rows[n % pairs]!;
          if (holdsPair(permissions, row.officeId, row.providerId, needed)) held += 1;
        }
      }),
    );
    limit.push(
      await secondsOf(() => {
        for (let n = 0; n < checks; n += 1) if ((bits[n % pairs]! & needed) === needed) expected += 1;
      }),
    );
  }
  mustBe('Checks that say yes', held, expected);
  const median_s = median(ours);
  const limit_s = median(limit);
  return {
    bench: 'permission-check',
    size: { checks, pairs },
    runs: ours.length,
    median_s: rounded(median_s),
    per_s: Math.round(checks / median_s),
    limit_s: rounded(limit_s),
    ratio: rounded(median_s / limit_s),
  };
}
