import { compilePermissions, holdsPair } from '../src/emr/index.ts';
import { columnSet } from '../src/fhir/columns.ts';
import { type BenchOptions, type BenchResult, inTurns, mustBe, secondsOf } from './measure.ts';

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
  let held = 0;
  let expected = 0;
  const turns = await inTurns(
    { runs: Math.max(3, runs), things: checks },
    {
      ours: () =>
        secondsOf(() => {
          held = 0;
          for (let n = 0; n < checks; n += 1) {
            const row = rows[n % pairs]!;
            if (holdsPair(permissions, row.officeId, row.providerId, needed)) held += 1;
          }
        }),
      limit: () =>
        secondsOf(() => {
          expected = 0;
          for (let n = 0; n < checks; n += 1) if ((bits[n % pairs]! & needed) === needed) expected += 1;
        }),
    },
  );
  mustBe('Checks that say yes', held, expected);
  return { bench: 'permission-check', size: { checks, pairs }, ...turns };
}
