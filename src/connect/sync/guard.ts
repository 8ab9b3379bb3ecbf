// The guard (docs/domain.md, section 7): a run in which more than 20 % and at least 25 bookings of a connection, or all of a slice of 10 or
// more, would become unconfirmed without positive evidence, changes none of those and waits for a person.
import type { intake } from '../../portal/index.ts';

export const guardShare = 0.2;
export const guardLeast = 25;
export const guardWholeSlice = 10;

/** True: a person has to look first. `counts`: of each slice that was read whole. */
export function mustWait(counts: readonly Pick<intake.AbsentCount, 'absent' | 'known'>[]): boolean {
  const absent = counts.reduce((sum, slice) => sum + slice.absent, 0);
  const known = counts.reduce((sum, slice) => sum + slice.known, 0);
  if (absent >= guardLeast && absent > known * guardShare) return true;
  return counts.some((slice) => slice.known >= guardWholeSlice && slice.absent === slice.known);
}
