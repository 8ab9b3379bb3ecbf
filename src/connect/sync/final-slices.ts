// How a run ends for each of its schedules.
import { intake } from '../../portal/index.ts';
import type { PlannedSlice } from './plan-slices.ts';
import type { Work } from './run-work.ts';
import type * as sql from './sync.sql.ts';

export interface EndedSlice extends intake.RunSlice, Pick<PlannedSlice, 'patientsBehind'> {
  /** Why it was not read, or what of it is not as it should be. */
  readonly problem: sql.Said | null;
}

const idsNamed = 5;

/** Why a slice that was tried is not what it should be; null: nothing is the matter. */
function problemWith({ failed, doubted, unusable, silent, standing }: Work, slice: string): sql.Said | null {
  const known = failed.get(slice) ?? doubted.get(slice);
  if (known) return known;
  const [of, before] = [unusable.maybeOfSlice(slice), standing.get(slice)];
  if (!of) return silent.get(slice) ?? before ?? null;
  const earlier = before?.key === 'sync.reason.unusable' ? String(before.params['ids']).split(', ') : [];
  const ids = new Set([...of.ids, ...earlier]);
  const again = of.ids.length + earlier.length - ids.size;
  const count = of.count + (earlier.length > 0 ? Number(before!.params['count']) : 0) - again;
  return {
    key: 'sync.reason.unusable',
    params: { count, ids: [...ids].slice(0, idsNamed).join(', ') || '–' },
  };
}

/** The plan with what only the end of the reading could say. */
export function finalSlices(work: Work): EndedSlice[] {
  const absent = new Map(work.absent.map((one) => [intake.sliceKey(one), one.absent]));
  const { asOf } = work;
  return work.slices.map((slice) => {
    const key = intake.sliceKey(slice);
    const tried = slice.applies && slice.read;
    const isRead = work.proved && tried && !work.failed.has(key);
    const proved = isRead && !work.doubted.has(key);
    const problem = work.proved && tried ? problemWith(work, key) : null;
    const waits = slice.outcome === 'waiting' || (work.waits && (absent.get(key) ?? 0) > 0);
    const outcome =
      slice.applies && waits
        ? 'waiting'
        : slice.applies && !isRead && (tried || !work.proved)
          ? 'failed'
          : problem !== null && slice.outcome === 'complete'
            ? 'partly'
            : slice.outcome;
    return { ...slice, proved, outcome, problem, matchedAsOf: proved && outcome !== 'waiting' ? asOf : null };
  });
}
