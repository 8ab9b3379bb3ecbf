import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/closing-line.ts';
import { SlowFirst } from './test/slow-first.ts';

export default defineConfig({
  test: {
    environment: 'node',
    reporters: ['default', new ClosingLine()],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // One PostgreSQL for the run; every test file makes a database of its own in it.
    globalSetup: ['test/database-server.ts', 'test/validators/judge-test-run.ts'],
    // What the EMR answers to FHIR requests is judged by two validators when the run is over.
    setupFiles: ['test/validators/watch-test-file.ts'],
    // Processes, not threads: a test that kills, or drops its privileges, must take nobody with it.
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // A test that hangs is found; one on a slow machine is not taken for it.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
