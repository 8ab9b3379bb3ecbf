import { benchEnvironment, benchFolder, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded } from './measure.ts';

/**
 * `npm start`: first with an empty data directory (PostgreSQL's files are made, the demo clinic is loaded, its first sync runs), then
 * once more with what is there. The seconds are those of the line `ready in`, which every start prints.
 */
export async function startBench({ runs }: BenchOptions): Promise<BenchResult> {
  const first: number[] = [];
  const later: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = await benchFolder();
    try {
      const environment = await benchEnvironment(folder.path);
      for (const times of [first, later]) {
        const clinic = await startProcess([], environment);
        try {
          const answers = await Promise.all(
            ['EMR_URL', 'CONNECT_URL', 'PORTAL_URL'].map((name) =>
              fetch(environment[name]!).then(({ status }) => status),
            ),
          );
          mustBe('Pages that answer after the start', answers.filter((status) => status === 200).length, 3);
        } finally {
          await clinic.stop();
        }
        times.push(clinic.readySeconds);
      }
    } finally {
      await folder.remove();
    }
  }
  const first_s = median(first);
  const later_s = median(later);
  return {
    bench: 'start',
    size: { services: 4 },
    runs,
    median_s: rounded(later_s),
    per_s: rounded(1 / later_s),
    limit_s: null,
    ratio: null,
    first_s: rounded(first_s),
    later_s: rounded(later_s),
    firsts_s: first,
    laters_s: later,
  };
}
