// Vitest's set-up of each test file: what any EMR of this process answers to FHIR requests is kept by its shape, for the validators at the
// end of the run (judge-test-run.ts), which read their definitions once and not in every file.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject } from 'vitest';
import { watchFhirAnswers } from './fhir-answers.ts';
import { type SeenShapes, seenShapes } from './seen-shapes.ts';

export interface SeenInFile {
  readonly file: string;
  readonly answers: number;
  readonly resources: number;
  readonly shapes: readonly (readonly [shape: string, resource: object, by: string])[];
}

declare global {
  /** Of this test file. */
  var fhirSeen: SeenShapes;
}

globalThis.fhirSeen = seenShapes();
const seen = globalThis.fhirSeen;
const stop = watchFhirAnswers((answered) => seen.take(answered));

afterAll(() => {
  stop();
  if (seen.answers === 0) return;
  const directory = inject('fhirSeenDirectory');
  mkdirSync(directory, { recursive: true });
  const shapes = [...seen.shapes].map(([shape, { resource, by }]) => [shape, resource, by] as const);
  const told: SeenInFile = {
    file: expect.getState().testPath ?? 'a test file',
    answers: seen.answers,
    resources: seen.resources,
    shapes,
  };
  writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(told));
});
