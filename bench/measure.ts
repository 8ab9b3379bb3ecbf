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

/** What was measured has to be right, and not nothing. */
export function mustBe(what: string, found: number, expected: number): void {
  if (found !== expected || expected === 0) throw new Error(`${what}: ${found}, and should be ${expected}.`);
}
