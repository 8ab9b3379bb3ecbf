import { features } from '../src/connect/contract/features.ts';
import { diagnose, explainer, type Facts } from '../src/connect/doctor/diagnose.ts';
import { allColumns, bitOf } from '../src/fhir/columns.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const offices = 40;
const providers = 25;
const today = '2026-03-02';

/**
 * A roster with something of everything: one schedule in five lacks a tick, one in twenty lapsed, one office is not the user's, four providers
 * are new and nobody has selected them, one schedule in fifty could not be read whole.
 */
function rosterOf(): Facts {
  const since = new Date('2026-03-01T17:00:00Z');
  const pairs = Array.from({ length: offices * providers }, (_, n) => ({
    n,
    officeId: `o${Math.floor(n / providers)}`,
    providerId: `p${n % providers}`,
  }));
  const isNew = (providerId: string) => Number(providerId.slice(1)) % 6 === 1;
  const ids = pairs.slice(0, providers).map(({ providerId }) => providerId);
  return {
    certainty: 'proved',
    stopped: null,
    features,
    selected: new Set(ids.filter((id) => !isNew(id))),
    undecided: new Map(ids.filter(isNew).map((id) => [id, since])),
    roster: pairs.map(({ n, officeId, providerId }) => {
      const granted = n % 5 === 0 ? allColumns & ~bitOf.EMR : allColumns;
      const member = officeId !== 'o7';
      const lastDay = n % 20 === 3 ? '2026-02-28' : null;
      return { officeId, providerId, member, granted, held: member && !lastDay ? granted : 0, lastDay, today, since };
    }),
    held: pairs
      .filter(({ providerId }) => !isNew(providerId))
      .map(({ n, officeId, providerId }) => ({
        officeId,
        providerId,
        outcome: n % 50 === 11 ? ('needs-full' as const) : ('complete' as const),
        problem: null,
      })),
  };
}

/**
 * The Access Doctor's reasoning over 1,000 schedules with all seven features: every gap, the whole map, and *why is this missing?* answered for
 * each of its 7,000 cells, gate by gate. Facts are given; the database and the words are left out.
 */
export async function explainBench({ runs }: BenchOptions): Promise<BenchResult> {
  const facts = rosterOf();
  const times: number[] = [];
  let size: Record<string, number> = {};
  // A service that has been up for a moment has compiled its code; the first rounds of a process have not.
  const warmUp = 30;
  for (let run = 0; run < warmUp + runs; run += 1) {
    let gaps = 0;
    let broken = 0;
    let unexplained = 0;
    const seconds = await secondsOf(() => {
      const found = diagnose(facts);
      const explain = explainer(facts, found);
      gaps = found.gaps.length;
      for (const schedule of found.schedules) {
        const way = explain(schedule);
        for (const feature of features) {
          const passes = way(feature).every(({ state }) => state === 'passes');
          const works = schedule.states[feature] === 'works';
          if (!works) broken += 1;
          if (passes !== works) unexplained += 1;
        }
      }
    });
    // Each cell that does not work fails at a gate, and no other does.
    if (unexplained > 0) throw new Error(`${unexplained} cells of the map and their gates say different things.`);
    if (run >= warmUp) times.push(seconds);
    size = { schedules: facts.roster.length, features: features.length, gaps, broken };
  }
  mustBe('Schedules', size['schedules']!, 1000);
  const median_s = median(times);
  return {
    bench: 'explain',
    size,
    runs,
    median_s: rounded(median_s),
    per_s: Math.round((size['schedules']! * features.length) / median_s),
    limit_s: null,
    ratio: null,
    runs_s: times.map(rounded),
  };
}
