// `npm run -s bench -- NAME [--bookings N] [--runs N] [--json]`. Each bench measures our figure and, interleaved in the same run, the limit
// that it is compared with; medians and ratios count, single times on a busy machine do not.
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly bookings: number;
  readonly runs: number;
}

export interface BenchResult {
  readonly bench: string;
  readonly size: Readonly<Record<string, number>>;
  readonly runs: number;
  readonly median_s: number;
  readonly per_s: number;
  readonly limit_s: number | null;
  readonly ratio: number | null;
  readonly [more: string]: unknown;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export async function secondsOf(work: () => Promise<unknown> | unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

const benches: Readonly<Record<string, () => Promise<(options: BenchOptions) => Promise<BenchResult>>>> = {
  'permission-check': async () => (await import('./permission-check.ts')).permissionCheck,
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bookings: { type: 'string', default: '100000' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const bench = benches[positionals[0] ?? ''];
  if (!bench) {
    console.error(`There are the benches ${Object.keys(benches).join(', ')}.`);
    process.exit(2);
  }
  const options = { bookings: Number(values.bookings), runs: Number(values.runs) };
  const result = await (await bench())(options);
  console.log(values.json ? JSON.stringify(result) : result);
  process.exit(0);
}
