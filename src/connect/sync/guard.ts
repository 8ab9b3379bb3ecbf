// The guard (docs/domain.md, section 7): a run in which more than 20 % and at least 25 bookings of a connection, or all of a slice of 10 or
// more, would become unconfirmed without positive evidence, changes none of those and waits for a person.
import type { intake } from '../../portal/index.ts';

export const guardShare = 0.2;
export const guardLeast = 25;
export const guardWholeSlice = 10;

export interface Verdict {
  readonly waits: boolean;
}

/** `known` counts the listed bookings of each slice that was read whole. */
export function judge(absent: readonly intake.AbsentBooking[], known: readonly intake.KnownCount[]): Verdict {
  const total = known.reduce((sum, slice) => sum + slice.known, 0);
  if (absent.length >= guardLeast && absent.length > total * guardShare) return { waits: true };
  const absentOf = new Map<string, number>();
  for (const one of absent) {
    const slice = `${one.officeId}\n${one.providerId}`;
    absentOf.set(slice, (absentOf.get(slice) ?? 0) + 1);
  }
  return {
    waits: known.some(
      ({ officeId, providerId, known: all }) =>
        all >= guardWholeSlice && (absentOf.get(`${officeId}\n${providerId}`) ?? 0) >= all,
    ),
  };
}
