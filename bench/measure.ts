// What every bench is asked, what it answers, and how it sums up.
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
  /** null: there is nothing that it could be compared with. */
  readonly limit_s: number | null;
  readonly ratio: number | null;
  readonly [more: string]: unknown;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** As many digits as mean something. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

export async function secondsOf(work: () => Promise<unknown> | unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

export interface Turns extends Pick<BenchResult, 'runs' | 'median_s' | 'per_s'> {
  readonly limit_s: number;
  readonly ratio: number;
  readonly runs_s: readonly number[];
  readonly limits_s: readonly number[];
}

/** Ours and the limit in turns, so that both meet the machine as it is at the time. Each says how many seconds it took; `things`: of one. */
export async function inTurns(
  { runs, things }: { readonly runs: number; readonly things: number },
  ways: Readonly<Record<'ours' | 'limit', () => Promise<number>>>,
): Promise<Turns> {
  const ours: number[] = [];
  const limits: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await ways.ours());
    limits.push(await ways.limit());
  }
  const [median_s, limit_s] = [median(ours), median(limits)];
  return {
    runs,
    median_s: rounded(median_s),
    per_s: Math.round(things / median_s),
    limit_s: rounded(limit_s),
    ratio: rounded(median_s / limit_s),
    runs_s: ours.map(rounded),
    limits_s: limits.map(rounded),
  };
}

/** What was measured has to be right, and not nothing. */
export function mustBe(what: string, found: number, expected: number): void {
  if (found !== expected || expected === 0) throw new Error(`${what}: ${found}, and should be ${expected}.`);
}
