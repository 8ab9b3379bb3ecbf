import type { Chart, PlaceToAdd } from '../../contract/chart.ts';
import { pairOf } from './chart-words.ts';

/** Where the patient is attached, if the user may add something there: what most entries belong to. */
export function preferredOf({ patient }: Chart, places: readonly PlaceToAdd[]): PlaceToAdd | undefined {
  if ('masked' in patient) return undefined;
  const attached = patient.knownAt.filter((one) => one.attached).map(pairOf);
  const known = patient.knownAt.map(pairOf);
  return (
    places.find((one) => attached.includes(pairOf(one))) ??
    (known.length === 1 ? places.find((one) => known.includes(pairOf(one))) : undefined)
  );
}
