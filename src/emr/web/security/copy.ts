// Copying what is ticked: a row becomes as another row is, columns and Access Until. What is copied is pending like any other change.
import type { ProviderPermissions } from '../../contract/security.ts';
import {
  keyOf,
  type Pending,
  type Place,
  placesOf,
  staysLapsed,
  type Target,
  targetOf,
  withTargets,
} from './pending-changes.ts';

export interface Copy {
  /** Rows that would become different from what is on the screen. */
  readonly targets: readonly (readonly [Place, Target])[];
  /** Rows whose source has lapsed: a date that has passed cannot be set, and none would open the row for ever. */
  readonly leftOut: readonly Place[];
}

const differs = (one: Target, other: Target): boolean =>
  one.columns !== other.columns || one.accessUntilDay !== other.accessUntilDay;

function copied(pending: Pending, pairs: readonly (readonly [to: Place, from: Place, target: Target])[]): Copy {
  const lapsed = ([, from, target]: (typeof pairs)[number]) => staysLapsed(from, target);
  return {
    targets: pairs
      .filter((pair) => !lapsed(pair))
      .map(([to, , { columns, accessUntilDay }]) => [to, { columns, accessUntilDay }] as const)
      .filter(([to, target]) => differs(targetOf(pending, to), target)),
    leftOut: pairs.filter(lapsed).map(([to]) => to),
  };
}

/** Each provider schedule as another user holds it, by what is saved there. */
export function copyFromUser(matrix: ProviderPermissions, pending: Pending, other: ProviderPermissions): Copy {
  const theirs = new Map(placesOf(other).map((place) => [keyOf(place), place]));
  return copied(
    pending,
    placesOf(matrix).flatMap((to) => {
      const from = theirs.get(keyOf(to));
      return from ? [[to, from, from.row] as const] : [];
    }),
  );
}

/** Some provider schedules of the same user as one of them is on the screen. */
export const copyFromSchedule = (pending: Pending, from: Place, to: readonly Place[]): Copy =>
  copied(
    pending,
    to.filter((place) => keyOf(place) !== keyOf(from)).map((place) => [place, from, targetOf(pending, from)] as const),
  );

export const withCopy = (pending: Pending, { targets }: Copy): Pending => withTargets(pending, targets);
