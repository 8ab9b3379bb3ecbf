// An EMR that was restored from a backup has forgotten its last hours, and does not say so. What we had read of it bears witness: a booking
// that it now shows older than it had shown it, or several of the last that it no longer knows.
import { intake } from '../../portal/index.ts';
import type { Certainty } from '../contract/sync.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import type { PlannedSlice } from './plan-slices.ts';
import { readEvidence } from './read-emr.ts';

export const witnessesKept = 5;
/** The last of what was known before and what this run read. */
export function latestWitnesses(before: readonly intake.Witness[], read: readonly intake.Witness[]): intake.Witness[] {
  const byId = new Map([...before, ...read].map((one) => [one.bookingId, one]));
  return [...byId.values()]
    .sort((a, b) => (a.lastUpdated < b.lastUpdated ? 1 : a.lastUpdated > b.lastUpdated ? -1 : 0))
    .slice(0, witnessesKept);
}

/** Fewer that are missing without a tombstone may have been deleted, each for itself. */
const missingAtLeast = 3;

/**
 * Asks after those whose slice can be read now: silence of what we may not see says nothing. Nor does it where nobody says what that is: then
 * only a booking that is shown older counts.
 */
export async function wasRestored(
  client: EmrClient,
  witnesses: readonly intake.Witness[],
  slices: readonly PlannedSlice[],
  certainty: Certainty,
): Promise<boolean> {
  const readable = new Set(slices.filter((slice) => slice.applies).map(intake.sliceKey));
  const asked = witnesses.filter((one) => readable.has(intake.sliceKey(one)));
  if (asked.length === 0) return false;
  const { found, deleted } = await readEvidence(
    client,
    asked.map((one) => one.bookingId),
  );
  const now = new Map(found.map((booking) => [booking.bookingId, Date.parse(booking.lastUpdated)]));
  const isOlder = asked.some(
    (one) => (now.get(one.bookingId) ?? Number.POSITIVE_INFINITY) < Date.parse(one.lastUpdated),
  );
  const missing = asked.filter((one) => !now.has(one.bookingId) && !deleted.includes(one.bookingId));
  return isOlder || (certainty === 'proved' && missing.length === asked.length && missing.length >= missingAtLeast);
}
