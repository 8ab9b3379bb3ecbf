// `npm run -s gapbench -- [--track white|black] [--lanes N] [--seed N] [--pairs N] [--sets N] [--no-faults N] [--each N] [--json]`.
// Faults are made in the demo clinic one after the other, and what the Access Doctor says of each is scored: found, named, the fix minimal,
// how soon, and how soon after the repair it is proved. docs/gapbench.md says what is measured and how another system is run through it.
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { blackWall } from './black-wall.ts';
import { type Case, casesOf, statedCounts } from './faults.ts';
import { type Lane, openLane, prepareLanes } from './lane.ts';
import { byKind, isFalseAlarm, isMinimal, isNamed, type Named, naive, type Observed, score, touches } from './score.ts';

/** A fault that nobody has named after so long is not found. */
const patienceMs = 10_000;
const provedWithinMs = 20_000;
const lookMs = 20;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function look(lane: Lane): Promise<Named[]> {
  const { gaps } = await lane.diagnosis();
  // A gap whose cause is gone is being proved, and is no word about what is.
  return gaps
    .filter(({ proof }) => proof === null)
    .map(({ cause, officeId, providerId, columns }) => ({ cause, officeId, providerId, columns }));
}

/** A gap of its own, though another at the same place was there before. */
const keyOf = ({ gapId, openedAt }: { readonly gapId: string; readonly openedAt: string }) => `${gapId} ${openedAt}`;

async function observe(lane: Lane, one: Case, track: Track, say: (line: string) => void): Promise<Observed> {
  const listedBefore = await lane.countListed();
  const provedBefore = new Set((await lane.history()).map(keyOf));
  await one.inject(lane);
  const injected = performance.now();
  // Who is told nothing finds only by comparing all with all: the full sync of the interval comes now.
  if (track === 'black') await readAll(lane);
  let detectSeconds: number | null = null;
  let named: Named[] = [];
  const ever = new Map<string, Named>();
  const until = injected + (one.truth.length === 0 ? 1500 : patienceMs);
  do {
    named = await look(lane);
    for (const each of named) ever.set(JSON.stringify(each), each);
    if (detectSeconds === null && one.truth.length > 0 && named.some((each) => touches(each, one.truth)))
      detectSeconds = (performance.now() - injected) / 1000;
    if (one.truth.length > 0 && isNamed({ truth: one.truth, named })) break;
    await sleep(lookMs);
  } while (performance.now() < until);
  // What it says when all that was announced has been read is what counts, a first right word that is taken back does not.
  await lane.settled();
  named = await look(lane);
  for (const each of named) ever.set(JSON.stringify(each), each);
  const countDropped = (await lane.countListed()) < listedBefore;

  await one.fix(lane);
  const fixed = performance.now();
  let proveSeconds: number | null = null;
  // By evidence alone nothing can be proved: nobody waits for it.
  const isProvable = track === 'white' && one.truth.length > 0;
  if (isProvable) {
    const wanted = one.truth.length;
    while (performance.now() < fixed + provedWithinMs) {
      const proved = (await lane.history()).filter(
        (entry) => entry.ending === 'proved' && !provedBefore.has(keyOf(entry)),
      );
      if (proved.length >= wanted) {
        proveSeconds = (performance.now() - fixed) / 1000;
        break;
      }
      await sleep(lookMs);
    }
  }
  if (isProvable && proveSeconds === null) {
    const { gaps } = await lane.diagnosis();
    say(`  not proved: ${JSON.stringify(gaps.map(({ gapId, cause, proof }) => ({ gapId, cause, proof })))}`);
  }
  if (track === 'black') await readAll(lane);
  await lane.settled();
  return {
    kind: one.kind,
    name: one.name,
    truth: one.truth,
    everNamed: [...ever.values()],
    named,
    detectSeconds,
    proveSeconds,
    countDropped,
  };
}

/** A full sync of its own, after what is going on. */
async function readAll(lane: Lane): Promise<void> {
  await lane.settled();
  await lane.syncFull();
}

/** Nothing is missing: what the demo lacks is given, and everybody is selected. */
async function heal(lane: Lane, track: Track, say: (line: string) => void): Promise<void> {
  await lane.saveRows(lane.roster.map((pair) => ({ ...pair, columns: 63 })));
  await lane.settled();
  await lane.selectAll();
  await lane.syncFull();
  await lane.settled();
  const { gaps } = await lane.diagnosis();
  if (gaps.length === 0) return;
  const left = `the clinic does not heal: ${JSON.stringify(gaps.map(({ what }) => what))}`;
  if (track === 'white') throw new Error(left);
  // By evidence alone something may be suspected where nothing is. That is a false alarm of each case, and counts as one.
  say(left);
}

type Track = 'white' | 'black';

interface Options {
  readonly track: Track;
  readonly lanes: number;
  readonly seed: number;
  readonly counts: typeof statedCounts;
  readonly say: (line: string) => void;
}

export async function gapBench({ track, lanes, seed, counts, say }: Options) {
  const prepared = await prepareLanes();
  const open: Lane[] = [];
  const walls: { close(): Promise<void> }[] = [];
  try {
    const observed: Observed[] = [];
    let cases: Case[] = [];
    for (let lane = 0; lane < lanes; lane += 1) {
      open.push(
        track === 'white'
          ? await openLane(prepared.path)
          : await openLane(prepared.path, async ({ emrUrl }) => {
              const wall = await blackWall(emrUrl);
              walls.push(wall);
              return { fhirBaseUrl: wall.fhirBaseUrl };
            }),
      );
    }
    cases = casesOf(open[0]!.roster, seededRandom(seed), counts);
    const waiting = [...cases];
    await Promise.all(
      open.map(async (lane) => {
        await heal(lane, track, say);
        for (let one = waiting.shift(); one; one = waiting.shift()) {
          const result = await observe(lane, one, track, say);
          observed.push(result);
          const right = isNamed(result) && isMinimal(result) && !isFalseAlarm(result);
          const times = `${result.detectSeconds?.toFixed(2) ?? '–'} s, ${result.proveSeconds?.toFixed(2) ?? '–'} s`;
          say(
            `${observed.length} of ${cases.length}: ${result.kind}: ${result.name}: ${right ? 'named' : 'WRONG'}, ${times}`,
          );
          if (!right) say(`  said ${JSON.stringify(result.named)}; ever ${JSON.stringify(result.everNamed)}`);
        }
      }),
    );
    return { track, ...score(observed), naive: naive(observed), by_kind: byKind(observed), lanes, seed };
  } finally {
    for (const lane of open) await lane.close();
    for (const wall of walls) await wall.close();
    await prepared.remove();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      track: { type: 'string', default: 'white' },
      lanes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1042' },
      pairs: { type: 'string', default: String(statedCounts.pairs) },
      sets: { type: 'string', default: String(statedCounts.sets) },
      'no-faults': { type: 'string', default: String(statedCounts.noFaults) },
      each: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { track } = values;
  const numbers = [values.lanes, values.seed, values.pairs, values.sets, values['no-faults'], values.each ?? '1'].map(
    Number,
  );
  if ((track !== 'white' && track !== 'black') || !numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) {
    console.error('--track is white or black; the other options are whole numbers.');
    return 2;
  }
  const [lanes = 2, seed = 0, pairs = 0, sets = 0, noFaults = 0] = numbers;
  const each = values.each === undefined ? statedCounts.each : Number(values.each);
  const say = (line: string) => console.error(line);
  const result = await gapBench({
    track,
    lanes: Math.max(1, lanes),
    seed,
    counts: { pairs, sets, noFaults, each },
    say,
  });
  console.log(values.json ? JSON.stringify(result) : result);
  return result.cases > 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
