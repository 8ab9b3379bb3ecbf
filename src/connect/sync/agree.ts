// What of a full reading need not be read, because the EMR says by digests that the portal has it already. A digest is of what an export would
// give and of what the portal shows, for this request alone: whoever gives the right one has what we have. Anything else is read, and everything is
// where nobody says digests, where much has changed, and where the EMR fails to say them.
import { randomToken } from '../../platform/ids.ts';
import { intake } from '../../portal/index.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import type { PlannedSlice } from './plan-slices.ts';
import type { SliceKey } from './sync.sql.ts';

/** The part of a slice's window that has to be read. FHIR instants, half open. */
export interface Differing extends SliceKey {
  readonly from: string;
  readonly to: string;
}

/** What differs is read by pages, and its patients one by one: of more than this share all is read, as an export, for less. */
const shareAtMost = 0.1;
/** Where so few differ, no share is too big. */
const alwaysFew = 100;
/** About so many periods is a window divided into. */
const periodsWanted = 16;

/**
 * undefined: everything has to be read. A slice that is not followed yet is read whole, whatever its digests say.
 * `known`: what the portal holds, said in the same way.
 */
export async function findDiffering(
  client: EmrClient,
  slices: readonly PlannedSlice[],
  known: (request: intake.DigestRequest) => Promise<readonly intake.KnownPeriod[]>,
): Promise<Differing[] | undefined> {
  const read = slices.filter((slice) => slice.read && slice.applies);
  if (read.every((slice) => slice.cursor === null) || !(await client.capabilities()).digests) return undefined;
  const cuts = cutsOf(read);
  const request = { salt: randomToken(), cuts: cuts.map((cut) => new Date(cut).toISOString()) };
  const [theirs, ours] = await Promise.all([client.digests(request), known(request)]);
  const at = (of: SliceKey & { readonly period: number }) => `${intake.sliceKey(of)}\n${of.period}`;
  const theirsAt = new Map(theirs.map((one) => [at(one), one]));
  const oursAt = new Map(ours.map((one) => [at(one), one]));
  let [rows, rowsThatDiffer] = [0, 0];
  const differing: Differing[] = [];
  for (const slice of read) {
    const periods = cuts.flatMap((cut, period) =>
      cut >= slice.from.getTime() && cut < slice.to.getTime() ? [{ ...slice, period }] : [],
    );
    const counted = periods.map((period) =>
      Math.max(theirsAt.get(at(period))?.count ?? 0, oursAt.get(at(period))?.count ?? 0),
    );
    const differs = periods.map(
      (period) => slice.cursor === null || !isSame(theirsAt.get(at(period)), oursAt.get(at(period))),
    );
    const [first, last] = [differs.indexOf(true), differs.lastIndexOf(true)];
    rows += counted.reduce((sum, count) => sum + count, 0);
    if (first < 0) continue;
    rowsThatDiffer += counted.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
    const { officeId, providerId } = slice;
    const [from, to] = [cuts[periods[first]!.period]!, cuts[periods[last]!.period + 1]!];
    differing.push({ officeId, providerId, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  }
  return rowsThatDiffer > Math.max(alwaysFew, rows * shareAtMost) ? undefined : differing;
}

function isSame(theirs: intake.DigestedPeriod | undefined, ours: intake.KnownPeriod | undefined): boolean {
  if (!ours) return theirs === undefined;
  if (ours.undecided) return false;
  return theirs ? theirs.count === ours.count && theirs.digest === ours.digest : ours.count === 0;
}

/** Every window is made of whole periods: offices in several zones have windows that begin at several times. */
function cutsOf(slices: readonly PlannedSlice[]): number[] {
  const windows = new Map(
    slices.map(({ from, to }) => [`${from.getTime()} ${to.getTime()}`, [from.getTime(), to.getTime()] as const]),
  );
  const parts = Math.max(1, Math.floor(periodsWanted / windows.size));
  const cuts = [...windows.values()].flatMap(([from, to]) =>
    Array.from({ length: parts + 1 }, (_, part) => from + Math.round(((to - from) * part) / parts)),
  );
  return [...new Set(cuts)].sort((one, other) => one - other);
}

/** The slices with what of their windows has to be read. */
export function readInPart(slices: readonly PlannedSlice[], differing: readonly Differing[]): PlannedSlice[] {
  const bySlice = new Map(differing.map((one) => [intake.sliceKey(one), one]));
  return slices.map((slice) => {
    if (!slice.read || !slice.applies) return slice;
    const found = bySlice.get(intake.sliceKey(slice));
    return found
      ? { ...slice, readFrom: new Date(found.from), readTo: new Date(found.to) }
      : { ...slice, readTo: slice.readFrom };
  });
}
