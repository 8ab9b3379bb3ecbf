// `npm run -s bench -- NAME [--bookings N] [--runs N] [--json]`. Each bench measures our figure and, interleaved in the same run, the limit
// that it is compared with; medians and ratios count, single times on a busy machine do not. What was measured must also be right: a
// bench whose rows do not add up fails with a sentence. docs/benches.md says what each one measures.
import { parseArgs } from 'node:util';
import type { BenchOptions, BenchResult } from './measure.ts';

export const benches: Readonly<Record<string, () => Promise<(options: BenchOptions) => Promise<BenchResult>>>> = {
  'sync-full': async () => (await import('./sync-full.ts')).syncFull,
  'sync-full-again': async () => (await import('./sync-full-again.ts')).syncFullAgain,
  'sync-recent': async () => (await import('./sync-recent.ts')).syncRecent,
  'permission-check': async () => (await import('./permission-check.ts')).permissionCheck,
  'day-list': async () => (await import('./day-list.ts')).dayList,
  'blast-radius': async () => (await import('./blast-radius.ts')).blastRadius,
  explain: async () => (await import('./explain.ts')).explainBench,
  'fhir-page': async () => (await import('./fhir-page.ts')).fhirPage,
  'patients-page': async () => (await import('./patients-page.ts')).patientsPage,
  'batch-create': async () => (await import('./batch-create.ts')).batchCreate,
  import: async () => (await import('./import.ts')).importBench,
  start: async () => (await import('./start.ts')).startBench,
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bookings: { type: 'string', default: '100000' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const name = positionals[0] ?? '';
  const options = { bookings: Number(values.bookings), runs: Number(values.runs) };
  if (!Object.hasOwn(benches, name)) {
    console.error(`There are the benches ${Object.keys(benches).join(', ')}.`);
    return 2;
  }
  if (!Object.values(options).every((value) => Number.isSafeInteger(value) && value > 0)) {
    console.error('--bookings and --runs take whole numbers above 0.');
    return 2;
  }
  try {
    const result = await (await benches[name]!())(options);
    console.log(values.json ? JSON.stringify(result) : result);
    return 0;
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

if (import.meta.main) process.exit(await main());
