// Each bench at a size that takes seconds: what it prints, and that what it measured adds up. No time is judged here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { benches } from '../bench/bench.ts';

const file = fileURLToPath(new URL('../bench/bench.ts', import.meta.url));

async function bench(...args: readonly string[]) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

/** The size that each prints when it is asked for 240 bookings. */
const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'sync-full': { bookings: 240, patients: 100, offices: 4, schedules: 24 },
  'sync-full-again': { bookings: 240, patients: 100, offices: 4, schedules: 24 },
  'sync-recent': { bookings: 240, compared_with: 240, changes: 240, offices: 4, schedules: 24 },
  'permission-check': { checks: 20_000_000, pairs: 432 },
  'day-list': { bookings: 240, on_the_day: 6, offices: 4, schedules: 24 },
  'blast-radius': { bookings: 240, patients: 100, offices: 4, schedules: 24 },
  explain: { schedules: 1000, features: 7, gaps: 265, broken: 2050 },
  'fhir-page': { bookings: 240, on_the_page: 240, offices: 4, schedules: 24 },
  'patients-page': { bookings: 10_000, limit_bookings: 10_000, clients: 8, offices: 4, schedules: 24, on_a_day: 768 },
  'batch-create': { bookings: 240, created: 240, bundle: 200, clients: 2, offices: 4, schedules: 24 },
  import: { bookings: 240, patients: 100, offices: 4 },
  start: { services: 4 },
};
const compared = [
  'sync-full',
  'sync-full-again',
  'sync-recent',
  'permission-check',
  'day-list',
  'fhir-page',
  'blast-radius',
  'patients-page',
];

describe.each(Object.keys(benches))('%s', (name) => {
  test('prints one line with its size, its figure and, where there is one, the limit beside it', async () => {
    const { code, out, err } = await bench(name, '--bookings', '240', '--runs', '1', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({ bench: name, size: sizes[name], runs: name === 'permission-check' ? 3 : 1 });
    const above0 = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
    expect(above0(line['median_s']) && above0(line['per_s'])).toBe(true);
    if (compared.includes(name)) expect(above0(line['limit_s']) && above0(line['ratio'])).toBe(true);
    else expect([line['limit_s'], line['ratio']]).toEqual([null, null]);
  }, 300_000);
});

test('a bench that does not exist, and a size that is none, are refused with what there is', async () => {
  const unknown = await bench('sync-ful');
  expect(unknown.code).toBe(2);
  for (const name of Object.keys(benches)) expect(unknown.err).toContain(name);
  expect(Object.keys(sizes).sort()).toEqual(Object.keys(benches).sort());
  const none = await bench('sync-full', '--bookings', '0');
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('--bookings')]);
});
