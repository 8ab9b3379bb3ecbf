// How an answer is scored against the truth of its case. Pure.
import { type Kind, kinds, type Truth } from './faults.ts';

/** A root cause as the system under test names it. Columns: those that it asks for. */
export interface Named {
  readonly cause: string;
  readonly officeId: string | null;
  readonly providerId: string | null;
  readonly columns: readonly string[];
}

export interface Observed {
  readonly kind: Kind;
  readonly name: string;
  readonly truth: readonly Truth[];
  /** Everything that was named at any time between the fault and its repair. */
  readonly everNamed: readonly Named[];
  /** What was named when it had settled. */
  readonly named: readonly Named[];
  /** From the fault to the first look that named anything of it; null: never, or nothing was to be named. */
  readonly detectSeconds: number | null;
  /** From the repair to the proof of all of it; null: never, or there was nothing to prove. */
  readonly proveSeconds: number | null;
  /** Whether who counts bookings would have seen anything. */
  readonly countDropped: boolean;
}

export interface Scored {
  readonly cases: number;
  readonly detection: number;
  readonly naming: number;
  readonly minimal: number;
  readonly false_alarms: number;
  readonly detect_s_median: number | null;
  readonly prove_s_median: number | null;
  readonly prove_s_max: number | null;
  readonly proved: number;
  /** Part of all root causes at whose place something was named. */
  readonly recall: number;
  /** Part of all that was named that stood at the place of a root cause, whatever it was called; 1 where nothing was named. */
  readonly precision: number;
}

const placeOf = ({ officeId, providerId }: Named | Truth) => `${officeId} ${providerId}`;
const cellsOf = (all: readonly (Named | Truth)[]): Set<string> =>
  new Set(all.flatMap((one) => one.columns.map((column) => `${placeOf(one)} ${column}`)));
const keyOf = (one: Named | Truth) => `${one.cause} ${placeOf(one)} ${[...one.columns].sort().join('+')}`;
const same = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((each) => other.has(each));

/** Anything about a place of the truth counts as seeing it. */
export const touches = (named: Named, truth: readonly Truth[]): boolean =>
  truth.some(
    (one) =>
      (one.officeId === null || named.officeId === null || one.officeId === named.officeId) &&
      (one.providerId === null || named.providerId === null || one.providerId === named.providerId),
  );

export const isDetected = ({ truth, everNamed }: Observed) =>
  truth.every((one) => everNamed.some((each) => touches(each, [one])));
/** Every root cause by its kind and place, and no other. */
export const isNamed = ({ truth, named }: Pick<Observed, 'truth' | 'named'>) =>
  same(new Set(truth.map(keyOf)), new Set(named.map(keyOf)));
/** No cell more than was taken away, none fewer. */
export const isMinimal = ({ truth, named }: Observed) => same(cellsOf(truth), cellsOf(named));
/** Something was named, at any time, that is no part of the truth. */
export const isFalseAlarm = ({ truth, everNamed }: Observed) => {
  const true_ = new Set(truth.map((one) => `${one.cause} ${placeOf(one)}`));
  return everNamed.some((one) => !true_.has(`${one.cause} ${placeOf(one)}`));
};

const rate = (some: readonly Observed[], is: (one: Observed) => boolean): number =>
  some.length === 0 ? 1 : round(some.filter(is).length / some.length);
const part = (all: readonly boolean[]): number =>
  all.length === 0 ? 1 : round(all.filter((one) => one).length / all.length);
const round = (value: number) => Math.round(value * 10_000) / 10_000;
const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted.length === 0 ? null : Math.round(sorted[Math.floor((sorted.length - 1) / 2)]! * 1000) / 1000;
};

export function score(observed: readonly Observed[]): Scored {
  const faults = observed.filter(({ truth }) => truth.length > 0);
  const seconds = (pick: (one: Observed) => number | null) => faults.flatMap((one) => pick(one) ?? []);
  const proofs = seconds((one) => one.proveSeconds);
  return {
    cases: observed.length,
    detection: rate(faults, isDetected),
    naming: rate(faults, isNamed),
    minimal: rate(faults, isMinimal),
    false_alarms: round(observed.length === 0 ? 0 : observed.filter(isFalseAlarm).length / observed.length),
    detect_s_median: median(seconds((one) => one.detectSeconds)),
    prove_s_median: median(proofs),
    prove_s_max: proofs.length === 0 ? null : Math.round(Math.max(...proofs) * 1000) / 1000,
    proved: rate(faults, (one) => one.proveSeconds !== null),
    recall: part(
      faults.flatMap(({ truth, everNamed }) => truth.map((one) => everNamed.some((each) => touches(each, [one])))),
    ),
    precision: part(observed.flatMap(({ truth, everNamed }) => everNamed.map((each) => touches(each, truth)))),
  };
}

export const byKind = (observed: readonly Observed[]): Readonly<Record<string, Scored>> =>
  Object.fromEntries(
    kinds.flatMap((kind) => {
      const of = observed.filter((one) => one.kind === kind);
      return of.length === 0 ? [] : [[kind, score(of)]];
    }),
  );

/** Who counts what is listed sees a fault when the number drops; he names nothing, and takes a cancelled day for one. */
export const naive = (observed: readonly Observed[]) => ({
  detection: rate(
    observed.filter(({ truth }) => truth.length > 0),
    ({ countDropped }) => countDropped,
  ),
  naming: 0,
  false_alarms: rate(
    observed.filter(({ truth }) => truth.length === 0),
    ({ countDropped }) => countDropped,
  ),
});
