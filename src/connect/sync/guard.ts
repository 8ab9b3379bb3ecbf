// The guard (docs/domain.md, section 7): a run in which more than 20 % and at least 25 bookings of a connection, or all of a slice of 10 or
// more, would become unconfirmed without positive evidence, changes none of those and waits for a person.
import { intake } from '../../portal/index.ts';
import type { Connection } from '../connections/connections.sql.ts';
import type { Certainty } from '../contract/sync.ts';

export const guardShare = 0.2;
export const guardLeast = 25;
export const guardWholeSlice = 10;

/** What a Site Admin saw of a run that waited, and let through; whatever exceeds it is judged anew. */
export type SeenAbsent = Pick<intake.AbsentCount, 'officeId' | 'providerId' | 'absent'>;

/** True: a person has to look first. `counts`: of each slice that was read whole. */
export function mustWait(counts: readonly intake.AbsentCount[], released: readonly SeenAbsent[] = []): boolean {
  const seen = new Map(released.map((slice) => [intake.sliceKey(slice), slice.absent]));
  if (released.length > 0 && counts.every((slice) => slice.absent <= (seen.get(intake.sliceKey(slice)) ?? 0))) {
    return false;
  }
  const absent = counts.reduce((sum, slice) => sum + slice.absent, 0);
  const known = counts.reduce((sum, slice) => sum + slice.known, 0);
  if (absent >= guardLeast && absent > known * guardShare) return true;
  return counts.some((slice) => slice.known >= guardWholeSlice && slice.absent === slice.known);
}

/**
 * What an absent booking of a slice that was read whole becomes. Deleted by a Site Admin's word alone, and only where the EMR says what
 * we may see: elsewhere nobody can say that everything was read.
 */
export const absenceMeans = (connection: Pick<Connection, 'absenceIsDeletion'>, certainty: Certainty) =>
  connection.absenceIsDeletion && certainty === 'proved' ? 'deleted' : 'unconfirmed';
